"""Reads jobs: one with its history, and pages of light rows. Every WHERE names the owner."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from math import inf
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Executable,
    Select,
    Text,
    Uuid,
    and_,
    bindparam,
    func,
    literal,
    or_,
    select,
    true,
    tuple_,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.expression import ClauseElement

from app.core.database import Database
from app.core.rows import columns, read_all, read_first
from app.jobs.listing import Place, Sort
from app.jobs.repository import counts
from app.jobs.repository.sql import NOW, job_columns, job_events, jobs, status_is
from app.jobs.rows import EventRow, JobHead, JobRow, Json
from app.jobs.states import ShownStatus, Status, stored_status

JobsPlace = tuple[str, str, str]  # a stored status, a type and a queue
ID_MARGIN_MS = 3_600_000  # by which the clock of an API may be wrong
HEAD = job_columns(JobHead)
_ONE = select(*job_columns(JobRow)).where(
    jobs.c.id == bindparam("job_id", type_=Uuid()),
    jobs.c.owner_id == bindparam("of_owner", type_=Uuid()),
)
_INPUT = select(jobs.c.input).where(
    jobs.c.id == bindparam("job_id", type_=Uuid()),
    jobs.c.owner_id == bindparam("of_owner", type_=Uuid()),
)
_HISTORY = (
    select(*columns(EventRow, job_events))
    .where(job_events.c.job_id == bindparam("job_id", type_=Uuid()))
    .order_by(job_events.c.version)
)


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
    metadata: Mapping[str, str] | None = None
    sort: Sort = Sort.NEWEST
    after: Place | None = None  # the cursor, of that order

    @property
    def names_a_place(self) -> bool:
        """Whether it is about a status, a type or a queue, and not about one kind of failures, which is fewer jobs."""
        return self.fingerprint is None and any(one is not None for one in (self.status, self.type, self.queue))


async def get(database: Database, owner_id: UUID, job_id: UUID) -> JobRow | None:
    """Return a job's whole row, or None."""
    return read_first(JobRow, await database.row(_ONE, {"job_id": job_id, "of_owner": owner_id}))


async def find_input(database: Database, owner_id: UUID, job_id: UUID) -> Json | None:
    """Return a job's `input` alone, or None where there is no such job: a result may be large."""
    row = await database.row(_INPUT, {"job_id": job_id, "of_owner": owner_id})
    return None if row is None else dict(row.input)


async def history(database: Database, job_id: UUID) -> Sequence[EventRow]:
    """Return a job's history lines, oldest first."""
    return read_all(EventRow, await database.rows(_HISTORY, {"job_id": job_id}))


async def find_page(database: Database, owner_id: UUID, wanted: JobFilter, *, limit: int) -> Sequence[JobHead]:
    """Return up to `limit` light rows, in the order that is wanted."""
    places = await _places(database, wanted) if wanted.names_a_place else None
    if places is not None and not places:
        return []
    return read_all(JobHead, await database.rows(page_statement(owner_id, wanted, limit=limit, places=places)))


async def _places(database: Database, wanted: JobFilter) -> list[JobsPlace]:
    """Return the places of the jobs that are wanted: of each type and queue that anybody has jobs of, all statuses.

    All, unless one is wanted: a job may have another one by the time that the page is read.
    """
    statuses = [stored_status(wanted.status)] if wanted.status else list(Status)
    given = {"type": wanted.type, "queue": wanted.queue}
    named = {name: value for name, value in given.items() if value is not None}
    found = await counts.read(database)
    fitting = {
        (one.type, one.queue) for one in found if all(getattr(one, name) == value for name, value in named.items())
    }
    return [(status.value, *place) for place in sorted(fitting) for status in statuses]


