"""The service token: one shared secret that closes the whole API until users arrive."""

import hmac
from typing import Annotated, Any

from asgi_correlation_id import correlation_id
from fastapi import Request, Security
from fastapi.openapi.models import APIKey, APIKeyIn
from fastapi.security.base import SecurityBase

from app.auth.caller import SERVICE, Actor, Caller
from app.auth.guard import host_of
from app.auth.guesses import Kind
from app.auth.resources import Resources
from app.auth.session import COOKIE, read_session
from app.core.application_state import part_of
from app.core.errors import UnauthorizedError
from app.core.settings import Settings

HEADER = "X-Service-Token"
SCHEME = "ServiceToken"
# Any one of them, as the API's document tells.
SECURITY_SCHEMES: dict[str, dict[str, Any]] = {
    SCHEME: {"type": "apiKey", "in": "header", "name": HEADER, "description": "The service token."},
    "Bearer": {"type": "http", "scheme": "bearer", "description": "The service token."},
    "Session": {"type": "apiKey", "in": "cookie", "name": COOKIE, "description": "A signed-in browser; see session."},
}


def matches(settings: Settings, presented: str) -> bool:
    """Compare a presented token with ours in constant time."""
    expected = settings.service_token.get_secret_value().encode()
    return bool(expected) and hmac.compare_digest(presented.encode("utf-8", "replace"), expected)


class _Closed(SecurityBase):
    """One dependency of FastAPI's that says who asks, since each costs every request. The gate found it out."""

    def __init__(self) -> None:
        """Mark a route as closed in the API's document; SECURITY_SCHEMES describes it there."""
        self.model = APIKey.model_validate({"in": APIKeyIn.header, "name": HEADER})
        self.scheme_name = SCHEME


class _AskCaller(_Closed):
    async def __call__(self, request: Request) -> Caller:
        """Return who asks."""
        return actor_of(request).caller


class _AskActor(_Closed):
    async def __call__(self, request: Request) -> Actor:
        """Return who acts, with the request."""
        return actor_of(request)


def actor_of(request: Request) -> Actor:
    """Return who acts in a request that the gate let through."""
    return Actor(request.state.caller, correlation_id.get(), host_of(request))


async def identify(request: Request) -> Caller:
    """Return who asks: by the token, or by a session's cookie.

    Raises: UnauthorizedError without a credential or with a wrong one; TooManyGuessesError where that was guessed;
    ForeignOriginError for a forged request.
    """
    resources = part_of(request.app, Resources)
    presented = request.headers.get(HEADER) or _bearer(request.headers.get("Authorization"))
    if presented is None:
        if caller := await read_session(resources, request):
            return caller
        raise UnauthorizedError(
            "Send the service token as X-Service-Token or as Authorization: Bearer.",
            headers={"WWW-Authenticate": "Bearer"},
        )
    await prove(resources, request, presented, Kind.TOKEN)
    return SERVICE


async def prove(resources: Resources, request: Request, presented: str, kind: Kind) -> None:
    """Return if a request presents the service token. Raises: UnauthorizedError; TooManyGuessesError."""
    guard = resources.guard
    guard.check(request, kind)
    if not matches(resources.settings, presented):
        await guard.failed(request, presented, kind)
        raise UnauthorizedError("This is not the service token.", headers={"WWW-Authenticate": "Bearer"})
    guard.passed(request)


def _bearer(authorization: str | None) -> str | None:
    scheme, _, token = (authorization or "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" and token.strip() else None


CurrentCaller = Annotated[Caller, Security(_AskCaller())]
CurrentActor = Annotated[Actor, Security(_AskActor())]
