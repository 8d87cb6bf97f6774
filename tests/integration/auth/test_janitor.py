"""The janitor of API keys: what it deactivates and deletes, when, and who the log says that it was."""

import asyncio
from typing import Any

import httpx2
from redis.asyncio import Redis
from sqlalchemy import text

from app.auth.keys import janitor
from app.auth.keys.schemas import KeysCleaned
from app.auth.principals import Principals
from app.auth.revocations import Revocations
from app.core.database import Database
from app.core.settings import Settings
from tests.rig.audit import audit
from tests.rig.people import KEYS, SERVICE, bearer, key_of, person, process, status_of, warm

JANITOR = "/api/v1/admin/janitor"


async def age(database: Database, key_id: str, **intervals: str) -> None:
    """Write times of a key that lie so far back."""
    changes = ", ".join(f"{name} = now() - interval '{ago}'" for name, ago in intervals.items())
    await database.rows(text(f"UPDATE api_keys SET {changes} WHERE id = :id"), {"id": key_id})


async def clean(database: Database, redis: Redis, settings: Settings, **changes: Any) -> KeysCleaned:
    """Run it as the scheduler does."""
    changed = settings.model_copy(update=changes)
    return await janitor.clean(database, Revocations(Principals(), redis), changed)


async def kept(database: Database) -> set[str]:
    return {row.id for row in await database.rows(text("SELECT id FROM api_keys"))}


async def test_an_unused_key_is_deactivated_and_later_deleted(
    anonymous: httpx2.AsyncClient, database: Database, redis: Redis, settings: Settings
) -> None:
    ada = await person(anonymous)
    never, once, fresh = [await key_of(anonymous, ada.headers) for _ in range(3)]
    await age(database, never["id"], created_at="31 days")
    await age(database, once["id"], created_at="80 days", last_used_at="31 days")
    await age(database, fresh["id"], created_at="80 days", last_used_at="29 days")
    done = await clean(database, redis, settings)
    assert (done.unused, done.expired, done.deleted) == (sorted([never["id"], once["id"]]), [], [])
    assert [await status_of(anonymous, bearer(one["key"])) for one in (never, once, fresh)] == [401, 401, 200]
    shown = (await anonymous.get(f"{KEYS}/{never['id']}", headers=ada.headers)).json()
    assert (shown["is_active"], shown["revoked_at"]) == (False, None)
    assert shown["deactivated_at"] is not None
    (line,) = [one for one in await audit(database) if one[0] == "key.clean"]
    assert line == ("key.clean", "keys", {"unused": {"count": 2, "keys": done.unused}})
    assert await clean(database, redis, settings) == KeysCleaned(dry_run=False, expired=[], unused=[], deleted=[])

    await age(database, never["id"], deactivated_at="11 days")
    await age(database, once["id"], deactivated_at="9 days")
    assert (await clean(database, redis, settings)).deleted == [never["id"]]
    assert await kept(database) == {once["id"], fresh["id"]}
    lines = (await anonymous.get("/api/v1/admin/audit?action=key.clean", headers=SERVICE)).json()["items"]
    assert [(one["actor"], one["user_id"], one["detail"]) for one in lines] == [
        ("janitor", None, {"deleted": {"count": 1, "keys": [never["id"]]}}),
        ("janitor", None, {"unused": {"count": 2, "keys": done.unused}}),
    ]


async def test_a_key_that_is_used_all_the_time_is_never_taken_for_unused(
    anonymous: httpx2.AsyncClient, database: Database, redis: Redis, settings: Settings
) -> None:
    """Its last use is written once a minute, and a little later."""
    key = await key_of(anonymous, (await person(anonymous)).headers)
    await age(database, key["id"], created_at="80 days", last_used_at="30 days 61 seconds")
    assert (await clean(database, redis, settings)).unused == []
    await age(database, key["id"], last_used_at="30 days 1 hour")
    assert (await clean(database, redis, settings)).unused == [key["id"]]


async def test_a_key_that_is_over_is_deactivated_and_later_deleted(
    anonymous: httpx2.AsyncClient, database: Database, redis: Redis, settings: Settings
) -> None:
    ada = await person(anonymous)
    key = await key_of(anonymous, ada.headers)
    await age(database, key["id"], expires_at="1 second")
    done = await clean(database, redis, settings, keys_unused_days=0.0)
    assert (done.expired, done.unused) == ([key["id"]], [])
    refused = await anonymous.post(f"{KEYS}/{key['id']}/restore", headers=ada.headers)
    assert refused.json()["code"] == "key_not_restorable"
    await age(database, key["id"], deactivated_at="11 days")
    assert (await clean(database, redis, settings)).deleted == [key["id"]]


