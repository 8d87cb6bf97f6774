"""F2, F16: jobs that kill their worker every time end after max_attempts, and others hardly notice."""

import asyncio
import signal
from contextlib import suppress

import pytest

from app.core.database import Database
from app.core.faultpoint import EXIT_CODE
from tests.faults.asking import echo, post, wait_none_open, wait_started_for
from tests.faults.conftest import LEASE_S, Record
from tests.rig.invariants import check_invariants
from tests.rig.load import quantile
from tests.rig.stack import Stack

ATTEMPTS = 2
POISON = 3
NORMAL = 100
FOREVER_S = 3600.0


async def keep_worker(stack: Stack, **environment: str) -> None:
    """Start a worker again whenever it ends, as a supervisor does."""
    while True:
        worker = await stack.worker(**environment)
        await worker.ended(FOREVER_S)


@pytest.mark.slow
@pytest.mark.timeout(400)
@pytest.mark.parametrize(
    "action",
    [
        pytest.param(
            "exit", marks=pytest.mark.case("F2", "jobs that call os._exit", "the worker is started again; as F16")
        ),
        pytest.param(
            "kill",
            marks=pytest.mark.case(
                "F16", "jobs that kill their worker", "exactly max_attempts starts, failed worker_lost"
            ),
        ),
    ],
)
async def test_a_job_that_kills_each_worker_ends_after_its_attempts(
    stack: Stack, database: Database, record: Record, action: str
) -> None:
    """The poison has a queue of its own, so that its neighbours can be told from it; one worker serves both."""
    stack.broker()
    stack.scheduler(QUEUES="default,poison")
    client = await stack.api(QUEUES="default,poison")
    poisoned = asyncio.create_task(
        keep_worker(stack, QUEUES="poison", WORKER_CONCURRENCY="1", FAULT_POINTS=f"worker.claimed:{action}")
    )
    await stack.worker()
    await wait_started_for(database, LEASE_S)
    bad = await post(client, echo(queue="poison", max_attempts=ATTEMPTS), count=POISON)
    good = await post(client, echo(sleep_s=0.2), count=NORMAL)
    await wait_none_open(database, within_s=POISON * ATTEMPTS * (LEASE_S + 12))
    poisoned.cancel()
    with suppress(asyncio.CancelledError):
        await poisoned
    rows = {str(row.id): row for row in await check_invariants(database, lease_s=LEASE_S)}
    assert {(rows[job].status, rows[job].attempt) for job in bad} == {("failed", ATTEMPTS)}
    assert {(rows[job].status, rows[job].attempt) for job in good} == {("completed", 1)}
    codes = {one.popen.returncode for one in stack.processes if one.name == "worker" and not one.is_alive}
    assert codes == {EXIT_CODE if action == "exit" else -signal.SIGKILL}
    times = [rows[job].times[-1] - rows[job].times[0] for job in good]
    record("normal jobs, p95", f"{quantile(times, 0.95):.1f} s")
