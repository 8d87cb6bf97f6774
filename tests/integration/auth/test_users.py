"""Users over HTTP: who makes and changes them, the last administrator, browser sessions, and the team of a request."""

import asyncio
from uuid import uuid4

import httpx2
import pytest
from fastapi import FastAPI
from redis.asyncio import Redis
from sqlalchemy import text

from app.auth.caller import SERVICE as SERVICE_CALLER
from app.auth.caller import SERVICE_OWNER_ID, Actor
from app.auth.resources import Resources
from app.auth.users.repository import find_credentials
from app.auth.users.service import set_own_password
from app.core.application_state import part_of
from app.core.database import Database
from app.core.errors import UnauthorizedError
from app.core.settings import Settings
from tests.integration.guessing import OWN
from tests.rig.audit import audit
from tests.rig.people import AUTH, ME, PASSWORD, SERVICE, USERS, log_in, person, process, status_of

SESSION, JOBS = "/api/v1/session", "/api/v1/jobs"
ECHO = {"type": "echo", "input": {"message": "hello"}}


async def test_an_administrator_makes_and_lists_users(anonymous: httpx2.AsyncClient, database: Database) -> None:
    root = await person(anonymous, "admin")
    body = {"email": " Ada@Example.ORG ", "name": "Ada", "password": PASSWORD, "role": "operator"}
    answer = await anonymous.post(USERS, json=body, headers=root.headers)
    made = answer.json()
    assert (answer.status_code, answer.headers["location"]) == (201, f"{USERS}/{made['id']}")
    assert (made["email"], made["role"], made["is_active"]) == ("ada@example.org", "operator", True)
    assert (await anonymous.get(f"{USERS}/{made['id']}", headers=root.headers)).json() == made
    shown = (await anonymous.get(USERS, params={"limit": 2}, headers=root.headers)).json()
    assert [one["id"] for one in shown["items"]] == [made["id"], root.id]
    rest = (await anonymous.get(USERS, params={"cursor": shown["next_cursor"]}, headers=root.headers)).json()
    assert [(one["id"], one["is_service"]) for one in rest["items"]] == [(str(SERVICE_OWNER_ID), True)]
    (line,) = [one for one in await audit(database) if one[1] == f"user:{made['id']}"]
    assert line[0] == "user.create"
    assert PASSWORD not in str(line)


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"email": "ADA@example.org"}, 409, "email_taken"),
        ({"email": "no address"}, 422, "invalid_request"),
        ({"password": "password123"}, 422, "weak_password"),
        ({"password": "ada@example.org", "email": "ada@EXAMPLE.org"}, 422, "weak_password"),
        ({"role": "king"}, 422, "invalid_request"),
        ({"is_service": True}, 422, "invalid_request"),
        ({"password": "x" * 1025}, 422, "invalid_request"),
    ],
)
async def test_what_is_no_user_is_refused(
    anonymous: httpx2.AsyncClient, changes: dict[str, str], status: int, code: str
) -> None:
    await person(anonymous, email="ada@example.org")
    body = {"email": "eve@example.org", "name": "Eve", "password": PASSWORD, **changes}
    answer = await anonymous.post(USERS, json=body, headers=SERVICE)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_the_same_address_at_once_is_one_user(anonymous: httpx2.AsyncClient, database: Database) -> None:
    body = {"email": "ada@example.org", "name": "Ada", "password": PASSWORD}
    answers = await asyncio.gather(*(anonymous.post(USERS, json=body, headers=SERVICE) for _ in range(8)))
    assert sorted(one.status_code for one in answers) == [201] + [409] * 7
    assert await database.row(text("SELECT count(*) FROM teams")) == (2,)


async def test_a_change_is_audited_with_what_was_before(anonymous: httpx2.AsyncClient, database: Database) -> None:
    ada = await person(anonymous)
    body = {"role": "viewer", "name": "Countess", "password": "the river ran high"}
    changed = (await anonymous.patch(f"{USERS}/{ada.id}", json=body, headers=SERVICE)).json()
    assert (changed["role"], changed["name"]) == ("viewer", "Countess")
    action, _, detail = (await audit(database))[-1]
    assert action == "user.update"
    assert detail == {
        "before": {"role": "member", "name": "the member"},
        "after": {"role": "viewer", "name": "Countess", "password": "changed"},
    }
    same = await anonymous.patch(f"{USERS}/{ada.id}", json={}, headers=SERVICE)
    assert same.status_code == 422
    lines = await audit(database)
    again = await anonymous.patch(f"{USERS}/{ada.id}", json={"role": "viewer", "name": "Countess"}, headers=SERVICE)
    assert (again.json(), await audit(database)) == (changed, lines)
    assert (await anonymous.get(f"{USERS}/{ada.id}", headers=SERVICE)).json() == changed
    assert (await anonymous.patch(f"{USERS}/{uuid4()}", json={"name": "x"}, headers=SERVICE)).json()[
        "code"
    ] == "user_not_found"


