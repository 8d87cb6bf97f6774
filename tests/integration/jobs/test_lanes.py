"""What a model's limits let start is what is sent, in the order of the line."""

from typing import Any
from uuid import UUID

import pytest
from redis.asyncio import Redis

from app.core.broker_messages import PRIORITY_STEPS, list_key
from app.core.database import Database
from app.core.settings import Settings
from app.governor.limiter.capacity import Capacity, capacity_of
from app.governor.limiter.quota import parse_quota
from app.governor.limiter.scripts import Report, Target
from app.governor.states import CallResult
from app.jobs.broker_buffer import open_key
from app.jobs.maintenance.dispatcher import Dispatcher
from app.jobs.outcomes import AttemptUsage, JobError, Released
from app.llm.catalog import Catalog
from app.llm.catalog_source import load_catalog
from tests.rig import jobs

GIVEN_BACK = JobError("rate_limited", "wait")


@pytest.fixture
def catalog(settings: Settings) -> Catalog:
    return load_catalog(settings)


@pytest.fixture
def capacity(settings: Settings, catalog: Catalog, redis: Redis) -> Capacity:
    """Return the capacity of a model that lets three calls start at once, and then one each half minute."""
    capacity = capacity_of(settings, catalog, redis)
    capacity.limits.override({target(catalog): parse_quota("120/h")})
    return capacity


def target(catalog: Catalog) -> Target:
    [config] = catalog.resolve("default")
    return Target(config.provider.name, config.model)


async def sent(redis: Redis) -> int:
    return sum([await redis.llen(list_key("default", step)) for step in PRIORITY_STEPS])


async def ask(database: Database, count: int, **changes: Any) -> list[UUID]:
    return [await jobs.insert(database, type="summarize", requested_model="default", **changes) for _ in range(count)]


# Of 120 an hour three may start at once, and the next in half a minute; of 240 a minute seven, and 3.9 a second.
@pytest.mark.parametrize(("quota", "first"), [("120/h", 3), ("240/min", 10)])
async def test_as_many_are_sent_as_may_start_within_a_second(
    database: Database, redis: Redis, settings: Settings, catalog: Catalog, capacity: Capacity, quota: str, first: int
) -> None:
    capacity.limits.override({target(catalog): parse_quota(quota)})
    waiting = await ask(database, 20)
    dispatcher = Dispatcher(database, redis, settings.queues, epoch="e", capacity=capacity)
    await dispatcher.tick()
    assert await sent(redis) == first
    assert not await redis.exists(open_key("default"))  # so nothing overtakes what waits
    assert [await jobs.column(database, one, "dispatch_count") for one in waiting] == [1] * first + [0] * (20 - first)
    await dispatcher.tick()
    assert await sent(redis) == first  # what is sent and not claimed counts


async def test_who_asks_no_model_passes_a_closed_provider(
    database: Database, redis: Redis, settings: Settings, catalog: Catalog, capacity: Capacity
) -> None:
    one = target(catalog)
    await capacity.scripts.admit(one, capacity.limits.of(one), call="c", prompt_tokens=1, output_tokens=1)
    limited = Report(CallResult.LIMITED, 1, 0, error="rate_limited", retry_after_s=30)
    await capacity.scripts.settle(one, capacity.limits.of(one), "c", limited)
    await ask(database, 3, priority=1)
    free = await jobs.insert(database)
    await Dispatcher(database, redis, settings.queues, epoch="e", capacity=capacity).tick()
    assert await sent(redis) == 1
    assert await jobs.column(database, free, "dispatch_count") == 1


async def test_a_job_that_was_given_back_is_the_next_when_its_time_has_come(
    database: Database, redis: Redis, settings: Settings, capacity: Capacity
) -> None:
    [first] = await ask(database, 1)
    claimed = await jobs.claim(database, first)
    waiting = await ask(database, 30)
    await jobs.give_back(database, claimed, Released(30.0, GIVEN_BACK), AttemptUsage())
    assert await jobs.column(database, first, "run_at > now() AND queued_at < now() AND refunds = attempt")
    dispatcher = Dispatcher(database, redis, settings.queues, epoch="e", capacity=capacity)
    await dispatcher.tick()
    assert await jobs.column(database, first, "dispatch_count") == 0
    for one in waiting:
        await jobs.change(database, one, "(dispatch_at, dispatch_count) = (now(), 0)")
    for key in [list_key("default", step) for step in PRIORITY_STEPS]:
        await redis.delete(key)
    await jobs.change(database, first, "(run_at, dispatch_at) = (now(), now())")
    await dispatcher.tick()
    assert await jobs.column(database, first, "dispatch_count") == 1
    assert await jobs.column(database, waiting[-1], "dispatch_count") == 0
