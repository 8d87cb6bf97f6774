"""How it is known that a scheduler does its work."""

import socket
from pathlib import Path

from redis.asyncio import Redis

from app.core.clock import monotonic_s
from app.core.database import Database
from app.core.redis import SCHEDULER_ALIVE_S, scheduler_key
from app.core.settings import Settings
from app.jobs.dispatcher import Dispatcher
from app.scheduler import BEAT_EVERY_S, beat
from tests.rig.stack import eventually, running

KEY = scheduler_key(socket.gethostname())


async def test_it_is_ready_while_it_sends(settings: Settings, tmp_path: Path, database: Database, redis: Redis) -> None:
    async with running(settings, tmp_path) as stack:
        before = stack.python("ready", "-m", "app", "ready", "scheduler")
        assert await before.ended(20) == 1
        assert b"has sent what is due" in before.log.read_bytes()
        stack.scheduler()
        await eventually(lambda: redis.exists(KEY), what="it beats")
        assert 0 < await redis.ttl(KEY) <= SCHEDULER_ALIVE_S
        assert await stack.python("ready", "-m", "app", "ready", "scheduler").ended(20) == 0


async def test_it_is_not_ready_when_its_dispatcher_stands_still(
    settings: Settings, database: Database, redis: Redis
) -> None:
    dispatcher = Dispatcher(database, redis, settings.queues, epoch="e")
    await beat(redis, dispatcher)
    dispatcher.ticked_at_s = monotonic_s() - BEAT_EVERY_S
    await beat(redis, dispatcher)
    assert not await redis.exists(KEY)
    dispatcher.ticked_at_s = monotonic_s()
    await beat(redis, dispatcher)
    assert await redis.exists(KEY)
