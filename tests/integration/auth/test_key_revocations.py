"""Revoked means refused: with the next request, at every process, whatever became of Redis."""

from typing import Any

import pytest
from pydantic import SecretStr
from redis.asyncio import Redis

from app.auth.resources import Resources
from app.core.application_state import part_of
from app.core.database import Database
from app.core.settings import Settings
from tests.rig.people import KEYS, ME, SERVICE, USERS, bearer, key_of, person, process, status_of, warm
from tests.rig.stack import eventually


@pytest.mark.parametrize("away", [False, True])
async def test_a_revoked_key_is_refused_at_every_process_with_the_next_request(
    settings: Settings, database: Database, redis: Redis, *, away: bool
) -> None:
    changes: dict[str, Any] = {"redis_url": SecretStr("redis://127.0.0.1:1/0")} if away else {}
    async with process(settings) as first, process(settings, **changes) as second:
        ada = await person(first)
        made = await key_of(first, ada.headers)
        headers = bearer(made["key"])
        await warm(first, headers)
        if away:
            assert await status_of(second, headers) == 200
        else:
            await warm(second, headers)
        assert (await first.delete(f"{KEYS}/{made['id']}", headers=ada.headers)).status_code == 204
        assert [await status_of(one, headers) for one in (first, second)] == [401, 401]


async def test_flushing_redis_brings_no_revoked_key_back(settings: Settings, database: Database, redis: Redis) -> None:
    async with process(settings) as first, process(settings) as second:
        ada = await person(first)
        made = await key_of(first, ada.headers)
        headers = bearer(made["key"])
        await warm(second, headers)
        await first.delete(f"{KEYS}/{made['id']}", headers=ada.headers)
        await redis.flushall()
        assert await status_of(second, headers) == 401


async def test_a_process_whose_line_was_cut_hears_of_it_by_asking(
    settings: Settings, database: Database, redis: Redis
) -> None:
    async with process(settings) as first, process(settings) as second:
        ada = await person(first)
        made = await key_of(first, ada.headers)
        headers = bearer(made["key"])
        await warm(second, headers)
        await redis.client_kill_filter(_type="pubsub")
        principals = part_of(second._transport.app, Resources).principals  # type: ignore[attr-defined]
        await eventually(lambda: not principals._found, what="it has noticed")
        await first.delete(f"{KEYS}/{made['id']}", headers=ada.headers)
        assert await status_of(second, headers) == 401


async def test_a_demotion_shrinks_old_keys_and_a_disabled_user_has_none(
    settings: Settings, database: Database, redis: Redis
) -> None:
    async with process(settings) as first, process(settings) as second:
        ada = await person(first, "operator")
        key = bearer((await key_of(first, ada.headers, scopes=["jobs:read", "jobs:write", "operate"]))["key"])
        await warm(second, key)
        assert await status_of(second, key, "/metrics") == 200
        await first.patch(f"{USERS}/{ada.id}", json={"role": "viewer"}, headers=SERVICE)
        assert (await second.get(ME, headers=key)).json()["rights"] == ["jobs:read"]
        assert await status_of(second, key, "/metrics") == 403
        assert (await second.post("/api/v1/jobs", json={}, headers=key)).status_code == 403
        await first.patch(f"{USERS}/{ada.id}", json={"is_active": False}, headers=SERVICE)
        assert await status_of(second, key) == 401
        await first.patch(f"{USERS}/{ada.id}", json={"is_active": True}, headers=SERVICE)
        assert await status_of(second, key) == 200, "keys are not ended by it"
