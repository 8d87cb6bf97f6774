"""All SQL of API keys."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import LargeBinary, Text, bindparam, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from app.auth.keys.models import ApiKey
from app.auth.principals import Principal, of_key
from app.auth.users.repository import HOLDER, USERS, holder_of
from app.core.database import Database, table_of
from app.core.rows import columns, read, read_all, read_first

USED_AGAIN_S = 60.0
RESTORED_WITHIN = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class KeyRow:
    """What others may know of a key."""

    id: str
    user_id: UUID
    team_id: UUID
    description: str
    prefix: str
    scopes: list[str]
    models: list[str] | None
    job_types: list[str] | None
    requests_per_hour: int | None
    created_at: datetime
    expires_at: datetime
    last_used_at: datetime | None
    revoked_at: datetime | None
    rotated_to: str | None
    is_active: bool
    is_restorable: bool


_keys = table_of(ApiKey)
_NOW = func.now()
_LIVE = _keys.c.revoked_at.is_(None) & (_keys.c.expires_at > _NOW)
_RESTORABLE = (_keys.c.revoked_at > _NOW - RESTORED_WITHIN) & (_keys.c.expires_at > _NOW)
_COLUMNS = columns(KeyRow, _keys, is_active=_LIVE, is_restorable=func.coalesce(_RESTORABLE, False))
_FIND_PRINCIPAL = (
    select(
        *HOLDER,
        _keys.c.id,
        _keys.c.team_id,
        _keys.c.scopes,
        _keys.c.models,
        _keys.c.job_types,
        _keys.c.requests_per_hour,
    )
    .join(USERS, (USERS.c.id == _keys.c.user_id) & USERS.c.is_active)
    .where(
        _keys.c.id == bindparam("of_id", type_=Text()),
        _keys.c.secret_sha256 == bindparam("digest", type_=LargeBinary()),
        _LIVE,
    )
)


async def find_principal(database: Database, key_id: str, digest: bytes) -> Principal | None:
    """Return who acts through a key now, None for one that opens nothing."""
    row = await database.row(_FIND_PRINCIPAL, {"of_id": key_id, "digest": digest})
    if row is None:
        return None
    return of_key(
        holder_of(row),
        key_id=row.id,
        team_id=row.team_id,
        scopes=row.scopes,
        models=row.models,
        job_types=row.job_types,
        requests_per_hour=row.requests_per_hour,
    )


async def create(connection: AsyncConnection, values: Mapping[str, Any], *, lasts: timedelta) -> KeyRow:
    """Insert a key that lasts so long from now. The caller commits."""
    statement = insert(_keys).values(**values, expires_at=_NOW + lasts).returning(*_COLUMNS)
    return read(KeyRow, (await connection.execute(statement)).one())


async def count_live(connection: AsyncConnection, user_id: UUID) -> int:
    """Return how many keys of a user open something."""
    counted = select(func.count()).select_from(_keys).where(_keys.c.user_id == user_id, _LIVE)
    return int((await connection.execute(counted)).scalar_one())


async def find(database: Database, key_id: str, *, user_id: UUID | None) -> KeyRow | None:
    """Return a key of a user; of anybody without `user_id`."""
    return read_first(KeyRow, await database.row(select(*_COLUMNS).where(*_of(user_id), _keys.c.id == key_id)))


async def find_page(
    database: Database, *, user_id: UUID | None, before: datetime | None, limit: int
) -> Sequence[KeyRow]:
    """Return up to `limit` keys, newest first; `before`: only those made earlier."""
    statement = select(*_COLUMNS).where(*_of(user_id)).order_by(_keys.c.created_at.desc()).limit(limit)
    return read_all(
        KeyRow, await database.rows(statement if before is None else statement.where(_keys.c.created_at < before))
    )


async def lock(connection: AsyncConnection, key_id: str, *, user_id: UUID | None) -> KeyRow | None:
    """Return a key as `find`, which nobody else changes before the commit."""
    statement = select(*_COLUMNS).where(*_of(user_id), _keys.c.id == key_id).with_for_update()
    return read_first(KeyRow, (await connection.execute(statement)).one_or_none())


async def revoke(connection: AsyncConnection, key_id: str) -> KeyRow:
    """Let a key open nothing any more. The caller commits."""
    return await _change(connection, key_id, revoked_at=_NOW)


async def restore(connection: AsyncConnection, key_id: str) -> KeyRow:
    """Take a revocation back. The caller commits."""
    return await _change(connection, key_id, revoked_at=None)


async def replace(connection: AsyncConnection, key_id: str, *, by: str, overlap: timedelta) -> KeyRow:
    """Let a key last for a little longer only, since there is another in its place. The caller commits."""
    until = func.least(_keys.c.expires_at, _NOW + overlap)
    return await _change(connection, key_id, rotated_to=by, expires_at=until)


async def note_used(database: Database, key_ids: Sequence[str]) -> None:
    """Note that keys were used a moment ago, unless another process has just noted it."""
    is_old = or_(_keys.c.last_used_at.is_(None), _keys.c.last_used_at < _NOW - timedelta(seconds=USED_AGAIN_S))
    await database.rows(update(_keys).where(_keys.c.id.in_(key_ids), is_old).values(last_used_at=_NOW))


async def _change(connection: AsyncConnection, key_id: str, **values: Any) -> KeyRow:
    statement = update(_keys).where(_keys.c.id == key_id).values(values).returning(*_COLUMNS)
    return read(KeyRow, (await connection.execute(statement)).one())


def _of(user_id: UUID | None) -> Sequence[Any]:
    return () if user_id is None else (_keys.c.user_id == user_id,)
