"""F2, F16: jobs that kill their worker every time end after max_crashes, and others hardly notice."""

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import httpx2
import pytest
from sqlalchemy import text

from app.core.database import Database
from app.core.faultpoint import EXIT_CODE
from tests.faults.asking import JOBS, asking, count, echo, post, wait_none_open, wait_started_for
from tests.faults.conftest import LEASE_S, Record
from tests.rig.invariants import check_invariants
from tests.rig.load import quantile
from tests.rig.stack import Stack, eventually

CRASHES = 2
FOREVER_S = 3600.0
WORKERS = 3
SLOTS = 4
POISON = 10
NORMAL = 200
NORMAL_S = 2.0
SLOWER_AT_MOST = 3.0
_ALIVE = text("SELECT count(*) FROM workers WHERE beat_at > now() - interval '5 s'")


async def keep_worker(stack: Stack, **environment: str) -> None:
    """Start a worker again whenever it ends, as a supervisor does."""
    while True:
        worker = stack.python("worker", "-m", "app", "worker", **environment)
        await worker.ended(FOREVER_S)


@asynccontextmanager
async def kept_workers(stack: Stack, count: int, **environment: str) -> AsyncIterator[None]:
    """Keep so many workers until the block ends; then the last ones are left alone."""
    kept = [asyncio.create_task(keep_worker(stack, **environment)) for _ in range(count)]
    try:
        yield
    finally:
        for task in kept:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task


def ends_of_workers(stack: Stack) -> list[int]:
    return [one.popen.wait() for one in stack.processes if one.name == "worker" and not one.is_alive]


def durations_s(rows: dict[str, Any], jobs: list[str]) -> list[float]:
    return [rows[job].times[-1] - rows[job].times[0] for job in jobs]


@pytest.mark.slow
@pytest.mark.case("F2", "3 jobs that call os._exit", "the worker is started again; the jobs end as F16's")
async def test_a_job_that_ends_each_worker_ends_after_its_attempts(
    stack: Stack, database: Database, record: Record
) -> None:
    """The poison has a queue of its own, so one death is one job's."""
    stack.broker()
    stack.scheduler(QUEUES="default,poison")
    client = await stack.api(QUEUES="default,poison")
    await stack.worker()
    await wait_started_for(database, LEASE_S)
    async with kept_workers(stack, 1, QUEUES="poison", WORKER_CONCURRENCY="1", FAULT_POINTS="worker.claimed:exit"):
        bad = await post(client, echo(queue="poison", max_crashes=CRASHES), count=3)
        good = await post(client, echo(sleep_s=0.2), count=100)
        await wait_none_open(database, within_s=len(bad) * CRASHES * (LEASE_S + 12))
    rows = {str(row.id): row for row in await check_invariants(database, lease_s=LEASE_S)}
    assert {(rows[job].status, rows[job].attempt) for job in bad} == {("failed", CRASHES)}
    assert {(rows[job].status, rows[job].attempt) for job in good} == {("completed", 1)}
    assert ends_of_workers(stack) == [EXIT_CODE] * len(bad) * CRASHES
    record("deaths", len(bad) * CRASHES)
    record("normal jobs, p95", f"{quantile(durations_s(rows, good), 0.95):.1f} s")


async def submit(client: httpx2.AsyncClient, *, poison: int) -> tuple[list[str], list[str]]:
    """Submit the normal jobs with the poison spread evenly among them; return the ids of both."""
    normal, bad = echo(sleep_s=NORMAL_S, max_attempts=1), asking(max_crashes=CRASHES)
    each = NORMAL // poison if poison else 0
    bodies = [body for n in range(NORMAL) for body in ([bad, normal] if each and n % each == 0 else [normal])]
    answer = await client.post(f"{JOBS}/batch", json={"jobs": bodies})
    assert answer.status_code == 202, answer.text
    jobs = answer.json()["jobs"]
    good, poisoned = ([job["id"] for job in jobs if (job["type"] == "echo") == is_good] for is_good in (True, False))
    return good, poisoned


@pytest.mark.slow
@pytest.mark.case(
    "F16",
    "10 jobs that kill their worker among 200 on one queue, 3 workers of 4 slots",
    "exactly max_crashes starts, failed worker_lost; the others complete, their p95 below 3 times that without poison",
)
async def test_poison_among_others_ends_and_does_not_hold_them_up(
    stack: Stack, database: Database, record: Record
) -> None:
    """A worker dies when it is about to ask a model, which only the poison does."""
    stack.broker()
    stack.scheduler()
    client = await stack.api()
    async with kept_workers(stack, WORKERS, WORKER_CONCURRENCY=str(SLOTS), FAULT_POINTS="worker.calling:kill"):

        async def all_alive() -> bool:
            return bool((await database.rows(_ALIVE))[0][0] == WORKERS)

        await eventually(all_alive, within_s=60, what="the workers are there")
        await wait_started_for(database, LEASE_S)
        alone, _ = await submit(client, poison=0)
        await wait_none_open(database, within_s=90)
        good, bad = await submit(client, poison=POISON)
        await wait_none_open(database, within_s=240)
    rows = {str(row.id): row for row in await check_invariants(database, lease_s=LEASE_S)}
    assert len(bad) == POISON
    for job in bad:
        assert (rows[job].status, rows[job].names.count("started")) == ("failed", CRASHES)
    assert await count(database, "status = 'failed' AND error_code = 'worker_lost'") == POISON
    assert {rows[job].status for job in (*alone, *good)} == {"completed"}
    before_s, after_s = (quantile(durations_s(rows, jobs), 0.95) for jobs in (alone, good))
    deaths = ends_of_workers(stack)
    assert set(deaths) == {-signal.SIGKILL}
    record("worker deaths", len(deaths))
    record("normal jobs, p95 without poison", f"{before_s:.1f} s")
    record("normal jobs, p95 among poison", f"{after_s:.1f} s, {after_s / before_s:.1f} times")
    record("normal jobs that lost an attempt with their worker", sum(rows[job].attempt > 1 for job in good))
    assert after_s < before_s * SLOWER_AT_MOST
