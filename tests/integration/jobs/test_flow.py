"""Queues and types that are paused or limited: what is claimed, sent, and counted."""

import asyncio
from uuid import UUID, uuid4

import pytest
from redis.asyncio import Redis
from sqlalchemy import text

from app.core.broker_messages import PRIORITY_STEPS, list_key
from app.core.database import Database
from app.jobs.broker_buffer import open_key
from app.jobs.maintenance.dispatcher import Dispatcher
from app.jobs.repository import claim, dispatch, flow_control
from app.jobs.repository.flow_control import Scope
from app.jobs.rows import ClaimRequest
from load_test import backlog, buffers
from tests.rig import jobs
from tests.rig.dispatching import dispatcher, sent
from tests.rig.flow import limit, pause
from tests.rig.invariants import check_invariants
from tests.rig.stack import eventually

Control = tuple[Scope, str]
BOTH = pytest.mark.parametrize("control", [(Scope.QUEUE, "default"), (Scope.TYPE, "echo")])


async def resume(database: Database, scope: Scope, name: str) -> None:
    async with database.begin() as connection:
        await flow_control.resume(connection, scope, name)


async def controls(database: Database) -> int:
    row = await database.row(text("SELECT count(*) FROM flow_controls"))
    assert row is not None
    return int(row[0])


@BOTH
async def test_nothing_that_is_paused_is_claimed_and_it_is_sent_again(database: Database, control: Control) -> None:
    paused, other = await jobs.insert(database), await jobs.insert(database, queue="gpu", type="summarize")
    await pause(database, *control)
    assert await jobs.try_claim(database, paused) is None
    ahead = await jobs.column(database, paused, "extract(epoch FROM dispatch_at - now())")
    assert 0 < ahead <= claim.REFUSED_S
    assert await jobs.column(database, paused, "attempt") == 0
    await jobs.claim(database, other)
    await resume(database, *control)
    assert await jobs.column(database, paused, "dispatch_at <= now()")
    await jobs.claim(database, paused)
    assert await controls(database) == 0
    await check_invariants(database, quiet=False)


async def test_a_refused_job_is_not_taken_for_one_whose_message_was_lost(database: Database) -> None:
    job_id = await jobs.insert(database)
    await pause(database, Scope.QUEUE, "default")
    assert await jobs.try_claim(database, job_id) is None
    assert await dispatch.resend_lost(database, "default") == 0


async def test_pausing_again_keeps_the_first_time_and_the_limit(database: Database) -> None:
    await limit(database, Scope.QUEUE, "default", 3)
    await pause(database, Scope.QUEUE, "default")
    first = (await flow_control.read(database)).find(Scope.QUEUE, "default")
    await pause(database, Scope.QUEUE, "default")
    assert (await flow_control.read(database)).find(Scope.QUEUE, "default") == first
    await resume(database, Scope.QUEUE, "default")
    kept = (await flow_control.read(database)).find(Scope.QUEUE, "default")
    assert kept is not None
    assert (kept.paused_at, kept.max_running) == (None, 3)


@BOTH
async def test_a_limit_holds_whoever_claims_at_once(database: Database, control: Control) -> None:
    ids = [await jobs.insert(database) for _ in range(24)]
    await limit(database, *control, 5)

    async def take(part: int) -> list[bool]:
        wanted = [ClaimRequest(one, uuid4()) for one in ids[part::6]]
        claimed = await claim.claim(database, wanted, worker=f"w{part}", lease_s=60)
        return [one is not None for one in claimed]

    taken = await asyncio.gather(*(take(part) for part in range(6)))
    assert sum(sum(part) for part in taken) == 5
    assert (await flow_control.read(database)).free(*control) == 0


