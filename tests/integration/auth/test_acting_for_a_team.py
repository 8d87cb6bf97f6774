"""For which team a browser's session acts: whoever may choose it, as long as he may."""

from typing import Any
from uuid import uuid4

import httpx2
import pytest
from redis.asyncio import Redis

from app.core.database import Database
from app.core.settings import Settings
from tests.integration.auth.test_own_sessions import SESSION, sign_in
from tests.integration.auth.test_teams import JOB, SECRET, TEAMS, acting, team
from tests.integration.guessing import OWN
from tests.rig.people import KEYS, ME, SERVICE, USERS, Person, key_of, person, process

CHOICE = f"{SESSION}/team"


async def choose(client: httpx2.AsyncClient, team_id: str | None, **headers: str) -> httpx2.Response:
    return await client.put(CHOICE, json={"team_id": team_id}, headers={**OWN, **headers})


async def submit(client: httpx2.AsyncClient, **headers: str) -> str:
    made = await client.post("/api/v1/jobs", json=JOB, headers={**OWN, **headers})
    assert made.status_code in {201, 202}, made.text
    return str(made.json()["id"])


async def shown(client: httpx2.AsyncClient, **headers: str) -> set[str]:
    return {one["id"] for one in (await client.get("/api/v1/jobs", headers=headers)).json()["items"]}


async def me(client: httpx2.AsyncClient) -> dict[str, Any]:
    found: dict[str, Any] = (await client.get(ME)).json()
    return found


async def signed_in(client: httpx2.AsyncClient, role: str = "member") -> Person:
    one = await person(client, role)
    await sign_in(client, one)
    return one


async def test_what_is_made_and_shown_is_the_chosen_teams_until_another_is_chosen(
    anonymous: httpx2.AsyncClient,
) -> None:
    ada = await signed_in(anonymous)
    shared = await team(anonymous, ada)
    own, of_team = await submit(anonymous), await submit(anonymous, **{"X-Team": shared})
    assert await shown(anonymous) == {own}
    assert (await choose(anonymous, shared)).status_code == 204
    assert ((await me(anonymous))["team_id"], await shown(anonymous)) == (shared, {of_team})
    made = await submit(anonymous)
    assert await shown(anonymous, **{"X-Team": ada.id}) == {own}, "what a request names goes before it"
    assert await shown(anonymous, **ada.headers) == {own}, "a token has no session"
    assert (await choose(anonymous, None)).status_code == 204
    assert ((await me(anonymous))["team_id"], await shown(anonymous)) == (ada.id, {own})
    assert await shown(anonymous, **{"X-Team": shared}) == {of_team, made}


async def test_each_browser_has_a_choice_of_its_own(settings: Settings, database: Database, redis: Redis) -> None:
    async with process(settings) as here, process(settings) as there:
        ada = await signed_in(here)
        await sign_in(there, ada)
        shared = await team(here, ada)
        await choose(here, shared)
        assert [(await me(one))["team_id"] for one in (here, there)] == [shared, ada.id]
        await sign_in(here, ada)
        assert (await me(here))["team_id"] == ada.id


async def test_who_is_removed_acts_for_his_own_team_at_once_and_stays_signed_in(anonymous: httpx2.AsyncClient) -> None:
    ada = await signed_in(anonymous)
    shared = await team(anonymous, ada)
    await choose(anonymous, shared)
    of_team = await submit(anonymous)
    assert (await anonymous.delete(f"{TEAMS}/{shared}/members/{ada.id}", headers=SERVICE)).status_code == 204
    assert ((await me(anonymous))["team_id"], await shown(anonymous)) == (ada.id, set())
    assert (await anonymous.get(f"/api/v1/jobs/{of_team}")).status_code == 404
    assert (await choose(anonymous, shared)).status_code == 404


