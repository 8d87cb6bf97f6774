"""A sign-in that is under way at the provider: what its return is checked by, in one small cookie for each.

The cookie is the browser's, so the return may reach any API process. SameSite=Lax: the provider's site sends the
browser back, and a Strict cookie would stay behind. It is Secure if PUBLIC_URL is, to which the browser comes back.
"""

import secrets
from dataclasses import astuple, dataclass
from functools import lru_cache

from fastapi import Request, Response
from itsdangerous import BadSignature, URLSafeTimedSerializer

from app.auth.oidc.provider import Asked
from app.auth.sessions.service import cookie_path, protected
from app.core.settings import Settings

COOKIE = "headrace_oidc_"
MOST = 5  # that one browser has: an older one is dropped, so that no request's head grows too large
LASTS_S = 600
AGAIN = "~"  # at the end of a state: another attempt was lost just before this one
_SALT = "headrace.oidc.1"
_STATE_BYTES, _NAMED_CHARS = 18, 8


@dataclass(frozen=True, slots=True)
class Attempt:
    """What the return is checked by, and where the browser goes afterwards: a path of ours."""

    state: str
    nonce: str
    verifier: str
    back_to: str


def new_state(*, is_again: bool) -> str:
    """Return a state that nobody guesses."""
    return secrets.token_urlsafe(_STATE_BYTES) + (AGAIN if is_again else "")


@lru_cache(maxsize=8)
def _serializer(secret_key: str) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(secret_key, salt=_SALT)


def _signer(settings: Settings) -> URLSafeTimedSerializer:
    return _serializer(settings.secret_key.get_secret_value())


def _is_secure(settings: Settings) -> bool:
    return settings.public_url.startswith("https://")


def _name(settings: Settings, request: Request, state: str) -> str:
    name = COOKIE + state[:_NAMED_CHARS]
    return protected(request, name) if _is_secure(settings) else name


def keep(settings: Settings, request: Request, response: Response, state: str, asked: Asked, *, back_to: str) -> None:
    """Give the browser an attempt to keep for ten minutes, in the place of the oldest beyond the last four."""
    for name in _superfluous(settings, request):
        _drop(settings, request, response, name)
    response.set_cookie(
        _name(settings, request, state),
        str(_signer(settings).dumps(astuple(Attempt(state, asked.nonce, asked.verifier, back_to)))),
        max_age=LASTS_S,
        httponly=True,
        samesite="lax",
        secure=_is_secure(settings),
        path=cookie_path(request),
    )


def take(settings: Settings, request: Request, state: str) -> Attempt | None:
    """Return the attempt that a return belongs to, None for one that this browser does not have, or not any more."""
    cookie = request.cookies.get(_name(settings, request, state), "")
    try:
        found = Attempt(*_signer(settings).loads(cookie, max_age=LASTS_S))
    except (BadSignature, TypeError):
        return None
    return found if secrets.compare_digest(found.state.encode(), state.encode()) else None


def drop(settings: Settings, request: Request, response: Response, attempt: Attempt) -> None:
    """Take an attempt's cookie back."""
    _drop(settings, request, response, _name(settings, request, attempt.state))


def _drop(settings: Settings, request: Request, response: Response, name: str) -> None:
    secure = _is_secure(settings)
    response.delete_cookie(name, path=cookie_path(request), httponly=True, samesite="lax", secure=secure)


def _superfluous(settings: Settings, request: Request) -> list[str]:
    """Return the names of the attempts that are over, and of those that are too many beside one more."""
    begun_at: dict[str, float] = {}
    for name, value in request.cookies.items():
        if COOKIE in name:
            try:
                _, at = _signer(settings).loads(value, max_age=LASTS_S, return_timestamp=True)
                begun_at[name] = at.timestamp()
            except BadSignature:
                begun_at[name] = 0.0
    newest = sorted(begun_at, key=lambda name: begun_at[name], reverse=True)[: MOST - 1]
    return [name for name, at in begun_at.items() if name not in newest or not at]
