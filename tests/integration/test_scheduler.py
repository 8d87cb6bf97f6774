"""How it is known that a scheduler does its work."""

import asyncio
import signal
import socket
from pathlib import Path

from redis.asyncio import Redis
from sqlalchemy import text
from uuid_utils.compat import uuid7

from app.auth.caller import SERVICE_OWNER_ID
from app.core.clock import monotonic_s
from app.core.database import Database
from app.core.redis import SCHEDULER_ALIVE_S, scheduler_key
from app.core.settings import Settings
from app.jobs.maintenance.dispatcher import Dispatcher
from app.jobs.repository import bulk
from app.jobs.repository.bulk import BATCH
from app.jobs.states import BulkVerb
from app.scheduler import BEAT_EVERY_S, beat
from tests.rig.dead_letters import many_failed
from tests.rig.invariants import check_invariants
from tests.rig.stack import eventually, running

KEY = scheduler_key(socket.gethostname())
_LOCK_LAST = text("SELECT 1 FROM jobs ORDER BY id DESC LIMIT 1 FOR UPDATE")


async def test_it_is_ready_while_it_sends(settings: Settings, tmp_path: Path, database: Database, redis: Redis) -> None:
    async with running(settings, tmp_path) as stack:
        before = stack.python("ready", "-m", "app", "ready", "scheduler")
        assert await before.ended() == 1
        assert b"has sent what is due" in before.log.read_bytes()
        stack.scheduler()
        await eventually(lambda: redis.exists(KEY), what="it beats")
        assert 0 < await redis.ttl(KEY) <= SCHEDULER_ALIVE_S
        assert await stack.python("ready", "-m", "app", "ready", "scheduler").ended() == 0


async def test_it_is_not_ready_when_its_dispatcher_stands_still(
    settings: Settings, database: Database, redis: Redis
) -> None:
    dispatcher = Dispatcher(database, redis, settings.queues, epoch="e")
    first = asyncio.create_task(beat(redis, dispatcher))
    assert await asyncio.wait([first], timeout=0.05) == (set(), {first})
    assert not await redis.exists(KEY)
    assert not await dispatcher.tick()
    await first
    assert await redis.exists(KEY)
    await redis.delete(KEY)
    dispatcher.ticked_at_s = monotonic_s() - BEAT_EVERY_S
    await beat(redis, dispatcher)
    assert not await redis.exists(KEY)
    dispatcher.ticked_at_s = float("inf")  # just now, however long that takes
    await beat(redis, dispatcher)
    assert await redis.exists(KEY)


async def test_it_prunes_the_audit_log_by_its_age(
    settings: Settings, tmp_path: Path, database: Database, redis: Redis
) -> None:
    insert = "INSERT INTO audit_log (at, actor, action, target) SELECT now() - one * interval '1 day', 'ada', 'a', one"
    await database.rows(text(f"{insert} FROM unnest(ARRAY[1, 40, 400]) AS one"))

    async def left() -> bool:
        rows = await database.rows(text("SELECT target FROM audit_log ORDER BY at"))
        return [row.target for row in rows] == ["40", "1"]

    async with running(settings, tmp_path) as stack:
        stack.scheduler()
        await eventually(left, what="the oldest line is gone")


async def test_what_a_killed_scheduler_leaves_another_one_finishes(
    settings: Settings, tmp_path: Path, database: Database, redis: Redis
) -> None:
    count = 8 * BATCH
    for _ in range(8):
        await many_failed(database, BATCH)
    async with database.begin() as connection:
        action = await bulk.create(
            connection, SERVICE_OWNER_ID, uuid7(), action=BulkVerb.RETRY, filter_={}, total=count
        )

    async def progress() -> tuple[str, int]:
        row = await bulk.get(database, SERVICE_OWNER_ID, action.id)
        assert row is not None
        return row.status, row.done

    async def is_over() -> bool:
        return (await progress())[0] == "completed"

    async with running(settings, tmp_path) as stack:
        async with database.begin() as holding:
            await holding.execute(_LOCK_LAST)  # so that the first one does not get through

            async def all_but_one_are_done() -> bool:
                await holding.execute(text("SELECT 1"))  # PostgreSQL ends what idles for 30 s
                return await progress() == ("running", count - BATCH)

            first = stack.scheduler()
            await eventually(all_but_one_are_done, what="all batches but one are done")
            first.signal(signal.SIGKILL)
            await first.ended()
        assert await progress() == ("running", count - BATCH)
        for _ in range(2):
            stack.scheduler()
        await eventually(is_over, what="the action ends")
    assert await progress() == ("completed", count)
    rows = await database.rows(text("SELECT count(*) FROM job_events WHERE name = 'retried' GROUP BY job_id"))
    assert [row[0] for row in rows] == [1] * count
    await check_invariants(database, quiet=False)
