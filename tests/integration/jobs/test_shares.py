"""Who is sent when not all can be: fresh jobs beside thousands of retries, and jobs that lost workers one by one."""

from uuid import UUID

import pytest
from redis.asyncio import Redis
from sqlalchemy import text

from app.core.broker_messages import list_key
from app.core.database import Database
from app.jobs.maintenance.dispatcher import MIN_ROOM
from app.jobs.maintenance.sending import RETRY_SHARE
from app.jobs.repository import dispatch, maintenance
from app.jobs.repository.flow_control import Scope
from app.jobs.repository.submit import insert_jobs
from app.jobs.states import Status
from tests.rig import jobs
from tests.rig.dispatching import NO_LEASE_S, OVER, dispatcher, sent
from tests.rig.flow import limit, pause

RETRIES = "attempt = 1, queued_at = now() - interval '1 hour'"
RELEASED = "attempt = 1, refunds = 1, queued_at = now() - interval '1 hour'"


async def insert_many(database: Database, count: int, assignments: str = "") -> set[UUID]:
    new = [jobs.new_job() for _ in range(count)]
    async with database.begin() as connection:
        await insert_jobs(connection, [job.document for job in new])
        if assignments:
            await connection.execute(
                text(f"UPDATE jobs SET {assignments} WHERE id = ANY(:ids)"), {"ids": [one.id for one in new]}
            )
    return {one.id for one in new}


async def test_retries_that_are_due_at_once_leave_most_of_the_room_to_fresh_jobs(
    database: Database, redis: Redis
) -> None:
    retries, fresh = await insert_many(database, 200, RETRIES), await insert_many(database, 200)
    await dispatcher(database, redis).tick()
    found = set(await sent(redis))
    assert len(found & retries) == int(MIN_ROOM * RETRY_SHARE)
    assert len(found & fresh) == MIN_ROOM - int(MIN_ROOM * RETRY_SHARE)


async def test_where_only_one_may_run_fresh_jobs_have_their_turn(database: Database, redis: Redis) -> None:
    await insert_many(database, 100, RETRIES)
    fresh = await insert_many(database, 100)
    await limit(database, Scope.TYPE, "echo", 1)
    one, turns = dispatcher(database, redis), []
    for _ in range(20):
        await one.tick()
        [job_id] = await sent(redis)
        turns.append(job_id in fresh)
        await redis.delete(list_key("default", 3))
        await jobs.finish(database, await jobs.claim(database, job_id), {"echo": "x"})
    assert turns.count(False) == pytest.approx(20 * RETRY_SHARE, abs=1)


@pytest.mark.parametrize("count", [3, MIN_ROOM * 2], ids=["few", "more than fit"])
async def test_retries_take_all_where_nothing_fresh_waits(database: Database, redis: Redis, count: int) -> None:
    retries = await insert_many(database, count, RETRIES)
    await dispatcher(database, redis).tick()
    found = await sent(redis)
    assert len(found) == min(count, MIN_ROOM)
    assert set(found) <= retries


async def test_who_waited_for_a_limit_keeps_its_place(database: Database, redis: Redis) -> None:
    """Such a job was given back, and no attempt of it has failed."""
    released = await insert_many(database, MIN_ROOM, RELEASED)
    await insert_many(database, MIN_ROOM)
    await dispatcher(database, redis).tick()
    assert set(await sent(redis)) == released


async def test_jobs_that_lost_workers_run_one_by_one(database: Database, redis: Redis) -> None:
    suspects = await insert_many(database, 5, "crashes = 2, max_crashes = 3")
    others = await insert_many(database, 5, "crashes = 1")
    await dispatcher(database, redis).tick()
    [first] = suspects & set(await sent(redis))
    assert others <= set(await sent(redis))
    await dispatcher(database, redis).tick()
    await jobs.claim(database, first)
    await dispatcher(database, redis).tick()
    assert suspects & set(await sent(redis)) == {first}
    await jobs.change(database, first, OVER)
    await maintenance.rescue(database, lease_s=NO_LEASE_S)
    assert await jobs.column(database, first, "(status, error_code)::text") == "(failed,worker_lost)"
    await dispatcher(database, redis).tick()
    assert len(suspects & set(await sent(redis))) == 2


async def test_an_outage_makes_many_suspects_which_do_not_wait_for_each_other(database: Database, redis: Redis) -> None:
    await insert_many(database, 100, "crashes = 2")
    await dispatcher(database, redis).tick()
    assert len(await sent(redis)) == 1 + 100 // dispatch.SUSPECTS_EACH


async def test_a_paused_queue_or_type_holds_suspects_too(database: Database, redis: Redis) -> None:
    await insert_many(database, 2, "crashes = 2")
    for scope, name in ((Scope.TYPE, "echo"), (Scope.QUEUE, "default")):
        await pause(database, scope, name)
        await dispatcher(database, redis).tick()
        assert await sent(redis) == []


async def test_neighbours_of_a_poison_job_lose_no_attempt(database: Database) -> None:
    neighbour = await jobs.insert(database, max_attempts=1)
    for _ in range(2):
        await jobs.claim(database, neighbour)
        await jobs.change(database, neighbour, OVER)
        await maintenance.rescue(database, lease_s=NO_LEASE_S)
    assert await jobs.column(database, neighbour, "ARRAY[attempt - refunds, crashes]") == [0, 2]
    done = await jobs.finish(database, await jobs.claim(database, neighbour), {"echo": "x"})
    assert done is Status.COMPLETED
