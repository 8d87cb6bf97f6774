"""A provider's status: where the check goes, what its answer means, and what calls saw since."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI
from redis.asyncio import Redis

from app.core.settings import Settings
from app.governor.breaker.state import Breaker
from app.governor.limiter.capacity import rules_of
from app.governor.limiter.quota import Quota
from app.governor.limiter.scripts import Report, Scripts
from app.governor.states import BreakerState, CallResult
from app.governor.status import judge
from app.llm import presets
from app.llm.checked import Checked
from tests.integration.governor.played_provider import PlayedProvider
from tests.integration.governor.provider_kit import SMALL, fail, status
from tests.rig.callers import MEMBER, posing_as
from tests.rig.outage import without_redis
from tests.unit.llm.hostile import bomb

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.fixture
def scripts(redis: Redis, settings: Settings) -> Scripts:
    return Scripts(redis, rules_of(settings))


async def test_the_check_asks_the_configured_address_with_the_key(
    client: httpx2.AsyncClient, provider: PlayedProvider
) -> None:
    found = await status(client)
    assert (found["state"], found["is_stale"], found["consecutive_failures"]) == ("active", False, 0)
    assert (found["balance_usd"], found["usage_usd"], found["last_success_at"]) == (None, None, None)
    assert found["quotas"]["small"]["effective"] == "60/min,20000tok/min"
    [(line, headers)] = provider.asked
    assert line == "GET /v1/models HTTP/1.1"
    assert headers["authorization"] == "Bearer sk-played-0123456789"


@pytest.mark.parametrize(
    ("code", "state"),
    [
        (200, "active"),
        (401, "key_invalid"),
        (403, "key_invalid"),
        (402, "credits_exhausted"),
        (429, "rate_limited"),
        (404, "unknown"),
        (500, "error"),
        (503, "error"),
    ],
)
async def test_each_answer_has_its_state(
    client: httpx2.AsyncClient, provider: PlayedProvider, code: int, state: str
) -> None:
    provider.answers["/v1/models"] = (code, {"error": "sk-played-0123456789"})
    found = await status(client)
    assert (found["state"], bool(found["message"])) == (state, True)
    assert "sk-played" not in json.dumps(found)


@pytest.mark.parametrize(
    ("code", "body", "state"),
    [
        (400, [{"error": {"message": "x", "details": [{"reason": "API_KEY_INVALID"}]}}], "key_invalid"),  # Gemini
        (400, {"error": "Incorrect API key provided: a***b."}, "key_invalid"),  # xAI
        (400, {"error": {"message": "Budget has been exceeded!", "type": "budget_exceeded"}}, "credits_exhausted"),
        (403, {"error": {"message": "Key limit exceeded (total limit)."}}, "credits_exhausted"),
        (429, {"error": {"code": "insufficient_quota"}}, "credits_exhausted"),
        (503, {"error": {"status": "RESOURCE_EXHAUSTED"}}, "rate_limited"),
        (400, {"error": "no such thing"}, "error"),
    ],
)
async def test_a_body_says_more_than_a_status(
    client: httpx2.AsyncClient, provider: PlayedProvider, code: int, body: Any, state: str
) -> None:
    provider.answers["/v1/models"] = (code, body)
    assert (await status(client))["state"] == state


async def test_a_redirect_is_not_followed(client: httpx2.AsyncClient, provider: PlayedProvider) -> None:
    provider.answers["/v1/models"] = (302, {})
    provider.headers["location"] = "https://elsewhere.example/v1?secret"
    found = await status(client)
    assert found["state"] == "error"
    assert found["message"].endswith("it redirects to https://elsewhere.example (HTTP 302): set the base URL to that.")
    assert provider.paths == ["/v1/models"]


async def test_an_answer_beyond_every_limit_is_an_answer(client: httpx2.AsyncClient, provider: PlayedProvider) -> None:
    provider.headers["content-encoding"] = "gzip"
    provider.answers["/v1/models"] = (200, bomb(100))
    assert (await status(client))["state"] == "active"


async def test_a_preset_says_in_which_header_the_key_goes(
    client: httpx2.AsyncClient, provider: PlayedProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.llm.presets.find", lambda _: presets.known()["azure"])
    assert (await status(client))["state"] == "active"
    [(_, headers)] = provider.asked
    assert headers["api-key"] == "sk-played-0123456789"
    assert "authorization" not in headers


async def test_a_provider_that_does_not_answer_is_an_error(
    client: httpx2.AsyncClient, provider: PlayedProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.llm.check.TIMEOUT_S", 0.2)
    provider.held.clear()
    assert "did not answer" in (await status(client))["message"]


async def test_an_answer_without_end_is_read_to_64_kilobytes(
    client: httpx2.AsyncClient, provider: PlayedProvider
) -> None:
    provider.answers["/v1/models"] = (200, b"x" * 20_000_000)
    assert (await status(client))["state"] == "active"


async def test_a_simulation_is_always_active_and_nobody_is_asked(
    client: httpx2.AsyncClient, provider: PlayedProvider
) -> None:
    assert (await status(client, "sim"))["state"] == "active"
    assert provider.asked == []


@pytest.mark.parametrize(
    ("key", "credit", "balance", "state"),
    [
        ({"limit": 100, "usage": 25.5}, None, 74.5, "active"),
        ({"limit": None, "usage": 0}, {"total_credits": 10, "total_usage": 0}, 10.0, "active"),
        ({"limit": None, "usage": 0}, None, None, "active"),
        ({"limit": 50, "usage": 5}, {"total_credits": 10, "total_usage": 7.5}, 2.5, "active"),
        ({"limit": 5, "usage": 90, "limit_remaining": 4}, None, 4.0, "active"),
        ({"limit": 5, "usage": 5}, None, 0.0, "credits_exhausted"),
        ({"limit": None, "usage": 9}, {"total_credits": 9, "total_usage": 9.5}, -0.5, "credits_exhausted"),
        ({"limit": 10**400, "usage": 5}, None, None, "active"),
        ({"limit": float("inf"), "usage": 5}, None, None, "active"),
    ],
)
async def test_the_balance_is_what_can_still_be_spent_never_what_was(
    client: httpx2.AsyncClient,
    provider: PlayedProvider,
    monkeypatch: pytest.MonkeyPatch,
    key: dict[str, Any],
    credit: dict[str, Any] | None,
    balance: float | None,
    state: str,
) -> None:
    monkeypatch.setattr("app.llm.presets.find", lambda _: presets.known()["openrouter"])
    provider.answers["/v1/key"] = (200, {"data": {"usage_daily": 1.5, "usage_monthly": 3, **key}})
    provider.answers["/v1/credits"] = (200, {"data": credit}) if credit else (403, {"error": "not for this key"})
    found = await status(client)
    assert (found["state"], found["balance_usd"], found["usage_usd"]) == (state, balance, key["usage"])
    assert (found["usage_today_usd"], found["usage_month_usd"]) == (1.5, 3.0)
    assert provider.paths == ["/v1/key", "/v1/credits"]
    told = (await client.get("/api/v1/providers/played/status", headers=posing_as(MEMBER))).json()
    amounts = ("balance_usd", "usage_usd", "usage_today_usd", "usage_month_usd")
    assert (told["state"], [told[name] for name in amounts]) == (state, [None] * 4), (
        "an account is the operators' matter"
    )


async def test_a_refused_key_of_openrouter_is_asked_nothing_more(
    client: httpx2.AsyncClient, provider: PlayedProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.llm.presets.find", lambda _: presets.known()["openrouter"])
    provider.answers["/v1/key"] = (401, {"error": {"message": "no"}})
    assert (await status(client))["state"] == "key_invalid"
    assert provider.paths == ["/v1/key"]


async def test_what_a_call_saw_counts_at_once(client: httpx2.AsyncClient, scripts: Scripts, redis: Redis) -> None:
    await status(client)
    await fail(scripts, 1, error="auth_failed")
    found = await status(client)
    assert (found["state"], found["last_error"], found["consecutive_failures"]) == ("key_invalid", "auth_failed", 1)
    await fail(scripts, 1, error="unavailable")
    assert (await status(client))["state"] == "error"
    verdict = await scripts.admit(SMALL, Quota(), call="c", prompt_tokens=1, output_tokens=1)
    await scripts.settle(SMALL, Quota(), "c", Report(CallResult.OK, verdict.tokens, 2))
    found = await status(client)
    assert (found["state"], found["consecutive_failures"]) == ("active", 0)
    assert found["last_success_at"] > found["last_error_at"]
    verdict = await scripts.admit(SMALL, Quota(), call="d", prompt_tokens=1, output_tokens=1)
    await scripts.settle(SMALL, Quota(), "d", Report(CallResult.LIMITED, verdict.tokens, 0, retry_after_s=30.0))
    assert (await status(client))["state"] == "rate_limited"


async def test_a_check_takes_nothing_of_the_quota(client: httpx2.AsyncClient, provider: PlayedProvider) -> None:
    provider.answers["/v1/models"] = (503, {})
    for _ in range(6):
        found = await status(client)
    assert (found["quotas"]["small"]["requests_left"], found["breaker"]["failures"]) == (60.0, 0)


async def test_without_redis_nobody_is_asked_and_the_state_is_unknown(
    client: httpx2.AsyncClient, app: FastAPI, provider: PlayedProvider
) -> None:
    with without_redis(app):
        found = await status(client)
    assert (found["state"], found["checked_at"], found["breaker"]) == ("unknown", None, None)
    assert provider.asked == []


def seen(*, ok_s: float | None = None, error_s: float | None = None, error: str = "unavailable") -> Breaker:
    return Breaker(
        state=BreakerState.CLOSED,
        until=None,
        failures=0,
        last_ok_at=None if ok_s is None else NOW + timedelta(seconds=ok_s),
        last_error=None if error_s is None else error,
        last_error_at=None if error_s is None else NOW + timedelta(seconds=error_s),
    )


@pytest.mark.parametrize(
    ("checked", "breaker", "is_limited", "wanted"),
    [
        ("active", seen(), False, "active"),
        ("error", seen(ok_s=1), False, "active"),
        ("active", seen(error_s=1), False, "error"),
        ("active", seen(error_s=1, error="insufficient_credits"), False, "credits_exhausted"),
        ("active", seen(ok_s=2, error_s=1), False, "active"),
        ("active", seen(ok_s=1, error_s=2, error="auth_failed"), False, "key_invalid"),
        ("active", seen(error_s=-1), False, "active"),
        ("key_invalid", seen(ok_s=-1), False, "key_invalid"),
        ("key_invalid", seen(), True, "key_invalid"),
        ("active", seen(ok_s=1), True, "rate_limited"),
        ("active", None, False, "active"),
    ],
)
def test_the_last_word_counts(checked: Any, breaker: Breaker | None, is_limited: bool, wanted: str) -> None:
    assert judge(Checked(checked, "x"), NOW, breaker, is_limited=is_limited)[0] == wanted


def test_what_was_never_asked_and_never_used_is_unknown() -> None:
    assert judge(Checked("unknown", "x"), None, seen(), is_limited=False)[0] == "unknown"
    assert judge(Checked("unknown", "x"), None, seen(ok_s=0), is_limited=False)[0] == "active"
