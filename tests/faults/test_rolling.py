"""F17: workers replaced one after another under load; no attempt is spent and no job waits longer than the grace."""

import asyncio
import signal
from typing import Any

import pytest

from app.core.clock import monotonic_s
from app.core.database import Database
from app.core.redis import connect
from app.jobs.broker_buffer import depths
from tests.faults.asking import asking, count, echo, post, wait_count, wait_none_open
from tests.faults.conftest import Record
from tests.rig.invariants import check_invariants
from tests.rig.load import Load
from tests.rig.stack import Process, Stack, eventually
from tests.scripted_model.witness import read_calls

GRACE_S = 5.0
EACH_S = 5.0
ROUNDS = 5
WORKERS = 2
JOBS = 5


def waits(row: Any) -> list[float]:
    """Return how long the job waited before each of its starts."""
    return [
        at - before
        for name, before, at in zip(row.names[1:], row.times[:-1], row.times[1:], strict=True)
        if name == "started"
    ]


@pytest.mark.slow
@pytest.mark.case(
    "F17", "rolling SIGTERM of workers every 5 s", "no attempt spent; no job waits longer than the grace period"
)
async def test_workers_replaced_one_by_one_cost_no_attempt(stack: Stack, database: Database, record: Record) -> None:
    log = await stack.scripted_model()
    environment = {"GRACE_S": str(GRACE_S), "WORKER_CONCURRENCY": "30"}
    stack.broker()
    stack.scheduler()
    client = await stack.api()
    serving: list[Process] = [await stack.worker(**environment) for _ in range(WORKERS)]
    # one in ten takes longer than the grace period
    load = Load(client, lambda number: asking("slow:8" if number % 10 == 0 else "slow:0.5"))
    submitting = asyncio.create_task(load.send(int(20 * EACH_S * ROUNDS), per_s=20))
    await wait_count(database, "status = 'completed'", 10)
    in_flight, stopping = 0, []
    for _ in range(ROUNDS):
        until_s = monotonic_s() + EACH_S
        serving.append(await stack.worker(**environment))
        old = serving.pop(0)
        in_flight += await count(database, f"status = 'processing' AND worker IN {_of(old)}")
        old.signal(signal.SIGTERM)
        stopping.append(asyncio.create_task(old.ended(GRACE_S + 8)))
        await asyncio.sleep(until_s - monotonic_s())
    codes = await asyncio.gather(*stopping)
    await submitting
    await wait_none_open(database)
    rows = await check_invariants(database, accepted=load.accepted, calls=log)
    assert {(row.status, row.attempt - row.refunds) for row in rows} == {("completed", 1)}
    assert not any("lease_expired" in row.names for row in rows)
    assert set(codes) == {0}
    extra = len(read_calls(log)) - len(rows)
    longest_s = max(wait for row in rows for wait in waits(row))
    assert extra <= in_flight
    assert longest_s < GRACE_S
    record("jobs", len(rows))
    record("handed back", sum(row.refunds for row in rows))
    record("extra calls", f"{extra} of {in_flight} in flight")
    record("longest wait for a start", f"{longest_s:.1f} s")


def _of(worker: Process) -> str:
    return f"(SELECT id FROM workers WHERE pid = {worker.popen.pid})"


@pytest.mark.case("F17", "a job that a stopping worker just took from the broker", "back on its list at once")
async def test_a_stopping_worker_keeps_no_message(stack: Stack, database: Database) -> None:
    stack.broker()
    client, old = await stack.api(), await stack.worker(GRACE_S="60")
    stack.scheduler()
    await post(client, echo(sleep_s=60))
    await wait_count(database, "status = 'processing'", 1)
    redis = connect(stack.settings.redis_url.get_secret_value())
    old.signal(signal.SIGTERM)
    await eventually(lambda: b"stopping" in old.log.read_bytes(), what="the worker stops")
    await post(client, echo(), count=JOBS)  # the first is handed to the one whose wait is the oldest

    async def all_wait() -> bool:
        waiting = await count(database, "status = 'pending'")
        return waiting > 0 and (await depths(redis, ("default",)))["default"] == waiting

    await eventually(all_wait, what="every message waits for another worker")
    assert old.is_alive
    await redis.aclose()
    await check_invariants(database, quiet=False)
