"""Browser sessions: a signed cookie that names a row, and one-time codes that open one.

A session lasts until its row is gone, its age is over, or SECRET_KEY or the service token is another: both are part of
what signs the cookie, so a forged or outlived one costs no statement.
"""

import hashlib
import hmac
import secrets
from functools import lru_cache
from urllib.parse import urlsplit
from uuid import UUID, uuid4

from fastapi import Request, Response
from itsdangerous import BadSignature, URLSafeTimedSerializer
from redis.asyncio import Redis

from app.auth import audit
from app.auth.caller import Actor
from app.auth.principals import Principal
from app.auth.resources import Resources
from app.auth.sessions import repository
from app.core.database import Database
from app.core.errors import HeadraceError, NotFoundError
from app.core.redis import PREFIX
from app.core.root_path import root_path
from app.core.settings import Settings

COOKIE = "headrace_session"
# Over TLS, as browsers protect it: only with Secure, for this host alone, which no neighbour's page can set.
SECURE_COOKIE = f"__Host-{COOKIE}"
# The same under a path, which `__Host-` does not allow: of two under one host each has its own.
SECURE_PATH_COOKIE = f"__Secure-{COOKIE}"
SESSION_S = 12 * 3600
CODE_S = 600
_SALT = "headrace.session.3"  # 2: of versions that took every session for the service account's
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


class ForeignOriginError(HeadraceError):
    """A request that carries a session's cookie but comes from another site's page."""

    status, code, title = 403, "foreign_origin", "The request comes from another site"


@lru_cache(maxsize=8)
def _serializer(secret_key: str, service_token: str) -> URLSafeTimedSerializer:
    generation = hmac.new(secret_key.encode(), f"generation:{service_token}".encode(), hashlib.sha256).hexdigest()
    return URLSafeTimedSerializer(secret_key, salt=f"{_SALT}.{generation}")


def _serializer_of(settings: Settings) -> URLSafeTimedSerializer:
    return _serializer(settings.secret_key.get_secret_value(), settings.service_token.get_secret_value())


async def open_session(
    resources: Resources, actor: Actor, request: Request, response: Response, *, version: int = 0
) -> None:
    """Store a new session and set its cookie: unreadable for scripts, sent only by our own pages.

    `version`: the token_version of the user, whose session it is as long as that stays so.
    """
    session_id = uuid4()
    await repository.open_session(resources.database, session_id, actor, version=version, lasts_s=SESSION_S)
    is_secure = _is_secure(request)
    response.set_cookie(
        _secure_cookie(request) if is_secure else COOKIE,
        str(_serializer_of(resources.settings).dumps(session_id.hex)),
        max_age=SESSION_S,
        httponly=True,
        samesite="strict",
        secure=is_secure,
        path=_cookie_path(request),
    )


async def close_session(resources: Resources, request: Request, response: Response) -> None:
    """End the session of a request, if it has one, and take its cookie back."""
    session_id = read_id(resources.settings, request)
    if session_id is not None:
        await repository.end_session(resources.database, session_id)
    path, secure_cookie = _cookie_path(request), _secure_cookie(request)
    response.delete_cookie(COOKIE, path=path, httponly=True, samesite="strict")
    response.delete_cookie(secure_cookie, path=path, httponly=True, samesite="strict", secure=True)


async def end_all(database: Database, actor: Actor) -> int:
    """End every session at once, at every process, with an audit line; return how many there were."""
    async with database.begin() as connection:
        ended = await repository.end_sessions(connection)
        await audit.record(connection, actor, "sessions.end", "all", detail={"ended": ended})
    return ended


async def end_others(database: Database, actor: Actor, current: UUID | None) -> int:
    """End every session of the caller but the one he asks by, with an audit line; return how many there were."""
    user_id = actor.caller.user_id
    async with database.begin() as connection:
        ended = await repository.end_sessions(connection, user_id=user_id, but_id=current)
        await audit.record(connection, actor, "sessions.end", f"user:{user_id}", detail={"ended": ended})
    return ended


async def end_one(database: Database, actor: Actor, session_id: UUID, *, user_id: UUID | None = None) -> None:
    """End a session at once, at every process, with an audit line.

    `user_id`: only one of this user's. Raises: NotFoundError.
    """
    async with database.begin() as connection:
        if not await repository.end_sessions(connection, session_id, user_id=user_id):
            raise NotFoundError("There is no such session, or it has ended.")
        await audit.record(connection, actor, "sessions.end", f"session:{session_id}")


async def read_session(resources: Resources, request: Request) -> Principal | None:
    """Return who signed in, or None without a session that lasts. Raises: ForeignOriginError for a forged request."""
    session_id = read_id(resources.settings, request)
    if session_id is None:
        return None
    if request.method not in SAFE_METHODS:
        require_own_origin(request, resources.settings.public_url)
    return await repository.find_principal(resources.database, session_id)


def read_id(settings: Settings, request: Request) -> UUID | None:
    """Return the session that a request's cookie names, None without one; it may have ended."""
    cookie = request.cookies.get(_secure_cookie(request))
    if cookie is None and request.url.scheme != "https":
        cookie = request.cookies.get(COOKIE)
    if cookie is None:
        return None
    try:
        return UUID(hex=_serializer_of(settings).loads(cookie, max_age=SESSION_S))
    except (BadSignature, ValueError):
        return None


def _cookie_path(request: Request) -> str:
    return root_path(request) or "/"


def _secure_cookie(request: Request) -> str:
    return SECURE_PATH_COOKIE if root_path(request) else SECURE_COOKIE


def _is_secure(request: Request) -> bool:
    """Say whether the browser reached us over TLS; a proxy that is not trusted hides it, the page's origin does not."""
    return request.url.scheme == "https" or request.headers.get("origin", "").startswith("https://")


def require_own_origin(request: Request, public_url: str) -> None:
    """Raise ForeignOriginError unless the browser says that one of our own pages sends this request.

    `public_url`: PUBLIC_URL, the address that browsers show; may be empty.
    """
    if request.headers.get("sec-fetch-site") == "same-origin":  # which no script can set
        return
    origin = request.headers.get("origin")
    reached = f"{request.url.scheme}://{request.headers.get('host')}"
    public = urlsplit(public_url)
    own = {reached, f"{public.scheme}://{public.netloc}"} if public.netloc else {reached}
    if origin not in own:
        raise ForeignOriginError(
            f"This needs the Origin header of one of our own pages, {' or '.join(sorted(own))}; it is "
            f"{(origin or 'missing')[:100]}. Behind a proxy, set PUBLIC_URL to the address that browsers show, or "
            "TRUSTED_PROXIES to the proxy's."
        )


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
