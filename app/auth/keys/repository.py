"""All SQL of API keys."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Float,
    Interval,
    LargeBinary,
    Select,
    Text,
    bindparam,
    delete,
    exists,
    func,
    insert,
    or_,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from app.auth.key_limits import Nameable
from app.auth.keys.models import ApiKey
from app.auth.principals import Principal, of_key
from app.auth.users.models import UserIdentity
from app.auth.users.repository import HOLDER, USERS, holder_of
from app.core.database import Database, table_of
from app.core.rows import columns, read, read_all, read_first

USED_AGAIN_S = 60.0
RESTORED_WITHIN = timedelta(days=30)
NOT_YET_WRITTEN = timedelta(seconds=2 * USED_AGAIN_S)  # by so much a key that is used all the time may look unused


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
    revoked_by: UUID | None
    deactivated_at: datetime | None
    rotated_to: str | None
    is_active: bool
    is_restorable: bool


@dataclass(frozen=True, slots=True)
class IdleKey:
    """A key that the janitor looks at; `is_over`: it has ended, else nobody used it for long."""

    id: str
    user_id: UUID
    is_over: bool


_keys = table_of(ApiKey)
_NOW = func.now()
_LIVE = _keys.c.revoked_at.is_(None) & _keys.c.deactivated_at.is_(None) & (_keys.c.expires_at > _NOW)
_RESTORABLE = (_keys.c.expires_at > _NOW) & func.coalesce(_keys.c.revoked_at > _NOW - RESTORED_WITHIN, True)
_COLUMNS = columns(KeyRow, _keys, is_active=_LIVE, is_restorable=_RESTORABLE)
_USED_AT = func.greatest(_keys.c.created_at, _keys.c.restored_at, _keys.c.last_used_at)
_IS_UNUSED = func.coalesce(bindparam("unused", type_=Interval()) + NOT_YET_WRITTEN < _NOW - _USED_AT, False)
_FIND_IDLE = (
    select(*columns(IdleKey, _keys, is_over=_keys.c.expires_at <= _NOW))
    .where(_keys.c.revoked_at.is_(None), _keys.c.deactivated_at.is_(None), (_keys.c.expires_at <= _NOW) | _IS_UNUSED)
    .order_by(_keys.c.id)
)
_KEPT = bindparam("kept", type_=Interval())
_FIND_OLD = (
    select(*columns(IdleKey, _keys, is_over=_keys.c.expires_at <= _NOW))
    .where(
        (_keys.c.revoked_at.is_(None) & (_keys.c.deactivated_at < _NOW - _KEPT))
        | (_keys.c.revoked_at < _NOW - func.greatest(_KEPT, RESTORED_WITHIN))
    )
    .order_by(_keys.c.id)
)
_identities = table_of(UserIdentity)
_PAUSE_DAYS = bindparam("pause_days", type_=Float())
# Whether the provider has not let the owner in for so long, or when he came last.
_PAUSED = exists().where(
    _identities.c.user_id == USERS.c.id,
    or_(
        _identities.c.signed_in_at.is_(None),
        (_PAUSE_DAYS > 0) & (_identities.c.signed_in_at < _NOW - _PAUSE_DAYS * timedelta(days=1)),
    ),
)
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
        ~_PAUSED,
    )
)


async def find_principal(
    database: Database, nameable: Nameable, key_id: str, digest: bytes, *, pause_days: float
) -> Principal | None:
    """Return who acts through a key now, None for one that opens nothing.

    `nameable`: what its names stand for. `pause_days`: for how long keys go on whose owner does not sign in at his
    provider; 0: for ever.
    """
    row = await database.row(_FIND_PRINCIPAL, {"of_id": key_id, "digest": digest, "pause_days": pause_days})
    if row is None:
        return None
    return of_key(
        holder_of(row),
        key_id=row.id,
        team_id=row.team_id,
        scopes=row.scopes,
        models=None if row.models is None else nameable.reached(row.models),
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


async def revoke(connection: AsyncConnection, key_id: str, *, by: UUID) -> KeyRow:
    """Let a key open nothing any more; `by` a user. One that is revoked keeps its time. The caller commits."""
    return await _change(connection, key_id, revoked_at=func.coalesce(_keys.c.revoked_at, _NOW), revoked_by=by)


async def restore(connection: AsyncConnection, key_id: str) -> KeyRow:
    """Let a key open again what it did, and count that as a use. The caller commits."""
    values = {"revoked_at": None, "revoked_by": None, "deactivated_at": None, "restored_at": _NOW}
    return await _change(connection, key_id, **values)


async def replace(connection: AsyncConnection, key_id: str, *, by: str, overlap: timedelta) -> KeyRow:
    """Let a key last for a little longer only, since there is another in its place. The caller commits."""
    until = func.least(_keys.c.expires_at, _NOW + overlap)
    return await _change(connection, key_id, rotated_to=by, expires_at=until)


async def note_used(database: Database, key_ids: Sequence[str]) -> None:
    """Note that keys were used a moment ago, unless another process has just noted it."""
    is_old = or_(_keys.c.last_used_at.is_(None), _keys.c.last_used_at < _NOW - timedelta(seconds=USED_AGAIN_S))
    await database.rows(update(_keys).where(_keys.c.id.in_(key_ids), is_old).values(last_used_at=_NOW))


async def find_idle(connection: AsyncConnection, *, unused: timedelta | None, limit: int) -> Sequence[IdleKey]:
    """Return keys that have ended, or that nobody used for so long; not those that somebody else has locked."""
    return await _lock_some(connection, _FIND_IDLE, {"unused": unused}, limit)


async def find_old(connection: AsyncConnection, *, kept: timedelta, limit: int) -> Sequence[IdleKey]:
    """As `find_idle`: keys that were deactivated so long ago, or revoked, and can be restored no more."""
    return await _lock_some(connection, _FIND_OLD, {"kept": kept}, limit)


async def _lock_some(
    connection: AsyncConnection, wanted: Select[Any], values: Mapping[str, Any], limit: int
) -> Sequence[IdleKey]:
    statement = wanted.limit(limit).with_for_update(skip_locked=True)
    return read_all(IdleKey, await connection.execute(statement, values))


async def deactivate(connection: AsyncConnection, key_ids: Sequence[str]) -> None:
    """Let keys open nothing any more. The caller has locked them, and commits."""
    await connection.execute(update(_keys).where(_keys.c.id.in_(key_ids)).values(deactivated_at=_NOW))


async def remove(connection: AsyncConnection, key_ids: Sequence[str]) -> None:
    """Delete keys. The caller has locked them, and commits."""
    await connection.execute(delete(_keys).where(_keys.c.id.in_(key_ids)))


async def _change(connection: AsyncConnection, key_id: str, **values: Any) -> KeyRow:
    statement = update(_keys).where(_keys.c.id == key_id).values(values).returning(*_COLUMNS)
    return read(KeyRow, (await connection.execute(statement)).one())


def _of(user_id: UUID | None) -> Sequence[Any]:
    return () if user_id is None else (_keys.c.user_id == user_id,)
