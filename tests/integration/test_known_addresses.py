"""Where the right token came from is known to every process, also to one that has just started."""

from typing import Any

import pytest
from pydantic import SecretStr
from redis.asyncio import Redis
from redis.exceptions import RedisError

from app.auth import guard
from app.auth.guard import Guard
from app.auth.guesses import FREE, LONGEST_KNOWN_S, LONGEST_S, MOST_KEPT
from app.auth.known_addresses import KNOWN_S
from app.auth.resources import Resources
from app.core.application_state import part_of
from app.core.database import Database
from app.core.settings import Settings
from tests.conftest import TOKEN
from tests.integration.guessing import JOBS, guess, process

HERE, THERE = "203.0.113.7", "203.0.113.8"
RIGHT = {"X-Service-Token": TOKEN}


def guard_of(client: Any) -> Guard:
    return part_of(client._transport.app, Resources).guard


async def show_the_right_token(settings: Settings, host: str = HERE, **changes: Any) -> None:
    """Let a client of an address be answered by a process that ends then."""
    async with process(settings, host, **changes) as client:
        headers = {"X-Service-Token": changes["service_token"].get_secret_value()} if changes else RIGHT
        assert (await client.get(JOBS, headers=headers)).status_code == 200
        await guard_of(client).tell()


async def guess_long(redis: Redis, host: str) -> None:
    """Have so many guesses counted by other processes that the next costs the longest wait."""
    await redis.zadd(f"{guard._BLOCKS}:{host}", {f"guess {number}": number for number in range(MOST_KEPT // 2)})


async def waits_s(client: Any) -> int:
    answer = await client.get(JOBS, headers=RIGHT)
    assert answer.status_code == 429
    return int(answer.headers["retry-after"])


@pytest.mark.parametrize("host", [HERE, "2001:db8:1:2::3"])
async def test_a_process_that_has_just_started_lets_no_neighbour_wait_for_long(
    settings: Settings, database: Database, redis: Redis, host: str
) -> None:
    await show_the_right_token(settings, host)
    async with process(settings, host) as client, process(settings, host) as other:
        await guess_long(redis, HERE if host == HERE else "2001:db8:1:2::/64")
        assert (await guess(client, 1)).status_code == 401
        assert 0 < await waits_s(client) <= LONGEST_KNOWN_S
        await guard_of(other).hear()
        assert 0 < await waits_s(other) <= LONGEST_KNOWN_S
    async with process(settings, THERE) as stranger:
        await guess_long(redis, THERE)
        await guess(stranger, 1)
        assert await waits_s(stranger) > LONGEST_S - 60, "who never showed it waits as before"


async def test_what_redis_knows_names_no_address_and_is_forgotten(
    settings: Settings, database: Database, redis: Redis
) -> None:
    await show_the_right_token(settings)
    (key,) = await redis.keys("*known*")
    assert HERE.encode() not in key
    assert TOKEN.encode() not in key
    assert await redis.get(key) == b""
    assert KNOWN_S - 60 < await redis.ttl(key) <= KNOWN_S


@pytest.mark.parametrize("changed", ["service_token", "secret_key"])
async def test_after_a_rotation_the_new_token_must_be_shown(
    settings: Settings, database: Database, redis: Redis, changed: str
) -> None:
    await show_the_right_token(settings)
    changes: dict[str, Any] = {changed: SecretStr("another-only-for-tests-0123456789abcdef")}
    async with process(settings, **changes) as client:
        await guess_long(redis, HERE)
        await guess(client, 1)
        assert await waits_s(client) > LONGEST_S - 60


async def test_while_redis_is_away_a_process_knows_what_it_saw_itself_and_tells_it_later(
    settings: Settings, database: Database, redis: Redis
) -> None:
    async with process(settings, redis_url=SecretStr("redis://127.0.0.1:1/0")) as client:
        assert (await client.get(JOBS, headers=RIGHT)).status_code == 200
        with pytest.raises((RedisError, OSError)):
            await guard_of(client).tell()
        for number in range(FREE):
            assert (await guess(client, number)).status_code == 401
        assert await waits_s(client) == 1
        assert guard_of(client).guesses.known.unshared() == [HERE]
    assert await redis.keys("*known*") == []
