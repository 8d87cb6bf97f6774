"""Submit: new rows with their first history line, and the rows that make a submit repeatable."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import JSON, Float, Integer, Text, Uuid, bindparam, case, cast, delete, func, literal, select, update
from sqlalchemy.dialects.postgresql import ARRAY, BYTEA, insert
from sqlalchemy.ext.asyncio import AsyncConnection

from app.core.database import Database, table_of
from app.core.rows import columns, names, read_all, read_first
from app.jobs.models import IdempotencyKey
from app.jobs.repository.sql import NOW, array_of, jobs, rows_of, seconds
from app.jobs.repository.transition import NEW_COLUMNS, create
from app.jobs.rows import Json, NewJob, Stored

IDEMPOTENCY_KEPT = timedelta(hours=24)
SENDING_GRACE_S = 15.0  # how long the dispatcher leaves a job alone that the API is about to send itself


_new = rows_of("new", NewJob)
_grace_s = case((_new.c.direct, literal(SENDING_GRACE_S, Float)), else_=literal(0.0, Float))
_due = func.greatest(NOW, func.coalesce(_new.c.run_at, NOW + seconds(_new.c.delay_s)))
_given = {name: _new.c[name] for name in names(NewJob) if name in jobs.c and name != "run_at"}
_set = {
    "run_at": _due,
    "queued_at": _due,
    "dispatch_at": _due + seconds(_grace_s),
    "deadline_at": _due + seconds(_new.c.deadline_s),
}
_INSERT = create({**_given, **_set})


async def insert_jobs(connection: AsyncConnection, documents: Iterable[str]) -> dict[UUID, Stored]:
    """Insert jobs, given by their `document`, with their history; return the stored rows by id.

    The caller commits. A job whose id is stored already is left out of the answer.
    """
    result = await connection.execute(_INSERT, {"rows": array_of(documents)})
    return {row.id: row for row in read_all(Stored, result)}


_FOUND = select(*NEW_COLUMNS).where(jobs.c.id == func.any(bindparam("ids", type_=ARRAY(Uuid()))))


async def store_jobs(database: Database, new: Sequence[NewJob]) -> list[Stored]:
    """Insert jobs of several callers in a transaction of their own; return the rows in the order of `new`.

    May be repeated: a job that is stored already is read instead.
    """
    rows = await database.rows(_INSERT, {"rows": array_of(job.document for job in new)})
    by_id = {row.id: row for row in read_all(Stored, rows)}
    if missing := [job.id for job in new if job.id not in by_id]:
        by_id |= {row.id: row for row in read_all(Stored, await database.rows(_FOUND, {"ids": missing}))}
    return [by_id[job.id] for job in new]


@dataclass(frozen=True, slots=True)
class KeptAnswer:
    """What is kept under an idempotency key: its request's hash, and the answer that the same transaction stored."""

    request_hash: bytes
    response: Json


_keys = table_of(IdempotencyKey)
_RESERVE = (
    insert(_keys)
    .values(
        owner_id=bindparam("owner_id", type_=Uuid()),
        route=bindparam("route", type_=Text()),
        key=bindparam("key", type_=Text()),
        request_hash=bindparam("request_hash", type_=BYTEA()),
        expires_at=NOW + IDEMPOTENCY_KEPT,
    )
    .on_conflict_do_nothing()
    .returning(_keys.c.key)
)
_EXACT = (
    _keys.c.owner_id == bindparam("of_owner", type_=Uuid()),
    _keys.c.route == bindparam("of_route", type_=Text()),
    _keys.c.key == bindparam("of_key", type_=Text()),
)
_STORED = select(*columns(KeptAnswer, _keys)).where(*_EXACT, _keys.c.expires_at > NOW)
_DROP_EXPIRED = delete(_keys).where(*_EXACT, _keys.c.expires_at <= NOW)
_ANSWER = (
    update(_keys)
    .where(*_EXACT)
    .values(
        status=bindparam("new_status", type_=Integer()), response=cast(bindparam("new_response", type_=Text()), JSON)
    )
)


async def reserve_key(
    connection: AsyncConnection, *, owner_id: UUID, route: str, key: str, request_hash: bytes
) -> KeptAnswer | None:
    """Reserve an idempotency key within the transaction that stores its jobs.

    Returns None when the key is new; else what is kept under it. A parallel request with
    the same key waits here until the first one's transaction has ended.
    """
    exact = {"of_owner": owner_id, "of_route": route, "of_key": key}
    await connection.execute(_DROP_EXPIRED, exact)
    new = {"owner_id": owner_id, "route": route, "key": key, "request_hash": request_hash}
    if (await connection.execute(_RESERVE, new)).first() is not None:
        return None
    return read_first(KeptAnswer, (await connection.execute(_STORED, exact)).first())


async def store_answer(
    connection: AsyncConnection, *, owner_id: UUID, route: str, key: str, status: int, response: str
) -> None:
    """Keep the first answer to a key, as JSON text, in the same transaction."""
    exact = {"of_owner": owner_id, "of_route": route, "of_key": key}
    await connection.execute(_ANSWER, {**exact, "new_status": status, "new_response": response})
