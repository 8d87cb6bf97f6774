"""Reading jobs: one with its history, and pages of light rows. The owner stands in every WHERE."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, Uuid, bindparam, or_, select

from app.core.database import Database
from app.jobs.models import JobEvent
from app.jobs.repository.move import NOW, job_events, jobs, shown_status, status_is
from app.jobs.states import ShownStatus, Status

_HEAVY = {
    *("input", "result", "metadata", "owner_id", "claim_token", "dispatch_at", "dispatch_count", "request_id"),
    "error_fingerprint",
}
LIGHT = [c for c in jobs.c if c.name not in _HEAVY]
_ONE = select(jobs, shown_status().label("shown"), NOW.label("now")).where(
    jobs.c.id == bindparam("job_id", type_=Uuid()),
    jobs.c.owner_id == bindparam("of_owner", type_=Uuid()),
)
_INPUT = select(jobs.c.input).where(
    jobs.c.id == bindparam("job_id", type_=Uuid()),
    jobs.c.owner_id == bindparam("of_owner", type_=Uuid()),
)
_HISTORY = select(job_events).where(job_events.c.job_id == bindparam("job_id", type_=Uuid())).order_by(JobEvent.version)


@dataclass(frozen=True, slots=True)
class JobFilter:
    """Which jobs a list shows. Ids bound the page and the prefix; None means no limit."""

    status: ShownStatus | None = None
    type: str | None = None
    queue: str | None = None
    created_from: datetime | None = None
    created_to: datetime | None = None
    id_from: UUID | None = None
    id_to: UUID | None = None
    fingerprint: str | None = None  # of failed jobs alone
    before: UUID | None = None  # the cursor: only ids below it


async def get(database: Database, owner_id: UUID, job_id: UUID) -> Any | None:
    """Return a job's whole row with `shown` (its status as people see it), or None."""
    return await database.row(_ONE, {"job_id": job_id, "of_owner": owner_id})


async def find_input(database: Database, owner_id: UUID, job_id: UUID) -> Any | None:
    """Return a job's row with its `input` alone, or None: a result may be large."""
    return await database.row(_INPUT, {"job_id": job_id, "of_owner": owner_id})


async def history(database: Database, job_id: UUID) -> Sequence[Any]:
    """Return a job's history lines, oldest first."""
    return await database.rows(_HISTORY, {"job_id": job_id})


async def find_page(database: Database, owner_id: UUID, wanted: JobFilter, *, limit: int) -> Sequence[Any]:
    """Return up to `limit` light rows, newest first. Ids are UUIDv7, so their order is the order of creation."""
    statement = select(*LIGHT, shown_status().label("shown")).where(jobs.c.owner_id == owner_id)
    return await database.rows(_narrow(statement, wanted).order_by(jobs.c.id.desc()).limit(limit))


def _narrow(statement: Select[Any], wanted: JobFilter) -> Select[Any]:
    conditions: dict[str, Callable[[Any], ColumnElement[bool]]] = {
        "type": lambda value: jobs.c.type == value,
        "queue": lambda value: jobs.c.queue == value,
        "created_from": lambda value: jobs.c.created_at >= value,
        "created_to": lambda value: jobs.c.created_at < value,
        "id_from": lambda value: jobs.c.id >= value,
        "id_to": lambda value: jobs.c.id <= value,
        "fingerprint": lambda value: status_is(Status.FAILED) & (jobs.c.error_fingerprint == value),
        "before": lambda value: jobs.c.id < value,
    }
    for name, condition in conditions.items():
        if (value := getattr(wanted, name)) is not None:
            statement = statement.where(condition(value))
    match wanted.status:
        case None:
            return statement
        case ShownStatus.SCHEDULED:
            # Either its place is still to come, or it keeps one while it waits for a limit: an index for each.
            ahead = or_(jobs.c.queued_at > NOW, jobs.c.run_at > jobs.c.queued_at)
            return statement.where(status_is(Status.PENDING), jobs.c.run_at > NOW, ahead)
        case ShownStatus.PENDING:
            return statement.where(status_is(Status.PENDING), jobs.c.run_at <= NOW)
        case other:
            return statement.where(status_is(Status(other.value)))
