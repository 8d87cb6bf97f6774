"""All SQL of one-time links."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete, exists, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from app.auth.caller import Role
from app.auth.links.models import Kind, OneTimeLink
from app.auth.users.repository import USERS
from app.core.database import Database, table_of
from app.core.rows import columns, read, read_all, read_first

KEPT = timedelta(days=30)  # beyond their end, to be listed


@dataclass(frozen=True, slots=True)
class LinkRow:
    """What others may know of a link."""

    id: UUID
    kind: Kind
    email: str
    role: Role | None
    team_id: UUID | None
    user_id: UUID | None
    made_by: UUID
    created_at: datetime
    expires_at: datetime
    used_at: datetime | None
    revoked_at: datetime | None
    is_live: bool


_links = table_of(OneTimeLink)
_maker, _user = USERS.alias("maker"), USERS.alias("of_link")
_NOW = func.now()
_IS_UNUSED = _links.c.used_at.is_(None) & _links.c.revoked_at.is_(None)
# Who is no administrator any more has left no way in; and whose password or sessions ended since needs no reset.
_MAKER_MAY = exists().where(_maker.c.id == _links.c.made_by, _maker.c.is_active, _maker.c.role == Role.ADMIN)
_IS_AS_BEFORE = exists().where(
    _user.c.id == _links.c.user_id, _user.c.is_active, _user.c.token_version == _links.c.user_version
)
_LIVE = _IS_UNUSED & (_links.c.expires_at > _NOW) & _MAKER_MAY & (_links.c.user_version.is_(None) | _IS_AS_BEFORE)
_COLUMNS = columns(LinkRow, _links, is_live=_LIVE)


async def create(connection: AsyncConnection, values: Mapping[str, Any], *, lasts: timedelta) -> LinkRow:
    """Insert a link in the place of the one of its kind that its user or guest may still have. The caller commits."""
    same = (_links.c.kind == values["kind"], _links.c.email == values["email"], _IS_UNUSED)
    await connection.execute(update(_links).where(*same).values(revoked_at=_NOW))
    await connection.execute(insert(_links).values(**values, expires_at=_NOW + lasts))
    return await _get(connection, values["id"])


async def _get(connection: AsyncConnection, link_id: UUID) -> LinkRow:
    return read(LinkRow, (await connection.execute(select(*_COLUMNS).where(_links.c.id == link_id))).one())


async def find_live(database: Database, kind: Kind, digest: bytes) -> LinkRow | None:
    """Return the link of a token, None for one that opens nothing."""
    statement = select(*_COLUMNS).where(_links.c.token_sha256 == digest, _links.c.kind == kind, _LIVE)
    return read_first(LinkRow, await database.row(statement))


async def is_invited(database: Database, email: str) -> bool:
    """Say whether there is an invite for a normalised address that opens something."""
    statement = select(_links.c.id).where(_links.c.kind == Kind.INVITE, _links.c.email == email, _LIVE).limit(1)
    return await database.row(statement) is not None


async def use(connection: AsyncConnection, link_id: UUID) -> bool:
    """Use a link up; False when somebody has, or it has ended. The caller commits."""
    used = update(_links).where(_links.c.id == link_id, _LIVE).values(used_at=_NOW)
    return bool((await connection.execute(used)).rowcount)


async def note_user(connection: AsyncConnection, link_id: UUID, user_id: UUID) -> None:
    """Note who came by an invite. The caller commits."""
    await connection.execute(update(_links).where(_links.c.id == link_id).values(user_id=user_id))


async def revoke(connection: AsyncConnection, kind: Kind, link_id: UUID) -> LinkRow | None:
    """Let a link open nothing; None where there is none that was neither used nor revoked. The caller commits."""
    statement = update(_links).where(_links.c.id == link_id, _links.c.kind == kind, _IS_UNUSED)
    is_revoked = (await connection.execute(statement.values(revoked_at=_NOW))).rowcount
    return await _get(connection, link_id) if is_revoked else None


async def find_page(database: Database, kind: Kind, *, before: UUID | None, limit: int) -> Sequence[LinkRow]:
    """Return up to `limit` links, those last made first; `before`: only those made earlier than this one."""
    statement = select(*_COLUMNS).where(_links.c.kind == kind).order_by(_links.c.id.desc()).limit(limit)
    return read_all(
        LinkRow, await database.rows(statement if before is None else statement.where(_links.c.id < before))
    )


async def prune(database: Database) -> None:
    """Delete the links that have long been over."""
    await database.rows(delete(_links).where(_links.c.expires_at < _NOW - KEPT))
