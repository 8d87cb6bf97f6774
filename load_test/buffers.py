"""How many buffers the statements of the application read: the same whatever a machine does besides."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import event, text

from app.auth.caller import SERVICE_OWNER_ID
from app.core.database import Database
from app.jobs.broker_buffer import DEFAULT
from app.jobs.repository import claim, counts, dispatch, read
from app.jobs.repository.read import JobFilter
from app.jobs.rows import ClaimRequest
from app.jobs.states import ShownStatus
from app.ops.stats.service import Stats

MOST = 2.0  # times as many for a hundred times the backlog
PAGE = 50
ROOM = 64
_EXPLAIN = "EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) "
_FIRST = text("SELECT id FROM jobs WHERE status = 'pending' ORDER BY run_at, id LIMIT 1")
_UNCLAIM = text("""
    UPDATE jobs SET status = 'pending', lease_expires_at = NULL, claim_token = NULL, claimed_at = NULL
    WHERE status = 'processing'
""")
_VACUUM = text("VACUUM ANALYZE jobs, job_events")


@dataclass(frozen=True, slots=True)
class Sent:
    """One statement as it went to PostgreSQL, with its parameters."""

    sql: str
    parameters: Any


@contextmanager
def listening(database: Database) -> Iterator[list[Sent]]:
    """Yield the statements that this pool sends within the block."""
    sent: list[Sent] = []

    def keep(_connection: Any, _cursor: Any, sql: str, parameters: Any, *_: Any) -> None:
        sent.append(Sent(sql, parameters))

    event.listen(database.engine.sync_engine, "before_cursor_execute", keep)
    try:
        yield sent
    finally:
        event.remove(database.engine.sync_engine, "before_cursor_execute", keep)


@asynccontextmanager
async def undone(database: Database) -> AsyncIterator[Any]:
    """Yield a connection whose changes are taken back."""
    async with database.engine.execution_options(isolation_level="READ COMMITTED").connect() as connection:
        transaction = await connection.begin()
        try:
            yield connection
        finally:
            await transaction.rollback()


async def explain(database: Database, one: Sent) -> Mapping[str, Any]:
    """Return the executed plan of a statement, whose changes are taken back."""
    async with undone(database) as connection:
        answer = (await connection.exec_driver_sql(_EXPLAIN + one.sql, one.parameters)).scalar_one()
    plan: Mapping[str, Any] = (json.loads(answer) if isinstance(answer, str) else answer)[0]["Plan"]
    return plan


async def buffers(database: Database, verb: Callable[[], Awaitable[Any]]) -> list[int]:
    """Return how many buffers each statement of a verb reads. The verb runs once, and each statement once more."""
    with listening(database) as sent:
        await verb()
    await database.rows(_UNCLAIM)
    plans = [await explain(database, one) for one in sent]
    return [plan["Shared Hit Blocks"] + plan["Shared Read Blocks"] for plan in plans]


async def measure(database: Database) -> dict[str, int]:
    """Return the buffers that each verb reads at the present backlog, dispatching and claiming a few of its jobs."""
    figures = {}
    for name, verb in (await _verbs(database)).items():
        figures[name] = sum(await buffers(database, verb))
    await counts.add_up(database)  # as the scheduler does now and then
    return {**figures, "stats": sum(await buffers(database, Stats(database).read))}


async def _verbs(database: Database) -> dict[str, Callable[[], Awaitable[Any]]]:
    row = await database.row(_FIRST)
    first: UUID = row.id if row else uuid4()

    def page(status: ShownStatus | None) -> Callable[[], Awaitable[Any]]:
        return lambda: read.find_page(database, SERVICE_OWNER_ID, JobFilter(status=status), limit=PAGE + 1)

    return {
        **{f"list {status or 'all'}": page(status) for status in (None, *ShownStatus)},
        "dispatch": lambda: dispatch.take_due(database, "default", DEFAULT, room=ROOM),
        "claim": lambda: claim.claim(database, [ClaimRequest(first, uuid4())], worker="bench", lease_s=60),
    }


async def vacuum(database: Database) -> None:
    """Bring the visibility map and the planner's statistics up to date, as autovacuum does soon."""
    await database.rows(_VACUUM)
