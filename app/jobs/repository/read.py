"""Reads jobs: one with its history, and pages of light rows. Every WHERE names the owner."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import inf
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Executable, Select, Uuid, and_, bindparam, literal, or_, select, tuple_
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.expression import ClauseElement

from app.core.database import Database
from app.core.rows import columns, read_all, read_first
from app.jobs.listing import Place, Sort
from app.jobs.repository.sql import NOW, job_columns, job_events, jobs, status_is
from app.jobs.rows import EventRow, JobHead, JobRow, Json
from app.jobs.states import ShownStatus, Status

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
    return read_all(JobHead, await database.rows(page_statement(owner_id, wanted, limit=limit)))


def page_statement(owner_id: UUID, wanted: JobFilter, *, limit: int) -> Select[Any]:
    """Return the statement of a page."""
    statement = select(*HEAD).where(jobs.c.owner_id == owner_id)
    return _ordered(_narrow(statement, wanted), wanted.sort, wanted.after).limit(limit)


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


def _narrow(statement: Select[Any], wanted: JobFilter) -> Select[Any]:
    conditions: dict[str, Callable[[Any], ColumnElement[bool]]] = {
        "type": lambda value: jobs.c.type == value,
        "queue": lambda value: jobs.c.queue == value,
        "created_from": lambda value: jobs.c.created_at >= value,
        "created_to": lambda value: jobs.c.created_at < value,
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
