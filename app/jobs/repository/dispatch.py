"""Dispatch: finds the rows to send to the broker now, and those whose message must have been lost."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Boolean,
    ColumnElement,
    Executable,
    Float,
    Integer,
    SmallInteger,
    Text,
    Uuid,
    and_,
    bindparam,
    case,
    func,
    literal,
    literal_column,
    or_,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.dml import ReturningUpdate

from app.core.database import Database
from app.core.database_owner import owned_by
from app.core.rows import read_all
from app.jobs.repository.claim import REFUSED_S
from app.jobs.repository.dispatch_order import DISPATCH_ORDER
from app.jobs.repository.eligibility import KNOWN_BY_SOME, profiles
from app.jobs.repository.sql import AWAITED, NOW, is_still, job_columns, jobs, seconds, status_is
from app.jobs.repository.submit import SENDING_GRACE_S
from app.jobs.states import Status

RESEND_BASE_S = 60.0
RESEND_CAP_S = 900.0
LOST_AFTER_S = 5.0
SUSPECT_CRASHES = 2  # a job that lost so many workers may be why
SUSPECTS_EACH = 20  # of so many that wait, one more runs at once: an outage makes many, a poison few
_is_suspect = jobs.c.crashes >= literal_column(str(SUSPECT_CRASHES), Integer)  # as its index has it


@dataclass(frozen=True, slots=True)
class Due:
    """A job to send: all that its message needs."""

    id: UUID
    attempt: int  # the one that the message is for
    type: str
    queue: str
    priority: int
    model: str | None = None  # the name that it asks for
    is_retry: bool = False  # an attempt of it has failed


_is_retry = jobs.c.attempt > jobs.c.refunds
_DUE_COLUMNS = job_columns(Due, attempt=jobs.c.attempt + 1, model=jobs.c.requested_model, is_retry=_is_retry)


def _patience(count: ColumnElement[Any]) -> ColumnElement[Any]:
    """Return the seconds until a job is sent once more, given how often it was sent before: 60, doubling, to 900."""
    return func.least(RESEND_BASE_S * func.power(2, func.least(count, 4)), RESEND_CAP_S)


def _dispatch_where(*where: ColumnElement[bool], suspects: bool = False) -> ReturningUpdate[Any]:
    due = (
        select(jobs.c.id)
        .where(
            status_is(Status.PENDING),
            jobs.c.queue == bindparam("of_queue", type_=Text()),
            jobs.c.priority == bindparam("of_priority", type_=SmallInteger()),
            *where,
            jobs.c.run_at <= NOW,
            or_(jobs.c.dispatch_at <= NOW, jobs.c.dispatch_at - seconds(bindparam("early_s", type_=Float())) <= NOW),
            KNOWN_BY_SOME,
            _is_suspect & jobs.c.finished_at.is_(None) if suspects else ~_is_suspect,  # as their index has it
            or_(~bindparam("only_fresh", type_=Boolean()), ~_is_retry),
        )
        .order_by(*DISPATCH_ORDER[1:])  # all are of one priority
        .limit(bindparam("room", type_=Integer()))
        .with_for_update(skip_locked=True)
        .cte("due")
        .prefix_with("MATERIALIZED")
    )
    return (
        update(jobs)
        .where(jobs.c.id == due.c.id)
        .values(
            dispatch_count=func.least(jobs.c.dispatch_count + 1, 30),
            dispatch_at=NOW + seconds(_patience(jobs.c.dispatch_count)),
        )
        .returning(*_DUE_COLUMNS)
    )


_other_types = jobs.c.type != func.all(bindparam("other_types", type_=ARRAY(Text)))
_other_models = jobs.c.requested_model.is_(None) | (
    jobs.c.requested_model != func.all(bindparam("other_models", type_=ARRAY(Text)))
)
_DISPATCH = _dispatch_where(_other_types, _other_models)
_DISPATCH_TYPE = _dispatch_where(jobs.c.type == bindparam("of_type", type_=Text()), _other_models)
_DISPATCH_SUSPECTS = _dispatch_where(_other_types, _other_models, suspects=True)
_DISPATCH_MODEL = _dispatch_where(jobs.c.requested_model == bindparam("of_model", type_=Text()), _other_types)


@dataclass(frozen=True, slots=True)
class Passed:
    """Jobs that are passed over: those of some types, those that ask for some models, and those that no worker knows.

    `known` is what `profiles` returned of the workers; `retries`: those of which an attempt has failed, too. `limited`:
    a limit decides how many start, and there is room now; so who was held back by it a moment ago goes before those
    that came later, and does not wait to be sent again.
    """

    types: Sequence[str] = ()
    models: Sequence[str] = ()
    known: str = profiles(())
    retries: bool = True
    limited: bool = False

    @property
    def parameters(self) -> dict[str, Any]:
        """What every statement needs of these."""
        early_s = REFUSED_S if self.limited else 0.0  # as long as a refused claim puts a job off
        return {"known_by": self.known, "only_fresh": not self.retries, "early_s": early_s}


async def take_due(
    database: Database, queue: str, priority: int, *, room: int, passed: Passed | None = None
) -> list[Due]:
    """Mark up to `room` due jobs of one queue and priority as sent, in the order of the backlog, and return them.

    Committed when this returns, so that nothing is sent inside a transaction. Several dispatchers skip each other's
    rows.
    """
    passed = passed or Passed()
    given = {"other_types": list(passed.types), "other_models": list(passed.models), **passed.parameters}
    return await _take(database, _DISPATCH, queue, priority, room, given)


async def take_due_suspects(
    database: Database, queue: str, priority: int, *, room: int, passed: Passed | None = None
) -> list[Due]:
    """As `take_due`, for jobs alone that lost SUSPECT_CRASHES workers, which the others leave out."""
    passed = passed or Passed()
    given = {"other_types": list(passed.types), "other_models": list(passed.models), **passed.parameters}
    return await _take(database, _DISPATCH_SUSPECTS, queue, priority, room, given)


_under_way = (jobs.c.status == Status.PROCESSING.value) | and_(
    jobs.c.dispatch_at > jobs.c.run_at, jobs.c.dispatch_at > NOW
)
_SUSPECTS = select(
    func.count().filter(_under_way).label("under_way"), func.count().filter(~_under_way).label("waiting")
).where(_is_suspect, jobs.c.finished_at.is_(None), jobs.c.queue == bindparam("of_queue", type_=Text()))


async def room_for_suspects(database: Database, queue: str) -> int:
    """Return how many more jobs that lost workers may run at once: one alone shows whether it is why."""
    row = await database.row(_SUSPECTS, {"of_queue": queue})
    return 1 + row.waiting // SUSPECTS_EACH - row.under_way if row and row.waiting else 0


async def take_due_of_type(
    database: Database, queue: str, priority: int, *, job_type: str, room: int, passed: Passed | None = None
) -> list[Due]:
    """As `take_due`, for jobs of one type alone, which a control stands for."""
    passed = passed or Passed()
    given = {"of_type": job_type, "other_models": list(passed.models), **replace(passed, limited=True).parameters}
    return await _take(database, _DISPATCH_TYPE, queue, priority, room, given)


async def take_due_of_model(
    database: Database, queue: str, priority: int, *, model: str, room: int, passed: Passed | None = None
) -> list[Due]:
    """As `take_due`, for jobs that ask for one model alone."""
    passed = passed or Passed()
    given = {"of_model": model, "other_types": list(passed.types), **passed.parameters}
    return await _take(database, _DISPATCH_MODEL, queue, priority, room, given)


async def _take(
    database: Database, statement: Executable, queue: str, priority: int, room: int, given: dict[str, Any]
) -> list[Due]:
    parameters = {"of_queue": queue, "of_priority": priority, "room": room, **given}
    return read_all(Due, await database.rows(statement, parameters))


_COUNT_SENT = (
    select(jobs.c.type, jobs.c.requested_model, func.count().label("count"))
    .where(*AWAITED, jobs.c.dispatch_at > NOW + seconds(REFUSED_S))  # without those that a limit held back
    .group_by(jobs.c.type, jobs.c.requested_model)
)


async def count_sent(database: Database) -> tuple[Counter[str], Counter[str]]:
    """Return how many jobs were sent and still wait for a worker: by type, and by the model that they ask for."""
    types: Counter[str] = Counter()
    models: Counter[str] = Counter()
    for row in await database.rows(_COUNT_SENT):
        types[row.type] += row.count
        models[row.requested_model or ""] += row.count
    return types, models


def _free(*where: ColumnElement[bool]) -> ColumnElement[bool]:
    """Return the condition that a job matches and is not just being claimed or sent; so nobody waits here."""
    return jobs.c.id.in_(select(jobs.c.id).where(*where).with_for_update(skip_locked=True))


_UNSEND = (
    update(jobs)
    .where(_free(jobs.c.id == func.any(bindparam("ids", type_=ARRAY(Uuid()))), is_still(Status.PENDING)))
    .values(dispatch_at=NOW)
)


async def unsend(database: Database, ids: Sequence[UUID]) -> None:
    """Make jobs whose sending failed, or may have failed, due for the dispatcher at once."""
    await database.rows(_UNSEND, {"ids": list(ids)})


# The moment of the last sending follows from `dispatch_at`: only a refused claim, too, sets it ahead of a due job.
_sent_at = jobs.c.dispatch_at - seconds(
    case(
        (jobs.c.dispatch_count == 0, literal(SENDING_GRACE_S, Float)),
        else_=_patience(jobs.c.dispatch_count - 1),
    )
)
_RESEND_ALL = update(jobs).where(_free(*AWAITED)).values(dispatch_at=NOW).returning(jobs.c.id)
_RESEND_LOST = (
    update(jobs)
    .where(
        _free(
            *AWAITED,
            jobs.c.dispatch_at > NOW + seconds(REFUSED_S),  # a refused claim's, or due in a moment anyway
            jobs.c.queue == bindparam("of_queue", type_=Text()),
            _sent_at < NOW - seconds(LOST_AFTER_S),
        )
    )
    .values(dispatch_at=NOW)
    .returning(jobs.c.id)
)


async def resend_all(database: Database) -> int:
    """Make every job due that was sent and is still waiting: the broker came back empty. Returns how many."""
    return len(await database.rows(_RESEND_ALL))


async def find_sent(connection: AsyncConnection, owner_id: UUID | None) -> list[UUID]:
    """Return the jobs of an owner, or of every team, that should be with the broker: due, sent, and still waiting."""
    statement = select(jobs.c.id).where(owned_by(jobs.c.owner_id, owner_id), *AWAITED)
    return list((await connection.execute(statement)).scalars())


_RESEND = (
    update(jobs)
    .where(_free(jobs.c.id == func.any(bindparam("ids", type_=ARRAY(Uuid()))), *AWAITED))
    .values(dispatch_at=NOW)
    .returning(jobs.c.id)
)


async def resend(connection: AsyncConnection, ids: Sequence[UUID]) -> int:
    """Make those of `find_sent` due for the dispatcher at once; returns how many. The caller commits."""
    return len((await connection.execute(_RESEND, {"ids": list(ids)})).all())


async def resend_lost(database: Database, queue: str) -> int:
    """Make every job due that was sent over 5 s ago into a queue that is empty by now. Returns how many."""
    return len(await database.rows(_RESEND_LOST, {"of_queue": queue}))
