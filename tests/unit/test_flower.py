"""When Flower counts as deaf, told by its own state."""

import asyncio
from typing import Any

import pytest
from flower.events import EventsState
from redis.exceptions import ConnectionError as RedisConnectionError

from app import flower
from app.core.stall import LOOK_EVERY_S

LOOKS = 5
DEAF_AFTER_S = LOOKS * LOOK_EVERY_S
MANY = 50


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


def tell(state: Any, kind: str, worker: str = "worker-1") -> None:
    state.event({"type": f"worker-{kind}", "hostname": worker, "timestamp": 1.0, "local_received": 1.0, "clock": 1})


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
