"""Submit: new rows with their first history line, and the rows that make a submit repeatable."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cached_property
from typing import Any
from uuid import UUID

from pydantic_core import to_json
from sqlalchemy import JSON, Float, Integer, Numeric, SmallInteger, Text, Uuid, bindparam, delete, func, select, update
from sqlalchemy.dialects.postgresql import ARRAY, BYTEA, JSONB, insert
from sqlalchemy.ext.asyncio import AsyncConnection

from app.core.database import Database, table_of
from app.jobs.models import IdempotencyKey
from app.jobs.repository.transition import (
    NEW_COLUMNS,
    NOW,
    Timestamp,
    array_of,
    create,
    jobs,
    rows_of,
    seconds,
    shown_status,
)

IDEMPOTENCY_KEPT = timedelta(hours=24)
MAX_CRASHES = 5  # two beside anybody, and three beside no other job that lost workers
PORTION_BYTES = 1 << 20  # of one statement's parameters
SENDING_GRACE_S = 15.0  # how long the dispatcher leaves a job alone that the API is about to send itself


@dataclass
class NewJob:
    """A validated job to be stored. Due at `run_at`, or `delay_s` from PostgreSQL's now; `direct`: sent by the API."""

    id: UUID
    owner_id: UUID
    type: str
    queue: str
    priority: int
    max_attempts: int
    timeout_s: int
    deadline_s: int
    input: Mapping[str, Any]
    metadata: Mapping[str, Any] | None = None
    run_at: datetime | None = None
    delay_s: float = 0.0
    direct: bool = False
    prompt_version: str | None = None
    request_id: str | None = None
    requested_model: str | None = None
    max_cost_usd: Decimal | None = None
    max_refusals: int = 100
    max_crashes: int = MAX_CRASHES

    @cached_property
    def document(self) -> str:
        """The row for the statement, as JSON text; what PostgreSQL cannot keep was refused when it was read."""
        row = to_json(
            {
                "id": self.id,
                "owner_id": self.owner_id,
                "type": self.type,
                "queue": self.queue,
                "priority": self.priority,
                "max_attempts": self.max_attempts,
                "timeout_s": self.timeout_s,
                "deadline_s": self.deadline_s,
                "input": self.input,
                "metadata": self.metadata,
                "run_at": self.run_at,
                "delay_s": self.delay_s,
                "direct_s": SENDING_GRACE_S if self.direct else 0.0,
                "prompt_version": self.prompt_version,
                "request_id": self.request_id,
                "requested_model": self.requested_model,
                "max_cost_usd": self.max_cost_usd,
                "max_refusals": self.max_refusals,
                "max_crashes": self.max_crashes,
            }
        )
        return row.decode()


_new = rows_of(
    "new",
    id=Uuid(),
    owner_id=Uuid(),
    type=Text(),
    queue=Text(),
    priority=SmallInteger(),
    max_attempts=Integer(),
    timeout_s=Integer(),
    deadline_s=Integer(),
    input=JSONB(),
    metadata=JSONB(),
    run_at=Timestamp,
    delay_s=Float(),
    direct_s=Float(),
    prompt_version=Text(),
    request_id=Text(),
    requested_model=Text(),
    max_cost_usd=Numeric(14, 8),
    max_refusals=Integer(),
    max_crashes=Integer(),
)
_due = func.greatest(NOW, func.coalesce(_new.c.run_at, NOW + seconds(_new.c.delay_s)))
_SAME = ("id", "owner_id", "type", "queue", "priority", "max_attempts", "timeout_s", "input", "metadata")
_ALSO = ("prompt_version", "request_id", "requested_model", "max_cost_usd", "max_refusals", "max_crashes")
_INSERT = create(
    select(
        *(_new.c[name] for name in _SAME),
        _due.label("run_at"),
        _due.label("queued_at"),
        (_due + seconds(_new.c.direct_s)).label("dispatch_at"),
        (_due + seconds(_new.c.deadline_s)).label("deadline_at"),
        *(_new.c[name] for name in _ALSO),
    ),
    [*_SAME, "run_at", "queued_at", "dispatch_at", "deadline_at", *_ALSO],
)


async def insert_jobs(connection: AsyncConnection, documents: Sequence[bytes]) -> dict[UUID, Any]:
    """Insert jobs, given by their `document` in UTF-8, with their history; return the stored rows by id.

    The caller commits. A job whose id is stored already is left out of the answer. As text in memory a large batch
    would take four times its bytes, so a part of it goes after the other.
    """
    rows: dict[UUID, Any] = {}
    portion: list[str] = []
    size = 0
    for document in documents:
        if portion and size + len(document) > PORTION_BYTES:
            rows |= await _insert(connection, portion)
            portion, size = [], 0
        portion.append(document.decode())
        size += len(document)
    return rows | await _insert(connection, portion)


async def _insert(connection: AsyncConnection, documents: Iterable[str]) -> dict[UUID, Any]:
    result = await connection.execute(_INSERT, {"rows": array_of(documents)})
    return {row.id: row for row in result.all()}


_FOUND = select(*NEW_COLUMNS, shown_status().label("shown")).where(
    jobs.c.id == func.any(bindparam("ids", type_=ARRAY(Uuid())))
)


async def store_jobs(database: Database, new: Sequence[NewJob]) -> list[Any]:
    """Insert jobs of several callers in a transaction of their own; return the rows in the order of `new`.

    May be repeated: a job that is stored already is read instead.
    """
    rows = await database.rows(_INSERT, {"rows": array_of(job.document for job in new)})
    by_id = {row.id: row for row in rows}
    if missing := [job.id for job in new if job.id not in by_id]:
        by_id |= {row.id: row for row in await database.rows(_FOUND, {"ids": missing})}
    return [by_id[job.id] for job in new]


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
_STORED = select(_keys.c.request_hash, _keys.c.status, _keys.c.response).where(*_EXACT, _keys.c.expires_at > NOW)
_DROP_EXPIRED = delete(_keys).where(*_EXACT, _keys.c.expires_at <= NOW)
_ANSWER = (
    update(_keys)
    .where(*_EXACT)
    .values(status=bindparam("new_status", type_=Integer()), response=bindparam("new_response", type_=JSON()))
)


async def reserve_key(
    connection: AsyncConnection, *, owner_id: UUID, route: str, key: str, request_hash: bytes
) -> Any | None:
    """Reserve an idempotency key within the transaction that stores its jobs.

    Returns None when the key is new; else its stored row (request_hash, status, response). A parallel request with
    the same key waits here until the first one's transaction has ended.
    """
    exact = {"of_owner": owner_id, "of_route": route, "of_key": key}
    await connection.execute(_DROP_EXPIRED, exact)
    new = {"owner_id": owner_id, "route": route, "key": key, "request_hash": request_hash}
    if (await connection.execute(_RESERVE, new)).first() is not None:
        return None
    return (await connection.execute(_STORED, exact)).first()


async def store_answer(
    connection: AsyncConnection, *, owner_id: UUID, route: str, key: str, status: int, response: Mapping[str, Any]
) -> None:
    """Keep the first answer to a key, in the same transaction."""
    exact = {"of_owner": owner_id, "of_route": route, "of_key": key}
    await connection.execute(_ANSWER, {**exact, "new_status": status, "new_response": response})
