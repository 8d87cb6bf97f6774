"""The toolkit of the statements about jobs: the tables, times, states, and rows that go in as one JSON array."""

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from types import UnionType
from typing import Any, get_args, get_type_hints
from uuid import UUID

from sqlalchemy import (
    Boolean,
    ColumnElement,
    DateTime,
    Float,
    Integer,
    Numeric,
    Text,
    Uuid,
    bindparam,
    case,
    cast,
    column,
    func,
    literal,
    literal_column,
    select,
)
from sqlalchemy.dialects.postgresql import INTERVAL, JSONB
from sqlalchemy.sql.expression import CTE
from sqlalchemy.types import TypeEngine

from app.core import rows
from app.core.database import table_of
from app.jobs.models import Job, JobEvent
from app.jobs.states import Status

jobs = table_of(Job)
job_events = table_of(JobEvent)
Timestamp = DateTime(timezone=True)
NOW: ColumnElement[Any] = func.now()
_TYPES: Mapping[type, TypeEngine[Any]] = {
    bool: Boolean(),
    int: Integer(),
    float: Float(),
    str: Text(),
    UUID: Uuid(),
    Decimal: Numeric(14, 8),
    datetime: Timestamp,
}


def seconds(value: Any) -> ColumnElement[Any]:
    """Return an interval of that many seconds; `value` is a number, a bind parameter or a column."""
    return cast(value, Float) * cast(literal("1 second"), INTERVAL)


def status_is(*statuses: Status) -> ColumnElement[bool]:
    """Return the condition that a job is in one of the states, as literals: only so a partial index can serve it."""
    return jobs.c.status.in_([literal_column(f"'{status.value}'", Text) for status in statuses])


def is_still(*statuses: Status) -> ColumnElement[bool]:
    """Return the same condition for jobs that are found by their ids, out of the reach of every partial index.

    Such an index may be all but empty when PostgreSQL makes a plan, and long while it keeps it: until the next ANALYZE
    each claim would read all that wait.
    """
    status = jobs.c.status + literal_column("''", Text)
    return status.in_([literal_column(f"'{one.value}'", Text) for one in statuses])


# Sent and not claimed yet; the first two are those of their index, so that nobody reads the backlog for these few.
AWAITED = (
    status_is(Status.PENDING),
    jobs.c.dispatch_at > jobs.c.run_at,
    jobs.c.run_at <= NOW,
    jobs.c.dispatch_at > NOW,
)


def shown_status() -> ColumnElement[Any]:
    """Return the SQL of the status as people see it: pending with `run_at` ahead is scheduled."""
    return case(
        ((jobs.c.status == Status.PENDING.value) & (jobs.c.run_at > NOW), literal("scheduled", Text)),
        else_=jobs.c.status,
    )


def job_columns(shape: type, **computed: ColumnElement[Any]) -> list[ColumnElement[Any]]:
    """Return the columns of a shape of jobs; `shown` and `now` are known, anything else may be `computed`."""
    return rows.columns(shape, jobs, **{"shown": shown_status(), "now": NOW, **computed})


def rows_of(name: str, *shapes: type) -> CTE:
    """Return the JSON array bound as `:rows`, as a table `name` with the fields of these dataclasses as columns.

    A field has the type of the jobs' column of its name, else that of its annotation. One parameter, whatever the
    number of rows, so that the statement is compiled and planned once.
    """
    hints = {field: hint for shape in shapes for field, hint in get_type_hints(shape).items()}
    fields = dict.fromkeys(field for shape in shapes for field in rows.names(shape))
    given = (
        func.jsonb_to_recordset(cast(bindparam("rows", type_=Text), JSONB))
        .table_valued(*(column(field, _type_of(field, hints[field])) for field in fields), name="row")
        .render_derived(name="row", with_types=True)
    )
    rows_ = select(given)
    return (rows_.order_by(given.c.id) if "id" in fields else rows_).cte(name)


def _type_of(field: str, hint: Any) -> TypeEngine[Any]:
    if field in jobs.c:
        return jobs.c[field].type
    choices = get_args(hint) if isinstance(hint, UnionType) else (hint,)
    classes = (base for one in choices for base in getattr(one, "__mro__", ()))
    return next((_TYPES[one] for one in classes if one in _TYPES), JSONB())


def document(*parts: Any) -> str:
    """Return one row of `rows_of` as JSON text, from one object of each of its shapes.

    Raises: ValueError for NaN and infinity; TypeError for what JSON does not know.
    """
    return _encoder.encode({name: value for part in parts for name, value in rows.values(part).items()})


def array_of(documents: Iterable[str]) -> str:
    """Join rows to the JSON array that a statement takes as `:rows`."""
    return f"[{','.join(documents)}]"


def _plain(value: object) -> object:
    if isinstance(value, UUID | Decimal):
        return str(value)
    if isinstance(value, datetime):
        return value.isoformat()
    msg = f"{type(value).__name__} has no form in JSON"
    raise TypeError(msg)


_encoder = json.JSONEncoder(allow_nan=False, separators=(",", ":"), default=_plain)


def lock_in_order(given: CTE, *where: ColumnElement[bool]) -> CTE:
    """Return the ids of the jobs that `where` joins to `given`, locked in the order of their ids.

    Every statement that changes several jobs, and may wait for one, locks them so: no two can wait for each other.
    Each is looked up by its id, one after the other, whatever PostgreSQL expects of the number of rows.
    """
    one = select(jobs.c.id).where(jobs.c.id == given.c.id, *where).correlate(given).with_for_update().lateral("job")
    return (
        select(one.c.id).select_from(given).join(one, one.c.id == given.c.id).cte("locked").prefix_with("MATERIALIZED")
    )
