"""All SQL of the health checks: what PostgreSQL says of itself, of its tables, and of the workers of a host."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, Float, Row, Text, bindparam, func, select, text
from sqlalchemy.dialects.postgresql import ARRAY

from app.core.database import Database, table_of
from app.core.rows import columns, read_all
from app.jobs.models import Worker
from app.jobs.repository.sql import NOW, jobs, seconds, status_is
from app.jobs.repository.workers import IS_LIVE
from app.jobs.states import Status

_workers = table_of(Worker)


@dataclass(frozen=True, slots=True)
class Schema:
    """The migration that the tables are at, and the oldest revision whose code they still support."""

    revision: str
    compatible_from: str


@dataclass(frozen=True, slots=True)
class HostWorker:
    """A live worker of a host; `is_stalled`: it has a free slot and has claimed nothing for a while."""

    id: str
    is_stalled: bool


_TAKES_WRITES = text("SELECT NOT pg_is_in_recovery() AND current_setting('transaction_read_only') = 'off' AS found")
_HAS_REVISION = text("SELECT to_regclass('alembic_version') IS NOT NULL AS found")
# Whatever columns the table has: before 0013 there is no `compatible_from`.
_REVISION = text("SELECT to_jsonb(one) AS found FROM alembic_version AS one")
_is_stalled = (_workers.c.busy < _workers.c.slots) & (
    func.coalesce(_workers.c.claimed_at, _workers.c.started_at) < NOW - seconds(bindparam("idle_s", type_=Float()))
)
_OF_HOST = select(*columns(HostWorker, _workers, is_stalled=_is_stalled)).where(
    _workers.c.host == bindparam("of_host", type_=Text()), IS_LIVE
)
_OVERDUE = (
    select(func.count().label("count"))
    .select_from(jobs)
    .where(
        status_is(Status.PENDING),
        jobs.c.queue == func.any(bindparam("of_queues", type_=ARRAY(Text()))),
        jobs.c.run_at < NOW - seconds(bindparam("late_s", type_=Float())),
        jobs.c.dispatch_count > 0,
    )
)


async def takes_writes(database: Database) -> bool:
    """Say whether PostgreSQL takes writes: it is neither a standby nor read-only."""
    row = await database.row(_TAKES_WRITES)
    return bool(row is not None and row.found)


async def find_schema(database: Database) -> Schema | None:
    """Return what the tables are at; None where no migration was ever run."""
    has_table = await database.row(_HAS_REVISION)
    return _schema(await database.row(_REVISION)) if has_table and has_table.found else None


def read_schema(connection: Connection) -> Schema | None:
    """As `find_schema`, on the connection of a migration."""
    has_table = connection.execute(_HAS_REVISION).scalar_one()
    return _schema(connection.execute(_REVISION).one_or_none()) if has_table else None


def _schema(row: Row[tuple[dict[str, str]]] | None) -> Schema | None:
    if row is None:
        return None
    revision = row.found["version_num"]
    return Schema(revision, row.found.get("compatible_from", revision))


async def find_workers_of(database: Database, host: str, *, idle_s: float) -> Sequence[HostWorker]:
    """Return the live workers of a host; stalled are those that have claimed nothing for `idle_s`."""
    return read_all(HostWorker, await database.rows(_OF_HOST, {"of_host": host, "idle_s": idle_s}))


async def count_overdue(database: Database, queues: Sequence[str], *, late_s: float) -> int:
    """Return how many jobs of some queues were sent to the broker and have been due for `late_s`."""
    row = await database.row(_OVERDUE, {"of_queues": list(queues), "late_s": late_s})
    return int(row.count) if row else 0
