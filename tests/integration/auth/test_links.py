"""Invites: who may make them, who may use them, and what opens nothing any more."""

import asyncio
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
from tests.integration.guessing import client_of
from tests.rig.applications import started
from tests.rig.audit import audit
from tests.rig.links import ACCEPT, ADA, INVITES, RESET, accept, invite, reset, token_of
from tests.rig.people import AUTH, ME, PASSWORD, SERVICE, USERS, log_in, person, process, status_of


@pytest.fixture
def inviting(settings: Settings) -> Settings:
    return settings.model_copy(update={"registration": "invite"})


@pytest.fixture
async def app(inviting: Settings, database: Database, redis: Redis) -> AsyncIterator[FastAPI]:
    async with started(inviting) as app:
        yield app


async def test_an_invite_makes_the_account_that_it_names(
    anonymous: httpx2.AsyncClient, database: Database, inviting: Settings
) -> None:
    team = (await anonymous.post("/api/v1/admin/teams", json={"name": "millers"}, headers=SERVICE)).json()["id"]
    answer = await anonymous.post(
        INVITES, json={"email": "Ada@Example.org", "role": "operator", "team_id": team}, headers=SERVICE
    )
    made = answer.json()
    assert answer.headers["cache-control"] == "no-store"
    assert made["link"].startswith(f"{inviting.site_url}/invite#hr_link_")
    assert made["is_live"]
    opened = await anonymous.get("/invite")
    assert opened.status_code in {200, 404, 503}, "a mail scanner opens the page, and uses nothing up"
    done = await accept(anonymous, made)
    assert (done.status_code, done.json()) == (201, {"email": ADA})
    pair = (await log_in(anonymous, ADA)).json()
    me = (await anonymous.get(ME, headers={"Authorization": f"Bearer {pair['access_token']}"})).json()
    assert (me["role"], {one["id"] for one in me["teams"]}) == ("operator", {me["user_id"], team})
    (shown,) = (await anonymous.get(INVITES, headers=SERVICE)).json()["items"]
    assert (shown["is_live"], shown["user_id"]) == (False, me["user_id"])
    assert shown["used_at"] is not None
    assert "link" not in shown
    kept = str(await database.rows(text("SELECT * FROM one_time_links")))
    assert token_of(made) not in kept
    told = {"email": ADA, "role": "operator", "team_id": team}
    assert [line for line in await audit(database) if line[0].startswith("invite.")] == [
        ("invite.create", f"invite:{made['id']}", told),
        ("invite.accept", f"user:{me['user_id']}", {"invite": made["id"], **told}),
    ]


async def test_an_invite_works_once(inviting: Settings, database: Database, redis: Redis) -> None:
    async with process(inviting) as first, process(inviting) as second:
        made = await invite(first)
        answers = await asyncio.gather(*(accept(one, made) for one in (first, second) * 4))
        codes = sorted(one.status_code for one in answers)
        assert codes[0] == 201
        assert set(codes[1:]) <= {401, 429}
        assert "used before" in next(one.text for one in answers if one.status_code == 401)
        assert await database.row(text("SELECT count(*) FROM users WHERE NOT is_service")) == (1,)


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"password": "password123"}, 422, "weak_password"),
        ({"password": ADA}, 422, "weak_password"),
        ({"password": "short"}, 422, "invalid_request"),
        ({"name": ""}, 422, "invalid_request"),
        ({"role": "admin"}, 422, "invalid_request"),
        ({"email": "eve@example.org"}, 422, "invalid_request"),
        ({"token": "hr_link_unknown"}, 401, "bad_link"),
        ({"token": "\x00"}, 422, "invalid_request"),
    ],
)
async def test_what_is_refused_uses_nothing_up(
    anonymous: httpx2.AsyncClient, change: dict[str, str], status: int, code: str
) -> None:
    made = await invite(anonymous)
    refused = await accept(anonymous, made, **change)
    assert (refused.status_code, refused.json()["code"]) == (status, code)
    assert (await accept(anonymous, made, token=f" {token_of(made)}\n")).status_code == 201, "as it is copied"


async def test_a_taken_address_is_not_invited_and_does_not_use_an_invite_up(anonymous: httpx2.AsyncClient) -> None:
    made = await invite(anonymous)
    await person(anonymous, email=ADA)
    taken = await accept(anonymous, made)
    assert (taken.status_code, taken.json()["code"]) == (409, "email_taken")
    again = await anonymous.post(INVITES, json={"email": "ADA@example.org"}, headers=SERVICE)
    assert (again.status_code, again.json()["code"]) == (409, "email_taken")
    (shown,) = (await anonymous.get(INVITES, headers=SERVICE)).json()["items"]
    assert shown["used_at"] is None


async def test_what_is_no_invite_is_refused(anonymous: httpx2.AsyncClient) -> None:
    for body, status in (
        ({"email": "no address"}, 422),
        ({"email": "a\x00@b.c"}, 422),
        ({"email": ADA, "role": "king"}, 422),
        ({"email": ADA, "expires_in_days": 31}, 422),
        ({"email": ADA, "team_id": str(uuid4())}, 404),
    ):
        assert (await anonymous.post(INVITES, json=body, headers=SERVICE)).status_code == status
    missing = await anonymous.delete(f"{INVITES}/{uuid4()}", headers=SERVICE)
    assert (missing.status_code, missing.json()["code"]) == (404, "invite_not_found")


