"""Signing in and out of the browser interface."""

from typing import Annotated

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from app.auth import session
from app.auth.service_token import CurrentCaller, matches
from app.core.errors import InvalidError, UnauthorizedError, UnavailableError
from app.core.problems import StrictRoute
from app.core.redis import REDIS_AWAY

SESSION_PATH = "/api/v1/session"
router = APIRouter(prefix=SESSION_PATH, tags=["session"], route_class=StrictRoute)


class SignIn(BaseModel):
    """The service token, or a one-time code."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"token": "the service token"}]})

    token: Annotated[str | None, Field(max_length=1000)] = None
    code: Annotated[str | None, Field(max_length=200)] = None


class SessionOut(BaseModel):
    """Who is signed in, and to what."""

    name: str
    environment: str
    provider: str
    model: str


@router.post("", status_code=204)
async def open_session(request: Request, response: Response, body: SignIn) -> None:
    """Open a session: sets an HttpOnly cookie that only our own pages send."""
    session.require_own_origin(request)
    settings = request.app.state.settings
    if (body.token is None) == (body.code is None):
        raise InvalidError("Send either a token or a code.")
    if body.token is not None:
        if not matches(settings, body.token):
            raise UnauthorizedError("This is not the service token.")
    else:
        try:
            fresh = await session.use_code(request.app.state.resources.redis, body.code or "")
        except REDIS_AWAY:
            raise UnavailableError("Codes cannot be checked while Redis is away; use the service token.") from None
        if not fresh:
            raise UnauthorizedError("This link was used before or is too old; `python -m app signin` prints another.")
    session.open_session(settings, request, response)


@router.get("")
async def get_session(request: Request, caller: CurrentCaller) -> SessionOut:
    """Say who is signed in, and which model answers."""
    return SessionOut(name=caller.name, **request.app.state.about)


@router.delete("", status_code=204)
async def close_session(response: Response) -> None:
    """Close the session."""
    session.close_session(response)
