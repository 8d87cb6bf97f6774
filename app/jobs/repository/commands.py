"""The verbs that a caller asks for: cancel, retry, delete. Every WHERE names the owner; None: jobs of every team."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Text, Uuid, bindparam, case, delete, func, literal, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncConnection

from app.core.database_owner import is_of_owner
from app.core.rows import read_first
from app.jobs.repository.sql import NOW, job_columns, job_events, jobs, status_is
from app.jobs.repository.transition import move
from app.jobs.rows import JobRow, Moved
from app.jobs.states import FINAL, Status, Verb, events

_OWNED = (
    jobs.c.id == bindparam("job_id", type_=Uuid()),
    is_of_owner(jobs.c.owner_id),
)
_waits = jobs.c.status == Status.PENDING.value
_CANCEL = move(
    Verb.CANCEL,
    *_OWNED,
    jobs.c.cancel_requested_at.is_(None),
    to=case((_waits, Status.CANCELLED.value), else_=jobs.c.status),
    values={
        "cancel_requested_at": NOW,
        "finished_at": case((_waits, NOW), else_=None),
        "error": case((_waits, None), else_=jobs.c.error),
        "error_code": case((_waits, None), else_=jobs.c.error_code),
    },
)
_BEGINNINGS = [*events(Verb.SUBMIT).values(), *events(Verb.RETRY).values()]
# When the job was submitted, or retried last: the deadline is counted from there, and not from its first submission.
_begun_at = (
    select(func.max(job_events.c.at))
    .where(job_events.c.job_id == jobs.c.id, job_events.c.name.in_(_BEGINNINGS))
    .scalar_subquery()
)
# What a retry sets, beside the status.
RETRIED: dict[str, Any] = {
    "refunds": jobs.c.attempt,  # the whole budget again, while the fence goes on rising
    "refusals": 0,
    "crashes": 0,
    "deadline_at": NOW + (jobs.c.deadline_at - _begun_at),
    "run_at": NOW,
    "queued_at": NOW,
    "dispatch_at": NOW,
    "dispatch_count": 0,
    **dict.fromkeys(("cancel_requested_at", "claim_token", "claimed_at", "started_at", "finished_at", "worker"), None),
    **dict.fromkeys(("error", "error_code", "result", "progress"), None),
}
_RETRY = move(Verb.RETRY, *_OWNED, to=Status.PENDING, values=RETRIED, worker=literal(None, Text))
_DELETE = delete(jobs).where(*_OWNED, status_is(Status.PENDING, *FINAL)).returning(jobs.c.id)
_DELETE_CANCELLED = delete(jobs).where(*_OWNED, jobs.c.cancel_requested_at.is_not(None)).returning(jobs.c.id)
_LOCKED = select(*job_columns(JobRow)).where(*_OWNED).with_for_update()
_NEW = ("priority", "queue", "run_at", "deadline_at", "max_attempts", "metadata")
_new_run_at = bindparam("new_run_at", type_=jobs.c.run_at.type)
_is_moved = _new_run_at != jobs.c.run_at
_UPDATE = move(
    Verb.UPDATE,
    *_OWNED,
    to=Status.PENDING,
    values={
        **{name: bindparam(f"new_{name}", type_=jobs.c[name].type) for name in _NEW},
        # Another time is another place in the backlog; a job that keeps its time keeps its place.
        "queued_at": case((_is_moved, _new_run_at), else_=jobs.c.queued_at),
        # What is with the broker may lie on the wrong list; a message that finds nothing to do is acked.
        "dispatch_at": func.greatest(_new_run_at, NOW),
        "dispatch_count": 0,
    },
    worker=literal(None, Text),
    detail=lambda _: func.jsonb_build_object("changed", bindparam("new_history", type_=JSONB())),
)


@dataclass(frozen=True, slots=True)
class Found:
    """What decides whether a verb can be done with a job."""

    status: Status
    worker: str | None


_FOUND = select(*job_columns(Found)).where(*_OWNED)


def _owned(owner_id: UUID | None, job_id: UUID) -> dict[str, Any]:
    return {"job_id": job_id, "of_owner": owner_id}


async def cancel(connection: AsyncConnection, owner_id: UUID | None, job_id: UUID) -> Moved | None:
    """End a pending job at once, or mark a processing one. None: it did not change. The caller commits."""
    return read_first(Moved, (await connection.execute(_CANCEL, _owned(owner_id, job_id))).first())


async def retry(connection: AsyncConnection, owner_id: UUID | None, job_id: UUID) -> Moved | None:
    """Make a failed or cancelled job pending again with a full budget. None: it is neither. The caller commits."""
    return read_first(Moved, (await connection.execute(_RETRY, _owned(owner_id, job_id))).first())


async def remove(connection: AsyncConnection, owner_id: UUID | None, job_id: UUID, *, being_cancelled: bool) -> bool:
    """Delete a final or pending job with its history; `being_cancelled`: also one whose end was asked for."""
    statement = _DELETE_CANCELLED if being_cancelled else _DELETE
    return (await connection.execute(statement, _owned(owner_id, job_id))).first() is not None


async def lock(connection: AsyncConnection, owner_id: UUID | None, job_id: UUID) -> JobRow | None:
    """Return a job's row, locked against every change until the end of the transaction."""
    return read_first(JobRow, (await connection.execute(_LOCKED, _owned(owner_id, job_id))).first())


async def change(
    connection: AsyncConnection,
    owner_id: UUID | None,
    row: JobRow,
    values: Mapping[str, Any],
    history: Mapping[str, Any],
) -> bool:
    """Give a locked job's columns other values; `history` stands in its history. False: it does not wait. No commit."""
    new = {f"new_{name}": values.get(name, getattr(row, name)) for name in _NEW}
    given = {**_owned(owner_id, row.id), **new, "new_history": dict(history)}
    return (await connection.execute(_UPDATE, given)).first() is not None


async def find_status(connection: AsyncConnection, owner_id: UUID | None, job_id: UUID) -> Found | None:
    """Return the status and worker of a job, or None when there is no such job."""
    return read_first(Found, (await connection.execute(_FOUND, _owned(owner_id, job_id))).first())
