"""Links by which a user sets a new password: whose, once, and what ends them."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import httpx2
import pytest
from fastapi import FastAPI
from redis.asyncio import Redis
from sqlalchemy import text

from app.core.database import Database
from app.core.settings import Settings
from tests.integration.guessing import OWN
from tests.rig.applications import started
from tests.rig.audit import audit
from tests.rig.links import reset
from tests.rig.people import AUTH, ME, PASSWORD, SERVICE, USERS, key_of, log_in, person, process, status_of


@pytest.fixture
def inviting(settings: Settings) -> Settings:
    return settings.model_copy(update={"registration": "invite"})


@pytest.fixture
async def app(inviting: Settings, database: Database, redis: Redis) -> AsyncIterator[FastAPI]:
    async with started(inviting) as app:
        yield app


async def test_a_reset_sets_a_password_and_ends_all_sessions(
    inviting: Settings, database: Database, redis: Redis
) -> None:
    async with process(inviting) as client, process(inviting) as other:
        ada = await person(client)
        key = {"X-API-Key": (await key_of(client, ada.headers))["key"]}
        opened = await other.post("/api/v1/session", json={"username": ada.email, "password": PASSWORD}, headers=OWN)
        assert opened.status_code == 204
        answer = await client.post(f"{USERS}/{ada.id}/reset", headers=SERVICE)
        link = answer.json()
        assert (answer.status_code, answer.headers["cache-control"], link["email"]) == (201, "no-store", ada.email)
        assert link["link"].startswith(f"{inviting.site_url}/reset#hr_link_")
        assert [await status_of(client, ada.headers), (await other.get(ME)).status_code] == [200, 200], "nothing yet"
        weak = await reset(client, link, ada.email)
        assert weak.json()["code"] == "weak_password"
        done = await reset(client, link, "the river ran high")
        assert (done.status_code, done.json()) == (200, {"email": ada.email})
        assert [await status_of(client, ada.headers), (await other.get(ME)).status_code] == [401, 401]
        assert await status_of(client, key) == 200, "keys go on"
        assert [(await log_in(client, ada.email, one)).status_code for one in (PASSWORD, "the river ran high")] == [
            401,
            200,
        ]
        assert (await reset(client, link, "the third of them")).json()["code"] == "bad_link"
        lines = [line for line in await audit(database) if line[0].startswith("user.reset")]
        assert lines == [
            ("user.reset_link", f"user:{ada.id}", {"email": ada.email}),
            ("user.reset", f"user:{ada.id}", None),
        ]


async def test_a_reset_is_over_when_what_it_is_for_has_happened(anonymous: httpx2.AsyncClient) -> None:
    ada = await person(anonymous)

    async def made() -> dict[str, Any]:
        answer = await anonymous.post(f"{USERS}/{ada.id}/reset", headers=SERVICE)
        assert answer.status_code == 201
        link: dict[str, Any] = answer.json()
        return link

    first, second = await made(), await made()
    assert (await reset(anonymous, first, "the river ran high")).json()["code"] == "bad_link", "there is another"
    body = {"current": PASSWORD, "new": "the river ran high"}
    assert (await anonymous.post(f"{AUTH}/password", json=body, headers=ada.headers)).status_code == 204
    assert (await reset(anonymous, second, "the third of them")).json()["code"] == "bad_link"
    third = await made()
    await anonymous.patch(f"{USERS}/{ada.id}", json={"is_active": False}, headers=SERVICE)
    assert (await reset(anonymous, third, "the third of them")).json()["code"] == "bad_link"
    refused = await anonymous.post(f"{USERS}/{ada.id}/reset", headers=SERVICE)
    assert (refused.status_code, refused.json()["code"]) == (409, "user_disabled")


async def test_whose_password_cannot_be_reset(anonymous: httpx2.AsyncClient, database: Database) -> None:
    service = "00000000-0000-7000-8000-000000000001"
    refused = await anonymous.post(f"{USERS}/{service}/reset", headers=SERVICE)
    assert (refused.status_code, refused.json()["code"]) == (409, "no_password")
    ada = await person(anonymous)  # as one whom a provider signs in
    await database.rows(text("UPDATE users SET password_hash = NULL WHERE id = :id"), {"id": ada.id})
    refused = await anonymous.post(f"{USERS}/{ada.id}/reset", headers=SERVICE)
    assert (refused.status_code, refused.json()["code"]) == (409, "no_password")
    body = {"current": PASSWORD, "new": "the river ran high"}
    own = await anonymous.post(f"{AUTH}/password", json=body, headers=ada.headers)
    assert (own.status_code, own.json()["code"]) == (409, "no_password")
    assert (await anonymous.post(f"{USERS}/{uuid4()}/reset", headers=SERVICE)).json()["code"] == "user_not_found"
