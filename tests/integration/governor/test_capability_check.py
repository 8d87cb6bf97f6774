"""What a model can do, asked over HTTP, and what was learned, forgotten over HTTP."""

import asyncio
from typing import Any

import httpx2
import pytest
from redis.asyncio import Redis
from sqlalchemy import text

from app.core.database import Database
from app.governor import capability_check
from app.governor.dialect_store import DialectStore
from tests.integration.governor.played_provider import PlayedProvider
from tests.integration.governor.provider_kit import PROVIDERS, SMALL

ANSWER = {
    "model": "small-1",
    "choices": [{"message": {"content": '{"colour": "green"}'}, "finish_reason": "stop"}],
    "usage": {"prompt_tokens": 5, "completion_tokens": 7},
}
CALL = "/v1/chat/completions"


async def check(client: httpx2.AsyncClient, name: str = "played", **body: Any) -> httpx2.Response:
    return await client.post(f"{PROVIDERS}/{name}/check", json=body)


async def actions(database: Database) -> list[str]:
    return [row.action for row in await database.rows(text("SELECT action FROM audit_log ORDER BY at"))]


async def test_a_check_asks_the_model_and_leaves_a_line_in_the_audit_log(
    client: httpx2.AsyncClient, provider: PlayedProvider, database: Database, redis: Redis
) -> None:
    provider.answers[CALL] = (200, ANSWER)
    found = (await check(client, model="small")).raise_for_status().json()
    assert (found["provider"], found["model"], found["calls"]) == ("played", "small", provider.paths.count(CALL))
    assert {one["name"]: one["can"] for one in found["findings"]}["json_schema"] is True
    assert '[models.small]\nprovider = "played"' in found["toml"]
    assert "sk-played" not in str(found)
    assert await actions(database) == ["provider.check"]
    assert not await redis.keys("*check*")


async def test_a_provider_is_checked_by_one_at_a_time(client: httpx2.AsyncClient, provider: PlayedProvider) -> None:
    provider.answers[CALL] = (200, ANSWER)
    provider.held.clear()
    first = asyncio.create_task(check(client))
    await provider.was_asked.wait()
    second = await check(client)
    assert (second.status_code, second.json()["code"]) == (409, "check_running")
    provider.held.set()
    assert (await first).status_code == 200


async def test_a_check_ends_before_its_lock_does(
    client: httpx2.AsyncClient, provider: PlayedProvider, redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(capability_check, "LONGEST_S", 0.2)
    provider.held.clear()
    found = (await check(client)).raise_for_status().json()
    assert [(one["name"], one["can"]) for one in found["findings"]] == [("answers", None)]
    assert found["toml"] is None
    assert not await redis.keys("*check*")


async def test_what_cannot_be_checked_says_why(client: httpx2.AsyncClient, provider: PlayedProvider) -> None:
    assert (await check(client, "nobody")).status_code == 404
    assert (await check(client, model="large-2")).status_code == 422
    assert (await check(client, "sim")).json()["calls"] == 0
    provider.answers[CALL] = (401, {"error": {"message": "Incorrect API key provided: sk-played-0123456789"}})
    found = (await check(client)).raise_for_status().json()
    assert [one["can"] for one in found["findings"]] == [False]
    assert "sk-played" not in str(found)
    await client.post(f"{PROVIDERS}/played/breaker/open")
    refused = await check(client)
    assert (refused.status_code, refused.json()["code"]) == (409, "provider_closed")


async def test_what_was_learned_is_shown_and_forgotten(
    client: httpx2.AsyncClient, database: Database, redis: Redis
) -> None:
    await DialectStore(database, redis).note(SMALL, {"temperature": False}, "Unsupported parameter: 'temperature'.")
    shown = (await client.get(PROVIDERS)).json()["providers"][0]["models"][0]
    assert [(one["parameter"], one["value"]) for one in shown["learned"]] == [("temperature", False)]
    assert shown["dialect"]["temperature"] is False
    assert (await client.post(f"{PROVIDERS}/played/forget", json={"model": "small"})).status_code == 204
    shown = (await client.get(PROVIDERS)).json()["providers"][0]["models"][0]
    assert (shown["learned"], shown["dialect"]["temperature"]) == ([], True)
    assert await actions(database) == ["provider.forget"]
