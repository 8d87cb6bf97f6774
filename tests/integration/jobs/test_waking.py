"""A dispatcher with nothing to do rests, and starts at once what is submitted, becomes due or is given back."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from uuid import uuid4

import pytest
from redis.asyncio import Redis

from app.core.database import Database
from app.core.redis import connect
from app.core.settings import Settings
from app.jobs.broker_buffer import WAKE_KEY, DirectSender, wait_for_wake, wake
from app.jobs.maintenance import dispatcher as dispatching
from app.jobs.maintenance.dispatcher import Dispatcher
from app.jobs.outcomes import AttemptUsage, JobError, Retry
from app.jobs.repository import backlog, waits
from tests.rig import jobs
from tests.rig.dispatching import sent
from tests.rig.ports import free_port
from tests.rig.stack import eventually


class Counting(Dispatcher):
    """A dispatcher that counts its ticks."""

    ticks = 0

    async def tick(self) -> bool:
        self.ticks += 1
        return await super().tick()


@asynccontextmanager
async def resting(
    settings: Settings, database: Database, redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Counting]:
    """Yield a dispatcher that rests, and would for ten seconds."""
    monkeypatch.setattr(dispatching, "IDLE_TICK_S", 10.0)
    monkeypatch.setattr(dispatching, "IDLE_AFTER_S", 0.1)
    waking = connect(settings.redis_url.get_secret_value(), timeout_s=20)
    one = Counting(database, redis, ["default"], epoch=uuid4().hex, waking=waking)
    running = asyncio.create_task(one.run())
    try:
        await until(lambda: one.ticks >= 1)
        await asyncio.sleep(0.5)
        yield one
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await waking.aclose()


async def until(condition: Callable[[], bool]) -> None:
    async def holds() -> bool:
        return condition()

    await eventually(holds, within_s=5, what="it ticks")


async def sent_soon(redis: Redis, count: int) -> None:
    async def is_sent() -> bool:
        return len(await sent(redis)) == count

    await eventually(is_sent, within_s=5, what=f"{count} sent")


async def test_it_rests_while_nothing_is_to_do(
    settings: Settings, database: Database, redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with resting(settings, database, redis, monkeypatch) as one:
        before = one.ticks
        await jobs.insert(database, delay_s=1000.0)
        await asyncio.sleep(1)
        assert one.ticks == before


async def test_a_submit_wakes_it(
    settings: Settings, database: Database, redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    sender = DirectSender(database, redis, ["default"])
    running = asyncio.create_task(sender.run())
    async with resting(settings, database, redis, monkeypatch):
        await jobs.insert(database)
        sender.send_soon([], others=True)
        await sent_soon(redis, 1)
    running.cancel()


async def test_it_is_there_when_something_becomes_due(
    settings: Settings, database: Database, redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with resting(settings, database, redis, monkeypatch) as one:
        await jobs.insert(database, delay_s=1.0)
        await wake(redis)  # as its submit does
        begun_ticks = one.ticks
        await sent_soon(redis, 1)
        assert one.ticks - begun_ticks < 20


async def test_it_does_not_rest_while_a_job_runs(
    settings: Settings, database: Database, redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    await jobs.claim(database, await jobs.insert(database))
    async with resting(settings, database, redis, monkeypatch) as one:
        before = one.ticks
        await until(lambda: one.ticks > before + 2)


async def test_without_redis_it_looks_again_soon(
    settings: Settings, database: Database, redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with resting(settings, database, redis, monkeypatch) as one:
        before = one.ticks
        one._redis = one._waking = connect(f"redis://127.0.0.1:{free_port()}/0")
        await wake(redis)
        await until(lambda: one.ticks > before + 2)
        await one._redis.aclose()


async def test_a_wake_is_kept_for_who_comes_later_and_takes_one_place(redis: Redis) -> None:
    for _ in range(5):
        await wake(redis)
    assert await redis.llen(WAKE_KEY) == 1
    async with asyncio.timeout(10):
        await wait_for_wake(redis, 0.45)
    waiting = asyncio.create_task(wait_for_wake(redis, 0.4))
    assert await asyncio.wait([waiting], timeout=0.2) == (set(), {waiting})
    async with asyncio.timeout(10):
        await waiting


async def test_what_is_to_come_is_told(database: Database) -> None:
    look = backlog.look_ahead
    assert await look(database, ["default", "gpu"]) == backlog.Outlook(None, runs=False)
    await jobs.insert(database, delay_s=1000.0)
    await jobs.insert(database, delay_s=500.0, priority=9, queue="gpu")
    found = await look(database, ["default", "gpu"])
    assert found.due_s is not None
    assert 490 < found.due_s <= 500
    assert (await look(database, ["other"])).due_s is None
    job_id = await jobs.insert(database, priority=1)
    due_s = (await look(database, ["default", "gpu"])).due_s
    assert due_s is not None
    assert due_s <= 0
    await jobs.claim(database, job_id)
    assert (await look(database, ["default"])).runs


async def test_a_wait_that_an_operator_ended_is_seen(database: Database) -> None:
    job_id = await jobs.insert(database, type="summarize", requested_model="small")
    retry = Retry(600.0, JobError("unavailable", "503"))
    await jobs.give_back(database, await jobs.claim(database, job_id), retry, AttemptUsage())
    due_s = (await backlog.look_ahead(database, ["default"])).due_s
    assert due_s is not None
    assert due_s > 500
    assert await waits.end(database, ["small"]) == 1
    due_s = (await backlog.look_ahead(database, ["default"])).due_s
    assert due_s is not None
    assert due_s <= 0
