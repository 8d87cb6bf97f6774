"""One check for all who ask: who makes it, how long it stands, and what others do meanwhile."""

import asyncio
import json
from typing import Any

import httpx2
import pytest
from redis.asyncio import Redis

from app.governor.status import Kept, StatusBoard
from tests.integration.governor.played_provider import PlayedProvider
from tests.integration.governor.provider_kit import status
from tests.rig.stack import eventually


async def age(redis: Redis, seconds: float) -> None:
    """Make the check that is kept older."""
    stored = json.loads(await redis.get("headrace:status:played") or b"{}")
    await redis.set("headrace:status:played", json.dumps(stored | {"at": stored["at"] - seconds}), keepttl=True)


async def test_those_who_ask_together_share_one_check(client: httpx2.AsyncClient, provider: PlayedProvider) -> None:
    provider.held.clear()
    asking = [asyncio.create_task(status(client)) for _ in range(20)]
    await provider.was_asked.wait()
    provider.held.set()
    assert [one["state"] for one in await asyncio.gather(*asking)] == ["active"] * 20
    assert len(provider.asked) == 1


async def test_a_check_is_fresh_for_a_minute_and_then_served_while_one_refresh_runs(
    client: httpx2.AsyncClient, provider: PlayedProvider, redis: Redis
) -> None:
    first = await status(client)
    await age(redis, 45)
    assert (await status(client))["is_stale"] is False
    await age(redis, 20)
    provider.held.clear()
    provider.answers["/v1/models"] = (401, {})
    for one in await asyncio.gather(*(status(client) for _ in range(10))):
        assert (one["state"], one["is_stale"]) == ("active", True)  # at once, though the check hangs
    assert len(provider.asked) == 2
    provider.held.set()

    async def refreshed() -> dict[str, Any] | None:
        found = await status(client)
        return None if found["is_stale"] else found

    found = await eventually(refreshed)
    assert (found["state"], found["checked_at"] > first["checked_at"]) == ("key_invalid", True)
    assert len(provider.asked) == 2


async def test_a_check_that_another_made_in_the_meantime_is_not_made_again(
    client: httpx2.AsyncClient, provider: PlayedProvider, redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    await status(client)
    await age(redis, 65)
    find = StatusBoard._find
    others = ["another's"]

    async def find_and_be_overtaken(self: StatusBoard, name: str) -> Kept | None:
        found = await find(self, name)
        if others:
            await self._refresh(name, others.pop(), before=found)
        return found

    monkeypatch.setattr(StatusBoard, "_find", find_and_be_overtaken)
    assert (await status(client))["is_stale"] is True
    await eventually(lambda: _is_unlocked(redis), what="the refresh is over")
    assert len(provider.asked) == 2
    assert (await status(client))["is_stale"] is False


async def _is_unlocked(redis: Redis) -> bool:
    return not await redis.exists("headrace:status:played:lock")


async def test_a_forced_check_is_made_once_in_ten_seconds(
    client: httpx2.AsyncClient, provider: PlayedProvider, redis: Redis
) -> None:
    await status(client)
    provider.answers["/v1/models"] = (401, {})
    assert (await status(client))["state"] == "active"
    assert (await status(client, force=True))["state"] == "key_invalid"
    provider.answers["/v1/models"] = (200, {})
    assert (await status(client, force=True))["state"] == "key_invalid"
    assert len(provider.asked) == 2
    assert 0 < await redis.ttl("headrace:status:played:forced") <= 10


async def test_the_lock_of_another_is_not_released(
    client: httpx2.AsyncClient, provider: PlayedProvider, redis: Redis
) -> None:
    provider.held.clear()
    asking = asyncio.create_task(status(client))
    await provider.was_asked.wait()
    await redis.set("headrace:status:played:lock", "another's", ex=10)  # as if ours had run out
    provider.held.set()
    await asking
    assert await redis.get("headrace:status:played:lock") == b"another's"