@BOTH
async def test_an_end_and_a_lost_lease_make_room_again(database: Database, control: Control) -> None:
    first, second, third = [await jobs.insert(database) for _ in range(3)]
    await limit(database, *control, 1)
    claimed = await jobs.claim(database, first)
    assert await jobs.try_claim(database, second) is None
    await jobs.finish(database, claimed, {"echo": "x"})
    await jobs.claim(database, second)
    assert await jobs.try_claim(database, third) is None
    await jobs.change(database, second, "lease_expires_at = now() - interval '1 s'")
    await jobs.claim(database, third)  # a dead worker's job holds no place


async def test_both_limits_of_a_job_count(database: Database) -> None:
    await limit(database, Scope.QUEUE, "default", 2)
    await limit(database, Scope.TYPE, "echo", 1)
    await jobs.claim(database, await jobs.insert(database))
    assert await jobs.try_claim(database, await jobs.insert(database)) is None
    await jobs.claim(database, await jobs.insert(database, type="summarize"))
    assert await jobs.try_claim(database, await jobs.insert(database, type="classify")) is None
    await jobs.claim(database, await jobs.insert(database, type="classify", queue="gpu"))


async def test_a_place_goes_to_the_job_of_the_higher_priority(database: Database) -> None:
    low, high = await jobs.insert(database, priority=9), await jobs.insert(database, priority=1)
    await limit(database, Scope.QUEUE, "default", 1)
    wanted = [ClaimRequest(low, uuid4()), ClaimRequest(high, uuid4())]
    claimed = await claim.claim(database, wanted, worker="w1", lease_s=60)
    assert [one is not None for one in claimed] == [False, True]


async def test_a_job_whose_message_came_twice_takes_one_place(database: Database) -> None:
    twice, once = await jobs.insert(database), await jobs.insert(database)
    await limit(database, Scope.QUEUE, "default", 2)
    wanted = [ClaimRequest(one, uuid4()) for one in (twice, twice, once)]
    claimed = await claim.claim(database, wanted, worker="w1", lease_s=60)
    assert sorted(one.id for one in claimed if one) == sorted([twice, once])


async def test_a_claim_under_a_limit_can_be_repeated(database: Database) -> None:
    job = await jobs.insert(database)
    await limit(database, Scope.QUEUE, "default", 1)
    token = uuid4()
    first = await jobs.try_claim(database, job, token=token)
    again = await jobs.try_claim(database, job, token=token)
    assert first is not None
    assert again is not None
    assert (again.id, again.attempt) == (first.id, 1)


async def test_taking_a_limit_away_frees_what_it_held(database: Database) -> None:
    await jobs.claim(database, await jobs.insert(database))
    waiting = await jobs.insert(database)
    await limit(database, Scope.QUEUE, "default", 1)
    assert await jobs.try_claim(database, waiting) is None
    await limit(database, Scope.QUEUE, "default", None)
    assert await controls(database) == 0
    assert [one.id for one in await dispatch.take_due(database, "default", 5, room=9)] == [waiting]


async def test_nothing_of_a_paused_queue_is_sent_and_the_api_may_not_send_either(
    database: Database, redis: Redis
) -> None:
    for priority in (1, 5, 9):
        await jobs.insert(database, priority=priority)
    await pause(database, Scope.QUEUE, "default")
    one = dispatcher(database, redis)
    assert not await one.tick()
    assert await sent(redis) == []
    assert await redis.get(open_key("default")) is None
    await resume(database, Scope.QUEUE, "default")
    await one.tick()
    assert len(await sent(redis)) == 3


async def test_other_types_overtake_a_paused_one(database: Database, redis: Redis) -> None:
    for _ in range(70):
        await jobs.insert(database)
    other = await jobs.insert(database, type="summarize")
    await pause(database, Scope.TYPE, "echo")
    await dispatcher(database, redis).tick()
    assert await sent(redis) == [other]


