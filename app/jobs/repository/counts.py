"""How many jobs there are by status, type and queue: counted by one scheduler at a bounded pace, read by everybody."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from sqlalchemy import BigInteger, Float, Text, bindparam, cast, column, func, select, table
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlalchemy.ext.asyncio import AsyncConnection

from app.core.clock import monotonic_s
from app.core.database import Database, table_of
from app.core.rows import read_all
from app.jobs.models import JobCount
from app.jobs.repository.sql import NOW, job_events, jobs, shown_status

MIN_KEPT_S = 1.0
COUNTING_LOCK = 0x68656165  # an advisory lock's key; migrations have the one before
KEPT_PER_COST = 10.0  # counting may use at most a tenth of one connection, however many jobs there are
_counts = table_of(JobCount)


@dataclass(frozen=True, slots=True)
class Count:
    """How many jobs have a shown status, a type and a queue."""

    status: str
    type: str
    queue: str
    count: int


@dataclass(frozen=True, slots=True)
class Counted:
    """A count of all jobs, and for how many seconds it may stand, by what it cost."""

    counts: Sequence[Count]
    kept_s: float


@dataclass(frozen=True, slots=True)
class Stored:
    """The last stored count: how long ago it was made, and was last known to be right; `mark`: see `read_mark`."""

    counts: Sequence[Count]
    mark: str
    kept_s: float
    age_s: float
    checked_age_s: float

    @property
    def is_fresh(self) -> bool:
        """Whether somebody keeps it up to date: it is as old as it may be, or a little older."""
        return self.checked_age_s < 2 * (self.kept_s + MIN_KEPT_S)


_shown = select(shown_status().label("status"), jobs.c.type, jobs.c.queue).subquery("shown")
_COUNT = select(_shown, func.count().label("count")).group_by(*_shown.c)
_tables = table("pg_stat_user_tables", column("relname"), column("n_tup_del"))
_MARK = select(
    select(func.max(job_events.c.seq)).scalar_subquery().label("seq"),
    select(func.sum(cast(_tables.c.n_tup_del, BigInteger)))
    .where(_tables.c.relname == jobs.name)
    .scalar_subquery()
    .label("deleted"),
)
_READ = select(
    _counts.c.counts,
    _counts.c.mark,
    _counts.c.kept_s,
    cast(func.extract("epoch", NOW - _counts.c.counted_at), Float).label("age_s"),
    cast(func.extract("epoch", NOW - _counts.c.checked_at), Float).label("checked_age_s"),
)
_new = insert(_counts).values(
    id=1,
    counts=cast(bindparam("new_counts", type_=Text()), JSONB),
    mark=bindparam("new_mark", type_=Text()),
    kept_s=bindparam("new_kept_s", type_=Float()),
)
_STORE = _new.on_conflict_do_update(
    index_elements=[_counts.c.id],
    set_={
        "counts": _new.excluded.counts,
        "mark": _new.excluded.mark,
        "kept_s": _new.excluded.kept_s,
        "counted_at": NOW,
        "checked_at": NOW,
    },
)
_CONFIRM = _counts.update().values(checked_at=NOW)


_LOCK = select(func.pg_try_advisory_xact_lock(COUNTING_LOCK).label("is_mine"))


async def lock(connection: AsyncConnection) -> bool:
    """Say whether nobody else counts now; if so, until this transaction ends nobody else will."""
    return bool((await connection.execute(_LOCK)).scalar_one())


async def count(connection: AsyncConnection) -> Counted:
    """Count all jobs; reads every one of them."""
    started_s = monotonic_s()
    found = read_all(Count, await connection.execute(_COUNT))
    kept_s = max(MIN_KEPT_S, KEPT_PER_COST * (monotonic_s() - started_s))
    return Counted(found, kept_s)


async def read_mark(database: Database) -> str:
    """Return what differs after jobs were made, changed or deleted. The clock's own changes it does not show."""
    row = await database.row(_MARK)
    return f"{row.seq}/{row.deleted}" if row else ""


async def read(database: Database) -> Stored | None:
    """Return the stored count; None before the first."""
    row = await database.row(_READ)
    if row is None:
        return None
    return Stored([Count(**one) for one in row.counts], row.mark, row.kept_s, row.age_s, row.checked_age_s)


async def store(connection: AsyncConnection, counted: Counted, *, mark: str) -> None:
    """Keep a count, with the mark that was read before it. The caller commits."""
    text = json.dumps([asdict(one) for one in counted.counts])
    await connection.execute(_STORE, {"new_counts": text, "new_mark": mark, "new_kept_s": counted.kept_s})


async def confirm(database: Database) -> None:
    """Note that the stored count is still right."""
    await database.rows(_CONFIRM)
