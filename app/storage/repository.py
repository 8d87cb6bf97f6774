"""All SQL of uploaded files; an expired file is not there.

The owner stands in every WHERE but the scheduler's; an owner of None: files of every team.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Executable, Float, Text, Uuid, bindparam, cast, delete, func, insert, literal, select
from sqlalchemy.dialects.postgresql import ARRAY, INTERVAL
from sqlalchemy.ext.asyncio import AsyncConnection

from app.core.database import Database, table_of
from app.core.database_owner import is_of_owner, owned_by
from app.core.rows import columns, read, read_all, read_first
from app.storage.models import StoredFile
from app.storage.part import Received

BATCH = 1000


@dataclass(frozen=True, slots=True)
class FileRow:
    """An uploaded file, but for its content."""

    id: UUID
    owner_id: UUID
    name: str
    media_type: str
    size_bytes: int
    sha256: str
    created_at: datetime
    expires_at: datetime


_files = table_of(StoredFile)
_FILE = columns(FileRow, _files)
_id = bindparam("file_id", type_=Uuid())
_is_owned = is_of_owner(_files.c.owner_id)
_is_there = _files.c.expires_at > func.now()
_INSERT = insert(_files).returning(*_FILE)
_kept = cast(bindparam("kept_s", type_=Float()), Float) * cast(literal("1 second"), INTERVAL)
_GET = select(*_FILE).where(_files.c.id == _id, _is_owned, _is_there)
_DELETE = delete(_files).where(_files.c.id == _id, _is_owned, _is_there).returning(_files.c.id)
_EXPIRED = select(_files.c.id).where(~_is_there).limit(BATCH).with_for_update(skip_locked=True)
_DELETE_EXPIRED = delete(_files).where(_files.c.id.in_(_EXPIRED)).returning(_files.c.id)
_ids = bindparam("ids", type_=ARRAY(Uuid()))
_STORED = select(func.coalesce(func.sum(_files.c.size_bytes), 0)).where(
    _files.c.owner_id == bindparam("of_owner", type_=Uuid()), _is_there
)
_LOCK_OWNER = select(func.pg_advisory_xact_lock(func.hashtextextended(bindparam("locked", type_=Text()), 0)))
_KNOWN = select(_files.c.id).where(_files.c.id == func.any(_ids))


async def store(
    database: Database | AsyncConnection,
    owner_id: UUID,
    file_id: UUID,
    *,
    name: str,
    received: Received,
    kept_s: float,
) -> FileRow:
    """Insert the row of a file whose content lies in its place, and return it; with a connection in its transaction."""
    values = {
        "id": file_id,
        "owner_id": owner_id,
        "name": name,
        "media_type": received.media_type,
        "size_bytes": received.size_bytes,
        "sha256": received.sha256,
        "expires_at": func.now() + _kept,
    }
    return read(FileRow, await _row(database, _INSERT.values(values), {"kept_s": kept_s}))


async def stored_bytes(database: Database | AsyncConnection, owner_id: UUID) -> int:
    """Return how large an owner's files are together."""
    return int((await _row(database, _STORED, {"of_owner": owner_id}))[0])


async def _row(database: Database | AsyncConnection, statement: Executable, given: dict[str, Any]) -> Any:
    if isinstance(database, Database):
        return await database.row(statement, given)
    return (await database.execute(statement, given)).one()


async def lock_owner(connection: AsyncConnection, owner_id: UUID) -> None:
    """Let nobody else add to an owner's files before the commit."""
    await connection.execute(_LOCK_OWNER, {"locked": f"files:{owner_id}"})


async def get(database: Database, owner_id: UUID | None, file_id: UUID) -> FileRow | None:
    """Return a file's row, or None."""
    return read_first(FileRow, await database.row(_GET, {"file_id": file_id, "of_owner": owner_id}))


async def find_page(database: Database, owner_id: UUID | None, *, before: UUID | None, limit: int) -> Sequence[FileRow]:
    """Return up to `limit` rows, newest first; `before`: only ids below it."""
    statement = select(*_FILE).where(owned_by(_files.c.owner_id, owner_id), _is_there)
    if before is not None:
        statement = statement.where(_files.c.id < before)
    return read_all(FileRow, await database.rows(statement.order_by(_files.c.id.desc()).limit(limit)))


async def remove(database: Database, owner_id: UUID | None, file_id: UUID) -> bool:
    """Delete a file's row; False when there is none."""
    return await database.row(_DELETE, {"file_id": file_id, "of_owner": owner_id}) is not None


async def find_owned(database: Database | AsyncConnection, owner_id: UUID, ids: Sequence[UUID]) -> set[UUID]:
    """Return which of some ids are files of an owner; with a connection in its transaction."""
    statement = select(_files.c.id).where(_files.c.id.in_(ids), _files.c.owner_id == owner_id, _is_there)
    if isinstance(database, Database):
        return {row.id for row in await database.rows(statement)}
    return set((await database.execute(statement)).scalars())


async def remove_expired(database: Database) -> list[UUID]:
    """Delete up to 1,000 rows of expired files, whoever's, and return their ids."""
    return [row.id for row in await database.rows(_DELETE_EXPIRED)]


async def find_newest(database: Database, *, limit: int) -> list[UUID]:
    """Return the ids of the newest files that are not over, whoever's."""
    statement = select(_files.c.id).where(_is_there).order_by(_files.c.id.desc()).limit(limit)
    return [row.id for row in await database.rows(statement)]


async def find_known(database: Database, ids: Sequence[UUID]) -> set[UUID]:
    """Return which of some ids have a row, whoever's."""
    return {row.id for row in await database.rows(_KNOWN, {"ids": list(ids)})}
