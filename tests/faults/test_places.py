"""A model with one place over the real stack: one call at a time by its own log, few slots held, no place lost."""

import asyncio
import signal
from itertools import pairwise

import httpx2

from app.core.database import Database
from tests.faults.asking import JOBS, asking, count, post, wait_count, wait_none_open
from tests.faults.governed_stack import small, submit
from tests.rig.invariants import check_invariants
from tests.rig.stack import Stack, eventually
from tests.scripted_model.witness import read_calls

LATENCY_S = 0.2
MOST_SLOTS = 8  # of 25: one that is answered, two that wait for its place, and some on their way on a busy machine


async def reasons(client: httpx2.AsyncClient, job: str) -> set[str]:
    found = (await client.get(f"{JOBS}/{job}/explain")).json()
    return {one["code"] for one in found["reasons"]}


async def test_jobs_wait_for_a_models_only_place_outside_of_the_slots(stack: Stack, database: Database) -> None:
    provider = await stack.provider(latency_s=LATENCY_S)
    stack.environment |= {"LLM_MAX_IN_FLIGHT": "1", "WORKER_CONCURRENCY": "20"}
    stack.broker()
    client = await stack.api()
    ids = await submit(client, [small(number) for number in range(25)])
    stack.scheduler()
    await asyncio.gather(*(stack.worker() for _ in range(2)))
    held = []
    said: set[str] = set()

    async def watched() -> bool:
        held.append(await count(database, "status = 'processing'"))
        said.update(await reasons(client, ids[-1]))
        return await count(database, "finished_at IS NULL") == 0

    await eventually(watched, within_s=90, what="every job ends")
    rows = await check_invariants(database, calls=provider.log)
    assert {(row.status, row.attempt - row.refunds) for row in rows} == {("completed", 1)}
    calls = read_calls(provider.log)
    assert min(other["t0"] - one["t0"] for one, other in pairwise(calls)) >= LATENCY_S  # an answer comes no sooner
    assert len(calls) == 25
    assert max(held) <= MOST_SLOTS, held
    assert "model_busy" in said


async def test_the_place_of_a_killed_worker_is_free_again(stack: Stack, database: Database) -> None:
    provider = await stack.provider()
    stack.environment |= {"LLM_MAX_IN_FLIGHT": "1", "LLM_TIMEOUT_S": "4"}
    stack.broker()
    client = await stack.api()
    stack.scheduler()
    worker = await stack.worker()
    await post(client, asking("hang,ok"))
    await eventually(lambda: read_calls(provider.log), what="a call is under way")
    worker.signal(signal.SIGKILL)
    await stack.worker()
    await post(client, asking(), count=3)
    await wait_count(database, "status = 'completed'", 4, within_s=60)
    await wait_none_open(database)
    await check_invariants(database, calls=provider.log)
