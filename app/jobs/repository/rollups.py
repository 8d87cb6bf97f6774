"""Statistics by minute: jobs are counted once, so that reading them costs the same at any size."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Float, Integer, Select, Text, Uuid, bindparam, cast, func, literal, select, union_all
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.sql.expression import ColumnElement, Subquery

from app.core.database import Database, table_of
from app.core.histogram import BUCKET_BASE, BUCKETS
from app.core.rows import read_all
from app.jobs.models import JobMinute
from app.jobs.repository.sql import NOW, jobs, seconds
from app.jobs.states import Status

SETTLED_S = 10.0  # after a minute's end, until every transaction that ended in it has surely committed
ROLL_UP_S = 3600.0
CLOCK_SKEW_S = 60.0  # an id holds the time of the API's clock, a row that of the database
SUBMITTED, WAIT, RUN = "submitted", "wait", "run"
_minutes = table_of(JobMinute)


@dataclass(frozen=True, slots=True)
class Measured:
    """How many fell into a bucket of a measure in a minute; all of them None in a minute without any job."""

    minute: datetime
    measure: str | None
    bucket: int | None
    count: int | None


def _bucket(milliseconds: ColumnElement[Any]) -> ColumnElement[Any]:
    exponent = func.ln(func.greatest(milliseconds, 1.0)) / math.log(BUCKET_BASE)
    return cast(func.least(func.ceil(exponent), BUCKETS), Integer)


def _milliseconds(end: Any, start: Any) -> ColumnElement[Any]:
    return cast(func.extract("epoch", end - start) * 1000, Float)


def measures(*where: ColumnElement[bool]) -> Subquery:
    """Return (at, measure, bucket) of finished jobs: one line for the status and, where it ran, for wait and run.

    Wait: from the time the last attempt was due to its start, and in it for a place at its model. Run: the rest, to
    the job's end.
    """
    ran = (jobs.c.claimed_at.is_not(None), jobs.c.status.in_([Status.COMPLETED.value, Status.FAILED.value]), *where)
    return union_all(
        select(jobs.c.finished_at.label("at"), jobs.c.status.label("measure"), literal(0).label("bucket")).where(
            *where
        ),
        select(
            jobs.c.finished_at,
            literal(WAIT, Text),
            _bucket(_milliseconds(jobs.c.claimed_at, jobs.c.queued_at) + jobs.c.waited_ms),
        ).where(*ran),
        select(
            jobs.c.finished_at,
            literal(RUN, Text),
            _bucket(_milliseconds(jobs.c.finished_at, jobs.c.claimed_at) - jobs.c.waited_ms),
        ).where(*ran),
    ).subquery("measures")


def _first_id(at: ColumnElement[Any]) -> ColumnElement[Any]:
    """Return the lowest UUIDv7 of a time, so that jobs by age are a range of the primary key."""
    hexadecimal = func.lpad(func.to_hex(cast(func.extract("epoch", at) * 1000, BigInteger)), 12, "0")
    return cast(hexadecimal.concat("70008000000000000000"), Uuid)


def submissions(since: ColumnElement[Any], *where: ColumnElement[bool]) -> Select[Any]:
    """Return (at, measure, bucket) of the jobs submitted since a time, one line each."""
    return select(jobs.c.created_at.label("at"), literal(SUBMITTED, Text).label("measure"), literal(0)).where(
        jobs.c.id >= _first_id(since - seconds(CLOCK_SKEW_S)), jobs.c.created_at >= since, *where
    )


_settled = func.date_trunc("minute", NOW - seconds(SETTLED_S))
_last = select(func.max(_minutes.c.minute)).scalar_subquery()
# From the minute after the last one counted; a scheduler that was away for long takes up the last hour.
_from = func.greatest(
    func.coalesce(_last + seconds(60.0), NOW - seconds(ROLL_UP_S)),
    func.date_trunc("minute", NOW - seconds(ROLL_UP_S)),
)
_ended = measures(jobs.c.finished_at.is_not(None), jobs.c.finished_at >= _from, jobs.c.finished_at < _settled)
_fresh = union_all(select(_ended), submissions(_from, jobs.c.created_at < _settled)).subquery("fresh")
_minute = func.date_trunc("minute", _fresh.c.at)
_ROLL_UP = (
    insert(_minutes)
    .from_select(
        ["minute", "measure", "bucket", "count"],
        select(_minute, _fresh.c.measure, _fresh.c.bucket, func.count()).group_by(
            _minute, _fresh.c.measure, _fresh.c.bucket
        ),
    )
    .on_conflict_do_nothing()
)
_window_s = bindparam("window_s", type_=Float())
# What is not yet counted by minute comes from the rows themselves: at most about a minute of them.
_live = measures(
    jobs.c.finished_at.is_not(None),
    jobs.c.finished_at
    >= func.greatest(NOW - seconds(_window_s), func.coalesce(_last + seconds(60.0), NOW - seconds(_window_s))),
)
_counted = select(_minutes.c.measure, _minutes.c.bucket, _minutes.c.count).where(
    _minutes.c.minute >= NOW - seconds(_window_s), _minutes.c.measure != SUBMITTED
)
_all = union_all(
    select(_live.c.measure, _live.c.bucket, func.count().label("count")).group_by(_live.c.measure, _live.c.bucket),
    _counted,
).subquery("all_measures")
_WINDOW = select(_all.c.measure, _all.c.bucket, func.sum(_all.c.count).label("count")).group_by(
    _all.c.measure, _all.c.bucket
)
_recent = measures(jobs.c.finished_at.is_not(None), jobs.c.finished_at >= NOW - seconds(_window_s))
_RECENT = select(_recent.c.measure, _recent.c.bucket, func.count().label("count")).group_by(
    _recent.c.measure, _recent.c.bucket
)
_this_minute = func.date_trunc("minute", NOW)
_first_minute = _this_minute - seconds(bindparam("before_s", type_=Float()))
_ending = measures(jobs.c.finished_at.is_not(None), jobs.c.finished_at >= _from)
_uncounted = union_all(select(_ending), submissions(_from)).subquery("uncounted")
_uncounted_minute = func.date_trunc("minute", _uncounted.c.at).label("minute")
_each = union_all(
    select(_minutes.c.minute, _minutes.c.measure, _minutes.c.bucket, _minutes.c.count).where(
        _minutes.c.minute >= _first_minute
    ),
    select(_uncounted_minute, _uncounted.c.measure, _uncounted.c.bucket, func.count().label("count")).group_by(
        _uncounted_minute, _uncounted.c.measure, _uncounted.c.bucket
    ),
).subquery("each_measure")
_wanted = (
    func.generate_series(_first_minute, _this_minute, seconds(literal(60.0)))
    .table_valued("minute")
    .render_derived(name="wanted")
)
_BY_MINUTE = (
    select(_wanted.c.minute, _each.c.measure, _each.c.bucket, _each.c.count)
    .select_from(_wanted.outerjoin(_each, _wanted.c.minute == _each.c.minute))
    .order_by(_wanted.c.minute)
)


async def roll_up(database: Database) -> None:
    """Count the minutes that are over and not yet counted. Repeating it, also at once elsewhere, changes nothing."""
    await database.rows(_ROLL_UP)


async def window(database: Database, *, window_s: float, exact: bool = False) -> dict[str, dict[int, int]]:
    """Return, for each measure, how many fell into each bucket within the last `window_s` seconds.

    `exact`: from the rows alone, for a window of about a minute; else whole minutes, and the rest from the rows.
    """
    found: dict[str, dict[int, int]] = {}
    for row in await database.rows(_RECENT if exact else _WINDOW, {"window_s": window_s}):
        found.setdefault(row.measure, {})[row.bucket] = int(row.count)
    return found


async def by_minute(database: Database, *, count: int) -> Sequence[Measured]:
    """Return what happened in the last `count` minutes, this one included, oldest first.

    A minute without any job is one row whose measure is None.
    """
    return read_all(Measured, await database.rows(_BY_MINUTE, {"before_s": 60.0 * (count - 1)}))
