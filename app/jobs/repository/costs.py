"""What models cost by day: each attempt's history line is counted once, so that reading costs the same at any size."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Date,
    Float,
    Integer,
    Numeric,
    Select,
    Text,
    bindparam,
    case,
    cast,
    delete,
    func,
    select,
    union_all,
)
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.sql.expression import ColumnElement, Subquery

from app.core.database import Database, table_of
from app.core.database_owner import owned_by
from app.core.rows import names, read_all
from app.jobs.cost_models import CostDay, CostMark
from app.jobs.repository.sql import NOW, job_events, jobs, seconds
from app.jobs.states import FINAL

BATCH = 50_000  # history lines in one go
SETTLED_S = 60.0  # after so long every line before an older one has surely committed
MAX_GROUPS = 1000
_days = table_of(CostDay)
_marks = table_of(CostMark)


@dataclass(frozen=True, slots=True)
class CostSums:
    """What attempts came to; `cost_usd` is the part whose price is known, None while none is."""

    jobs: int
    attempts: int
    prompt_tokens: int
    cached_tokens: int
    completion_tokens: int
    cost_usd: Decimal | None
    unpriced: int


@dataclass(frozen=True, slots=True)
class CostRow(CostSums):
    """The sums of a day, owner, type or model: `key`. None is the key of the total."""

    key: str | None


_SUMS = names(CostSums)
_PLACE = ("day", "owner_id", "type", "model")
_mark = select(func.coalesce(func.max(_marks.c.seq), 0)).scalar_subquery()


def _spent(*where: ColumnElement[bool]) -> Select[Any]:
    """Return the sums of the attempts that got an answer, by day, owner, type and model."""
    detail = job_events.c.detail

    def said(name: str) -> ColumnElement[Any]:
        return cast(detail[name].astext, Integer)

    day = cast(func.timezone("UTC", job_events.c.at), Date)
    model = detail["model"].astext
    cost = cast(detail["cost_usd"].astext, Numeric(14, 8))
    is_final = job_events.c.status.in_([status.value for status in FINAL])
    # Lines of before there were prices say neither.
    unpriced = func.coalesce(said("unpriced"), case((cost.is_(None), 1), else_=0))
    return (
        select(
            day.label("day"),
            jobs.c.owner_id,
            jobs.c.type,
            model.label("model"),
            func.count().filter(is_final).label("jobs"),
            func.count().label("attempts"),
            *(
                func.coalesce(func.sum(said(name)), 0).label(name)
                for name in ("prompt_tokens", "cached_tokens", "completion_tokens")
            ),
            func.sum(cost).label("cost_usd"),
            func.sum(unpriced).label("unpriced"),
        )
        .join_from(job_events, jobs, jobs.c.id == job_events.c.job_id)
        .where(detail.has_key("model"), *where)
        .group_by(day, jobs.c.owner_id, jobs.c.type, model)
    )


_BEGIN = insert(_marks).values(id=1, seq=0).on_conflict_do_nothing()
_LOCK = select(_marks.c.seq).with_for_update(skip_locked=True)
_after, _upto = bindparam("after_seq", type_=BigInteger()), bindparam("upto_seq", type_=BigInteger())


def settled(batch: int) -> Select[Any]:
    """Return the statement that finds the last of the next `batch` lines that is old enough, None without one."""
    following = select(job_events.c.seq, job_events.c.at).where(job_events.c.seq > _after)
    some = following.order_by(job_events.c.seq).limit(batch).subquery("some")
    return select(func.max(some.c.seq)).where(some.c.at < NOW - seconds(SETTLED_S))


_SETTLED = settled(BATCH)
_new = insert(_days).from_select([*_PLACE, *_SUMS], _spent(job_events.c.seq > _after, job_events.c.seq <= _upto))
_ADD = _new.on_conflict_do_update(
    index_elements=[_days.c[name] for name in _PLACE],
    set_={
        **{name: _days.c[name] + _new.excluded[name] for name in _SUMS},
        # null until a price is known
        "cost_usd": case(
            (_days.c.cost_usd.is_(None), _new.excluded.cost_usd),
            else_=_days.c.cost_usd + func.coalesce(_new.excluded.cost_usd, 0),
        ),
    },
)
_MOVE_ON = _marks.update().values(seq=_upto)
_oldest = cast(func.timezone("UTC", NOW - seconds(bindparam("kept_s", type_=Float()))), Date)
_DROP = delete(_days).where(_days.c.day < _oldest)


async def roll_up(database: Database) -> bool:
    """Count the next BATCH history lines that were not counted yet, but for the newest.

    Returns whether there may be more. Of several schedulers one counts. What a job used that is deleted before its
    lines were counted is not in the sums.
    """
    async with database.begin() as connection:
        await connection.execute(_BEGIN)
        after = (await connection.execute(_LOCK)).scalar_one_or_none()
        if after is None:
            return False
        upto = (await connection.execute(_SETTLED, {"after_seq": after})).scalar_one()
        if upto is not None:
            await connection.execute(_ADD, {"after_seq": after, "upto_seq": upto})
            await connection.execute(_MOVE_ON, {"upto_seq": upto})
    return upto is not None and upto - after >= BATCH


async def prune(database: Database, *, kept_s: float) -> None:
    """Delete the days that lie more than `kept_s` back."""
    await database.rows(_DROP, {"kept_s": kept_s})


_first, _last = bindparam("first_day", type_=Date()), bindparam("last_day", type_=Date())


def _days_of(owner_id: UUID | None) -> Subquery:
    """Return the sums by day, owner, type and model: those that are stored, and what is not in them yet."""
    return union_all(
        select(*(_days.c[name] for name in (*_PLACE, *_SUMS))).where(
            owned_by(_days.c.owner_id, owner_id), _days.c.day >= _first, _days.c.day <= _last
        ),
        # The mark may move on before the statement runs; what was seen of it lets the planner know how few lines are
        # newer.
        _spent(job_events.c.seq > _mark, job_events.c.seq > _after, owned_by(jobs.c.owner_id, owner_id)),
    ).subquery("all_days")


# What the sums may be asked by, and its column.
_GROUPS: Mapping[str, str] = {"day": "day", "owner": "owner_id", "type": "type", "model": "model"}


def _sum(column: ColumnElement[Any]) -> ColumnElement[Any]:
    """Return the sum of a column: of counts as a count, 0 for no row; of costs null."""
    total = func.sum(column)
    return (total if column.name == "cost_usd" else cast(func.coalesce(total, 0), BigInteger)).label(column.name)


def _sums_by(name: str, owner_id: UUID | None) -> Select[Any]:
    found = _days_of(owner_id)
    named = (
        select(cast(found.c[_GROUPS[name]], Text).label("key"), *(found.c[column] for column in _SUMS))
        .where(found.c.day >= _first, found.c.day <= _last)
        .subquery("named")
    )
    is_total = func.grouping(named.c.key)
    sums = {column: _sum(named.c[column]) for column in _SUMS}
    dearest = (sums["cost_usd"].desc().nulls_last(), sums["prompt_tokens"].desc())
    return (
        select(named.c.key, *sums.values())
        .group_by(func.rollup(named.c.key))  # each key, and then all of them
        .order_by(is_total.desc(), *(() if name == "day" else dearest), named.c.key)
        .limit(MAX_GROUPS + 1)
    )


_SEEN = select(_mark.label("seq"))


async def sums(
    database: Database, owner_id: UUID | None, *, by: str, first: date, last: date
) -> tuple[Sequence[CostRow], CostRow]:
    """Return the sums of an owner, or of every team, of the days from `first` to `last`, and their total.

    `by` is day, owner, type or model; days in their order, else the dearest first, at most 1,000.
    """
    seen = await database.row(_SEEN)
    given = {"first_day": first, "last_day": last, "after_seq": seen.seq if seen else 0}
    total, *rows = read_all(CostRow, await database.rows(_sums_by(by, owner_id), given))
    return rows, total
