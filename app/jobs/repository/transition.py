"""The one builder of every statement that changes a job's status: guard, change and history line in one."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import (
    ColumnElement,
    DateTime,
    Float,
    Select,
    Text,
    bindparam,
    case,
    cast,
    column,
    func,
    insert,
    literal,
    literal_column,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import INTERVAL, JSONB
from sqlalchemy.sql.expression import CTE

from app.core.database import table_of
from app.jobs import states
from app.jobs.models import Job, JobEvent
from app.jobs.states import Status, Verb

jobs = table_of(Job)
job_events = table_of(JobEvent)
EVENT_COLUMNS = ["job_id", "version", "name", "status", "attempt", "worker", "detail"]
# What every move returns, besides what the verb asks for.
MOVED_COLUMNS = (jobs.c.id, jobs.c.type, jobs.c.queue, jobs.c.status, jobs.c.attempt, jobs.c.version, jobs.c.worker)

# What a new row gets from PostgreSQL, and what its first history line needs.
NEW_COLUMNS = (*MOVED_COLUMNS, jobs.c.run_at, jobs.c.deadline_at, jobs.c.created_at)

NOW: ColumnElement[Any] = func.now()
_encoder = json.JSONEncoder(allow_nan=False, separators=(",", ":"))


def seconds(value: Any) -> ColumnElement[Any]:
    """Return an interval of that many seconds; `value` is a number, a bind parameter or a column."""
    return cast(value, Float) * cast(literal("1 second"), INTERVAL)


def status_is(*statuses: Status) -> ColumnElement[bool]:
    """Return the condition that a job is in one of the states, as literals: only so a partial index can serve it."""
    return jobs.c.status.in_([literal_column(f"'{status.value}'", Text) for status in statuses])


# Sent and not claimed yet; the first two are those of their index, so that nobody reads the backlog for these few.
AWAITED = (
    status_is(Status.PENDING),
    jobs.c.dispatch_at > jobs.c.run_at,
    jobs.c.run_at <= NOW,
    jobs.c.dispatch_at > NOW,
)


def document(row: Mapping[str, Any]) -> str:
    """Return one row of `rows_of` as JSON text. Raises: ValueError for NaN and infinity."""
    return _encoder.encode(row)


def array_of(documents: Iterable[str]) -> str:
    """Join rows to the JSON array that a statement takes as `:rows`."""
    return f"[{','.join(documents)}]"


def rows_of(name: str, **columns: Any) -> CTE:
    """Return the JSON array bound as `:rows`, as a table `name` with columns of the given SQL types.

    One parameter, whatever the number of rows, so that the statement is compiled and planned once.
    """
    given = (
        func.jsonb_to_recordset(cast(bindparam("rows", type_=Text), JSONB))
        .table_valued(*(column(key, type_) for key, type_ in columns.items()), name="row")
        .render_derived(name="row", with_types=True)
    )
    return select(given).cte(name)


def lock_in_order(rows: CTE, *where: ColumnElement[bool]) -> CTE:
    """Return the ids of the jobs that `where` joins to `rows`, locked in the order of their ids.

    Every statement that changes several jobs, and may wait for one, locks them so: no two can wait for each other.
    """
    locked = select(jobs.c.id).where(jobs.c.id == rows.c.id, *where).order_by(jobs.c.id).with_for_update(of=jobs)
    return locked.cte("locked").prefix_with("MATERIALIZED")


def move(
    verb: Verb,
    *where: ColumnElement[bool],
    to: Status | ColumnElement[Any],
    values: Mapping[str, Any],
    detail: Callable[[CTE], ColumnElement[Any]] | None = None,
    returning: Sequence[ColumnElement[Any]] = (),
    worker: ColumnElement[Any] | None = None,
    rows: CTE | None = None,
) -> Select[Any]:
    """Build the statement of a verb: UPDATE where the old status allows it and `where` holds, with its history line.

    `to` is the new status, or an expression that decides it from the row; `values` are the other columns to set;
    `detail` makes the history line's JSON from the changed row; `worker` overrides the row's worker in that line.
    With `rows` (of `rows_of`, with a column `id`) each job is moved by its own row, which all of the above may name.
    The statement returns MOVED_COLUMNS and `returning` for each job that moved; a job that did not move is absent.
    """
    target = to if isinstance(to, ColumnElement) else literal(to.value, Text)
    guard = (status_is(*states.sources(verb)), *where)
    if rows is not None:
        locked = lock_in_order(rows, *guard)
        guard = (jobs.c.id == locked.c.id, jobs.c.id == rows.c.id, *guard)
    moved = (
        update(jobs)
        .where(*guard)
        .values({**values, "status": target, "version": jobs.c.version + 1})
        .returning(*MOVED_COLUMNS, *returning)
        .cte("moved")
    )
    return _with_history(moved, verb, detail=detail, worker=worker)


def create(source: Select[Any], columns: Sequence[str]) -> Select[Any]:
    """Build the statement of submit: INSERT from `source`, with each new job's first history line.

    A job whose id is there already is left as it is, so that the statement can be repeated.
    """
    from sqlalchemy.dialects.postgresql import insert as pg_insert  # noqa: PLC0415 - the name is taken above

    moved = (
        pg_insert(jobs)
        .from_select(list(columns), source)
        .on_conflict_do_nothing(index_elements=[jobs.c.id])
        .returning(*NEW_COLUMNS, shown_status().label("shown"))
        .cte("moved")
    )
    return _with_history(moved, Verb.SUBMIT, detail=None, worker=None)


def _with_history(
    moved: CTE,
    verb: Verb,
    *,
    detail: Callable[[CTE], ColumnElement[Any]] | None,
    worker: ColumnElement[Any] | None,
) -> Select[Any]:
    names = states.events(verb)
    only = next(iter(names.values())) if len(set(names.values())) == 1 else None
    name: ColumnElement[Any] = (
        literal(only, Text)
        if only
        else case({status.value: event for status, event in names.items()}, value=moved.c.status)
    )
    history = (
        insert(job_events)
        .from_select(
            EVENT_COLUMNS,
            select(
                moved.c.id,
                moved.c.version,
                name,
                moved.c.status,
                moved.c.attempt,
                moved.c.worker if worker is None else worker,
                func.jsonb_strip_nulls(detail(moved)) if detail else literal(None, JSONB(none_as_null=True)),
            ),
        )
        .cte("history")
    )
    return select(moved).add_cte(history)


def shown_status() -> ColumnElement[Any]:
    """Return the SQL of the status as people see it: pending with `run_at` ahead is scheduled."""
    return case(
        ((jobs.c.status == Status.PENDING.value) & (jobs.c.run_at > NOW), literal("scheduled", Text)),
        else_=jobs.c.status,
    )


Timestamp = DateTime(timezone=True)
