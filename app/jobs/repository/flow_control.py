"""Flow control: queues and job types that are paused, or limited in how many of their jobs run at once.

What runs is counted from the live leases themselves, so no crash can leave a count behind.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Integer, Text, Update, and_, bindparam, delete, func, or_, select, update
from sqlalchemy.dialects.postgresql import ARRAY, insert
from sqlalchemy.ext.asyncio import AsyncConnection

from app.core.database import Database, table_of
from app.core.rows import columns, read_all
from app.jobs.models import FlowControl
from app.jobs.repository.sql import AWAITED, NOW, jobs, status_is
from app.jobs.states import Status

controls = table_of(FlowControl)


class Scope(StrEnum):
    """What a control applies to."""

    QUEUE = "queue"
    TYPE = "type"


@dataclass(frozen=True, slots=True)
class Control:
    """What is set for one queue or type. `max_running` of None: no limit."""

    scope: Scope
    name: str
    paused_at: datetime | None
    max_running: int | None


@dataclass(slots=True)
class Flow:
    """The controls, and how many jobs run beside each: what may still start."""

    controls: Sequence[Control] = ()
    running: Counter[tuple[Scope, str]] = field(default_factory=Counter)

    def find(self, scope: Scope, name: str) -> Control | None:
        """Return what is set for a queue or type."""
        return next((one for one in self.controls if (one.scope, one.name) == (scope, name)), None)

    def free(self, scope: Scope, name: str) -> int | None:
        """Return how many more jobs of a queue or type may start now; None: no control says anything."""
        control = self.find(scope, name)
        if control is None:
            return None
        if control.paused_at is not None:
            return 0
        return None if control.max_running is None else max(0, control.max_running - self.running[scope, name])

    def is_paused(self, scope: Scope, name: str) -> bool:
        """Say whether a queue or type is paused."""
        control = self.find(scope, name)
        return control is not None and control.paused_at is not None

    def free_by_type(self) -> dict[str, int]:
        """Return how many more jobs may start of each type that a control stands for."""
        types = (one.name for one in self.controls if one.scope is Scope.TYPE)
        return {name: self.free(Scope.TYPE, name) or 0 for name in types}

    def start(self, queue: str, job_type: str) -> bool:
        """Book one more running job, if queue and type have room for it."""
        keys = ((Scope.QUEUE, queue), (Scope.TYPE, job_type))
        if any(self.free(*key) == 0 for key in keys):
            return False
        self.running.update(keys)
        return True


def controlled() -> ColumnElement[bool]:
    """Return the condition that a control stands for a job's queue or type."""
    stands = or_(
        and_(controls.c.scope == Scope.QUEUE.value, controls.c.name == jobs.c.queue),
        and_(controls.c.scope == Scope.TYPE.value, controls.c.name == jobs.c.type),
    )
    return select(controls.c.name).where(stands).exists()


_CONTROLS = select(*columns(Control, controls)).order_by(controls.c.scope, controls.c.name)


def _names(scope: Scope, parameter: str) -> ColumnElement[bool]:
    named = controls.c.name == func.any(bindparam(parameter, type_=ARRAY(Text)))
    return (controls.c.scope == scope.value) & named


_LOCKED = _CONTROLS.where(_names(Scope.QUEUE, "queues") | _names(Scope.TYPE, "types")).with_for_update()
_RUNNING = (
    select(jobs.c.queue, jobs.c.type, func.count().label("count"))
    .where(status_is(Status.PROCESSING), jobs.c.lease_expires_at > NOW)
    .group_by(jobs.c.queue, jobs.c.type)
)


def _count(rows: Iterable[Any]) -> Counter[tuple[Scope, str]]:
    counts: Counter[tuple[Scope, str]] = Counter()
    for row in rows:
        counts.update({(Scope.QUEUE, row.queue): row.count, (Scope.TYPE, row.type): row.count})
    return counts


async def read(database: Database, *, counted: bool = False) -> Flow:
    """Return the controls; with what runs when there are any, or when `counted`."""
    found = read_all(Control, await database.rows(_CONTROLS))
    is_limited = any(one.max_running is not None for one in found)
    return Flow(found, _count(await database.rows(_RUNNING)) if is_limited or counted else Counter())


async def lock(connection: AsyncConnection, queues: Iterable[str], types: Iterable[str]) -> Flow:
    """Lock the controls of some queues and types, then count what runs: nobody else can start a job of theirs.

    Two statements, since the second must see what was committed while the first waited.
    """
    names = {"queues": list(set(queues)), "types": list(set(types))}
    found = read_all(Control, await connection.execute(_LOCKED, names))
    return Flow(found, _count((await connection.execute(_RUNNING)).all()))


_new = insert(controls).values(scope=bindparam("of_scope", type_=Text()), name=bindparam("of_name", type_=Text()))
_exact = (
    controls.c.scope == bindparam("of_scope", type_=Text()),
    controls.c.name == bindparam("of_name", type_=Text()),
)
_PAUSE = _new.values(paused_at=NOW).on_conflict_do_update(
    index_elements=[controls.c.scope, controls.c.name],
    set_={"paused_at": func.coalesce(controls.c.paused_at, NOW), "changed_at": NOW},
)
_LIMIT = _new.values(max_running=bindparam("new_limit", type_=Integer())).on_conflict_do_update(
    index_elements=[controls.c.scope, controls.c.name],
    set_={"max_running": bindparam("new_limit", type_=Integer()), "changed_at": NOW},
)
_RESUME = update(controls).where(*_exact).values(paused_at=None, changed_at=NOW)
_DROP_EMPTY = delete(controls).where(*_exact, controls.c.paused_at.is_(None), controls.c.max_running.is_(None))


def _send_now(named: ColumnElement[str]) -> Update:
    sent = (*AWAITED, named == bindparam("of_name", type_=Text()))
    free = select(jobs.c.id).where(*sent).with_for_update(skip_locked=True)
    return update(jobs).where(jobs.c.id.in_(free)).values(dispatch_at=NOW)


_SEND_NOW = {Scope.QUEUE: _send_now(jobs.c.queue), Scope.TYPE: _send_now(jobs.c.type)}


def _named(scope: Scope, name: str) -> dict[str, Any]:
    return {"of_scope": scope.value, "of_name": name}


async def pause(connection: AsyncConnection, scope: Scope, name: str) -> None:
    """Let no job of a queue or type start from now on; running ones go on. May be repeated. The caller commits."""
    await connection.execute(_PAUSE, _named(scope, name))


async def resume(connection: AsyncConnection, scope: Scope, name: str) -> None:
    """Let jobs start again, and have those sent at once that were refused meanwhile. The caller commits."""
    await connection.execute(_RESUME, _named(scope, name))
    await _free(connection, scope, name)


async def limit(connection: AsyncConnection, scope: Scope, name: str, *, max_running: int | None) -> None:
    """Let at most so many jobs run at once, None: any number. The caller commits."""
    await connection.execute(_LIMIT, {**_named(scope, name), "new_limit": max_running})
    await _free(connection, scope, name)


async def _free(connection: AsyncConnection, scope: Scope, name: str) -> None:
    await connection.execute(_DROP_EMPTY, _named(scope, name))
    await connection.execute(_SEND_NOW[scope], {"of_name": name})
