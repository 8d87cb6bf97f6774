"""Actions over many jobs, in batches: the next jobs, what is done with them, and the progress of an action.

An owner is the team that is meant, or sees its own actions alone; None: every team, and every action.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, Text, bindparam, delete, func, insert, literal, select, update
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.dml import ReturningDelete

from app.core.database import Database, table_of
from app.core.database_owner import is_of_owner, owned_by
from app.core.rows import columns, read, read_all, read_first
from app.jobs.models import BulkAction
from app.jobs.repository.commands import RETRIED
from app.jobs.repository.dead_letters import ANY_JOB, Selection, Within
from app.jobs.repository.sql import NOW, Timestamp, array_of, document, is_still, jobs, lock_in_order, rows_of
from app.jobs.repository.transition import move
from app.jobs.rows import Json
from app.jobs.states import FINAL, ActionStatus, BulkVerb, Status, Verb

BATCH = 500
OPEN = (ActionStatus.PENDING, ActionStatus.RUNNING)
actions = table_of(BulkAction)
_open = actions.c.status.in_([status.value for status in OPEN])


@dataclass(frozen=True, slots=True)
class ActionRow:
    """Something to do with many jobs, and how far it is."""

    id: UUID
    owner_id: UUID | None  # whose jobs are meant; None: those of every team
    action: BulkVerb
    filter: Json
    status: ActionStatus
    total: int
    done: int
    skipped: int
    resume_after: UUID | None
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    error: str | None


@dataclass(frozen=True, slots=True)
class EndedCount:
    """How many jobs ended in a status, and when the first of them did."""

    status: Status
    count: int
    oldest_finished_at: datetime


@dataclass(frozen=True, slots=True)
class JobKey:
    """A job that is meant."""

    id: UUID


@dataclass(frozen=True, slots=True)
class Retention:
    """What to prune: jobs that ended over so many days ago."""

    older_than_days: float
    within: Within = ANY_JOB


_ACTION = columns(ActionRow, actions)


def _where(owner_id: UUID | None, wanted: Selection | Retention, at: ColumnElement[Any]) -> list[Any]:
    """Return the conditions that a job is meant by an action that was made `at`.

    A job that is retried and fails again has ended after that, so that no action meets it twice.
    """
    if isinstance(wanted, Selection):
        return [*wanted.where(owner_id), jobs.c.finished_at < at]
    cutoff = at - literal(timedelta(days=wanted.older_than_days))
    ended = (jobs.c.finished_at.is_not(None), jobs.c.finished_at < cutoff)
    return [owned_by(jobs.c.owner_id, owner_id), *ended, *wanted.within.where()]


async def count(connection: AsyncConnection, owner_id: UUID | None, wanted: Selection | Retention) -> int:
    """Return how many jobs are meant now."""
    statement = select(func.count()).where(*_where(owner_id, wanted, NOW))
    return int((await connection.execute(statement)).scalar_one())


async def count_ended(database: Database, owner_id: UUID | None, wanted: Retention) -> Sequence[EndedCount]:
    """Return how many jobs are to be pruned now, for each status."""
    counted = columns(EndedCount, jobs, count=func.count(), oldest_finished_at=func.min(jobs.c.finished_at))
    statement = select(*counted).where(*_where(owner_id, wanted, NOW)).group_by(jobs.c.status)
    return read_all(EndedCount, await database.rows(statement))


async def create(
    connection: AsyncConnection,
    owner_id: UUID | None,
    action_id: UUID,
    *,
    action: BulkVerb,
    filter_: Mapping[str, Any],
    total: int,
) -> ActionRow:
    """Store an action for the scheduler and return its row. `filter_` is what `wanted_by` reads. The caller commits."""
    values = {"id": action_id, "owner_id": owner_id, "action": action.value, "filter": filter_, "total": total}
    return read(ActionRow, (await connection.execute(insert(actions).values(values).returning(*_ACTION))).one())


def wanted_by(action: ActionRow) -> Selection | Retention:
    """Return which jobs an action means."""
    given = dict(action.filter)
    given["within"] = Within(**given.get("within", {}))
    if action.action is BulkVerb.PRUNE:
        return Retention(**given)
    given.pop("all", None)
    for name in given.keys() & {"finished_from", "finished_to"}:
        given[name] = datetime.fromisoformat(given[name])
    if "ids" in given:
        given["ids"] = [UUID(one) for one in given["ids"]]
    return Selection(**given)


_TAKE = select(*_ACTION).where(_open).order_by(actions.c.id).limit(1).with_for_update(skip_locked=True)


async def take(connection: AsyncConnection) -> ActionRow | None:
    """Return the oldest action that has work left and is in nobody's hands; its row is locked until the commit."""
    return read_first(ActionRow, (await connection.execute(_TAKE)).first())