def page_statement(
    owner_id: UUID, wanted: JobFilter, *, limit: int, places: Sequence[JobsPlace] | None = None
) -> Select[Any]:
    """Return the statement of a page. With `places` only jobs of these are looked at, by an index that has them.

    However rare they are, it reads no others: the first `limit` of each place, and of these the first.
    """
    mine = select(*HEAD).where(jobs.c.owner_id == owner_id)
    if places is None or wanted.sort.is_of_ended:
        return _ordered(_narrow(mine, wanted), wanted.sort, wanted.after).limit(limit)
    names = ("status", "type", "queue")
    columns = (
        func.unnest(literal(list(values), ARRAY(Text))).label(name)
        for name, values in zip(names, zip(*places, strict=True), strict=True)
    )
    place = select(*columns).cte("place")
    here = mine.where(*(jobs.c[name] == place.c[name] for name in names))
    of_place = _ordered(_narrow(here, replace(wanted, type=None, queue=None)), wanted.sort, wanted.after).limit(limit)
    found = of_place.lateral("found")
    order = found.c.id.desc() if wanted.sort is Sort.NEWEST else found.c.id
    return select(found).select_from(place.join(found, true())).order_by(order).limit(limit)


async def estimate_count(database: Database, owner_id: UUID, wanted: JobFilter) -> int:
    """Return how many jobs a list has, as PostgreSQL's planner estimates it: nothing is counted."""
    plan = await database.row(Explain(_narrow(select(jobs.c.id).where(jobs.c.owner_id == owner_id), wanted)))
    found = plan[0] if plan is not None else "[]"
    return int((json.loads(found) if isinstance(found, str) else found)[0]["Plan"]["Plan Rows"])


class Explain(Executable, ClauseElement):
    """EXPLAIN of a statement, with its parameters."""

    inherit_cache = False

    def __init__(self, statement: Select[Any]) -> None:
        """Explain this one; it is not run."""
        self.statement = statement


@compiles(Explain)
def _explain(element: Explain, compiler: Any, **options: Any) -> str:
    return f"EXPLAIN (FORMAT JSON) {compiler.process(element.statement, **options)}"


def _ordered(statement: Select[Any], sort: Sort, after: Place | None) -> Select[Any]:
    by: tuple[ColumnElement[Any], ...] = (jobs.c.finished_at, jobs.c.id) if sort.is_of_ended else (jobs.c.id,)
    falls = sort.value.startswith("-")
    if sort.is_of_ended:
        statement = statement.where(jobs.c.finished_at.is_not(None))
    if after is not None:
        place = tuple_(*(literal(value, column.type) for value, column in zip(_values(sort, after), by, strict=True)))
        statement = statement.where(tuple_(*by) < place if falls else tuple_(*by) > place)
    return statement.order_by(*(column.desc() if falls else column.asc() for column in by))


def _values(sort: Sort, place: Place) -> tuple[Any, ...]:
    return (place.finished_at, place.id) if sort.is_of_ended else (place.id,)


def _has_metadata(wanted: Mapping[str, str]) -> ColumnElement[bool]:
    """Compare members of the metadata with texts."""
    return and_(
        *(or_(*(jobs.c.metadata.contains({key: one}) for one in _readings(text))) for key, text in wanted.items())
    )


def _readings(text: str) -> list[Any]:
    """Return what a text may stand for in JSON: itself, and the number, truth value or null that it spells."""
    try:
        value = json.loads(text, parse_constant=str)
    except ValueError:
        return [text]
    is_spelled = text == text.strip() and isinstance(value, int | float | bool | None) and value not in {inf, -inf}
    return [text, value] if is_spelled else [text]


def _first_id(at: datetime, margins: int) -> UUID:
    """Return the lowest UUIDv7 of a time, or of so many margins later: an id has the time of some API's clock."""
    milliseconds = max(0, int(at.timestamp() * 1000) + margins * ID_MARGIN_MS)
    return UUID(int=milliseconds << 80 | 0x7 << 76 | 0x2 << 62)


def _narrow(statement: Select[Any], wanted: JobFilter) -> Select[Any]:
    conditions: dict[str, Callable[[Any], ColumnElement[bool]]] = {
        "type": lambda value: jobs.c.type == value,
        "queue": lambda value: jobs.c.queue == value,
        "created_from": lambda value: (jobs.c.id >= _first_id(value, -1)) & (jobs.c.created_at >= value),
        "created_to": lambda value: (jobs.c.id <= _first_id(value, 1)) & (jobs.c.created_at < value),
        "id_from": lambda value: jobs.c.id >= value,
        "id_to": lambda value: jobs.c.id <= value,
        "fingerprint": lambda value: status_is(Status.FAILED) & (jobs.c.error_fingerprint == value),
        "metadata": _has_metadata,
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