async def test_who_sees_all_teams_looks_at_any_one_and_at_all_again(anonymous: httpx2.AsyncClient) -> None:
    eve = await person(anonymous)
    shared = await team(anonymous, eve)
    of_team, of_eve = await submit(anonymous, **acting(eve, shared)), await submit(anonymous, **eve.headers)
    for role in ("operator", "admin"):
        one = await signed_in(anonymous, role)
        for team_id, expected in ((shared, {of_team}), (eve.id, {of_eve})):
            assert (await choose(anonymous, team_id)).status_code == 204
            found = await me(anonymous)
            assert (found["team_id"], found["sees_all_teams"], found["role"]) == (team_id, False, role)
            assert [known["id"] for known in found["teams"]] == [one.id, team_id], "its name is told"
            assert await shown(anonymous) == expected
        assert (await choose(anonymous, None)).status_code == 204
        assert ((await me(anonymous))["sees_all_teams"], await shown(anonymous)) == (True, {of_team, of_eve})


async def test_the_service_accounts_session_chooses_as_well(anonymous: httpx2.AsyncClient) -> None:
    shared = await team(anonymous)
    body = {"token": SERVICE["X-Service-Token"]}
    assert (await anonymous.post(SESSION, json=body, headers=OWN)).status_code == 204
    assert (await choose(anonymous, shared)).status_code == 204
    assert ((await me(anonymous))["team_id"], (await me(anonymous))["sees_all_teams"]) == (shared, False)


async def test_who_operates_no_more_keeps_no_team_that_is_not_his(anonymous: httpx2.AsyncClient) -> None:
    one = await signed_in(anonymous, "operator")
    shared = await team(anonymous)
    await choose(anonymous, shared)
    changed = await anonymous.patch(f"{USERS}/{one.id}", json={"role": "member"}, headers=SERVICE)
    assert changed.status_code == 200
    found = await me(anonymous)
    assert (found["team_id"], found["sees_all_teams"]) == (one.id, False)


async def test_a_viewer_of_a_team_that_hides_sees_its_payloads_hidden(anonymous: httpx2.AsyncClient) -> None:
    ada, eve = await person(anonymous), await signed_in(anonymous, "viewer")
    shared = await team(anonymous, ada, eve, hides_payloads=True)
    job_id = await submit(anonymous, **acting(ada, shared))
    assert (await choose(anonymous, shared)).status_code == 204
    answer = await anonymous.get(f"/api/v1/jobs/{job_id}")
    assert (answer.status_code, answer.json()["payload_hidden"], SECRET in answer.text) == (200, True, False)
    refused = await anonymous.post("/api/v1/jobs", json=JOB, headers=OWN)
    assert refused.json()["code"] == "insufficient_scope", "a role is the user's own in each team"


async def test_a_key_is_made_for_the_team_that_one_acts_for(anonymous: httpx2.AsyncClient) -> None:
    ada = await signed_in(anonymous)
    shared = await team(anonymous, ada)
    await choose(anonymous, shared)
    made = await anonymous.post(KEYS, json={"description": "a test's"}, headers=OWN)
    assert (made.status_code, made.json()["team_id"]) == (201, shared)


@pytest.mark.parametrize("role", ["member", "admin"])
async def test_a_team_that_one_may_not_act_for_changes_nothing(anonymous: httpx2.AsyncClient, role: str) -> None:
    ada, foreign = await signed_in(anonymous, role), str(uuid4())
    if role == "member":
        foreign = await team(anonymous)
    answer = await choose(anonymous, foreign)
    assert (answer.status_code, answer.json()["code"]) == (404, "team_not_found")
    assert (await me(anonymous))["team_id"] == ada.id


async def test_only_ones_own_session_chooses(settings: Settings, database: Database, redis: Redis) -> None:
    async with process(settings) as here, process(settings) as bare:
        ada, eve = await signed_in(here), await person(here)
        shared = await team(here, ada, eve)
        for client, headers in ((bare, ada.headers), (here, eve.headers)):
            answer = await choose(client, shared, **headers)
            assert (answer.status_code, answer.json()["code"]) == (409, "no_session")
        key = (await key_of(here, ada.headers))["key"]
        assert (await choose(here, shared, **{"X-API-Key": key})).status_code == 403
        forged = await here.put(CHOICE, json={"team_id": shared}, headers={"Origin": "https://elsewhere.example"})
        assert (forged.status_code, forged.json()["code"]) == (403, "foreign_origin")
        assert (await me(here))["team_id"] == ada.id
