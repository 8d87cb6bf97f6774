"""Requests that are left, counted in a real Redis for several processes, which take them in blocks."""

import asyncio

import pytest
from redis.asyncio import Redis

from app.auth import allowances
from app.auth.allowances import ASK_AGAIN_S, AWAY_S, Allowances, Limit
from app.core.redis import PREFIX, connect
from tests.rig.ports import free_port
from tests.unit.auth.conftest import Clock

HOUR = Limit("hour", 200, 3600)


@pytest.fixture
def clock() -> Clock:
    return Clock()


async def granted(process: Allowances, times: int, limit: Limit = HOUR, subject: str = "ada") -> int:
    return sum([(await process.take(subject, limit)).may for _ in range(times)])


async def test_so_many_are_let_through_and_each_hears_how_many_are_left(redis: Redis) -> None:
    process = Allowances(redis)
    found = [await process.take("ada", HOUR) for _ in range(HOUR.most + 5)]
    assert [one.left for one in found] == [*range(HOUR.most - 1, -1, -1), *[0] * 5]
    assert [one.may for one in found] == [True] * HOUR.most + [False] * 5
    assert all(1 <= one.wait_s <= HOUR.within_s and one.is_counted for one in found)
    assert (await process.take("bob", HOUR)).may


async def test_two_processes_differ_by_a_block_at_most(redis: Redis) -> None:
    first, second = Allowances(redis), Allowances(redis)
    assert await granted(first, 1) == 1  # and keeps the rest of a block
    assert await granted(second, HOUR.most) == HOUR.most - HOUR.block
    assert await granted(first, HOUR.most) == HOUR.block - 1
    assert HOUR.block <= HOUR.most / 50


async def test_a_burst_of_requests_at_both_is_no_way_around(redis: Redis) -> None:
    processes = Allowances(redis), Allowances(redis)
    found = await asyncio.gather(*(processes[number % 2].take("ada", HOUR) for number in range(2 * HOUR.most)))
    assert HOUR.most - HOUR.block <= sum(one.may for one in found) <= HOUR.most


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
        found = [await process.take("ada", Limit("hour", 2, 3600)) for _ in range(20)]
        assert all(one.may and not one.is_counted for one in found)
        first = asked
        clock.now_s += AWAY_S + 0.1
        await process.take("bob", HOUR)
        assert asked == 2 * first
        await away.aclose()


async def test_what_is_kept_is_bounded_and_names_nobody_elsewhere(
    redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(allowances, "MOST_KEPT", 10)
    process = Allowances(redis)
    for number in range(30):
        await process.take(str(number), HOUR)
    assert len(process._purses) == 10
    keys: list[bytes] = await redis.keys("*")  # type: ignore[assignment]  # no answer is decoded
    assert len(keys) == 30
    for key in keys:
        assert key.startswith(PREFIX.encode())
        assert 0 < await redis.pttl(key) <= 2 * HOUR.within_s * 1000
