"""F15: after a 2xx of cancel no job ever becomes completed, and a running call ends with it."""

import asyncio
import random
from pathlib import Path
from typing import Any

import httpx2
import pytest

from app.core.clock import utc_now
from app.core.database import Database
from tests.faults.asking import JOBS, asking, echo, wait_count, wait_none_open
from tests.faults.conftest import Record
from tests.rig.invariants import check_invariants
from tests.rig.load import quantile
from tests.rig.stack import Stack, eventually
from tests.scripted_model.witness import read_calls

RACES = 1000
AT_ONCE = 20
CLOSED_WITHIN_S = 1.0


async def race(client: httpx2.AsyncClient, delay_s: float, sleep_s: float) -> tuple[str, int]:
    """Submit a short job and cancel it a moment later; return its id and the answer's status."""
    body = echo(sleep_s=sleep_s)
    job = (await client.post(JOBS, json=body)).json()["id"]
    await asyncio.sleep(delay_s)
    return job, (await client.post(f"{JOBS}/{job}/cancel")).status_code


@pytest.mark.case("F15", "1,000 races of cancel and finish", "after a 2xx of cancel never completed")
async def test_a_job_whose_cancel_was_granted_never_completes(stack: Stack, database: Database, record: Record) -> None:
    stack.broker()
    client = await stack.api()
    await stack.worker()
    stack.scheduler()
    chance, gate = random.Random(1), asyncio.Semaphore(AT_ONCE)

    async def one(delay_s: float, sleep_s: float) -> tuple[str, int]:
        async with gate:
            return await race(client, delay_s, sleep_s)

    done = await asyncio.gather(*(one(chance.uniform(0, 0.12), chance.uniform(0, 0.05)) for _ in range(RACES)))
    await wait_none_open(database)
    rows = {str(row.id): row for row in await check_invariants(database)}
    granted = {job for job, status in done if status == 200}
    refused = {job for job, status in done if status == 409}
    assert len(granted) + len(refused) == RACES
    assert {rows[job].status for job in granted} == {"cancelled"}
    assert {rows[job].status for job in refused} == {"completed"}
    in_run = sum("cancel_requested" in rows[job].names for job in granted)
    assert min(len(refused), in_run) > RACES / 50, "the races must be close"
    record("granted", len(granted))
    record("of them while running", in_run)
    record("refused, for the job had completed", len(refused))


async def cancel_a_call(client: httpx2.AsyncClient, log: Path) -> float:
    """Cancel a job during its call; return the seconds until the provider saw the connection close."""
    job = (await client.post(JOBS, json=asking("slow:60"))).json()["id"]

    def call() -> dict[str, Any]:
        return next((one for one in read_calls(log) if one["job"] == job), {})

    await eventually(call, what="the call has begun")
    asked = utc_now().timestamp()
    assert (await client.post(f"{JOBS}/{job}/cancel")).status_code == 200
    await eventually(lambda: call()["t1"], what="the call has ended")
    assert call()["disconnected"] is True
    return float(call()["t1"]) - asked


@pytest.mark.case("F15", "cancel of a running model call", "its connection closes within 1 s")
async def test_a_cancelled_job_s_call_is_closed_at_once(stack: Stack, database: Database, record: Record) -> None:
    log = await stack.scripted_model()
    stack.broker()
    client = await stack.api()
    await stack.worker()
    stack.scheduler()
    took = [await cancel_a_call(client, log) for _ in range(3)]
    assert max(took) < CLOSED_WITHIN_S
    await wait_count(database, "status = 'cancelled'", 3)
    await check_invariants(database, calls=log)
    record("closed after", f"{quantile(took, 0.5) * 1000:.0f} ms, at most {max(took) * 1000:.0f} ms")