async def test_of_a_limited_queue_only_what_may_run_is_sent(database: Database, redis: Redis) -> None:
    await jobs.claim(database, await jobs.insert(database))
    for _ in range(10):
        await jobs.insert(database)
    urgent = [await jobs.insert(database, priority=1) for _ in range(2)]
    await limit(database, Scope.QUEUE, "default", 4)
    one = dispatcher(database, redis)
    assert await one.tick()
    there = await sent(redis)
    assert len(there) == 3
    assert there[:2] == urgent
    assert await one.tick()
    assert len(await sent(redis)) == 3


async def test_of_a_limited_type_as_many_are_sent_as_may_run_and_others_have_their_room(
    database: Database, redis: Redis
) -> None:
    limited = [await jobs.insert(database) for _ in range(70)]
    others = [await jobs.insert(database, type="summarize") for _ in range(3)]
    await limit(database, Scope.TYPE, "echo", 2)
    one = dispatcher(database, redis)
    for _ in range(2):  # what was sent and is not claimed yet holds its place
        await one.tick()
        assert sorted(await sent(redis)) == sorted([*limited[:2], *others])
    claimed = await jobs.claim(database, limited[0])
    await one.tick()
    assert len(await sent(redis)) == 5
    await jobs.finish(database, claimed, {"echo": "x"})
    await one.tick()
    assert len(await sent(redis)) == 6
    assert limited[2] in await sent(redis)


async def test_a_resume_reads_what_was_sent_and_not_the_backlog(database: Database) -> None:
    await backlog.fill_at_once(database, 5_000)
    await buffers.vacuum(database)
    for named in flow_control._SEND_NOW.values():
        with buffers.listening(database) as statements:
            await database.rows(named, {"of_name": "default"})
        plan = await buffers.explain(database, statements[0])
        assert plan["Shared Hit Blocks"] + plan["Shared Read Blocks"] < 20


async def test_of_two_queues_one_may_be_paused(database: Database, redis: Redis) -> None:
    await jobs.insert(database)
    other = await jobs.insert(database, queue="gpu")
    await pause(database, Scope.QUEUE, "default")
    await Dispatcher(database, redis, ["default", "gpu"], epoch="e").tick()
    assert await sent(redis, "gpu") == [other]
    assert await sent(redis) == []


@BOTH
@pytest.mark.parametrize(("priority", "others"), [(1, 5), (1, 9), (5, 9), (5, 5)])
async def test_who_was_held_back_by_a_limit_goes_first_once_there_is_room(
    database: Database, redis: Redis, control: Control, priority: int, others: int
) -> None:
    """A `high` job is sent past the limit and comes back; it must not wait a second while lower ones start."""
    await limit(database, *control, 1)
    claimed = await jobs.claim(database, await jobs.insert(database, priority=1))
    first = await jobs.insert(database, priority=priority)
    assert await jobs.try_claim(database, first) is None
    second = await jobs.insert(database, priority=others)
    one = dispatcher(database, redis)

    async def sent_in_time() -> list[UUID]:
        """What the next ticks send: one that had to look for long lets the next ones rest."""
        await one.tick()
        return await sent(redis)

    assert await sent_in_time() == []
    await jobs.finish(database, claimed, {"echo": "x"})
    await jobs.change(database, first, "dispatch_at = now() + interval '990 ms'")  # as when it was refused just now
    assert await eventually(sent_in_time, what="the first is sent") == [first]
    await redis.delete(*[list_key("default", step) for step in PRIORITY_STEPS])
    await jobs.finish(database, await jobs.claim(database, first), {"echo": "x"})
    assert await eventually(sent_in_time, what="the second is sent") == [second]


async def test_who_was_held_back_by_a_pause_is_not_sent_again_and_again(database: Database, redis: Redis) -> None:
    await pause(database, Scope.QUEUE, "default")
    waiting = await jobs.insert(database, priority=1)
    assert await jobs.try_claim(database, waiting) is None
    one = dispatcher(database, redis)
    for _ in range(3):
        await one.tick()
    assert await sent(redis) == []
