"""Dispatch: the order, the room, and what is sent again when the broker loses it."""

import asyncio
from uuid import uuid4

from redis.asyncio import Redis

from app.core.broker_messages import list_key
from app.core.database import Database
from app.core.redis import connect
from app.jobs.broker_buffer import EPOCH_KEY, DirectSender, open_key, send
from app.jobs.maintenance.dispatcher import MIN_ROOM
from app.jobs.repository import dispatch
from app.jobs.repository.dispatch import Due
from tests.rig import jobs
from tests.rig.dispatching import dispatcher, sent
from tests.rig.ports import free_port


async def test_high_goes_before_default_before_low_and_older_before_newer(database: Database, redis: Redis) -> None:
    low = await jobs.insert(database, priority=9)
    first, second = [await jobs.insert(database) for _ in range(2)]
    high = await jobs.insert(database, priority=1)
    await dispatcher(database, redis).tick()
    assert await sent(redis) == [high, first, second, low]


async def test_only_as_many_are_sent_as_there_is_room_for(database: Database, redis: Redis) -> None:
    for _ in range(MIN_ROOM + 6):
        await jobs.insert(database)
    one = dispatcher(database, redis)
    assert await one.tick()
    assert len(await sent(redis)) == MIN_ROOM
    assert await redis.get(open_key("default")) is None
    await redis.delete(list_key("default", 3))
    await one.tick()
    assert len(await sent(redis)) == 6


async def test_a_high_job_is_sent_past_a_full_buffer(database: Database, redis: Redis) -> None:
    for _ in range(MIN_ROOM + 1):
        await jobs.insert(database)
    one = dispatcher(database, redis)
    await one.tick()
    high = await jobs.insert(database, priority=1)
    await one.tick()
    assert (await sent(redis))[0] == high
    assert len(await sent(redis)) == MIN_ROOM + 1


async def test_a_queue_without_backlog_is_open_for_as_many_as_fit(database: Database, redis: Redis) -> None:
    await jobs.insert(database)
    assert not await dispatcher(database, redis).tick()
    assert await redis.get(open_key("default")) == str(MIN_ROOM - 1).encode()


async def test_a_job_is_not_sent_twice_while_it_is_awaited(database: Database, redis: Redis) -> None:
    await jobs.insert(database)
    for _ in range(3):
        await dispatcher(database, redis).tick()
    assert len(await sent(redis)) == 1


async def test_a_scheduled_job_is_not_sent(database: Database, redis: Redis) -> None:
    await jobs.insert(database, delay_s=60)
    await dispatcher(database, redis).tick()
    assert await sent(redis) == []


async def test_a_flushed_broker_gets_everything_again(database: Database, redis: Redis) -> None:
    ids = [await jobs.insert(database) for _ in range(3)]
    one = dispatcher(database, redis)
    await one.tick()
    await redis.flushall()
    await one.tick()
    assert sorted(await sent(redis)) == sorted(ids)
    assert await redis.exists(EPOCH_KEY)


async def test_what_an_empty_queue_lost_is_sent_again_after_five_seconds(database: Database, redis: Redis) -> None:
    lost = await jobs.insert(database)
    recent = await jobs.insert(database)
    await dispatcher(database, redis).tick()
    await redis.delete(list_key("default", 3))
    await jobs.change(database, lost, "dispatch_at = dispatch_at - interval '6 seconds'")
    assert await dispatch.resend_lost(database, "default") == 1
    await dispatcher(database, redis).tick()
    assert await sent(redis) == [lost]
    assert recent not in await sent(redis)


async def test_a_direct_job_that_never_arrived_is_lost_in_the_same_sense(database: Database, redis: Redis) -> None:
    job_id = await jobs.insert(database, direct=True)
    assert await dispatch.resend_lost(database, "default") == 0
    await jobs.change(database, job_id, "dispatch_at = dispatch_at - interval '6 seconds'")
    assert await dispatch.resend_lost(database, "default") == 1


async def test_an_unanswered_message_is_repeated_later_and_later(database: Database) -> None:
    job_id = await jobs.insert(database)
    waits = []
    for _ in range(6):
        await dispatch.take_due(database, "default", 5, room=10)
        waits.append(round(await jobs.column(database, job_id, "extract(epoch from dispatch_at - now())"), -1))
        await jobs.change(database, job_id, "dispatch_at = now()")
    assert waits == [60, 120, 240, 480, 900, 900]


async def test_two_dispatchers_share_the_work_without_sending_twice(database: Database, redis: Redis) -> None:
    await redis.set(EPOCH_KEY, "known")  # each that finds it gone sends everything again
    ids = [await jobs.insert(database) for _ in range(40)]
    await asyncio.gather(*(dispatcher(database, redis).tick() for _ in range(4)))
    assert sorted(await sent(redis)) == sorted(ids)


async def test_a_dispatcher_without_a_broker_leaves_the_rows_due(database: Database) -> None:
    job_id = await jobs.insert(database)
    away = connect(f"redis://127.0.0.1:{free_port()}/0")
    assert not await dispatcher(database, away).tick()
    assert await jobs.column(database, job_id, "dispatch_at <= now()")
    await away.aclose()


async def test_the_api_sends_directly_only_into_an_open_queue_and_only_what_fits(
    database: Database, redis: Redis
) -> None:
    sender = DirectSender(database, redis, ["default"])
    assert not sender.admit("default", 5)
    await redis.set(open_key("default"), 2)
    await sender.refresh()
    assert [sender.admit("default", 5) for _ in range(3)] == [True, True, False]
    assert sender.admit("default", 1)


async def test_messages_wait_on_the_lists_that_celery_reads(redis: Redis) -> None:
    due = [Due(id=uuid4(), attempt=1, type="echo", queue="default", priority=priority) for priority in (9, 5, 1)]
    await send(redis, due)
    assert await sent(redis) == [due[2].id, due[1].id, due[0].id]
