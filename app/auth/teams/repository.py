"""All SQL of teams and their members."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, exists, func, insert, select, update
from sqlalchemy.dialects.postgresql import insert as insert_or
from sqlalchemy.ext.asyncio import AsyncConnection

from app.auth.users.models import Team, TeamMember, User
from app.core.database import Database, table_of
from app.core.rows import columns, read_all, read_first


@dataclass(frozen=True, slots=True)
class TeamRow:
    """A team, and how many act for it."""

    id: UUID
    name: str
    hides_payloads: bool
    is_personal: bool
    members: int
    created_at: datetime


@dataclass(frozen=True, slots=True)
class MemberRow:
    """A user who acts for a team."""

    user_id: UUID
    email: str | None
    name: str
    role: str
    is_active: bool


_teams, _members, _users = table_of(Team), table_of(TeamMember), table_of(User)
_counted = _members.alias("counted")
_COLUMNS = columns(
    TeamRow,
    _teams,
    is_personal=exists().where(_users.c.id == _teams.c.id),
    members=select(func.count()).where(_counted.c.team_id == _teams.c.id).scalar_subquery(),
)


async def find(database: Database, team_id: UUID) -> TeamRow | None:
    """Return a team."""
    return read_first(TeamRow, await database.row(select(*_COLUMNS).where(_teams.c.id == team_id)))


async def find_page(database: Database, *, before: UUID | None, limit: int) -> Sequence[TeamRow]:
    """Return up to `limit` teams, those last made first; `before`: only those made earlier than this one."""
    statement = select(*_COLUMNS).order_by(_teams.c.id.desc()).limit(limit)
    return read_all(
        TeamRow, await database.rows(statement if before is None else statement.where(_teams.c.id < before))
    )


async def find_of_user(database: Database, user_id: UUID) -> Sequence[TeamRow]:
    """Return the teams of a user, his own first."""
    statement = (
        select(*_COLUMNS)
        .join(_members, _members.c.team_id == _teams.c.id)
        .where(_members.c.user_id == user_id)
        .order_by(_teams.c.id != user_id, _teams.c.name)
    )
    return read_all(TeamRow, await database.rows(statement))


async def find_members(database: Database, team_id: UUID) -> Sequence[MemberRow]:
    """Return who acts for a team, by name."""
    statement = (
        select(*columns(MemberRow, _users, user_id=_users.c.id))
        .join(_members, _members.c.user_id == _users.c.id)
        .where(_members.c.team_id == team_id)
        .order_by(_users.c.name, _users.c.id)
    )
    return read_all(MemberRow, await database.rows(statement))


async def create(connection: AsyncConnection, team_id: UUID, values: Mapping[str, Any]) -> None:
    """Insert a team. The caller commits."""
    await connection.execute(insert(_teams).values(id=team_id, **values))


async def change(connection: AsyncConnection, team_id: UUID, values: Mapping[str, Any]) -> list[UUID] | None:
    """Change a team; return its members, None where there is no such team. The caller commits."""
    changed = await connection.execute(update(_teams).where(_teams.c.id == team_id).values(values))
    if not changed.rowcount:
        return None
    found = await connection.execute(select(_members.c.user_id).where(_members.c.team_id == team_id))
    return list(found.scalars())


async def has_user(connection: AsyncConnection, user_id: UUID) -> bool:
    """Say whether there is such a user, who is no service account."""
    wanted = select(exists().where(_users.c.id == user_id, ~_users.c.is_service))
    return bool((await connection.execute(wanted)).scalar_one())


async def lock(connection: AsyncConnection, team_id: UUID) -> bool:
    """Say whether there is such a team, which nobody else changes before the commit."""
    wanted = select(_teams.c.id).where(_teams.c.id == team_id).with_for_update()
    return (await connection.execute(wanted)).first() is not None


async def add_member(connection: AsyncConnection, team_id: UUID, user_id: UUID) -> bool:
    """Let a user act for a team; False when he does already. The caller commits."""
    added = insert_or(_members).values(team_id=team_id, user_id=user_id).on_conflict_do_nothing()
    return bool((await connection.execute(added)).rowcount)


async def remove_member(connection: AsyncConnection, team_id: UUID, user_id: UUID) -> bool:
    """Let a user act for a team no more; False when he did not. The caller commits."""
    gone = delete(_members).where(_members.c.team_id == team_id, _members.c.user_id == user_id)
    return bool((await connection.execute(gone)).rowcount)
