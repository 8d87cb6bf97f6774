"""All SQL of users and teams."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Uuid, bindparam, func, insert, select, update
from sqlalchemy.dialects.postgresql import insert as insert_or
from sqlalchemy.ext.asyncio import AsyncConnection

from app.auth.caller import Role
from app.auth.principals import Holder
from app.auth.users.models import Team, TeamMember, User
from app.core.database import Database, table_of
from app.core.rows import columns, read, read_all, read_first


@dataclass(frozen=True, slots=True)
class UserRow:
    """What others may know of a user."""

    id: UUID
    email: str | None
    name: str
    role: Role
    is_active: bool
    is_service: bool
    requests_per_hour: int | None
    created_at: datetime
    last_seen_at: datetime | None


@dataclass(frozen=True, slots=True)
class Credentials(UserRow):
    """A user who may be about to sign in."""

    password_hash: str | None
    token_version: int


_users, _teams, _members = table_of(User), table_of(Team), table_of(TeamMember)
_OF_ID = _users.c.id == bindparam("of_id", type_=Uuid())
_TEAM_IDS = select(func.array_agg(_members.c.team_id)).where(_members.c.user_id == _users.c.id).scalar_subquery()
_HIDING_IDS = (
    select(func.array_agg(_members.c.team_id))
    .join(_teams, _teams.c.id == _members.c.team_id)
    .where(_members.c.user_id == _users.c.id, _teams.c.hides_payloads)
    .scalar_subquery()
)
_LAST_ADMINS = (
    select(_users.c.id)
    .where(_users.c.role == Role.ADMIN, _users.c.is_active, ~_users.c.is_service)
    .order_by(_users.c.id)
    .with_for_update()
)
USERS = _users
HOLDER: Sequence[ColumnElement[Any]] = (
    _users.c.id.label("holder_id"),
    func.coalesce(_users.c.email, _users.c.name).label("holder_name"),
    _users.c.role.label("holder_role"),
    _users.c.token_version.label("holder_version"),
    _users.c.requests_per_hour.label("holder_requests"),
    _TEAM_IDS.label("holder_teams"),
    _HIDING_IDS.label("holder_hiding"),
)
_HOLDER = select(*HOLDER).where(_OF_ID, _users.c.is_active)


def holder_of(row: Any) -> Holder:
    """Return what the columns of HOLDER say."""
    return Holder(
        row.holder_id,
        row.holder_name,
        Role(row.holder_role),
        row.holder_version,
        teams=row.holder_teams or (),
        hiding=row.holder_hiding or (),
        requests_per_hour=row.holder_requests,
    )


async def find_holder(database: Database, user_id: UUID) -> Holder | None:
    """Return what is asked of a user at each request, None for one who is not active."""
    row = await database.row(_HOLDER, {"of_id": user_id})
    return None if row is None else holder_of(row)


async def find_credentials(
    database: Database, *, email: str | None = None, of_id: UUID | None = None
) -> Credentials | None:
    """Return the Credentials of the user with a normalised address, or with an id; None if there is none."""
    wanted = _users.c.id == of_id if email is None else _users.c.email == email
    return read_first(Credentials, await database.row(select(*columns(Credentials, _users)).where(wanted)))


async def create(connection: AsyncConnection, user_id: UUID, values: Mapping[str, Any]) -> bool:
    """Insert a user with a team of his own; False when the address is taken. The caller commits."""
    row = {"id": user_id, **values}
    statement = insert_or(_users).values(row).on_conflict_do_nothing(index_elements=["email"])
    if not (await connection.execute(statement)).rowcount:
        return False
    await connection.execute(insert(_teams).values(id=user_id, name=values["name"]))
    await connection.execute(insert(_members).values(team_id=user_id, user_id=user_id))
    return True


async def find(database: Database, user_id: UUID) -> UserRow | None:
    """Return a user."""
    row = await database.row(select(*columns(UserRow, _users)).where(_OF_ID), {"of_id": user_id})
    return read_first(UserRow, row)


async def find_page(database: Database, *, email: str | None, before: UUID | None, limit: int) -> list[UserRow]:
    """Return up to `limit` users, those last made first; `before`: only those made earlier than this one."""
    statement = select(*columns(UserRow, _users)).order_by(_users.c.id.desc()).limit(limit)
    statement = statement if email is None else statement.where(_users.c.email == email)
    return read_all(
        UserRow, await database.rows(statement if before is None else statement.where(_users.c.id < before))
    )


async def lock_admins(connection: AsyncConnection) -> list[UUID]:
    """Return the active administrators, the service account aside, whom nobody else changes before the commit."""
    return list((await connection.execute(_LAST_ADMINS)).scalars())


async def lock(connection: AsyncConnection, user_id: UUID) -> UserRow:
    """Return a user whom nobody else changes before the commit, nor makes a key for."""
    statement = select(*columns(UserRow, _users)).where(_OF_ID).with_for_update(key_share=True)
    return read(UserRow, (await connection.execute(statement, {"of_id": user_id})).one())


async def set_password(connection: AsyncConnection, known: Credentials, password_hash: str) -> bool:
    """Change the password of a user who is as he was known; False when somebody was faster. The caller commits."""
    statement = (
        update(_users)
        .where(_users.c.id == known.id, _users.c.token_version == known.token_version)
        .values(password_hash=password_hash, token_version=_users.c.token_version + 1)
    )
    return bool((await connection.execute(statement)).rowcount)


async def change(
    connection: AsyncConnection, user_id: UUID, values: Mapping[str, Any], *, ends_tokens: bool
) -> UserRow:
    """Change a user; `ends_tokens`: and let his sessions and tokens open nothing any more. The caller commits."""
    given = dict(values)
    if ends_tokens:
        given["token_version"] = _users.c.token_version + 1
    statement = update(_users).where(_users.c.id == user_id).values(given).returning(*columns(UserRow, _users))
    return read(UserRow, (await connection.execute(statement)).one())


async def note_seen(database: Database, user_ids: Sequence[UUID]) -> None:
    """Note that users were there a moment ago."""
    await database.rows(update(_users).where(_users.c.id.in_(user_ids)).values(last_seen_at=func.now()))
