"""F4: a worker that freezes past its lease and then goes on writes nothing."""

import asyncio
import signal
from pathlib import Path

import httpx2
import pytest

from app.core.database import Database
from tests.faults.asking import asking, count, post, wait_count, wait_none_open, wait_started_for
from tests.faults.conftest import LEASE_S, Record
from tests.rig.exposition import scrape
from tests.rig.invariants import ResultWatch, check_invariants
from tests.rig.ports import free_port
from tests.rig.stack import Process, Stack, eventually

WAIT_S = LEASE_S * 1.5


def state(process: Process) -> str:
    """Return the letter by which Linux says what a process does: T is stopped."""
    return Path(f"/proc/{process.popen.pid}/stat").read_text().rpartition(")")[2].split()[0]


async def outcomes(port: int, count: int) -> dict[str, float]:
    """Wait until so many attempts have ended at a worker, and return how many ended in which way."""
    found: dict[str, float] = {}

    async def have_ended() -> bool:
        samples = await scrape(client, f"http://127.0.0.1:{port}/metrics")
        for (name, labels), ended in samples.items():
            if name == "headrace_attempts_total" and ended and dict(labels)["type"] == "summarize":
                found[dict(labels)["outcome"]] = ended
        return sum(found.values()) >= count

    async with httpx2.AsyncClient() as client:
        await eventually(have_ended, what=f"{count} attempts have ended")
    return found


@pytest.mark.case("F4", "worker stopped between answer and write, past its lease", "the fence refuses the late write")
async def test_the_fence_refuses_what_a_frozen_worker_writes_late(
    stack: Stack, database: Database, record: Record
) -> None:
    log, port = await stack.scripted_model(), free_port()
    stack.broker()
    stack.scheduler()
    client = await stack.api()
    frozen = await stack.worker(FAULT_POINTS="worker.answered:stop:1", METRICS_PORT=str(port))
    await wait_started_for(database, LEASE_S)
    await post(client, asking())
    await eventually(lambda: state(frozen) == "T", what="the worker has stopped itself")
    await stack.worker()
    await wait_none_open(database)
    watch = ResultWatch(database)
    await watch.look()
    frozen.signal(signal.SIGCONT)
    assert await outcomes(port, 1) == {"stale": 1}
    assert not await watch.look()
    (row,) = await check_invariants(database, calls=log, lease_s=LEASE_S)
    assert (row.status, row.attempt) == ("completed", 2)
    record("late writes refused by the fence", 1)


@pytest.mark.slow
@pytest.mark.case("F4", "SIGSTOP in mid-call for a lease and a half", "results of attempt n+1 only; the worker goes on")
async def test_a_worker_frozen_in_mid_call_gives_up_its_jobs_and_takes_new_ones(
    stack: Stack, database: Database, record: Record
) -> None:
    log, port = await stack.scripted_model(), free_port()
    stack.broker()
    stack.scheduler()
    client = await stack.api()
    frozen = await stack.worker(METRICS_PORT=str(port))
    await wait_started_for(database, LEASE_S)
    await post(client, asking("slow:3"), count=20)
    await wait_count(database, "status = 'processing'", 20)
    frozen.signal(signal.SIGSTOP)
    other = await stack.worker()
    await asyncio.sleep(WAIT_S)  # the fault lasts so long, and until the other has all of its jobs
    await wait_count(database, "attempt > 1", 20)
    frozen.signal(signal.SIGCONT)
    await wait_none_open(database)
    watch = ResultWatch(database)
    await watch.look()
    ended = await outcomes(port, 20)
    assert ended.keys() <= {"lost", "stale"}
    assert sum(ended.values()) == 20
    other.signal(signal.SIGTERM)
    await other.ended()
    await post(client, asking(), count=5)
    await wait_none_open(database)
    assert not await watch.look()
    assert await count(database, "status = 'completed' AND attempt = 2") == 20
    await check_invariants(database, calls=log, lease_s=LEASE_S)
    record("late results refused", 20)
