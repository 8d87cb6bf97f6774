"""Requests that are left, counted in a real Redis for several processes, which take them in blocks."""

import asyncio

import pytest
from redis.asyncio import Redis

from app.auth import allowances
from app.auth.allowances import ASK_AGAIN_S, AWAY_S, Allowances, Limit
from app.core.redis import PREFIX, connect
from tests.rig.ports import free_port
from tests.rig.stack import eventually
from tests.unit.auth.conftest import Clock

HOUR, MANY = Limit("hour", 200, 3600), Limit("hour", 5000, 3600)


@pytest.fixture
def clock() -> Clock:
    return Clock()


async def granted(process: Allowances, times: int, limit: Limit = HOUR, subject: str = "ada") -> int:
    return sum([await process.take(process.purse(subject, limit)) for _ in range(times)])


async def test_so_many_are_let_through_and_each_hears_how_many_are_left(redis: Redis) -> None:
    process = Allowances(redis)
    purse = process.purse("ada", HOUR)
    found = [(await process.take(purse), purse.left) for _ in range(HOUR.most + 5)]
    assert found == [(True, left) for left in range(HOUR.most - 1, -1, -1)] + [(False, 0)] * 5
    assert 1 <= purse.wait_s(process.clock()) <= HOUR.within_s
    assert not process.is_away
    assert await process.take(process.purse("bob", HOUR))


@pytest.mark.parametrize("limit", [HOUR, MANY])
async def test_two_processes_differ_by_little(redis: Redis, limit: Limit) -> None:
    first, second = Allowances(redis), Allowances(redis)
    held = limit.block - limit.spare
    assert await granted(first, held, limit) == held  # and keeps the rest of its block, or takes the next one
    by_second = await granted(second, limit.most, limit)
    assert limit.most - held - limit.error <= by_second <= limit.most - held - limit.spare
    assert by_second + held + await granted(first, limit.most, limit) == limit.most
    assert limit.error <= limit.most * 0.03


@pytest.mark.parametrize("limit", [HOUR, MANY])
async def test_a_burst_of_requests_at_both_is_no_way_around(redis: Redis, limit: Limit) -> None:
    processes = Allowances(redis), Allowances(redis)
    purses = [one.purse("ada", limit) for one in processes]
    turns = [number % 2 for number in range(2 * limit.most)]
    found = await asyncio.gather(*(processes[turn].take(purses[turn]) for turn in turns))
    assert limit.most - limit.error <= sum(found) <= limit.most


async def test_the_next_of_large_blocks_is_taken_before_it_is_needed(redis: Redis) -> None:
    process = Allowances(redis)
    purse = process.purse("ada", MANY)
    await granted(process, MANY.block - MANY.spare, MANY)
    await eventually(lambda: purse.permits == MANY.error)
    assert await granted(process, MANY.block, MANY) == MANY.block


async def test_a_block_is_taken_with_one_question_and_a_refusal_asks_nobody(redis: Redis, clock: Clock) -> None:
    process = Allowances(redis, clock)
    few = Limit("hour", 100, 3600)
    before = await questions(redis)
    await granted(process, 100, few)
    assert await questions(redis) - before <= 2 * 100 / few.block + 2  # that, and how much is left
    assert await granted(process, 1, few) == 0
    before = await questions(redis)
    assert await granted(process, 500, few) == 0
    assert await questions(redis) == before
    clock.now_s += ASK_AGAIN_S + 1
    await redis.flushall()
    assert await granted(process, 1, few) == 1


async def questions(redis: Redis) -> int:
    found = await redis.info("commandstats")
    return int(found.get("cmdstat_evalsha", {}).get("calls", 0))


async def test_what_is_left_of_a_block_ends_with_the_window(redis: Redis, clock: Clock) -> None:
    process = Allowances(redis, clock)
    await granted(process, 1)
    before = await questions(redis)
    clock.now_s += HOUR.within_s - 1
    await granted(process, 1)
    assert await questions(redis) == before
    clock.now_s += 2
    await granted(process, 1)
    assert await questions(redis) > before


@pytest.mark.parametrize("limit", [Limit("hour", 1, 3600), Limit("hour", 3, 60), Limit("hour", 149, 3600)])
async def test_a_limit_of_any_size_is_met_exactly(redis: Redis, limit: Limit) -> None:
    assert await granted(Allowances(redis), limit.most + 3, limit) == limit.most


async def test_another_limit_of_the_same_one_counts_anew(redis: Redis) -> None:
    process = Allowances(redis)
    assert await granted(process, 300) == 200
    assert await granted(process, 300, Limit("hour", 250, 3600)) == 250


async def test_while_redis_is_away_all_go_on_and_it_is_asked_once_a_second(clock: Clock) -> None:
    port, asked = free_port(), 0

    async def refuse(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal asked
        asked += 1
        writer.close()

    async with await asyncio.start_server(refuse, "127.0.0.1", port):
        away = connect(f"redis://127.0.0.1:{port}/0")
        process = Allowances(away, clock)
        assert await granted(process, 20, Limit("hour", 2, 3600)) == 20
        assert process.is_away
        first = asked
        clock.now_s += AWAY_S + 0.1
        assert await granted(process, 1, subject="bob") == 1
        assert asked == 2 * first
        await away.aclose()


async def test_what_is_kept_is_bounded_and_names_nobody_elsewhere(
    redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(allowances, "MOST_KEPT", 10)
    process = Allowances(redis)
    for number in range(30):
        await granted(process, 1, subject=str(number))
    assert len(process._purses) == 10
    keys: list[bytes] = await redis.keys("*")  # type: ignore[assignment]  # no answer is decoded
    assert len(keys) == 30
    for key in keys:
        assert key.startswith(PREFIX.encode())
        assert 0 < await redis.pttl(key) <= 2 * HOUR.within_s * 1000
