"""Browser sessions: a signed cookie that names a row, and one-time codes that open one.

A session lasts until its row is gone, its age is over, or SECRET_KEY or the service token is another, and not the
previous one either: both are part of what signs the cookie, so a forged or outlived one costs no statement.
"""

import hashlib
import hmac
import secrets
from collections.abc import Iterator
from contextlib import suppress
from functools import lru_cache
from urllib.parse import urlsplit
from uuid import UUID, uuid4

from fastapi import Request, Response
from itsdangerous import BadSignature, URLSafeTimedSerializer
from redis.asyncio import Redis

from app.auth import audit
from app.auth.caller import SEES_ALL, Actor, Caller
from app.auth.principals import Principal
from app.auth.resources import Resources
from app.auth.sessions import repository
from app.auth.teams import repository as teams
from app.auth.tokens.access import derived
from app.core.database import Database
from app.core.errors import ConflictError, HeadraceError, NotFoundError
from app.core.redis import PREFIX
from app.core.root_path import root_path
from app.core.settings import Settings

COOKIE = "headrace_session"
INSTANCE_CHARS = 8
SESSION_S = 12 * 3600
CODE_S = 600
_SALT = "headrace.session.3"  # 2: of versions that took every session for the service account's
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


class ForeignOriginError(HeadraceError):
    """A request that carries a session's cookie but comes from another site's page."""

    status, code, title = 403, "foreign_origin", "The request comes from another site"


@lru_cache(maxsize=8)
def _serializer(secret_key: str, service_token: str) -> URLSafeTimedSerializer:
    generation = hmac.new(secret_key.encode(), f"generation:{service_token}".encode(), hashlib.sha256).hexdigest()
    return URLSafeTimedSerializer(secret_key, salt=f"{_SALT}.{generation}")


def _serializers_of(settings: Settings) -> Iterator[URLSafeTimedSerializer]:
    """Yield what signs cookies, and then, while the service token is changed, what signed those of before."""
    secret_key, previous = settings.secret_key.get_secret_value(), settings.service_token_previous.get_secret_value()
    yield _serializer(secret_key, settings.service_token.get_secret_value())
    if previous:
        yield _serializer(secret_key, previous)


@lru_cache(maxsize=8)
def cookie_name(secret_key: str) -> str:
    """Return the name of a stack's cookie, for browsers do not tell ports apart: two stacks may be on one host."""
    return f"{COOKIE}_{derived(secret_key, 'instance').hex()[:INSTANCE_CHARS]}"


def _names_of(settings: Settings, request: Request) -> tuple[str, str]:
    """Return the names of the cookie without TLS and over it."""
    name = cookie_name(settings.secret_key.get_secret_value())
    return name, protected(request, name)


async def open_session(
    resources: Resources,
    actor: Actor,
    request: Request,
    response: Response,
    *,
    version: int = 0,
    id_token: str | None = None,
) -> None:
    """Store a new session and set its cookie: unreadable for scripts, sent only by our own pages.

    `version`: the token_version of the user, whose session it is as long as that stays so. `id_token`: by which the
    provider knows what is to be ended there, too.
    """
    session_id = uuid4()
    await repository.open_session(
        resources.database, session_id, actor, version=version, lasts_s=SESSION_S, id_token=id_token
    )
    is_secure = _is_secure(request, resources.settings.public_url)
    response.set_cookie(
        _names_of(resources.settings, request)[is_secure],
        str(next(_serializers_of(resources.settings)).dumps(session_id.hex)),
        max_age=SESSION_S,
        httponly=True,
        samesite="strict",
        secure=is_secure,
        path=cookie_path(request),
    )


async def close_session(resources: Resources, request: Request, response: Response) -> str | None:
    """End the session of a request, if it has one, and take its cookie back; return its ID token.

    Raises: ForeignOriginError for another site's page, which signs nobody out.
    """
    session_id = read_id(resources.settings, request)
    if session_id is not None:
        require_own_origin(request, resources.settings.public_url)
    id_token = None if session_id is None else await repository.end_session(resources.database, session_id)
    path, (plain, secure) = cookie_path(request), _names_of(resources.settings, request)
    response.delete_cookie(plain, path=path, httponly=True, samesite="strict")
    response.delete_cookie(secure, path=path, httponly=True, samesite="strict", secure=True)
    return id_token


async def choose_team(resources: Resources, request: Request, caller: Caller, team_id: UUID | None) -> None:
    """Let the session of a request act for a team from the next request on; None: as after signing in.

    Raises: NotFoundError for a team that the caller may not act for; ConflictError without a session of his.
    """
    wanted = team_id or caller.user_id
    if wanted != caller.user_id and not await _may_act_for(resources.database, caller, wanted):
        raise NotFoundError(f"There is no team {str(wanted)!r} that you may act for.", code="team_not_found")
    session_id, user_id = read_id(resources.settings, request), caller.user_id
    if session_id is None or not await repository.choose_team(
        resources.database, session_id, user_id=user_id, team_id=wanted
    ):
        raise ConflictError("Only a browser's session keeps a team; name it in X-Team instead.", code="no_session")


async def _may_act_for(database: Database, caller: Caller, team_id: UUID) -> bool:
    if caller.role in SEES_ALL:
        return await teams.find(database, team_id) is not None
    return any(one.id == team_id for one in await teams.find_of_user(database, caller.user_id))


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
    plain, secure = _names_of(settings, request)
    cookie = request.cookies.get(secure)
    if cookie is None and request.url.scheme != "https":
        cookie = request.cookies.get(plain)
    if cookie is None:
        return None
    for serializer in _serializers_of(settings):
        with suppress(BadSignature, ValueError):
            return UUID(hex=serializer.loads(cookie, max_age=SESSION_S))
    return None


def cookie_path(request: Request) -> str:
    """Return for which paths a cookie of ours is."""
    return root_path(request) or "/"


def protected(request: Request, name: str) -> str:
    """Return under what name browsers protect a cookie over TLS: only with Secure, for this host, or this path, alone.

    No neighbour's page can set the first; of two stacks under paths of one host each has its own.
    """
    return f"__Secure-{name}" if root_path(request) else f"__Host-{name}"


def _is_secure(request: Request, public_url: str) -> bool:
    """Say whether browsers reach us over TLS, even if a proxy that is not trusted hides it.

    The page's origin tells, or PUBLIC_URL; on the machine itself, beside the proxy, it may be plain HTTP all the same.
    """
    if request.url.scheme == "https" or request.headers.get("origin", "").startswith("https://"):
        return True
    return public_url.startswith("https://") and request.url.hostname not in LOOPBACK


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
