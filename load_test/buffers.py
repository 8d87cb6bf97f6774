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
from app.jobs.outcomes import AttemptUsage, Completed
from app.jobs.repository import attempt_end, claim, counts, dispatch, read
from app.jobs.repository.job_filter import JobFilter
from app.jobs.rows import Claim, ClaimRequest
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
# As the claim has left it, so that the end can be written once more; its claim keeps the token.
_UNEND = text("""
    UPDATE jobs SET status = 'processing', lease_expires_at = now() + interval '1 minute', finished_at = NULL,
           result = NULL, version = version - 1
    WHERE worker = 'bench' AND status = 'completed'
""")
_UNTOLD = text("DELETE FROM job_events WHERE worker = 'bench' AND name = 'completed'")
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
    for name, verb in _lists(database).items():
        figures[name] = sum(await buffers(database, verb))
    await counts.add_up(database)  # as the scheduler does now and then
    return {**figures, **await of_a_job(database), "stats": sum(await buffers(database, Stats(database).read))}


async def of_a_job(database: Database) -> dict[str, int]:
    """Return the buffers that dispatching a few jobs reads, and the claim and the end of one."""
    row = await database.row(_FIRST)
    first: UUID = row.id if row else uuid4()
    figures = {
        "dispatch": sum(await buffers(database, lambda: dispatch.take_due(database, "default", DEFAULT, room=ROOM))),
        "claim": sum(await buffers(database, lambda: _claim(database, first))),
    }
    [claimed] = await _claim(database, first)
    if claimed is not None:
        end = attempt_end.ended(claimed, Completed({"message": "hello"}), AttemptUsage())
        with listening(database) as sent:
            await attempt_end.write(database, [end])
        await database.rows(_UNEND)
        await database.rows(_UNTOLD)
        plans = [await explain(database, one) for one in sent]
        figures["finish"] = sum(plan["Shared Hit Blocks"] + plan["Shared Read Blocks"] for plan in plans)
        await database.rows(_UNCLAIM)
    return figures


async def _claim(database: Database, job_id: UUID) -> list[Claim | None]:
    return await claim.claim(database, [ClaimRequest(job_id, uuid4())], worker="bench", lease_s=60)


def _lists(database: Database) -> dict[str, Callable[[], Awaitable[Any]]]:
    def page(status: ShownStatus | None) -> Callable[[], Awaitable[Any]]:
        return lambda: read.find_page(database, SERVICE_OWNER_ID, JobFilter(status=status), limit=PAGE + 1)

    return {
        **{f"list {status or 'all'}": page(status) for status in (None, *ShownStatus)},
    }


async def vacuum(database: Database) -> None:
    """Bring the visibility map and the planner's statistics up to date, as autovacuum does soon."""
    await database.rows(_VACUUM)
