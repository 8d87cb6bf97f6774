"""When Flower counts as deaf, told by its own state."""

import asyncio
from typing import Any

import pytest
from flower.events import EventsState
from redis.exceptions import ConnectionError as RedisConnectionError

from app import flower
from app.core.clock import utc_now
from app.core.stall import LOOK_EVERY_S

LOOKS = 5
DEAF_AFTER_S = LOOKS * LOOK_EVERY_S
MANY = 50
WORKERS = 500
TASK = {"type": "task-received", "name": "echo", "timestamp": 1.0, "local_received": 1.0, "clock": 1}


class Broker:
    """Counts how often it is asked; one look asks once."""

    def __init__(self, *, is_away: bool = False) -> None:
        self.asked = 0
        self.is_away = is_away

    async def ping(self) -> None:
        self.asked += 1
        if self.is_away:
            raise RedisConnectionError


@pytest.fixture(autouse=True)
def sleeps(monkeypatch: pytest.MonkeyPatch) -> list[None]:
    """Make a look take no time; returns one entry for each."""
    slept: list[None] = []

    async def sleep(_: float) -> None:
        slept.append(None)
        if len(slept) == MANY:
            raise asyncio.CancelledError
        await real_sleep(0)

    real_sleep = asyncio.sleep
    monkeypatch.setattr(asyncio, "sleep", sleep)
    return slept


@pytest.fixture
def state() -> Any:
    return EventsState(max_tasks_in_memory=10)


def tell(state: Any, kind: str, worker: str = "worker-1", *, ago_s: float = 0.0) -> None:
    at_s = utc_now().timestamp() - ago_s
    state.event({"type": f"worker-{kind}", "hostname": worker, "timestamp": at_s, "local_received": at_s, "clock": 1})


async def is_deaf(state: Any, broker: Broker) -> bool:
    """Say whether the watch ends by itself within MANY looks."""
    watching = asyncio.ensure_future(flower.watch(state, broker, deaf_after_s=DEAF_AFTER_S))  # type: ignore[arg-type]
    await asyncio.wait({watching})
    return not watching.cancelled()


async def test_one_that_heard_a_worker_and_then_nothing_is_deaf(state: Any) -> None:
    broker = Broker()
    tell(state, "heartbeat")
    assert await is_deaf(state, broker)
    assert broker.asked == LOOKS + 1, "the first look hears the heartbeat"


async def test_one_that_never_heard_a_worker_is_not_so_it_is_not_restarted_again_and_again(state: Any) -> None:
    assert not await is_deaf(state, Broker())


async def test_one_whose_workers_all_said_goodbye_is_not(state: Any) -> None:
    tell(state, "heartbeat")
    tell(state, "offline")
    assert not await is_deaf(state, Broker())


async def test_one_worker_that_did_not_is_enough(state: Any) -> None:
    tell(state, "heartbeat")
    tell(state, "heartbeat", "worker-2")
    tell(state, "offline")
    assert await is_deaf(state, Broker())


async def test_an_unreachable_broker_is_no_reason(state: Any) -> None:
    tell(state, "heartbeat")
    assert not await is_deaf(state, Broker(is_away=True))


async def test_one_that_goes_on_hearing_is_not(state: Any, sleeps: list[None]) -> None:
    class Worker(Broker):
        async def ping(self) -> None:
            await super().ping()
            if self.asked % (LOOKS - 1) == 0:
                tell(state, "heartbeat")

    tell(state, "heartbeat")
    assert not await is_deaf(state, Worker())
    assert len(sleeps) == MANY


def kept(state: Any) -> set[str]:
    """Return the workers of which anything is kept: themselves, what was counted of them, and labels."""
    metrics = vars(state.metrics).values()
    return {*state.workers, *state.counter, *(labels[0] for metric in metrics for labels in metric._metrics)}


def test_workers_that_come_and_go_leave_nothing(state: Any) -> None:
    flower.forget_gone(state)
    before = kept(state)
    for number in range(WORKERS):
        gone_s = flower.PURGE_AFTER_S + 1 if number % 2 else 0
        tell(state, "heartbeat", f"gone-{number}", ago_s=gone_s)
        state.event({**TASK, "hostname": f"gone-{number}", "uuid": str(number)})
        if not gone_s:
            tell(state, "offline", f"gone-{number}")
    tell(state, "heartbeat", "here")
    tell(state, "heartbeat", "killed", ago_s=flower.PURGE_AFTER_S - 60)
    assert len(kept(state) - before) == WORKERS + 2
    flower.forget_gone(state)
    assert kept(state) - before == {"here", "killed"}
