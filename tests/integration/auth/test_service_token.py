"""Two service tokens at once, while one takes the place of the other."""

import pytest
from pydantic import SecretStr
from redis.asyncio import Redis

from app.auth import previous_token
from app.core.database import Database
from app.core.metrics import PREVIOUS_TOKEN_USES
from app.core.settings import Settings
from app.ops.doctor import broker
from tests.conftest import TOKEN
from tests.integration.guessing import OWN
from tests.rig.people import ME, bearer, process, status_of

NEW = "another-service-token-for-tests-0123456789"
BOTH = {"service_token": SecretStr(NEW), "service_token_previous": SecretStr(TOKEN)}
SESSION = "/api/v1/session"


@pytest.fixture(autouse=True)
def _servers(database: Database, redis: Redis) -> None:
    """Both are there, and empty."""


async def test_both_are_right_and_nothing_else_is(settings: Settings) -> None:
    async with process(settings, **BOTH) as client:
        for token in (NEW, TOKEN):
            assert await status_of(client, bearer(token)) == 200
            signed_in = await client.post(SESSION, json={"token": token}, headers=OWN)
            assert signed_in.status_code == 204
        client.cookies.clear()
        for wrong in (f"{NEW}x", NEW + TOKEN, TOKEN[:-1], "-"):
            assert await status_of(client, bearer(wrong)) == 401
    async with process(settings, service_token=SecretStr(NEW)) as client:
        assert await status_of(client, bearer(TOKEN)) == 401


async def test_a_token_that_is_not_set_is_nobody_s(settings: Settings) -> None:
    async with process(settings) as client:
        for nothing in ("", '""', "Bearer "):
            assert await status_of(client, {"X-Service-Token": nothing}) == 401


async def test_a_browser_stays_signed_in_until_the_previous_one_goes(settings: Settings) -> None:
    async with process(settings) as before:
        assert (await before.post(SESSION, json={"token": TOKEN}, headers=OWN)).status_code == 204
        cookies = before.cookies
    async with process(settings, **BOTH) as between:
        between.cookies = cookies
        assert (await between.get(ME)).status_code == 200
    async with process(settings, service_token=SecretStr(NEW)) as after:
        after.cookies = cookies
        assert (await after.get(ME)).status_code == 401


async def test_a_browser_that_signs_in_meanwhile_stays_so(settings: Settings) -> None:
    async with process(settings, **BOTH) as between:
        assert (await between.post(SESSION, json={"token": TOKEN}, headers=OWN)).status_code == 204
        cookies = between.cookies
    async with process(settings, service_token=SecretStr(NEW)) as after:
        after.cookies = cookies
        assert (await after.get(ME)).status_code == 200


async def test_the_doctor_names_who_still_uses_the_previous_one(
    settings: Settings, redis: Redis, capsys: pytest.CaptureFixture[str]
) -> None:
    changed = settings.model_copy(update=BOTH)
    uses = PREVIOUS_TOKEN_USES._value.get()

    async def said() -> str:
        return " | ".join(f"{one.state}: {one.text}" for one in await broker.check(changed))

    async with process(settings, **BOTH) as client:
        await status_of(client, bearer(NEW))
        assert "note: nobody used the previous service token today" in await said()
        for _ in range(3):
            await status_of(client, bearer(TOKEN))
    assert PREVIOUS_TOKEN_USES._value.get() == uses + 3
    logged = capsys.readouterr().err
    assert logged.count("previous_service_token_used") == 1
    assert TOKEN not in logged
    assert "note: the previous service token is still used by 127.0.0.1" in await said()
    assert 0 < await redis.ttl(previous_token.KEY) <= previous_token.KEPT_S
    await redis.zadd(previous_token.KEY, {"127.0.0.1": 1.0})
    assert "nobody used the previous service token today" in await said(), "a day ago"
    assert "previous" not in " ".join(one.text for one in await broker.check(settings))
