"""All SQL of refresh tokens."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import Integer, Uuid, bindparam, delete, exists, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from app.auth.principals import Holder
from app.auth.tokens.models import RefreshToken
from app.auth.users.repository import HOLDER, USERS, holder_of
from app.core.database import Database, table_of
from app.core.rows import columns, read_first

LASTS = timedelta(days=30)  # a family, from the moment that a user signed in
GRACE = timedelta(seconds=30)
KEPT = timedelta(days=1)  # beyond that: access tokens look at their family


@dataclass(frozen=True, slots=True)
class RefreshRow:
    """A refresh token that somebody shows."""

    id: UUID
    family: UUID
    user_id: UUID
    user_version: int
    is_live: bool  # not revoked, not over, and of a user whose tokens go on
    is_replaced: bool
    is_in_grace: bool  # replaced a moment ago


_tokens = table_of(RefreshToken)
_NOW = func.now()
_IS_LIVE = (
    _tokens.c.revoked_at.is_(None)
    & (_tokens.c.expires_at > _NOW)
    & USERS.c.is_active
    & (USERS.c.token_version == _tokens.c.user_version)
)
_COLUMNS = columns(
    RefreshRow,
    _tokens,
    is_live=_IS_LIVE,
    is_replaced=_tokens.c.replaced_by.is_not(None),
    is_in_grace=func.coalesce(_tokens.c.replaced_at > _NOW - GRACE, False),
)
_FIND = select(*_COLUMNS).join(USERS, USERS.c.id == _tokens.c.user_id)
_OF_FAMILY = _tokens.c.family == bindparam("of_family", type_=Uuid())
_FIND_HOLDER = select(*HOLDER).where(
    USERS.c.id == bindparam("of_id", type_=Uuid()),
    USERS.c.is_active,
    USERS.c.token_version == bindparam("version", type_=Integer()),
    exists().where(_OF_FAMILY, _tokens.c.user_id == USERS.c.id, _tokens.c.revoked_at.is_(None)),
)


async def find_holder(database: Database, user_id: UUID, *, version: int, family: UUID) -> Holder | None:
    """Return who shows an access token, None when it opens nothing any more."""
    row = await database.row(_FIND_HOLDER, {"of_id": user_id, "version": version, "of_family": family})
    return None if row is None else holder_of(row)


async def begin(database: Database, row: RefreshRow, digest: bytes) -> None:
    """Store the first token of a family, committed when this returns."""
    await database.rows(
        insert(_tokens).values(
            id=row.id,
            family=row.family,
            user_id=row.user_id,
            user_version=row.user_version,
            token_sha256=digest,
            expires_at=_NOW + LASTS,
        )
    )


async def lock(connection: AsyncConnection, digest: bytes) -> RefreshRow | None:
    """Return a token that nobody else replaces before the commit."""
    statement = _FIND.where(_tokens.c.token_sha256 == digest).with_for_update(of=_tokens)
    return read_first(RefreshRow, (await connection.execute(statement)).one_or_none())


async def replace(connection: AsyncConnection, row: RefreshRow, *, by: UUID, digest: bytes) -> None:
    """Store the successor of a token, which ends with its family. The caller has locked it, and commits."""
    replaced = update(_tokens).where(_tokens.c.id == row.id).values(replaced_by=by, replaced_at=_NOW)
    expires_at = (await connection.execute(replaced.returning(_tokens.c.expires_at))).scalar_one()
    await connection.execute(
        insert(_tokens).values(
            id=by,
            family=row.family,
            user_id=row.user_id,
            user_version=row.user_version,
            token_sha256=digest,
            expires_at=expires_at,
        )
    )


async def revoke_family(connection: AsyncConnection, family: UUID) -> int:
    """Let a family open nothing any more; return how many of its tokens that changed. The caller commits."""
    statement = update(_tokens).where(_tokens.c.family == family, _tokens.c.revoked_at.is_(None))
    return (await connection.execute(statement.values(revoked_at=_NOW))).rowcount


async def prune(database: Database) -> None:
    """Delete the tokens that are over by their age."""
    await database.rows(delete(_tokens).where(_tokens.c.expires_at < _NOW - KEPT))