@pytest.mark.parametrize("change", [{"password": "of an administrator"}, {"is_active": False}])
async def test_a_password_that_was_proven_before_a_change_of_the_account_sets_no_other(
    app: FastAPI, anonymous: httpx2.AsyncClient, database: Database, change: dict[str, object]
) -> None:
    ada, resources = await person(anonymous), part_of(app, Resources)
    known = await find_credentials(database, email=ada.email)
    assert known is not None
    assert (await anonymous.patch(f"{USERS}/{ada.id}", json=change, headers=SERVICE)).status_code == 200
    with pytest.raises(UnauthorizedError):
        await set_own_password(resources, Actor(SERVICE_CALLER), known, "of the thief")
    assert [action for action, _, _ in await audit(database)][-1] == "user.update"
    await anonymous.patch(f"{USERS}/{ada.id}", json={"is_active": True}, headers=SERVICE)
    right = change.get("password", PASSWORD)
    passwords = ("of the thief", str(right))
    assert [(await log_in(anonymous, ada.email, one)).status_code for one in passwords] == [401, 200]


@pytest.mark.parametrize("change", [{"role": "operator"}, {"is_active": False}])
async def test_the_last_administrator_stays_one(anonymous: httpx2.AsyncClient, change: dict[str, object]) -> None:
    root = await person(anonymous, "admin")
    for headers in (root.headers, SERVICE):  # the service account does not count
        refused = await anonymous.patch(f"{USERS}/{root.id}", json=change, headers=headers)
        assert (refused.status_code, refused.json()["code"]) == (409, "last_administrator")
    await person(anonymous, "admin")
    assert (await anonymous.patch(f"{USERS}/{root.id}", json=change, headers=root.headers)).status_code == 200


async def test_one_that_is_disabled_is_no_administrator_left(anonymous: httpx2.AsyncClient) -> None:
    root, other = await person(anonymous, "admin"), await person(anonymous, "admin")
    assert (await anonymous.patch(f"{USERS}/{other.id}", json={"is_active": False}, headers=SERVICE)).is_success
    refused = await anonymous.patch(f"{USERS}/{root.id}", json={"role": "viewer"}, headers=SERVICE)
    assert refused.json()["code"] == "last_administrator"


async def test_two_administrators_who_demote_each_other_at_once_leave_one(
    settings: Settings, database: Database, redis: Redis
) -> None:
    async with process(settings) as first, process(settings) as second:
        ada, eve = await person(first, "admin"), await person(first, "admin")
        for _ in range(5):
            answers = await asyncio.gather(
                first.patch(f"{USERS}/{eve.id}", json={"role": "viewer"}, headers=SERVICE),
                second.patch(f"{USERS}/{ada.id}", json={"role": "viewer"}, headers=SERVICE),
            )
            assert sorted(one.status_code for one in answers) == [200, 409]
            for one in (ada, eve):
                await first.patch(f"{USERS}/{one.id}", json={"role": "admin"}, headers=SERVICE)


async def test_the_service_account_stays_as_it_is(anonymous: httpx2.AsyncClient) -> None:
    for change in ({"role": "viewer"}, {"is_active": False}, {"password": PASSWORD}):
        refused = await anonymous.patch(f"{USERS}/{SERVICE_OWNER_ID}", json=change, headers=SERVICE)
        assert (refused.status_code, refused.json()["code"]) == (409, "service_account")


