"""Teams: who acts for one, at once and at every process, and what viewers of one that hides payloads see."""

from typing import Any
from uuid import UUID, uuid4

import httpx2
import pytest
from sqlalchemy import text

from app.auth.asking import HIDDEN
from app.core.database import Database
from app.core.settings import Settings
from tests.rig import jobs
from tests.rig.dead_letters import failed
from tests.rig.people import SERVICE, Person, bearer, key_of, person, process, status_of, warm

TEAMS = "/api/v1/admin/teams"
SECRET = "the miller owes forty sacks"
JOB: dict[str, Any] = {"type": "echo", "input": {"message": SECRET}, "metadata": {"customer": SECRET}}


async def team(client: httpx2.AsyncClient, *members: Person, **wanted: Any) -> str:
    made = await client.post(TEAMS, json={"name": "Research", **wanted}, headers=SERVICE)
    assert made.status_code == 201, made.text
    team_id: str = made.json()["id"]
    assert made.headers["location"] == f"{TEAMS}/{team_id}"
    for one in members:
        added = await client.put(f"{TEAMS}/{team_id}/members/{one.id}", headers=SERVICE)
        assert added.status_code == 204, added.text
    return team_id


def acting(one: Person, team_id: str) -> dict[str, str]:
    return {**one.headers, "X-Team": team_id}


async def test_two_members_of_a_team_see_its_jobs_and_nobody_else_does(anonymous: httpx2.AsyncClient) -> None:
    ada, bob, eve = [await person(anonymous) for _ in range(3)]
    shared = await team(anonymous, ada, bob)
    made = await anonymous.post("/api/v1/jobs", json=JOB, headers=acting(ada, shared))
    path = f"/api/v1/jobs/{made.json()['id']}"
    assert (await anonymous.get(path, headers=acting(bob, shared))).json()["created_by"] == ada.id
    assert await status_of(anonymous, bob.headers, path) == 404, "his own team does not have it"
    assert await status_of(anonymous, acting(eve, shared), path) == 404
    assert await status_of(anonymous, SERVICE, path) == 200


async def test_who_is_removed_acts_no_more_at_any_process(anonymous: httpx2.AsyncClient, settings: Settings) -> None:
    ada = await person(anonymous)
    shared = await team(anonymous, ada)
    key = await key_of(anonymous, acting(ada, shared))
    async with process(settings) as other:
        for headers in (acting(ada, shared), bearer(key["key"])):
            await warm(other, headers)
        gone = await anonymous.delete(f"{TEAMS}/{shared}/members/{ada.id}", headers=SERVICE)
        assert gone.status_code == 204
        assert await status_of(other, acting(ada, shared)) == 404
        assert await status_of(other, bearer(key["key"])) == 401
        assert await status_of(other, ada.headers) == 200, "his own team stays"


async def test_the_list_tells_own_teams_from_others(anonymous: httpx2.AsyncClient) -> None:
    ada = await person(anonymous)
    shared = await team(anonymous, ada)
    items = (await anonymous.get(TEAMS, params={"limit": 100}, headers=SERVICE)).json()["items"]
    found = {one["id"]: (one["is_personal"], one["members"]) for one in items}
    assert (found[shared], found[ada.id]) == ((False, 1), (True, 1))
    members = (await anonymous.get(f"{TEAMS}/{shared}/members", headers=SERVICE)).json()["items"]
    assert [(one["user_id"], one["email"], one["role"]) for one in members] == [(ada.id, ada.email, "member")]


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "{nobody}", 404, "team_not_found"),
        ("PATCH", "{nobody}", 404, "team_not_found"),
        ("GET", "{nobody}/members", 404, "team_not_found"),
        ("PUT", "{nobody}/members/{ada}", 404, "team_not_found"),
        ("PUT", "{team}/members/{nobody}", 404, "user_not_found"),
        ("PUT", "{team}/members/{service}", 404, "user_not_found"),
        ("DELETE", "{team}/members/{ada}", 404, "member_not_found"),
        ("DELETE", "{ada}/members/{ada}", 409, "own_team"),
    ],
)
async def test_what_cannot_be_is_said(
    anonymous: httpx2.AsyncClient, method: str, path: str, status: int, code: str
) -> None:
    ada, shared = await person(anonymous), await team(anonymous)
    service = "00000000-0000-7000-8000-000000000001"
    url = f"{TEAMS}/{path.format(nobody=uuid4(), ada=ada.id, team=shared, service=service)}"
    body = {"name": "x"} if method == "PATCH" else None
    answer = await anonymous.request(method, url, json=body, headers=SERVICE)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_each_change_leaves_a_line(anonymous: httpx2.AsyncClient, database: Database) -> None:
    ada = await person(anonymous)
    shared = await team(anonymous, ada, ada)
    await anonymous.patch(f"{TEAMS}/{shared}", json={"hides_payloads": True}, headers=SERVICE)
    await anonymous.delete(f"{TEAMS}/{shared}/members/{ada.id}", headers=SERVICE)
    rows = await database.rows(
        text("SELECT action, detail FROM audit_log WHERE target = :target ORDER BY id"), {"target": f"team:{shared}"}
    )
    assert [row.action for row in rows] == ["team.create", "team.add", "team.update", "team.remove"]
    assert rows[2].detail == {"before": {"hides_payloads": False}, "after": {"hides_payloads": True}}