async def next_ids(connection: AsyncConnection, action: ActionRow) -> list[UUID]:
    """Return the jobs whose turn it is, up to a batch; not locked yet."""
    wanted = wanted_by(action)
    where = _where(action.owner_id, wanted, literal(action.created_at, Timestamp))
    statement = select(jobs.c.id).where(*where).limit(BATCH)
    if isinstance(wanted, Retention):  # what is pruned is gone, so the oldest are always next
        return list((await connection.execute(statement.order_by(jobs.c.finished_at))).scalars())
    if action.resume_after is not None:
        statement = statement.where(jobs.c.id > action.resume_after)
    return list((await connection.execute(statement.order_by(jobs.c.id))).scalars())


_asked = rows_of("asked", JobKey)
_ended_before = jobs.c.finished_at < bindparam("made_at", type_=Timestamp)
_is_owned = is_of_owner(jobs.c.owner_id)
_failed = (_is_owned, is_still(Status.FAILED), _ended_before)
_ended = (_is_owned, is_still(*FINAL), _ended_before)
_RETRY = move(Verb.RETRY, *_failed, to=Status.PENDING, values=RETRIED, worker=literal(None, Text), rows=_asked)


def _delete(*where: ColumnElement[bool]) -> ReturningDelete[Any]:
    return delete(jobs).where(jobs.c.id == lock_in_order(_asked, *where).c.id).returning(jobs.c.id)


_STATEMENTS: Mapping[BulkVerb, Select[Any] | ReturningDelete[Any]] = {
    BulkVerb.RETRY: _RETRY,
    BulkVerb.DISCARD: _delete(*_failed),
    BulkVerb.PRUNE: _delete(*_ended),
}


async def apply(connection: AsyncConnection, action: ActionRow, ids: Sequence[UUID]) -> int:
    """Do with these jobs what the action says, and return with how many; the others have changed meanwhile."""
    parameters = {
        "rows": array_of(document(JobKey(job_id)) for job_id in ids),
        "of_owner": action.owner_id,
        "made_at": action.created_at,
    }
    return len((await connection.execute(_STATEMENTS[action.action], parameters)).all())


async def advance(connection: AsyncConnection, action: ActionRow, ids: Sequence[UUID], *, done: int) -> ActionRow:
    """Note that a batch is done, with `take`'s row and in its transaction; return the new row.

    A batch that is not full was the last. `total` is then what was done and skipped.
    """
    is_last = len(ids) < BATCH
    done, skipped = action.done + done, action.skipped + len(ids) - done
    skipped = max(skipped, action.total - done) if is_last else skipped
    values = {
        "done": done,
        "skipped": skipped,
        "total": max(action.total, done + skipped),
        "status": (ActionStatus.COMPLETED if is_last else ActionStatus.RUNNING).value,
        "resume_after": ids[-1] if ids else action.resume_after,
        "started_at": func.coalesce(actions.c.started_at, NOW),
        "finished_at": NOW if is_last else None,
    }
    statement = update(actions).where(actions.c.id == action.id).values(values).returning(*_ACTION)
    return read(ActionRow, (await connection.execute(statement)).one())


async def fail(database: Database, action_id: UUID, error: str) -> None:
    """End an action that cannot go on; what it has done stays done."""
    values = {"status": ActionStatus.FAILED.value, "finished_at": NOW, "error": error}
    await database.rows(update(actions).where(actions.c.id == action_id, _open).values(values))


async def cancel(connection: AsyncConnection, owner_id: UUID | None, action_id: UUID) -> ActionRow | None:
    """Stop an action after the batch that runs; return its row, None when it had ended. The caller commits."""
    mine = (actions.c.id == action_id, owned_by(actions.c.owner_id, owner_id))
    values = {"status": ActionStatus.CANCELLED.value, "finished_at": NOW}
    statement = update(actions).where(*mine, _open).values(values).returning(*_ACTION)
    return read_first(ActionRow, (await connection.execute(statement)).first())


async def get(database: Database, owner_id: UUID | None, action_id: UUID) -> ActionRow | None:
    """Return an action's row, or None."""
    mine = (actions.c.id == action_id, owned_by(actions.c.owner_id, owner_id))
    return read_first(ActionRow, await database.row(select(*_ACTION).where(*mine)))


async def find_page(
    database: Database, owner_id: UUID | None, *, before: UUID | None, limit: int
) -> Sequence[ActionRow]:
    """Return up to `limit` actions, newest first; `before`: only older ones than this id."""
    mine = select(*_ACTION).where(owned_by(actions.c.owner_id, owner_id))
    statement = mine.order_by(actions.c.id.desc()).limit(limit)
    rows = await database.rows(statement if before is None else statement.where(actions.c.id < before))
    return read_all(ActionRow, rows)