async def test_a_revoked_key_is_kept_as_long_as_it_can_be_restored(
    anonymous: httpx2.AsyncClient, database: Database, redis: Redis, settings: Settings
) -> None:
    ada = await person(anonymous)
    early, late = [await key_of(anonymous, ada.headers) for _ in range(2)]
    for key, ago in ((early, "31 days"), (late, "29 days")):
        await anonymous.delete(f"{KEYS}/{key['id']}", headers=ada.headers)
        await age(database, key["id"], revoked_at=ago, created_at="80 days")
    done = await clean(database, redis, settings)
    assert (done.unused, done.deleted) == ([], [early["id"]])
    restored = await anonymous.post(f"{KEYS}/{late['id']}/restore", headers=ada.headers)
    assert restored.status_code == 200
    assert (await clean(database, redis, settings)).unused == [], "to be restored counts as a use"
    assert await status_of(anonymous, bearer(late["key"])) == 200
    await anonymous.delete(f"{KEYS}/{late['id']}", headers=ada.headers)
    await age(database, late["id"], revoked_at="31 days", deactivated_at="31 days")
    assert (await clean(database, redis, settings, keys_kept_days=60.0)).deleted == []


async def test_an_unused_key_is_restored_until_it_is_gone(
    anonymous: httpx2.AsyncClient, database: Database, redis: Redis, settings: Settings
) -> None:
    ada = await person(anonymous)
    key = await key_of(anonymous, ada.headers)
    await age(database, key["id"], created_at="31 days")
    await clean(database, redis, settings)
    rotated = await anonymous.post(f"{KEYS}/{key['id']}/rotate", headers=ada.headers)
    assert rotated.json()["code"] == "key_not_rotatable"
    restored = (await anonymous.post(f"{KEYS}/{key['id']}/restore", headers=ada.headers)).json()
    assert (restored["is_active"], restored["deactivated_at"]) == (True, None)
    assert await status_of(anonymous, bearer(key["key"])) == 200
    assert (await clean(database, redis, settings)).unused == []


async def test_zero_days_are_never(
    anonymous: httpx2.AsyncClient, database: Database, redis: Redis, settings: Settings
) -> None:
    ada = await person(anonymous)
    unused, old, revoked = [await key_of(anonymous, ada.headers) for _ in range(3)]
    await age(database, unused["id"], created_at="900 days")
    await age(database, old["id"], deactivated_at="900 days")
    await age(database, revoked["id"], revoked_at="900 days")
    done = await clean(database, redis, settings, keys_unused_days=0.0, keys_kept_days=0.0)
    assert (done.expired, done.unused, done.deleted) == ([], [], [])
    assert not [line for line in await audit(database) if line[0] == "key.clean"]


async def test_a_dry_run_changes_nothing(anonymous: httpx2.AsyncClient, database: Database) -> None:
    ada = await person(anonymous)
    unused, old = [await key_of(anonymous, ada.headers) for _ in range(2)]
    await age(database, unused["id"], created_at="31 days")
    await age(database, old["id"], deactivated_at="11 days")
    expected = {"expired": [], "unused": [unused["id"]], "deleted": [old["id"]]}
    dry = await anonymous.post(JANITOR, json={"dry_run": True}, headers=SERVICE)
    assert dry.json() == {"dry_run": True, **expected}
    assert await status_of(anonymous, bearer(unused["key"])) == 200
    assert not [line for line in await audit(database) if line[0] == "key.clean"]
    root = await person(anonymous, "admin")
    wet = await anonymous.post(JANITOR, headers=root.headers)
    assert wet.json() == {"dry_run": False, **expected}
    assert await kept(database) == {unused["id"]}
    (shown, *_) = (await anonymous.get("/api/v1/admin/audit", headers=SERVICE)).json()["items"]
    assert (shown["action"], shown["actor"], shown["user_id"]) == ("key.clean", root.email, root.id)


async def test_several_at_once_share_the_work(
    anonymous: httpx2.AsyncClient, database: Database, redis: Redis, settings: Settings
) -> None:
    ada = await person(anonymous)
    made = sorted([(await key_of(anonymous, ada.headers))["id"] for _ in range(12)])
    for key_id in made:
        await age(database, key_id, created_at="31 days")
    done = await asyncio.gather(*(clean(database, redis, settings) for _ in range(4)))
    assert sorted(key_id for one in done for key_id in one.unused) == made, "each key by one of them"
    lines = [detail["unused"]["keys"] for action, _, detail in await audit(database) if action == "key.clean"]
    assert sorted(key_id for keys in lines for key_id in keys) == made


async def test_what_a_process_remembers_of_a_deactivated_key_is_dropped(
    settings: Settings, database: Database, redis: Redis
) -> None:
    async with process(settings) as client:
        key = await key_of(client, (await person(client)).headers)
        await warm(client, bearer(key["key"]))
        await age(database, key["id"], created_at="31 days", last_used_at="31 days")
        assert (await clean(database, redis, settings)).unused == [key["id"]]
        assert await status_of(client, bearer(key["key"])) == 401
