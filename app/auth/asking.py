"""The dependencies of routes: who asks, and the right that a route needs. The gate has found out who it is."""

from typing import Annotated

from asgi_correlation_id import correlation_id
from fastapi import Request, Security
from fastapi.openapi.models import APIKey, APIKeyIn
from fastapi.security.base import SecurityBase

from app.auth.caller import Actor, Caller, Right
from app.auth.guard import host_of
from app.core.errors import HeadraceError

HEADER = "X-Service-Token"
SCHEME = "ServiceToken"
MOST_AGENT_CHARS = 200
HIDDEN = "hidden by the team"  # in the place of what a caller is not to see


class InsufficientScopeError(HeadraceError):
    """The caller is known, and may not do this."""

    status, code, title = 403, "insufficient_scope", "A right is missing"

    def __init__(self, right: Right, detail: str = "") -> None:
        """Name the right that is missing, as RFC 6750 has it."""
        super().__init__(
            detail or f"This needs the right {right}: one of the user's role, and of the scopes of the API key.",
            headers={"WWW-Authenticate": f'Bearer error="insufficient_scope", scope="{right}"'},
        )


class PayloadHiddenError(HeadraceError):
    """The caller may know of a job, and not what it works on."""

    status, code, title = 403, "payload_hidden", "Payloads are hidden"


def refuse_blind(caller: Caller) -> None:
    """Raise PayloadHiddenError for who sees no payloads."""
    if caller.is_blind:
        raise PayloadHiddenError("The team hides inputs, results and files from its viewers.")


def require(caller: Caller, right: Right) -> None:
    """Raise InsufficientScopeError unless the caller has a right."""
    if right not in caller.rights:
        raise InsufficientScopeError(right)


def require_account(caller: Caller) -> None:
    """Raise InsufficientScopeError for an API key that may not act for the whole account of its user.

    A leaked key makes no other one, and ends no session, unless it was given everything.
    """
    if caller.key_id is not None and Right.ADMIN not in caller.rights:
        detail = "An API key does not do this, unless it has the right admin: sign in with a password."
        raise InsufficientScopeError(Right.ADMIN, detail)


class _Closed(SecurityBase):
    """One dependency of FastAPI's that says who asks, since each costs every request."""

    def __init__(self, right: Right | None = None, *, for_account: bool = False) -> None:
        """Mark a route as closed in the API's document. `right`: None where each caller may ask."""
        self.model = APIKey.model_validate({"in": APIKeyIn.header, "name": HEADER})
        self.scheme_name = SCHEME
        self._right = right
        self._for_account = for_account

    def _check(self, request: Request) -> None:
        caller: Caller = request.state.caller
        if self._right is not None:
            require(caller, self._right)
        if self._for_account:
            require_account(caller)


class _AskCaller(_Closed):
    async def __call__(self, request: Request) -> Caller:
        """Return who asks."""
        self._check(request)
        caller: Caller = request.state.caller
        return caller


class _AskActor(_Closed):
    async def __call__(self, request: Request) -> Actor:
        """Return who acts, with the request."""
        self._check(request)
        return actor_of(request)


class _AskOwnKeyActor(_AskActor):
    def _check(self, request: Request) -> None:
        """Let a key ask about itself, and end itself; for any other key, who acts for the account."""
        if request.state.caller.key_id != request.path_params.get("key_id"):
            super()._check(request)


def actor_of(request: Request) -> Actor:
    """Return who acts in a request that the gate let through."""
    return acting(request, request.state.caller)


def acting(request: Request, caller: Caller) -> Actor:
    """Return a caller with a request of his."""
    agent = request.headers.get("user-agent", "")[:MOST_AGENT_CHARS]
    return Actor(caller, correlation_id.get(), host_of(request), agent)


# For each right who asks, and who acts where that is written down.
Reader = Annotated[Caller, Security(_AskCaller(Right.JOBS_READ), scopes=[Right.JOBS_READ])]
Writer = Annotated[Caller, Security(_AskCaller(Right.JOBS_WRITE), scopes=[Right.JOBS_WRITE])]
WriterActor = Annotated[Actor, Security(_AskActor(Right.JOBS_WRITE), scopes=[Right.JOBS_WRITE])]
FileUser = Annotated[Caller, Security(_AskCaller(Right.FILES), scopes=[Right.FILES])]
Operator = Annotated[Caller, Security(_AskCaller(Right.OPERATE), scopes=[Right.OPERATE])]
OperatorActor = Annotated[Actor, Security(_AskActor(Right.OPERATE), scopes=[Right.OPERATE])]
Administrator = Annotated[Caller, Security(_AskCaller(Right.ADMIN), scopes=[Right.ADMIN])]
AdministratorActor = Annotated[Actor, Security(_AskActor(Right.ADMIN), scopes=[Right.ADMIN])]
# Each caller; and each who acts for the whole of his own account.
AnyCaller = Annotated[Caller, Security(_AskCaller())]
AccountActor = Annotated[Actor, Security(_AskActor(for_account=True))]
# The same, and the API key that the path names.
OwnKeyActor = Annotated[Actor, Security(_AskOwnKeyActor(for_account=True))]
