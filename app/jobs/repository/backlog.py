"""The backlog of a queue: the due jobs that wait, in the order in which they will be sent."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Float,
    Integer,
    SmallInteger,
    Text,
    Uuid,
    bindparam,
    cast,
    func,
    literal,
    select,
    true,
    tuple_,
)

from app.core.database import Database
from app.core.database_owner import owned_by
from app.core.rows import read_all
from app.jobs.repository.dispatch_order import DISPATCH_ORDER, PRIORITIES, QUEUES
from app.jobs.repository.read import HEAD
from app.jobs.repository.sql import NOW, Timestamp, jobs, status_is
from app.jobs.rows import JobHead
from app.jobs.states import Status

MAX_COUNTED = 10_000
_due = (status_is(Status.PENDING), jobs.c.queue == bindparam("of_queue", type_=Text()), jobs.c.run_at <= NOW)
_here = tuple_(
    bindparam("priority", type_=SmallInteger()),
    bindparam("queued_at", type_=Timestamp),
    bindparam("job_id", type_=Uuid()),
)
_AHEAD = select(func.count().label("count")).select_from(
    select(literal(1)).where(*_due, tuple_(*DISPATCH_ORDER) < _here).limit(MAX_COUNTED).subquery("ahead")
)
_PAGE = select(*HEAD).where(*_due).order_by(*DISPATCH_ORDER).limit(bindparam("count", type_=Integer()))
_first = (
    select(jobs.c.queued_at)
    .where(
        status_is(Status.PENDING),
        jobs.c.queue == QUEUES.c.queue,
        jobs.c.priority == PRIORITIES.c.priority,
        jobs.c.run_at <= NOW,
    )
    .order_by(jobs.c.queued_at)
    .limit(1)
    .lateral("first")
)
_next = (
    select(jobs.c.queued_at)
    .where(status_is(Status.PENDING), jobs.c.queue == QUEUES.c.queue, jobs.c.priority == PRIORITIES.c.priority)
    .order_by(jobs.c.queued_at)
    .limit(1)
    .lateral("next")
)
_runs = select(literal(1)).where(status_is(Status.PROCESSING)).exists()
_NEXT = select(
    cast(func.extract("epoch", func.min(_next.c.queued_at) - NOW), Float).label("due_s"), _runs.label("runs")
).select_from(QUEUES.join(PRIORITIES, true()).join(_next, true()))
_OLDEST = (
    select(QUEUES.c.queue, func.extract("epoch", NOW - func.min(_first.c.queued_at)).label("age_s"))
    .select_from(QUEUES.join(PRIORITIES, true()).join(_first, true()))
    .group_by(QUEUES.c.queue)
)


def _place(row: JobHead) -> dict[str, Any]:
    return {"priority": row.priority, "queued_at": row.queued_at, "job_id": row.id}


async def count_ahead(database: Database, row: JobHead) -> int:
    """Return how many due jobs stand before a job in its queue's backlog, at most MAX_COUNTED."""
    found = await database.row(_AHEAD, {"of_queue": row.queue, **_place(row)})
    return int(found.count) if found else 0


async def find_page(
    database: Database, owner_id: UUID | None, queue: str, *, after: JobHead | None, limit: int
) -> Sequence[JobHead]:
    """Return up to `limit` light rows of a queue's backlog, next job first; `after`: the last row of the page before.

    An owner of None: jobs of every team. Costs the same however long the backlog is.
    """
    statement, parameters = _PAGE.where(owned_by(jobs.c.owner_id, owner_id)), {"of_queue": queue, "count": limit}
    if after is not None:
        statement = statement.where(tuple_(*DISPATCH_ORDER) > _here)
        parameters |= _place(after)
    return read_all(JobHead, await database.rows(statement, parameters))


async def oldest(database: Database, queues: Sequence[str]) -> dict[str, float]:
    """Return how long the oldest due job of each queue has waited, in seconds; nothing for a queue without one."""
    return {row.queue: float(row.age_s) for row in await database.rows(_OLDEST, {"queues": list(queues)})}


@dataclass(frozen=True, slots=True)
class Outlook:
    """In how many seconds the first pending job has its place, 0 or less: one has; None: none is. Whether any runs."""

    due_s: float | None
    runs: bool


async def look_ahead(database: Database, queues: Sequence[str]) -> Outlook:
    """Return what is to come in some queues; a step into an index for each queue and priority, whatever waits."""
    row = await database.row(_NEXT, {"queues": list(queues)})
    return Outlook(None, runs=True) if row is None else Outlook(row.due_s, row.runs)