async def test_a_password_opens_a_browser_session_of_the_user(
    settings: Settings, database: Database, redis: Redis
) -> None:
    async with process(settings) as client, process(settings) as other:
        ada = await person(client)
        body = {"username": ada.email.upper(), "password": PASSWORD}
        assert (await client.post(SESSION, json=body, headers=OWN)).status_code == 204
        other.cookies = client.cookies
        me = (await other.get(ME)).json()
        assert (me["user_id"], me["role"]) == (ada.id, "member")
        assert (await other.post(JOBS, json=ECHO, headers=OWN)).status_code == 202
        (shown,) = (await client.get("/api/v1/admin/sessions", headers=SERVICE)).json()["items"]
        assert (shown["user_id"], shown["name"]) == (ada.id, ada.email)
        await client.patch(f"{USERS}/{ada.id}", json={"role": "viewer"}, headers=SERVICE)
        assert (await other.post(JOBS, json=ECHO, headers=OWN)).status_code == 403, "the role of this moment"
        await client.post(f"{AUTH}/logout-all", headers=ada.headers)
        assert (await other.get(ME)).status_code == 401
        assert (await client.get("/api/v1/admin/sessions", headers=SERVICE)).json()["items"] == []
        assert (await client.post(SESSION, json=body, headers=OWN)).status_code == 204
        other.cookies = client.cookies
        await client.patch(f"{USERS}/{ada.id}", json={"is_active": False}, headers=SERVICE)
        assert (await other.get(ME)).status_code == 401


@pytest.mark.parametrize(
    "body",
    [
        {"username": "ada@example.org"},
        {"password": PASSWORD},
        {"username": "ada@example.org", "password": PASSWORD, "token": "x"},
        {"token": "x", "password": PASSWORD},
    ],
)
async def test_half_a_proof_is_none(anonymous: httpx2.AsyncClient, body: dict[str, str]) -> None:
    assert (await anonymous.post(SESSION, json=body, headers=OWN)).status_code == 422


async def test_a_request_acts_for_a_team_that_it_names(anonymous: httpx2.AsyncClient, database: Database) -> None:
    ada, eve, op = await person(anonymous), await person(anonymous), await person(anonymous, "operator")
    team = str(uuid4())
    await database.rows(text("INSERT INTO teams (id, name) VALUES (:id, 'millers')"), {"id": team})
    await database.rows(
        text("INSERT INTO team_members (team_id, user_id) VALUES (:team, :user)"), {"team": team, "user": ada.id}
    )
    chosen = {"X-Team": team}
    for headers in (ada.headers, op.headers, SERVICE):
        me = await anonymous.get(ME, headers={**headers, **chosen})
        assert (me.status_code, me.json().get("team_id")) == (200, team)
    teams = (await anonymous.get(ME, headers=ada.headers)).json()["teams"]
    assert [(one["id"], one["name"]) for one in teams] == [(ada.id, "the member"), (team, "millers")]
    unknown = str(uuid4())
    for headers, named in (
        (eve.headers, team),
        (eve.headers, unknown),
        (SERVICE, unknown),
        (SERVICE, "x"),
        (eve.headers, ""),
    ):
        refused = await anonymous.get(ME, headers={**headers, "X-Team": named})
        assert (refused.status_code, refused.json()["code"]) == (404, "team_not_found")
    job = (await anonymous.post(JOBS, json=ECHO, headers={**ada.headers, **chosen})).json()["id"]
    row = await database.row(text("SELECT owner_id FROM jobs WHERE id = :id"), {"id": job})
    assert str(row[0]) == team  # type: ignore[index]
    made = await anonymous.post("/api/v1/keys", json={"description": "x"}, headers={**ada.headers, **chosen})
    key = {"X-API-Key": made.json()["key"]}
    assert (made.json()["team_id"], await status_of(anonymous, key)) == (team, 200)
    assert await status_of(anonymous, {**key, **chosen}) == 200
    assert await status_of(anonymous, {**key, "X-Team": ada.id}) == 404, "a key is for one team"


async def test_the_first_administrator_is_made_with_the_service_token(
    app: FastAPI, anonymous: httpx2.AsyncClient
) -> None:
    body = {"email": "root@example.org", "name": "Root", "password": PASSWORD, "role": "admin"}
    assert (await anonymous.post(USERS, json=body)).status_code == 401
    assert (await anonymous.post(USERS, json=body, headers=SERVICE)).status_code == 201
    assert (await log_in(anonymous, "root@example.org")).status_code == 200


@pytest.mark.parametrize("email", ["\x00", "a\x00@b.c", "nobody"])
async def test_an_address_that_is_none_is_nobody_s(anonymous: httpx2.AsyncClient, email: str) -> None:
    answer = await anonymous.get(USERS, params={"email": email}, headers=SERVICE)
    assert (answer.status_code, answer.json()["items"]) == (200, [])
