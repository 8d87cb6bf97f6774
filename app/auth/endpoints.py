"""Signing in and out of the browser interface, and the sessions that are open."""

from typing import Annotated
from uuid import UUID

from asgi_correlation_id import correlation_id
from fastapi import APIRouter, Depends, Path, Request, Response

from app.auth import repository, session
from app.auth.caller import SERVICE, Actor
from app.auth.guard import host_of
from app.auth.guesses import Kind
from app.auth.resources import Resources
from app.auth.schemas import EndedSessions, OpenSession, SessionOut, SessionsOut, SignIn
from app.auth.service_token import CurrentActor, CurrentCaller, prove
from app.core.application_state import FromState
from app.core.errors import InvalidError, UnauthorizedError, UnavailableError
from app.core.logging import get_logger
from app.core.problems import StrictRoute
from app.core.redis import REDIS_AWAY

SESSION_PATH = "/api/v1/session"
router = APIRouter(prefix=SESSION_PATH, tags=["session"], route_class=StrictRoute)
admin = APIRouter(prefix="/api/v1/admin/sessions", tags=["session"], route_class=StrictRoute)
CurrentResources = Annotated[Resources, Depends(FromState(Resources))]
_log = get_logger(__name__)


@router.post("", status_code=204)
async def open_session(request: Request, response: Response, resources: CurrentResources, body: SignIn) -> None:
    """Open a session: sets an HttpOnly cookie that only our own pages send."""
    session.require_own_origin(request, resources.settings.public_url)
    if (body.token is None) == (body.code is None):
        raise InvalidError("Send either a token or a code.")
    if body.token is not None:
        await prove(resources, request, body.token, Kind.SIGN_IN)
    else:
        await _prove_by_code(resources, request, body.code or "")
    actor = Actor(SERVICE, correlation_id.get(), host_of(request))
    await session.open_session(resources, actor, request, response)
    _log.info("signed_in", address=actor.address, way="code" if body.token is None else "token")


async def _prove_by_code(resources: Resources, request: Request, code: str) -> None:
    guard = resources.guard
    async with guard.one_code:  # Redis is asked in between: a burst would be looked at before its first guess counts
        guard.check(request, Kind.CODE)
        try:
            fresh = await session.use_code(resources.redis, code)
        except REDIS_AWAY:
            raise UnavailableError("Codes cannot be checked while Redis is away; use the service token.") from None
        if not fresh:
            await guard.failed(request, code, Kind.CODE)
            raise UnauthorizedError("This link was used before or is too old; `headrace signin` prints another.")
    guard.passed(request)


@router.get("")
async def get_session(resources: CurrentResources, caller: CurrentCaller) -> SessionOut:
    """Say who is signed in, and which model answers."""
    return SessionOut(
        name=caller.name,
        environment=resources.settings.env,
        provider=resources.provider,
        model=resources.model,
    )


@router.delete("", status_code=204)
async def close_session(request: Request, response: Response, resources: CurrentResources) -> None:
    """End the session: its cookie opens nothing any more, at any process."""
    await session.close_session(resources, request, response)


@admin.get("")
async def list_sessions(resources: CurrentResources, _: CurrentCaller) -> SessionsOut:
    """List who is signed in, and since when."""
    rows = await repository.list_sessions(resources.database)
    return SessionsOut(items=[OpenSession.model_validate(row) for row in rows])


@admin.delete("")
async def end_sessions(resources: CurrentResources, actor: CurrentActor) -> EndedSessions:
    """Sign out everywhere: end every session at once, at every process. The service token stays as it is."""
    return EndedSessions(ended=await session.end_all(resources.database, actor))


@admin.delete("/{session_id}", status_code=204)
async def end_session(
    resources: CurrentResources, actor: CurrentActor, session_id: Annotated[UUID, Path(description="The session's id.")]
) -> None:
    """End one session at once, at every process."""
    await session.end_one(resources.database, actor, session_id)
