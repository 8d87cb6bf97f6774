"""How many jobs there are by owner, status, type and queue, at any moment exactly, without reading the jobs.

A trigger of PostgreSQL notes for each statement what it changed of these numbers, in the same transaction and whoever
sent it: rows of `job_tallies`, whose sum is the number. Nobody waits for another's row, and one scheduler adds rows up
now and then.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Float,
    Uuid,
    bindparam,
    cast,
    delete,
    func,
    or_,
    select,
    true,
    tuple_,
)
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from app.core.database import Database, table_of
from app.core.rows import read_all
from app.jobs.count_models import JobTally
from app.jobs.repository.dispatch_order import PRIORITIES, QUEUES
from app.jobs.repository.sql import NOW, jobs, status_is
from app.jobs.states import ShownStatus, Status

TALLY_LOCK = 0x68656165  # an advisory lock's key; migrations have the one before
MANY_ROWS = 100  # from so many on they are added up, if that leaves half of them or fewer
_tallies = table_of(JobTally)
_PLACE = (_tallies.c.status, _tallies.c.type, _tallies.c.queue)
_OWNED = (_tallies.c.owner_id, *_PLACE)
_has_no_owner = _tallies.c.owner_id.is_(None)


@dataclass(frozen=True, slots=True)
class Count:
    """How many jobs have a status, a type and a queue."""

    status: str
    type: str
    queue: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnedCount:
    """How many jobs of a team have a status, a type and a queue; an owner of None: of some teams together."""

    owner_id: UUID | None
    status: str
    type: str
    queue: str
    count: int


_sum = cast(func.sum(_tallies.c.count), BigInteger)
_READ = select(*_PLACE, _sum.label("count")).group_by(*_PLACE).having(_sum != 0)


async def read(database: Database) -> Sequence[Count]:
    """Return the numbers of now by status as it is stored: a job that is scheduled is pending."""
    return read_all(Count, await database.rows(_READ))


_READ_OWNED = select(*_OWNED, _sum.label("count")).group_by(*_OWNED).having(_sum != 0)


async def read_owned(database: Database, owner_id: UUID | None) -> Sequence[OwnedCount]:
    """Return the numbers of one team, None: of each; and what is noted without an owner, some of which may be theirs.

    Only a scheduler of before 0020 and a restore leave such notes, until a scheduler of now counts anew.
    """
    mine = _READ_OWNED if owner_id is None else _READ_OWNED.where(or_(_tallies.c.owner_id == owner_id, _has_no_owner))
    return read_all(OwnedCount, await database.rows(mine))


@dataclass(frozen=True, slots=True)
class Waiting:
    """Of a team's pending jobs of a type and queue: how many lie ahead, and how long the oldest due one waits."""

    type: str
    queue: str
    scheduled: int
    oldest_s: float | None


_is_ahead = jobs.c.run_at > NOW
_due_since = func.min(jobs.c.queued_at).filter(~_is_ahead)
_WAITING = (
    select(
        jobs.c.type,
        jobs.c.queue,
        func.count().filter(_is_ahead).label("scheduled"),
        cast(func.extract("epoch", NOW - _due_since), Float).label("oldest_s"),
    )
    .where(status_is(Status.PENDING), jobs.c.owner_id == bindparam("of_owner", type_=Uuid()))
    .group_by(jobs.c.type, jobs.c.queue)
)


async def find_waiting(database: Database, owner_id: UUID) -> Sequence[Waiting]:
    """Return what waits of a team; reads each of its pending jobs."""
    return read_all(Waiting, await database.rows(_WAITING, {"of_owner": owner_id}))


# As a list of scheduled jobs finds them: an index for those whose place is to come, and one for those that keep theirs.
_later = (
    select(jobs.c.type)
    .where(
        status_is(Status.PENDING),
        jobs.c.queue == QUEUES.c.queue,
        jobs.c.priority == PRIORITIES.c.priority,
        jobs.c.queued_at > NOW,
        jobs.c.run_at > NOW,
    )
    .lateral("later")
)
_SCHEDULED = (
    select(_later.c.type, QUEUES.c.queue, func.count().label("count"))
    .select_from(QUEUES.join(PRIORITIES, true()).join(_later, true()))
    .group_by(_later.c.type, QUEUES.c.queue)
).union_all(
    select(jobs.c.type, jobs.c.queue, func.count())
    .where(status_is(Status.PENDING), jobs.c.run_at > jobs.c.queued_at, jobs.c.run_at > NOW, jobs.c.queued_at <= NOW)
    .group_by(jobs.c.type, jobs.c.queue)
)


async def count_scheduled(database: Database, queues: Sequence[str]) -> Counter[tuple[str, str]]:
    """Return how many pending jobs of some queues have their time ahead, by type and queue; reads each of these."""
    found: Counter[tuple[str, str]] = Counter()
    for row in await database.rows(_SCHEDULED, {"queues": list(queues)}):
        found[row.type, row.queue] += row.count
    return found


def shown(counts: Iterable[Count], scheduled: Counter[tuple[str, str]]) -> Sequence[Count]:
    """Return counts by the status that people see; where `scheduled` is a little older, as near as may be."""
    rows = []
    for one in counts:
        ahead = min(scheduled[one.type, one.queue], one.count) if one.status == Status.PENDING else 0
        if ahead:
            rows.append(Count(ShownStatus.SCHEDULED, one.type, one.queue, ahead))
        if one.count > ahead:
            rows.append(Count(one.status, one.type, one.queue, one.count - ahead))
    return rows


_ROWS = select(
    func.count().label("rows"),
    func.count(func.distinct(tuple_(*_OWNED))).label("places"),
    func.count().filter(_has_no_owner).label("without_owner"),
).select_from(_tallies)
_TRY_LOCK = select(func.pg_try_advisory_xact_lock(TALLY_LOCK))
_LOCK = select(func.pg_advisory_xact_lock(TALLY_LOCK))
_gone = delete(_tallies).returning(*_tallies.c).cte("gone")
_gone_place = (_gone.c.owner_id, _gone.c.status, _gone.c.type, _gone.c.queue)
_gone_sum = func.sum(_gone.c.count)
_COLUMNS = ["owner_id", "status", "type", "queue", "count"]
_ADD_UP = insert(_tallies).from_select(
    _COLUMNS, select(*_gone_place, _gone_sum).group_by(*_gone_place).having(_gone_sum != 0)
)
_job_place = (jobs.c.owner_id, jobs.c.status, jobs.c.type, jobs.c.queue)
_COUNT = (
    insert(_tallies)
    .from_select(_COLUMNS, select(*_job_place, func.count()).group_by(*_job_place))
    .add_cte(delete(_tallies).cte("all_gone"))
)


async def add_up(database: Database) -> None:
    """Make one row of each number, if there are many; changes none. Of several schedulers one does.

    Where rows have no owner, all jobs are counted anew.
    """
    row = await database.row(_ROWS)
    if row is None or (row.rows < max(MANY_ROWS, 2 * row.places) and not row.without_owner):
        return
    async with database.begin() as connection:
        if (await connection.execute(_TRY_LOCK)).scalar_one():
            await connection.execute(_COUNT if row.without_owner else _ADD_UP)


async def recount(connection: AsyncConnection) -> None:
    """Count all jobs anew, for whoever changed them past the trigger; others go on meanwhile. The caller commits.

    One statement has one snapshot: what it does not see of the jobs, it does not see of the tallies either.
    """
    await connection.execute(_LOCK)
    await connection.execute(_COUNT)
