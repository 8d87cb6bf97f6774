"""The verbs of teams; each is its own transaction, and is told to every process before it returns."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from sqlalchemy.exc import DBAPIError
from uuid_utils.compat import uuid7

from app.auth import audit
from app.auth.caller import Actor
from app.auth.names import folded
from app.auth.resources import Resources
from app.auth.teams import repository
from app.auth.teams.repository import TeamRow
from app.auth.teams.schemas import TeamCreate, TeamUpdate
from app.core.database_errors import UNIQUE_SQLSTATE, sqlstate
from app.core.errors import ConflictError, NotFoundError


def _unknown(team_id: UUID) -> NotFoundError:
    return NotFoundError(f"There is no team {team_id}.", code="team_not_found")


async def get(resources: Resources, team_id: UUID) -> TeamRow:
    """Return a team. Raises: NotFoundError."""
    row = await repository.find(resources.database, team_id)
    if row is None:
        raise _unknown(team_id)
    return row


@contextmanager
def _alone_with(name: str | None) -> Iterator[None]:
    """Raise ConflictError where a change would give two teams one name."""
    try:
        yield
    except DBAPIError as error:
        if sqlstate(error) != UNIQUE_SQLSTATE:
            raise
        raise ConflictError(
            f"There is a team called {name!r} already; take another name.", code="team_exists"
        ) from None


async def create(resources: Resources, actor: Actor, wanted: TeamCreate) -> TeamRow:
    """Make a team without members. Raises: ConflictError for the name of another team, however it is written."""
    team_id = uuid7()
    with _alone_with(wanted.name):
        await _create(resources, actor, team_id, wanted)
    return await get(resources, team_id)


async def _create(resources: Resources, actor: Actor, team_id: UUID, wanted: TeamCreate) -> None:
    async with resources.database.begin() as connection:
        values = {**wanted.model_dump(), "folded_name": folded(wanted.name)}
        await repository.create(connection, team_id, values)
        await audit.record(connection, actor, "team.create", f"team:{team_id}", detail=wanted.model_dump())


async def update(resources: Resources, actor: Actor, team_id: UUID, wanted: TeamUpdate) -> TeamRow:
    """Change a team's name, or what its viewers see. Raises: NotFoundError; ConflictError for another team's name."""
    given = wanted.model_dump(exclude_none=True)
    before = await get(resources, team_id)
    with _alone_with(wanted.name):
        members = await _change(resources, actor, before, given)
    await _tell(resources, members)
    return await get(resources, team_id)


async def _change(resources: Resources, actor: Actor, before: TeamRow, given: Mapping[str, Any]) -> Sequence[UUID]:
    """Return the members of a team that was changed. A user's own team may be called as any other."""
    is_folded = "name" in given and not before.is_personal
    async with resources.database.begin() as connection:
        values = {**given, "folded_name": folded(given["name"])} if is_folded else given
        members = await repository.change(connection, before.id, values)
        if members is None:
            raise _unknown(before.id)
        told = {"before": {name: getattr(before, name) for name in given}, "after": given}
        await audit.record(connection, actor, "team.update", f"team:{before.id}", detail=told)
    return members


async def add_member(resources: Resources, actor: Actor, team_id: UUID, user_id: UUID) -> None:
    """Let a user act for a team; again is fine. Raises: NotFoundError for a team or user that is not there."""
    async with resources.database.begin() as connection:
        if not await repository.lock(connection, team_id):
            raise _unknown(team_id)
        if not await repository.has_user(connection, user_id):
            raise NotFoundError(f"There is no user {user_id}.", code="user_not_found")
        if await repository.add_member(connection, team_id, user_id):
            await audit.record(connection, actor, "team.add", f"team:{team_id}", detail={"user_id": str(user_id)})
    await _tell(resources, [user_id])


async def remove_member(resources: Resources, actor: Actor, team_id: UUID, user_id: UUID) -> None:
    """Let a user act for a team no more, at any process, when this returns; his keys for it open nothing either.

    Raises: NotFoundError for who is no member; ConflictError for a user's own team.
    """
    if team_id == user_id:
        raise ConflictError("This is the user's own team; disable the user instead.", code="own_team")
    async with resources.database.begin() as connection:
        if not await repository.remove_member(connection, team_id, user_id):
            raise NotFoundError(f"The user {user_id} is no member of the team {team_id}.", code="member_not_found")
        await audit.record(connection, actor, "team.remove", f"team:{team_id}", detail={"user_id": str(user_id)})
    await _tell(resources, [user_id])


async def _tell(resources: Resources, user_ids: Iterable[UUID]) -> None:
    for user_id in user_ids:
        await resources.revocations.tell(user_id)
