"""The verbs of time: rescue, expire, prune. Each takes some rows at a time and skips locked ones."""

from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Float, Select, Text, bindparam, case, delete, func, literal, or_, select

from app.core.database import Database
from app.core.rows import read_all
from app.jobs.models import BulkAction, IdempotencyKey, JobMinute, Worker
from app.jobs.repository.attempt_end import DEADLINE_EXCEEDED, RATE_LIMITED, deadline_error
from app.jobs.repository.sql import NOW, jobs, seconds, status_is
from app.jobs.repository.transition import move
from app.jobs.rows import Moved
from app.jobs.states import Status, Verb

BATCH = 1000
DEADLINE_SLACK_S = 30.0  # how long after its deadline a worker may still write the end itself
WORKER_KEPT_S = 3600.0
WORKER_LOST = "worker_lost"


def _locked(*where: ColumnElement[bool]) -> Select[Any]:
    return select(jobs.c.id).where(*where).limit(BATCH).with_for_update(skip_locked=True)


_lease_s = bindparam("lease_s", type_=Float())
_over = or_(jobs.c.lease_expires_at < NOW, jobs.c.deadline_at < NOW - seconds(DEADLINE_SLACK_S))
_asked_to_cancel = jobs.c.cancel_requested_at.is_not(None)
_too_late = jobs.c.deadline_at <= NOW
_crashes = jobs.c.crashes + 1
_exhausted = _crashes >= jobs.c.max_crashes
_worker_lost = func.jsonb_build_object(
    "code",
    WORKER_LOST,
    "message",
    func.concat(
        "The worker stopped renewing its lease; it was killed, frozen or cut off (workers that this job lost: ",
        _crashes,
        " of ",
        jobs.c.max_crashes,
        ").",
    ),
)
_ended = or_(_asked_to_cancel, _too_late, _exhausted)
_RESCUE = move(
    Verb.RESCUE,
    jobs.c.id.in_(_locked(status_is(Status.PROCESSING), _over)),
    _over,
    # Leases could not be renewed while PostgreSQL was down: give their holders one lease after its start.
    func.pg_postmaster_start_time() < NOW - seconds(_lease_s),
    to=case(
        (_asked_to_cancel, Status.CANCELLED.value),
        (or_(_too_late, _exhausted), Status.FAILED.value),
        else_=Status.PENDING.value,
    ),
    values={
        "crashes": _crashes,
        "refunds": jobs.c.refunds + 1,  # it may have been a neighbour's fault
        "lease_expires_at": None,
        "claim_token": None,
        "error": case((_asked_to_cancel, None), (_too_late, deadline_error(_worker_lost)), else_=_worker_lost),
        "error_code": case(
            (_asked_to_cancel, None), (_too_late, literal(DEADLINE_EXCEEDED, Text)), else_=literal(WORKER_LOST, Text)
        ),
        "dispatch_at": case((_ended, jobs.c.dispatch_at), else_=NOW),
        "dispatch_count": 0,
        "finished_at": case((_ended, NOW), else_=None),
    },
    returning=(jobs.c.error_code,),
    detail=lambda moved: func.jsonb_build_object(
        "reason", func.coalesce(moved.c.error_code, literal(Status.CANCELLED.value, Text))
    ),
)


async def rescue(database: Database, *, lease_s: float) -> list[Moved]:
    """Take jobs back whose lease or deadline is over: pending again, or cancelled or failed where that is due.

    A job that waits again keeps its due time, and with it its place before all that came later. A lost worker counts
    as a crash, and not as an attempt: the job that killed it and those beside it cannot be told apart.
    """
    return read_all(Moved, await database.rows(_RESCUE, {"lease_s": lease_s}))


# The provider refused it until its deadline came: that is the reason, and not the deadline.
_was_refused = (jobs.c.refusals > 0) & (jobs.c.error_code == RATE_LIMITED)
_refused_error = func.jsonb_build_object(
    "code",
    RATE_LIMITED,
    "message",
    func.concat("The model provider refused the job until its deadline passed, ", jobs.c.refusals, " times."),
    "cause",
    jobs.c.error,
)
_EXPIRE = move(
    Verb.EXPIRE,
    jobs.c.id.in_(_locked(status_is(Status.PENDING), _too_late)),
    _too_late,
    to=Status.FAILED,
    values={
        "error": case((_was_refused, _refused_error), else_=deadline_error(jobs.c.error)),
        "error_code": case((_was_refused, literal(RATE_LIMITED, Text)), else_=literal(DEADLINE_EXCEEDED, Text)),
        "finished_at": NOW,
    },
    returning=(jobs.c.error_code,),
    detail=lambda moved: func.jsonb_build_object("reason", moved.c.error_code),
    worker=literal(None, Text),
)


async def expire(database: Database) -> list[Moved]:
    """Fail the waiting jobs whose deadline has passed."""
    return read_all(Moved, await database.rows(_EXPIRE))


_kept_s = bindparam("kept_s", type_=Float())
_PRUNE = delete(jobs).where(
    jobs.c.id.in_(_locked(jobs.c.finished_at.is_not(None), jobs.c.finished_at < NOW - seconds(_kept_s)))
)
_DROP_KEYS = delete(IdempotencyKey).where(IdempotencyKey.expires_at < NOW)
_DROP_WORKERS = delete(Worker).where(Worker.beat_at < NOW - seconds(WORKER_KEPT_S))
_DROP_ACTIONS = delete(BulkAction).where(BulkAction.finished_at < NOW - seconds(_kept_s))
_DROP_MINUTES = delete(JobMinute).where(JobMinute.minute < NOW - seconds(_kept_s))


async def prune(database: Database, *, kept_s: float) -> list[UUID]:
    """Delete up to 1,000 jobs that ended over `kept_s` ago; return their ids."""
    return [row.id for row in await database.rows(_PRUNE.returning(jobs.c.id), {"kept_s": kept_s})]


async def prune_records(database: Database, *, kept_s: float, minutes_kept_s: float) -> None:
    """Delete expired idempotency keys, rows of workers long gone, actions that ended over `kept_s` ago, statistics."""
    await database.rows(_DROP_KEYS)
    await database.rows(_DROP_WORKERS)
    await database.rows(_DROP_ACTIONS, {"kept_s": kept_s})
    await database.rows(_DROP_MINUTES, {"kept_s": minutes_kept_s})
