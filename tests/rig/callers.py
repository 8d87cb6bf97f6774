"""Other callers than the service token's, for requests to an application in the tests' process.

The application that `tests.rig.applications` builds has one middleware more, inside the gate: a request with the
headers of `posing_as` has that caller from there on. The gate has let it through by its credential, as any other.
"""

from uuid import UUID

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from app.auth.caller import RIGHTS, SERVICE_OWNER_ID, Caller, Role

HEADER = "X-Test-Caller"
_known: dict[str, Caller] = {}


class Posing:
    """Gives a request the caller that it names, instead of the one that the gate has found."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and (name := Headers(scope=scope).get(HEADER)):
            scope["state"]["caller"] = _known[name]
        await self._app(scope, receive, send)


def posing_as(caller: Caller) -> dict[str, str]:
    """Return the headers of a request that this caller makes."""
    _known[caller.name] = caller
    return {HEADER: caller.name}


def make_caller(name: str, team: UUID, role: Role = Role.MEMBER, *, is_narrowed: bool = False) -> Caller:
    """Return a caller whose user has the team's id with one bit changed, so that the two are told apart."""
    user_id = UUID(int=team.int ^ 1 << 64)
    return Caller(team, name, role, RIGHTS[role], user_id=user_id, is_narrowed=is_narrowed)


# Of the team whose jobs and files are those that tests make without another one.
MEMBER = make_caller("member", SERVICE_OWNER_ID)
# Who may do everything, and looks at that team alone.
ADMINISTRATOR = make_caller("administrator", SERVICE_OWNER_ID, Role.ADMIN, is_narrowed=True)
