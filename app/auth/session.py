"""Browser sessions: a signed cookie that says who signed in, and one-time codes that open one.

The cookie holds no secret and no state is kept for it; it ends by its age, or when SECRET_KEY changes.
"""

import hashlib
import secrets
from urllib.parse import urlsplit

from fastapi import Request, Response
from itsdangerous import BadSignature, URLSafeTimedSerializer
from redis.asyncio import Redis

from app.auth.caller import SERVICE, Caller
from app.core.errors import HeadraceError
from app.core.redis import PREFIX
from app.core.settings import Settings

COOKIE = "headrace_session"
SESSION_S = 12 * 3600
CODE_S = 600
_SALT = "headrace.session.1"
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


class ForeignOriginError(HeadraceError):
    """A request that carries a session's cookie but comes from another site's page."""

    status, code, title = 403, "foreign_origin", "The request comes from another site"


def _serializer(settings: Settings) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(settings.secret_key.get_secret_value(), salt=_SALT)


def open_session(settings: Settings, request: Request, response: Response) -> None:
    """Set the cookie of a new session: unreadable for scripts, sent only by our own pages."""
    response.set_cookie(
        COOKIE,
        str(_serializer(settings).dumps({"name": SERVICE.name})),
        max_age=SESSION_S,
        httponly=True,
        samesite="strict",
        secure=request.url.scheme == "https",
        path="/",
    )


def close_session(response: Response) -> None:
    """Take the cookie back."""
    response.delete_cookie(COOKIE, path="/", httponly=True, samesite="strict")


def read_session(settings: Settings, request: Request) -> Caller | None:
    """Return who signed in, or None without a valid cookie. Raises: ForeignOriginError for a forged request."""
    cookie = request.cookies.get(COOKIE)
    if cookie is None:
        return None
    try:
        _serializer(settings).loads(cookie, max_age=SESSION_S)
    except BadSignature:
        return None
    if request.method not in SAFE_METHODS:
        require_own_origin(request)
    return SERVICE


def require_own_origin(request: Request) -> None:
    """Raise ForeignOriginError unless the browser says that one of our own pages sends this request."""
    origin = request.headers.get("origin")
    if origin is None or urlsplit(origin).netloc != request.headers.get("host"):
        raise ForeignOriginError("This needs the Origin header of one of our own pages.")


def _code_key(code: str) -> str:
    return f"{PREFIX}signin:{hashlib.sha256(code.encode()).hexdigest()}"


async def make_code(redis: Redis) -> str:
    """Return a code that opens one session within ten minutes. Raises: one of REDIS_AWAY."""
    code = secrets.token_urlsafe(24)
    await redis.set(_code_key(code), "1", ex=CODE_S)
    return code


async def use_code(redis: Redis, code: str) -> bool:
    """Take a code: true once, and only while it is fresh. Raises: one of REDIS_AWAY."""
    return await redis.getdel(_code_key(code)) is not None