async def hiding_team(client: httpx2.AsyncClient) -> tuple[Person, Person, str]:
    """Return a member and a viewer of a team that hides payloads, and the team."""
    ada, eve = await person(client), await person(client, "viewer")
    return ada, eve, await team(client, ada, eve, hides_payloads=True)


async def test_a_viewer_sees_that_jobs_are_there_and_not_what_they_are_about(
    anonymous: httpx2.AsyncClient, database: Database
) -> None:
    ada, eve, shared = await hiding_team(anonymous)
    job_id = UUID((await anonymous.post("/api/v1/jobs", json=JOB, headers=acting(ada, shared))).json()["id"])
    claimed = await jobs.claim(database, job_id)
    await jobs.finish(database, claimed, {"message": SECRET})
    path = f"/api/v1/jobs/{job_id}"
    whole = await anonymous.get(path, headers=acting(ada, shared))
    hidden = await anonymous.get(path, headers=acting(eve, shared))
    assert SECRET in whole.text
    assert SECRET not in hidden.text
    said = hidden.json()
    assert (said["payload_hidden"], said["input"], said["result"], said["metadata"]) == (True, {}, None, None)
    assert (said["status"], len(said["events"])) == ("completed", len(whole.json()["events"]))
    assert whole.headers["etag"] != hidden.headers["etag"], "a copy of the one is none of the other"
    for verb in ("explain", ""):
        assert SECRET not in (await anonymous.get(f"{path}/{verb}".rstrip("/"), headers=acting(eve, shared))).text


async def test_a_viewer_reads_no_error_s_text_anywhere(anonymous: httpx2.AsyncClient, database: Database) -> None:
    ada, eve, shared = await hiding_team(anonymous)
    await failed(database, SECRET, code="unavailable", owner_id=UUID(shared))
    group = (await anonymous.get("/api/v1/dead-letters", headers=acting(ada, shared))).json()["groups"][0]
    paths = ("jobs", "dead-letters", f"dead-letters/groups/{group['fingerprint']}/jobs", "queues/default/jobs")
    for path in paths:
        answer = await anonymous.get(f"/api/v1/{path}", headers=acting(eve, shared))
        assert answer.status_code == 200
        assert SECRET not in answer.text, path
    assert group["message"] == SECRET
    blind = (await anonymous.get("/api/v1/dead-letters", headers=acting(eve, shared))).json()["groups"][0]
    assert (blind["message"], blind["error_code"]) == (HIDDEN, "unavailable")