async def test_an_invite_ends(anonymous: httpx2.AsyncClient, database: Database) -> None:
    over = await invite(anonymous)
    assert over["expires_at"][:10] > over["created_at"][:10]
    days = await database.row(text("SELECT expires_at - created_at = interval '7 days' FROM one_time_links"))
    assert days == (True,)
    await database.rows(text("UPDATE one_time_links SET expires_at = now() - interval '1 s'"))
    revoked = await invite(anonymous, email="bob@example.org")
    assert (await anonymous.delete(f"{INVITES}/{revoked['id']}", headers=SERVICE)).status_code == 204
    again = await anonymous.delete(f"{INVITES}/{revoked['id']}", headers=SERVICE)
    assert again.json()["code"] == "invite_not_found"
    replaced = await invite(anonymous, email="cy@example.org")
    newest = await invite(anonymous, email="CY@example.org")
    for made in (over, revoked, replaced):
        assert (await accept(anonymous, made)).json()["code"] == "bad_link"
    assert (await accept(anonymous, newest)).status_code == 201


@pytest.mark.parametrize("change", [{"role": "operator"}, {"is_active": False}])
async def test_who_is_no_administrator_any_more_leaves_no_way_in(
    anonymous: httpx2.AsyncClient, change: dict[str, Any]
) -> None:
    root, ada = await person(anonymous, "admin"), await person(anonymous)
    await person(anonymous, "admin")
    made = await invite(anonymous, root.headers, role="admin")
    link = (await anonymous.post(f"{USERS}/{ada.id}/reset", headers=root.headers)).json()
    assert (await anonymous.patch(f"{USERS}/{root.id}", json=change, headers=SERVICE)).status_code == 200
    assert (await accept(anonymous, made)).json()["code"] == "bad_link"
    assert (await reset(anonymous, link, "the river ran high")).json()["code"] == "bad_link"


@pytest.mark.parametrize(("registration", "may"), [("open", True), ("invite", True), ("closed", False)])
async def test_the_setting_says_whether_invites_work(
    inviting: Settings, database: Database, redis: Redis, registration: str, may: bool
) -> None:
    async with process(inviting) as client:
        made = await invite(client)
    async with process(inviting, registration=registration) as client:
        tried = await client.post(INVITES, json={"email": "bob@example.org"}, headers=SERVICE)
        taken = await accept(client, made)
        expected = [201, 201] if may else [403, 403]
        assert [tried.status_code, taken.status_code] == expected
        asked = {"email": "eve@example.org", "name": "Eve", "password": PASSWORD}
        alone = await client.post(f"{AUTH}/register", json=asked)
        assert alone.status_code == (202 if registration == "open" else 403)
        assert may or taken.json()["code"] == "registration_closed"


async def test_unknown_links_make_nobody_wait(app: FastAPI) -> None:
    async with client_of(app, "203.0.113.9") as client:
        for path, body in ((ACCEPT, {"name": "Eve", "password": PASSWORD}), (RESET, {"password": PASSWORD})):
            answers = [await client.post(path, json={"token": f"guess-{n}", **body}) for n in range(12)]
            assert {(one.status_code, one.json()["code"]) for one in answers} == {(401, "bad_link")}
        assert await status_of(client, SERVICE) == 200, "a link has 256 bits, so that nobody guesses it"


async def test_who_registers_takes_no_address_that_is_invited(
    inviting: Settings, database: Database, redis: Redis
) -> None:
    async with process(inviting, registration="open") as client:
        made = await invite(client, role="admin")
        asked = {"email": ADA.upper(), "name": "Eve", "password": "the river ran high"}
        assert (await client.post(f"{AUTH}/register", json=asked)).status_code == 202
        weak = await client.post(f"{AUTH}/register", json={**asked, "password": "password123"})
        assert weak.json()["code"] == "weak_password", "as of any address"
        assert (await log_in(client, ADA, asked["password"])).status_code == 401
        assert (await accept(client, made)).status_code == 201
        await invite(client, email="bob@example.org", expires_in_days=1)
        await database.rows(text("UPDATE one_time_links SET expires_at = now() WHERE email = 'bob@example.org'"))
        assert (await client.post(f"{AUTH}/register", json={**asked, "email": "bob@example.org"})).status_code == 202
        assert (await log_in(client, "bob@example.org", asked["password"])).status_code == 200


async def test_an_invite_is_no_reset_and_a_reset_no_invite(anonymous: httpx2.AsyncClient) -> None:
    ada = await person(anonymous)
    link = (await anonymous.post(f"{USERS}/{ada.id}/reset", headers=SERVICE)).json()
    made = await invite(anonymous)
    assert (await accept(anonymous, link)).json()["code"] == "bad_link"
    assert (await reset(anonymous, made, PASSWORD)).json()["code"] == "bad_link"


async def test_links_lead_where_browsers_find_the_interface(
    inviting: Settings, database: Database, redis: Redis
) -> None:
    async with process(inviting, public_url="https://jobs.example.com") as client:
        assert (await invite(client))["link"].startswith("https://jobs.example.com/invite#")


async def test_long_ended_links_are_deleted(anonymous: httpx2.AsyncClient, database: Database) -> None:
    from app.auth.links import repository

    old, fresh = await invite(anonymous), await invite(anonymous, email="bob@example.org")
    await database.rows(
        text("UPDATE one_time_links SET expires_at = now() - interval '31 days' WHERE id = :id"), {"id": old["id"]}
    )
    await repository.prune(database)
    items = (await anonymous.get(INVITES, headers=SERVICE)).json()["items"]
    assert [one["id"] for one in items] == [fresh["id"]]
