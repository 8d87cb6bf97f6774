"""Signing in and out of the browser interface, and the sessions that are open."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Request, Response

from app.auth.asking import AccountActor, Administrator, AdministratorActor, AnyCaller, acting
from app.auth.caller import SERVICE
from app.auth.credential import clean
from app.auth.guesses import Kind
from app.auth.principals import of_user
from app.auth.resources import CurrentResources, Resources
from app.auth.service_token import prove
from app.auth.sessions import repository, service
from app.auth.sessions.schemas import (
    EndedSessions,
    OpenSession,
    OwnSession,
    OwnSessions,
    SessionOut,
    SessionsOut,
    SignIn,
    TeamChoice,
)
from app.auth.users.repository import find_holder
from app.auth.users.sign_in import prove_password
from app.core.errors import InvalidError, UnauthorizedError, UnavailableError
from app.core.logging import get_logger
from app.core.problems import StrictRoute
from app.core.redis import REDIS_AWAY

SESSION_PATH = "/api/v1/session"
router = APIRouter(prefix=SESSION_PATH, tags=["session"], route_class=StrictRoute)
own = APIRouter(prefix="/api/v1/auth/sessions", tags=["account"], route_class=StrictRoute)
admin = APIRouter(prefix="/api/v1/admin/sessions", tags=["session"], route_class=StrictRoute)
SessionId = Annotated[UUID, Path(description="The session's id.")]
_log = get_logger(__name__)


@router.post("", status_code=204)
async def open_session(request: Request, response: Response, resources: CurrentResources, body: SignIn) -> None:
    """Open a session: sets an HttpOnly cookie that only our own pages send."""
    service.require_own_origin(request, resources.settings.public_url)
    given = [name for name in ("token", "code", "username") if getattr(body, name) is not None]
    if len(given) != 1 or (body.username is None) != (body.password is None):
        raise InvalidError("Send either a token, or a code, or a username and a password.")
    caller, version = SERVICE, 0
    if body.token is not None:
        await prove(resources, request, clean(body.token), Kind.SIGN_IN)
    elif body.code is not None:
        await _prove_by_code(resources, request, body.code)
    else:
        user = await prove_password(resources, request, body.username or "", body.password or "")
        holder = await find_holder(resources.database, user.id)
        if holder is None:  # disabled in this moment
            raise UnauthorizedError("This account is closed.")
        caller, version = of_user(holder).caller, user.token_version
    actor = acting(request, caller)
    await service.open_session(resources, actor, request, response, version=version)
    _log.info("signed_in", address=actor.address, way=given[0])


async def _prove_by_code(resources: Resources, request: Request, code: str) -> None:
    guard = resources.guard
    async with guard.one_code:  # Redis is asked in between: a burst would be looked at before its first guess counts
        guard.check(request, Kind.CODE)
        try:
            fresh = await service.use_code(resources.redis, clean(code))
        except REDIS_AWAY:
            raise UnavailableError("Codes cannot be checked while Redis is away; use the service token.") from None
        if not fresh:
            await guard.failed(request, code, Kind.CODE)
            raise UnauthorizedError("This link was used before or is too old; `headrace signin` prints another.")
    guard.passed(request)


@router.get("")
async def get_session(resources: CurrentResources, caller: AnyCaller) -> SessionOut:
    """Say who is signed in, and which model answers."""
    return SessionOut(
        name=caller.name,
        environment=resources.settings.env,
        provider=resources.provider,
        model=resources.model,
    )


@router.put("/team", status_code=204)
async def choose_team(request: Request, resources: CurrentResources, actor: AccountActor, body: TeamChoice) -> None:
    """Let this browser act for a team, until it chooses another one. X-Team goes before it."""
    await service.choose_team(resources, request, actor.caller, body.team_id)


@router.delete("", status_code=204)
async def close_session(request: Request, response: Response, resources: CurrentResources) -> None:
    """End the session: its cookie opens nothing any more, at any process."""
    await service.close_session(resources, request, response)


@own.get("")
async def list_own_sessions(request: Request, resources: CurrentResources, actor: AccountActor) -> OwnSessions:
    """List the browsers in which the caller is signed in."""
    current = service.read_id(resources.settings, request)
    rows = await repository.list_sessions(resources.database, user_id=actor.caller.user_id)
    shown = [
        OwnSession(
            id=row.id,
            address=row.address,
            opened_at=row.opened_at,
            expires_at=row.expires_at,
            is_current=row.id == current,
        )
        for row in rows
    ]
    return OwnSessions(items=shown)


@own.delete("")
async def end_other_sessions(request: Request, resources: CurrentResources, actor: AccountActor) -> EndedSessions:
    """End the caller's sessions at once, at every process, but the one that asks."""
    current = service.read_id(resources.settings, request)
    return EndedSessions(ended=await service.end_others(resources.database, actor, current))


@own.delete("/{session_id}", status_code=204)
async def end_own_session(resources: CurrentResources, actor: AccountActor, session_id: SessionId) -> None:
    """End one of the caller's sessions at once, at every process."""
    await service.end_one(resources.database, actor, session_id, user_id=actor.caller.user_id)


@admin.get("")
async def list_sessions(resources: CurrentResources, _: Administrator) -> SessionsOut:
    """List who is signed in, and since when."""
    rows = await repository.list_sessions(resources.database)
    return SessionsOut(items=[OpenSession.model_validate(row) for row in rows])


@admin.delete("")
async def end_sessions(resources: CurrentResources, actor: AdministratorActor) -> EndedSessions:
    """Sign out everywhere: end every session at once, at every process. The service token stays as it is."""
    return EndedSessions(ended=await service.end_all(resources.database, actor))


@admin.delete("/{session_id}", status_code=204)
async def end_session(resources: CurrentResources, actor: AdministratorActor, session_id: SessionId) -> None:
    """End one session at once, at every process."""
    await service.end_one(resources.database, actor, session_id)
