"""Every end that nobody asked for has a code other than 0, whatever it was; what was asked for has 0."""

import asyncio
from collections.abc import Sequence

import pytest

from app.core.database import Database
from app.core.loop import LoopThread
from tests.faults.asking import count, echo, post
from tests.rig.stack import Process, Stack

CONSUMER = "from app.core.consumer import Consumer as C; C.start"
LEASES = "from app.jobs.runtime.lease import Leases as L"
# What goes wrong, as a line of Python that is run in the process before it starts.
ENDS = (
    ("worker", "Celery's consumer fails", f"{CONSUMER} = lambda self: 1 / 0"),
    ("worker", "a loop leaves", "from app.worker import WorkerProcess as W; W._beat_forever = broken"),
    ("scheduler", "a loop leaves", "from app.jobs.maintenance.dispatcher import Dispatcher as D; D.run = broken"),
    ("worker", "Celery ends by itself", f"{CONSUMER} = lambda self: self.blueprint.stop(self)"),
    ("worker", "Celery's consumer leaves", f"{CONSUMER} = lambda self: exit()"),
    (
        "worker",
        "a loop fails",
        f"{LEASES}; L.renew_forever = lambda _: anext(iter([]))",
    ),
    ("worker", "its resources fail", "from app.worker import WorkerProcess as W; W.open = lambda self: 1 / 0"),
    ("scheduler", "its start fails", "import app.scheduler; app.scheduler.load_catalog = lambda _: 1 / 0"),
)
BROKEN = "async def broken(*_, **__): raise SystemExit(0)\n"


def start(stack: Stack, name: str, fault: str) -> Process:
    return stack.python(name, "-c", f"{BROKEN}{fault}\nimport app.{name}; app.{name}.main()")


@pytest.mark.parametrize(
    "ends",
    [pytest.param(ENDS[:3], id="some"), pytest.param(ENDS[3:], id="the others", marks=pytest.mark.slow)],
)
@pytest.mark.case("F1", "a worker or scheduler that ends for any reason of its own", "a code other than 0")
async def test_an_end_that_nobody_asked_for_has_a_code(stack: Stack, ends: Sequence[tuple[str, str, str]]) -> None:
    stack.broker()
    ended = {f"{name}: {why}": start(stack, name, fault) for name, why, fault in ends}
    codes = {why: await process.ended() for why, process in ended.items()}
    assert not {why for why, code in codes.items() if code <= 0}, codes


@pytest.mark.slow
@pytest.mark.case("F17", "a worker that reached WORKER_MAX_JOBS", "hands back what runs, code 75, no attempt spent")
async def test_a_worn_worker_hands_back_and_asks_to_be_started_again(stack: Stack, database: Database) -> None:
    stack.broker()
    client, worker = await stack.api(), await stack.worker(WORKER_MAX_JOBS="3")
    stack.scheduler()
    await post(client, echo(), count=3)
    await post(client, echo(sleep_s=60))
    assert await worker.ended() == 75
    assert await count(database, "status = 'pending' AND refunds = 1 AND crashes = 0") == 1
    assert await count(database, "status = 'completed'") == 3


async def test_a_loop_goes_on_when_a_task_of_a_job_leaves() -> None:
    """`sys.exit()` in a task that a job type started must not take every other job's loop with it."""
    loop = LoopThread()

    async def leave() -> None:
        raise SystemExit(0)

    async def start_one_that_leaves() -> None:
        task = asyncio.ensure_future(leave())
        await asyncio.wait([task])
        assert isinstance(task.exception(), SystemExit)

    async def answer() -> int:
        return 42

    await asyncio.to_thread(loop.run, start_one_that_leaves(), 10)
    assert await asyncio.to_thread(loop.run, answer(), 10) == 42
    loop.stop()