async def test_a_viewer_compares_no_fingerprint_with_one_of_a_message_that_he_knows(
    anonymous: httpx2.AsyncClient, database: Database
) -> None:
    ada, eve, shared = await hiding_team(anonymous)
    other = await team(anonymous, eve, name="Mills")
    for owner in (shared, other):
        await failed(database, SECRET, code="unavailable", owner_id=UUID(owner))

    async def shown(one: Person, team_id: str) -> str:
        (group,) = (await anonymous.get("/api/v1/dead-letters", headers=acting(one, team_id))).json()["groups"]
        return str(group["fingerprint"])

    async def jobs_of(one: Person, fingerprint: str) -> int:
        path = f"/api/v1/dead-letters/groups/{fingerprint}/jobs"
        return len((await anonymous.get(path, headers=acting(one, shared))).json()["items"])

    known, hidden = await shown(ada, shared), await shown(eve, shared)
    assert await shown(eve, other) == known != hidden, "where nothing is hidden it is as it is"
    assert await shown(eve, shared) == hidden, "each time the same"
    assert [await jobs_of(ada, known), await jobs_of(eve, hidden), await jobs_of(eve, known)] == [1, 1, 0]
    body = {"fingerprint": known}
    action = (await anonymous.post("/api/v1/dead-letters/retry", json=body, headers=acting(ada, shared))).json()
    for path in ("", f"/{action['id']}"):
        answer = await anonymous.get(f"/api/v1/dead-letters/actions{path}", headers=acting(eve, shared))
        assert (answer.status_code, known in answer.text) == (200, False)


async def test_a_viewer_learns_no_name_and_no_digest_of_a_file(anonymous: httpx2.AsyncClient) -> None:
    ada, eve, shared = await hiding_team(anonymous)
    form = {"file": (f"{SECRET}.txt", SECRET.encode(), "text/plain")}
    made = (await anonymous.post("/api/v1/files", files=form, headers=acting(ada, shared))).json()
    for path in ("files", f"files/{made['id']}"):
        answer = await anonymous.get(f"/api/v1/{path}", headers=acting(eve, shared))
        assert answer.status_code == 200
        assert not {SECRET, made["sha256"]} & {text for text in (SECRET, made["sha256"]) if text in answer.text}
        shown = answer.json() if path != "files" else answer.json()["items"][0]
        assert (shown["name"], shown["sha256"], shown["size_bytes"]) == (HIDDEN, None, len(SECRET))
    assert (await anonymous.get("/api/v1/files", headers=acting(ada, shared))).json()["items"] == [made]
    folder = await anonymous.get("/api/v1/files/folder", headers=acting(eve, shared))
    assert (folder.status_code, folder.json()["code"]) == (403, "payload_hidden")


async def test_a_viewer_gets_no_files_and_no_answers_by_filters(anonymous: httpx2.AsyncClient) -> None:
    ada, eve, shared = await hiding_team(anonymous)
    form = {"file": ("a.txt", SECRET.encode(), "text/plain")}
    file_id = (await anonymous.post("/api/v1/files", files=form, headers=acting(ada, shared))).json()["id"]
    for path in (f"files/{file_id}/content", f"jobs/{uuid4()}/pages/1", "jobs?metadata.customer=x"):
        answer = await anonymous.get(f"/api/v1/{path}", headers=acting(eve, shared))
        assert (answer.status_code, answer.json()["code"]) == (403, "payload_hidden"), path


async def test_hiding_holds_from_the_next_request_on_and_for_the_keys_of_viewers(
    anonymous: httpx2.AsyncClient, settings: Settings
) -> None:
    ada, eve = await person(anonymous), await person(anonymous, "viewer")
    shared = await team(anonymous, ada, eve)
    key = await key_of(anonymous, acting(eve, shared), scopes=["jobs:read"])
    made = await anonymous.post("/api/v1/jobs", json=JOB, headers=acting(ada, shared))
    path = f"/api/v1/jobs/{made.json()['id']}"
    async with process(settings) as other:
        for is_hidden in (False, True):
            changed = await anonymous.patch(f"{TEAMS}/{shared}", json={"hides_payloads": is_hidden}, headers=SERVICE)
            assert changed.json()["hides_payloads"] is is_hidden
            for headers in (acting(eve, shared), bearer(key["key"])):
                assert (SECRET not in (await other.get(path, headers=headers)).text) is is_hidden
                await warm(other, headers)
        assert SECRET in (await other.get(path, headers=acting(ada, shared))).text, "a member is no viewer"
