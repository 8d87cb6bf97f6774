"""The guarded move: the one builder of statements that change a job's status, each with its history line."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, Text, case, func, insert, literal, select, update
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.dialects.postgresql import insert as insert_new
from sqlalchemy.sql.expression import CTE

from app.core import rows as shapes
from app.jobs import states
from app.jobs.repository.sql import is_still, job_columns, job_events, jobs, lock_in_order
from app.jobs.rows import Moved, Stored
from app.jobs.states import Status, Verb

EVENT_COLUMNS = ["job_id", "version", "name", "status", "attempt", "worker", "detail"]
MOVED_COLUMNS = job_columns(Moved)
NEW_COLUMNS = job_columns(Stored)


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
    The statement returns the fields of Moved and `returning` for each job that moved; one that did not move is absent.
    """
    target = to if isinstance(to, ColumnElement) else literal(to.value, Text)
    guard = (is_still(*states.sources(verb)), *where)
    if rows is not None:
        locked = lock_in_order(rows, *guard)
        guard = (jobs.c.id == locked.c.id, jobs.c.id == rows.c.id, *guard)
    moved = (
        update(jobs)
        .where(*guard)
        .values({**values, "status": target, "version": jobs.c.version + 1})
        .returning(*MOVED_COLUMNS, *(one for one in returning if one.name not in shapes.names(Moved)))
        .cte("moved")
    )
    return _with_history(moved, verb, detail=detail, worker=worker)


def create(values: Mapping[str, ColumnElement[Any]]) -> Select[Any]:
    """Build the statement of submit: INSERT of `values` by column, with each new job's first history line.

    A job whose id is there already is left as it is, so that the statement can be repeated.
    """
    moved = (
        insert_new(jobs)
        .from_select(list(values), select(*(value.label(name) for name, value in values.items())))
        .on_conflict_do_nothing(index_elements=[jobs.c.id])
        .returning(*NEW_COLUMNS)
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
