"""Which jobs a list shows, and in which order: the conditions and the order of its statements."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import inf
from operator import ge, gt, le, lt
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, literal, or_, tuple_

from app.jobs.listing import Place, Sort
from app.jobs.repository.sql import NOW, jobs, status_is
from app.jobs.states import ShownStatus, Status

ID_MARGIN_MS = 3_600_000  # by which the clock of an API may be wrong


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

    @property
    def names_a_time(self) -> bool:
        """Whether it is about when jobs were made."""
        return any(one is not None for one in (self.created_from, self.created_to, self.id_from, self.id_to))

    @property
    def is_a_place(self) -> bool:
        """Whether it is about nothing else, nor about the time at which a pending job may start."""
        is_by_start = self.status in {ShownStatus.PENDING, ShownStatus.SCHEDULED}
        return not (is_by_start or self.names_a_time or self.fingerprint is not None or self.metadata is not None)


def falls(sort: Sort) -> bool:
    """Whether the latest come first."""
    return sort.value.startswith("-")


def ordered(statement: Select[Any], wanted: JobFilter) -> Select[Any]:
    """Return jobs in the order that is wanted, after its cursor; of ended ones alone where that is by their end."""
    by = _columns_of(wanted.sort)
    if wanted.sort.is_of_ended:
        statement = statement.where(jobs.c.finished_at.is_not(None))
    if wanted.after is not None:
        place = _tuple_of(by, _values_of(wanted.sort, wanted.after))
        statement = statement.where(tuple_(*by) < place if falls(wanted.sort) else tuple_(*by) > place)
    return statement.order_by(*(column.desc() if falls(wanted.sort) else column for column in by))


def ordered_of_owner(statement: Select[Any], owner_id: UUID, wanted: JobFilter) -> Select[Any]:
    """As `ordered`, of an owner's jobs as the owner's index has them, so that no other one serves that order.

    Were the owner compared by equality, the planner might walk past everybody else's jobs by the index of all: it takes
    an owner's for spread evenly among them.
    """
    by = (jobs.c.owner_id, *_columns_of(wanted.sort))
    low, high = ((), ()) if wanted.sort.is_of_ended else _id_bounds(wanted)
    after = None if wanted.after is None else _values_of(wanted.sort, wanted.after)

    def beside(values: tuple[Any, ...]) -> tuple[Any, Any]:
        return tuple_(*by[: 1 + len(values)]), _tuple_of(by, (owner_id, *values))

    if wanted.sort.is_of_ended:
        statement = statement.where(jobs.c.finished_at.is_not(None))
    if falls(wanted.sort):
        begins, ends = le(*beside(high)) if after is None else lt(*beside(after)), ge(*beside(low))
    else:
        begins, ends = ge(*beside(low)) if after is None else gt(*beside(after)), le(*beside(high))
    return statement.where(begins, ends).order_by(*(column.desc() if falls(wanted.sort) else column for column in by))


def _columns_of(sort: Sort) -> tuple[ColumnElement[Any], ...]:
    return (jobs.c.finished_at, jobs.c.id) if sort.is_of_ended else (jobs.c.id,)


def _values_of(sort: Sort, place: Place) -> tuple[Any, ...]:
    return (place.finished_at, place.id) if sort.is_of_ended else (place.id,)


def _tuple_of(columns: Sequence[ColumnElement[Any]], values: tuple[Any, ...]) -> Any:
    return tuple_(*(literal(value, column.type) for value, column in zip(values, columns, strict=False)))


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


def _id_bounds(wanted: JobFilter) -> tuple[tuple[UUID, ...], tuple[UUID, ...]]:
    """Return the lowest and the highest id that a list can have, each as a tuple that is empty where there is none."""
    low = [wanted.id_from] if wanted.id_from else []
    high = [wanted.id_to] if wanted.id_to else []
    if wanted.created_from:
        low.append(_first_id(wanted.created_from, -1))
    if wanted.created_to:
        high.append(_first_id(wanted.created_to, 1))
    return (max(low),) if low else (), (min(high),) if high else ()


def _first_id(at: datetime, margins: int) -> UUID:
    """Return the lowest UUIDv7 of a time, or of so many margins later: an id has the time of some API's clock."""
    milliseconds = max(0, int(at.timestamp() * 1000) + margins * ID_MARGIN_MS)
    return UUID(int=milliseconds << 80 | 0x7 << 76 | 0x2 << 62)


def narrow(statement: Select[Any], wanted: JobFilter) -> Select[Any]:
    """Return those jobs alone that a list shows, whatever its page."""
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
