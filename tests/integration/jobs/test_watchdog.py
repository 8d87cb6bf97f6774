"""The worker's watchdog, with a real broker and a receiver that is moved by hand."""

from dataclasses import dataclass

import pytest
from prometheus_client import REGISTRY
from redis.asyncio import Redis

from app.core.broker_messages import list_key
from app.core.redis import connect
from app.core.stall import LOOK_EVERY_S
from app.jobs.runtime import watchdog
from app.jobs.runtime.watchdog import Watchdog
from tests.rig.ports import free_port

LOOKS = 3
SLOTS = 2


@dataclass
class Receiver:
    arrived: int = 0
    in_hand: int = 0


class Scene:
    def __init__(self, redis: Redis) -> None:
        self.redis = redis
        self.receiver = Receiver()
        self.ends = 0
        self.watchdog = Watchdog(
            redis, self.receiver, queues=("one", "two"), slots=SLOTS, limit_s=LOOKS * LOOK_EVERY_S, end=self.end
        )

    def end(self) -> None:
        self.ends += 1

    async def looks(self, count: int) -> list[bool]:
        return [await self.watchdog.look() for _ in range(count)]


@pytest.fixture
async def scene(redis: Redis) -> Scene:
    await redis.lpush(list_key("two", 3), b"a message")
    return Scene(redis)


async def test_a_worker_that_gets_nothing_of_what_waits_is_deaf(scene: Scene) -> None:
    scene.receiver.in_hand = SLOTS - 1
    assert await scene.looks(LOOKS) == [False, False, True]
    assert REGISTRY.get_sample_value("headrace_worker_deaf_seconds") == LOOKS * LOOK_EVERY_S


async def test_one_message_is_enough(scene: Scene) -> None:
    await scene.looks(LOOKS - 1)
    scene.receiver.arrived += 1
    assert await scene.looks(LOOKS) == [False] * LOOKS


async def test_one_without_a_free_slot_is_not_deaf(scene: Scene) -> None:
    scene.receiver.in_hand = SLOTS
    assert await scene.looks(2 * LOOKS) == [False] * 2 * LOOKS


async def test_one_for_whom_nothing_waits_is_not_deaf(scene: Scene) -> None:
    await scene.redis.flushall()
    await scene.redis.lpush(list_key("three", 3), b"for others")
    assert await scene.looks(2 * LOOKS) == [False] * 2 * LOOKS


async def test_an_unreachable_broker_is_no_reason(scene: Scene) -> None:
    scene.watchdog._redis = connect(f"redis://127.0.0.1:{free_port()}/0")
    assert await scene.looks(2 * LOOKS) == [False] * 2 * LOOKS


async def test_a_look_that_fails_begins_the_count_anew(scene: Scene) -> None:
    await scene.looks(LOOKS - 1)
    scene.watchdog._redis = connect(f"redis://127.0.0.1:{free_port()}/0")
    await scene.watchdog.look()
    scene.watchdog._redis = scene.redis
    assert await scene.looks(LOOKS) == [False, False, True]


async def test_a_deaf_worker_is_ended_once(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watchdog, "LOOK_EVERY_S", 0.001)
    await scene.watchdog.run()
    assert scene.ends == 1
