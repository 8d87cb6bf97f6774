"""Scripts that are asked for together: each has its own answer, whatever becomes of the others."""

import asyncio

import pytest
from redis.asyncio import Redis
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import ResponseError

from app.core.redis import connect
from app.governor.limiter.together import MOST, Together
from tests.rig.ports import free_port

ECHO = "return ARGV[1]"
APPEND = "return redis.call('RPUSH', KEYS[1], ARGV[1])"
FAIL = "return redis.error_reply('no')"


async def commands(redis: Redis) -> int:
    return int((await redis.info("stats"))["total_commands_processed"])


async def test_each_has_its_own_answer_and_its_own_error(redis: Redis) -> None:
    together, echo, fail = Together(redis), redis.register_script(ECHO), redis.register_script(FAIL)
    found = await asyncio.gather(
        *(together.run(fail if number == 5 else echo, [], [number]) for number in range(MOST + 10)),
        return_exceptions=True,
    )
    assert isinstance(found.pop(5), ResponseError)
    assert [int(one) for one in found if not isinstance(one, BaseException)] == [
        number for number in range(MOST + 10) if number != 5
    ]


async def test_they_run_in_the_order_in_which_they_were_asked_for(redis: Redis) -> None:
    together, append = Together(redis), redis.register_script(APPEND)
    await together.run(append, ["order"], ["first"])
    asked = [asyncio.ensure_future(together.run(append, ["order"], [str(number)])) for number in range(200)]
    await asyncio.sleep(0)
    asked[50].cancel()  # it is carried out all the same: who asked must take it back
    await asyncio.gather(*asked, return_exceptions=True)
    assert await redis.lrange("order", 1, -1) == [str(number).encode() for number in range(200)]
    assert asked[50].cancelled()


async def test_a_server_that_forgot_the_script_is_told_it_anew(redis: Redis) -> None:
    together, echo = Together(redis), redis.register_script(ECHO)
    await redis.script_flush()
    assert await asyncio.gather(*(together.run(echo, [], [1]) for _ in range(3))) == [b"1"] * 3


async def test_many_share_a_round_trip(redis: Redis) -> None:
    together, echo = Together(redis), redis.register_script(ECHO)
    await together.run(echo, [], [0])
    before = await commands(redis)
    await asyncio.gather(*(together.run(echo, [], [number]) for number in range(MOST)))
    assert await commands(redis) - before <= MOST + 2


async def test_when_redis_is_away_all_hear_it_and_the_next_may_ask_again() -> None:
    client = connect(f"redis://127.0.0.1:{free_port()}/0")
    together, echo = Together(client), client.register_script(ECHO)
    for _ in range(2):
        found = await asyncio.gather(*(together.run(echo, [], [1]) for _ in range(3)), return_exceptions=True)
        assert [type(one) for one in found] == [RedisConnectionError] * 3
    await client.aclose()


@pytest.mark.parametrize("turns", [1, 2, 3])
async def test_ended_by_force_it_keeps_nobody_waiting(redis: Redis, turns: int) -> None:
    together, echo = Together(redis), redis.register_script(ECHO)
    asked = [asyncio.ensure_future(together.run(echo, [], [number])) for number in range(3)]
    for _ in range(turns):
        await asyncio.sleep(0)
    assert together._sender is not None
    together._sender.cancel()
    async with asyncio.timeout(10):
        await asyncio.gather(*asked, return_exceptions=True)
