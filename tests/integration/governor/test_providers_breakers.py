"""Breakers over HTTP: opened and closed by hand, and shown by model and by provider."""

from typing import Any

import httpx2
import pytest
from redis.asyncio import Redis
from sqlalchemy import text

from app.core.database import Database
from app.core.settings import Settings
from app.governor.limiter.capacity import rules_of
from app.governor.limiter.quota import Quota
from app.governor.limiter.scripts import Report, Scripts
from app.governor.states import CallResult
from tests.integration.governor.provider_kit import LARGE, PRETEND, PROVIDERS, SMALL, fail, read
from tests.rig.audit import audit


@pytest.fixture
def scripts(redis: Redis, settings: Settings) -> Scripts:
    return Scripts(redis, rules_of(settings))


async def test_a_breaker_that_is_opened_by_hand_lets_nothing_through_until_it_is_closed(
    client: httpx2.AsyncClient, database: Database, scripts: Scripts, redis: Redis
) -> None:
    async with redis.pubsub(ignore_subscribe_messages=True) as channel:
        await channel.psubscribe("headrace:provider:*")
        answer = await client.post(f"{PROVIDERS}/played/breaker/open")
        assert (answer.status_code, answer.json()["state"]) == (200, "forced_open")
        verdict = await scripts.admit(LARGE, Quota(), call="c", prompt_tokens=1, output_tokens=1)
        assert (verdict.word, verdict.is_granted) == ("forced_open", False)
        assert (await read(client))["breaker"]["state"] == "forced_open"
        assert (await read(client, "sim"))["breaker"]["state"] == "closed"
        assert (await client.post(f"{PROVIDERS}/played/breaker/close")).json()["state"] == "closed"
        assert (await scripts.admit(LARGE, Quota(), call="c", prompt_tokens=1, output_tokens=1)).is_granted
        heard = [await channel.get_message(timeout=60) for _ in range(3)]  # the first is the subscription, ignored
        assert [one["data"] for one in heard if one] == [b"open", b"close"]
    assert [line[:2] for line in await audit(database)] == [
        ("breaker.open", "provider:played"),
        ("breaker.close", "provider:played"),
    ]
    states = await database.rows(text("SELECT provider, state FROM provider_states ORDER BY id"))
    assert [tuple(row) for row in states] == [("played", "forced_open"), ("played", "closed")]


async def test_a_call_that_ends_after_the_breaker_was_opened_by_hand_does_not_close_it(
    client: httpx2.AsyncClient, scripts: Scripts
) -> None:
    verdict = await scripts.admit(SMALL, Quota(), call="c", prompt_tokens=1, output_tokens=1)
    await client.post(f"{PROVIDERS}/played/breaker/open")
    await scripts.settle(SMALL, Quota(), "c", Report(CallResult.OK, verdict.tokens, 2))
    assert (await scripts.admit(SMALL, Quota(), call="d", prompt_tokens=1, output_tokens=1)).word == "forced_open"


@pytest.mark.parametrize("error", ["unavailable", "network"])
@pytest.mark.parametrize("verb", ["close", "reset"])
async def test_an_open_breaker_is_closed_and_reset_forgets_its_failures(
    client: httpx2.AsyncClient, scripts: Scripts, verb: str, error: str
) -> None:
    async def shown() -> dict[str, Any]:
        found = await read(client)
        breaker: dict[str, Any] = found["models"][0]["breaker"] if error == "unavailable" else found["breaker"]
        return breaker

    await fail(scripts, 5, error=error)
    found = await shown()
    assert (found["state"], found["failures"], found["last_error"]) == ("open", 5, error)
    assert found["until"] > found["last_error_at"]
    answer = (await client.post(f"{PROVIDERS}/played/breaker/{verb}")).json()
    wanted = ("closed", error, 5) if verb == "close" else ("closed", None, 0)
    assert (answer["state"], answer["last_error"], answer["failures"]) == wanted
    await fail(scripts, 4, error=error)  # they count anew
    assert (await shown())["state"] == "closed"
    await fail(scripts, 1, error=error)
    assert (await shown())["state"] == "open"


async def test_a_model_that_fails_is_shown_as_such_and_its_provider_only_when_all_of_them_do(
    client: httpx2.AsyncClient, scripts: Scripts
) -> None:
    await fail(scripts, 5)
    found = await read(client)
    assert [one["breaker"]["state"] for one in found["models"]] == ["open", "closed"]
    assert (found["breaker"]["state"], found["breaker"]["last_error"]) == ("closed", None)
    await fail(scripts, 5, target=LARGE)
    found = await read(client)
    first = min(one["breaker"]["until"] for one in found["models"])
    assert (found["breaker"]["state"], found["breaker"]["until"]) == ("open", first)
    await fail(scripts, 5, target=PRETEND, error="auth_failed")
    sim = await read(client, "sim")
    assert (sim["breaker"]["state"], sim["models"][0]["breaker"]["state"]) == ("open", "closed")
