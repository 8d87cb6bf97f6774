"""A stack whose worker asks a scripted provider, for the governor's tests under faults."""

import asyncio
from typing import Any

import httpx2

from app.core.database import Database
from tests.faults.asking import JOBS, wait_none_open
from tests.rig.invariants import check_invariants
from tests.rig.stack import Stack
from tests.scripted_model.process import ScriptedModel

WORKERS = 2


def small(number: int, **more: Any) -> dict[str, Any]:
    return {"type": "summarize", "input": {"text": f"Mill {number} was built in 1784."}, **more}


async def submit(client: httpx2.AsyncClient, jobs: list[dict[str, Any]]) -> list[str]:
    answer = await client.post(f"{JOBS}/batch", json={"jobs": jobs})
    assert answer.status_code == 202, answer.text
    return [job["id"] for job in answer.json()["jobs"]]


async def begin(stack: Stack, jobs: list[dict[str, Any]], *, slots: int = 20, **settings: str) -> list[str]:
    """Submit jobs to a stack whose provider runs, and start the workers behind them; return the ids."""
    stack.environment |= {**settings, "WORKER_CONCURRENCY": str(slots)}
    stack.broker()
    ids = await submit(await stack.api(), jobs)
    stack.scheduler()
    await asyncio.gather(*(stack.worker() for _ in range(WORKERS)))
    return ids


async def check_nothing_spent(database: Database, provider: ScriptedModel) -> None:
    """Assert that all jobs completed in one attempt that counts, whatever they waited for."""
    await wait_none_open(database)
    rows = await check_invariants(database, calls=provider.log)
    assert {(row.status, row.attempt - row.refunds) for row in rows} == {("completed", 1)}
