"""Who asks: a session's cookie, an API key, an access token or the service token, and the team that a request names."""

from uuid import UUID

from fastapi import Request

from app.auth.caller import SERVICE, SERVICE_OWNER_ID, Caller
from app.auth.guesses import Kind
from app.auth.keys import format as key_format
from app.auth.keys.repository import find_principal
from app.auth.last_use import LastUse
from app.auth.principals import Principal, digest_of, of_user
from app.auth.resources import Resources
from app.auth.service_token import prove
from app.auth.sessions.service import read_session
from app.auth.teams import repository as teams
from app.auth.tokens import access
from app.auth.tokens.access import BadTokenError, ExpiredTokenError
from app.auth.tokens.repository import find_holder
from app.core.application_state import part_of
from app.core.errors import NotFoundError, UnauthorizedError

TEAM_HEADER = "X-Team"
_SERVICE = Principal(SERVICE, frozenset({SERVICE_OWNER_ID}))
_NONE = "Send an API key, an access token or the service token as Authorization: Bearer, X-API-Key or X-Service-Token."


def _unauthorized(detail: str) -> UnauthorizedError:
    return UnauthorizedError(detail, headers={"WWW-Authenticate": "Bearer"})


async def identify(request: Request, presented: str | None) -> Caller:
    """Return who asks, by the credential that he presents, or by his session.

    Raises: UnauthorizedError without a credential or with a wrong one; TooManyGuessesError where that was guessed;
    ForeignOriginError for a forged request; NotFoundError for a team that the caller may not act for.
    """
    resources = part_of(request.app, Resources)
    if presented is None:
        principal = await read_session(resources, request)
        if principal is None:
            raise _unauthorized(_NONE)
    else:
        principal = await _by_credential(resources, request, presented)
    if principal is not _SERVICE:
        part_of(request.app, LastUse).note(principal.caller)
    team = request.headers.get(TEAM_HEADER)
    if team is not None:
        return await _for_team(resources, principal, team)
    return principal.caller if principal.chosen is None else principal.of_team(principal.chosen)


async def _by_credential(resources: Resources, request: Request, presented: str) -> Principal:
    if key_format.is_key(presented):
        return await _by_key(resources, request, presented)
    if access.looks_like_one(presented):
        return await _by_token(resources, request, presented)
    await prove(resources, request, presented, Kind.TOKEN)
    return _SERVICE


async def _by_key(resources: Resources, request: Request, presented: str) -> Principal:
    """Return who stands behind a key. One that opens nothing was not guessed, so it slows down nobody."""
    key_id = key_format.id_of(presented)
    found = None
    if key_id is not None:
        digest = digest_of(presented)
        days = resources.settings.oidc_keys_pause_days
        found = await resources.principals.find(
            digest,
            lambda: find_principal(resources.database, resources.nameable, key_id, digest, pause_days=days),
        )
    if found is None:
        resources.guard.found_dead(request, Kind.KEY)
        known = "This API key is unknown, revoked, over or unused for long, or pauses until its owner signs in."
        raise _unauthorized(known if key_id else "This is a damaged copy of an API key: its checksum does not fit.")
    resources.guard.passed(request)
    return found


async def _by_token(resources: Resources, request: Request, presented: str) -> Principal:
    try:
        said = access.read(resources.settings.secret_key.get_secret_value(), presented)
    except ExpiredTokenError:
        raise _unauthorized("This access token is over; the refresh token buys another.") from None
    except BadTokenError:
        resources.guard.found_dead(request, Kind.ACCESS)
        raise _unauthorized("This is no access token of this platform.") from None

    async def look_up() -> Principal | None:
        holder = await find_holder(resources.database, said.user_id, version=said.version, family=said.family)
        return None if holder is None else of_user(holder)

    found = await resources.principals.find(digest_of(presented), look_up)
    if found is None:
        raise _unauthorized("This access token opens nothing any more; sign in again.")
    resources.guard.passed(request)
    return found


async def _for_team(resources: Resources, principal: Principal, named: str) -> Caller:
    try:
        team_id = UUID(named)
    except ValueError:
        team_id = None
    if team_id is not None and team_id == principal.caller.owner_id and principal.caller.is_narrowed:
        return principal.caller
    may = team_id in principal.teams
    if not may and team_id is not None and principal.caller.sees is None:
        may = await teams.find(resources.database, team_id) is not None
    if team_id is None or not may:
        raise NotFoundError(f"There is no team {named[:40]!r} that you may act for.", code="team_not_found")
    return principal.of_team(team_id)
