"""API keys: what they open, for how long, and that a revoked one opens nothing at any process."""

from typing import Any

import httpx2
import pytest
from fastapi import FastAPI
from sqlalchemy import event, text

from app.auth.last_use import LastUse
from app.core.application_state import part_of
from app.core.database import Database
from tests.conftest import TOKEN
from tests.rig.audit import audit
from tests.rig.people import KEYS, ME, SERVICE, bearer, key_of, person, status_of

JOBS = "/api/v1/jobs"
ECHO = {"type": "echo", "input": {"message": "hello"}}


async def test_a_key_is_shown_once_and_kept_by_its_digest(
    app: FastAPI, anonymous: httpx2.AsyncClient, database: Database
) -> None:
    ada = await person(anonymous)
    answer = await anonymous.post(KEYS, json={"description": "nightly"}, headers=ada.headers)
    made = answer.json()
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["location"] == f"{KEYS}/{made['id']}"
    assert made["scopes"] == ["files", "jobs:read", "jobs:write"]
    assert (made["user_id"], made["team_id"], made["prefix"]) == (ada.id, ada.id, made["key"][:16])
    shown = (await anonymous.get(f"{KEYS}/{made['id']}", headers=ada.headers)).json()
    assert shown == {name: value for name, value in made.items() if name != "key"}
    (row,) = await database.rows(text("SELECT * FROM api_keys"))
    assert made["key"] not in str(row)
    assert (row.expires_at - row.created_at).days == 90


@pytest.mark.parametrize("header", ["Authorization", "X-API-Key", "X-Service-Token"])
@pytest.mark.parametrize("copied", ["{}", " {} ", '"{}"', "Bearer {}"])
async def test_a_key_opens_the_api_by_any_header_however_it_was_copied(
    anonymous: httpx2.AsyncClient, header: str, copied: str
) -> None:
    made = await key_of(anonymous, (await person(anonymous)).headers)
    value = copied.format(made["key"])
    answer = await anonymous.get(ME, headers={header: f"Bearer {value}" if header == "Authorization" else value})
    assert (answer.status_code, answer.json()["key_id"]) == (200, made["id"])


async def test_a_damaged_copy_is_told_without_a_query(app: FastAPI, anonymous: httpx2.AsyncClient) -> None:
    key = (await key_of(anonymous, (await person(anonymous)).headers))["key"]
    damaged = key[:-1] + ("x" if key[-1] != "x" else "y")
    statements: list[str] = []

    def note(*given: Any) -> None:
        statements.append(given[2])

    engine = part_of(app, Database).engine.sync_engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        answer = await anonymous.get(JOBS, headers=bearer(damaged))
        assert (answer.status_code, statements) == (401, [])
        assert "damaged copy" in answer.json()["detail"]
        unknown = await anonymous.get(JOBS, headers=bearer((await key_of(anonymous, SERVICE))["key"]))
        assert unknown.status_code == 200
        assert statements
    finally:
        event.remove(engine, "before_cursor_execute", note)


async def test_a_key_is_no_wider_than_its_maker(anonymous: httpx2.AsyncClient) -> None:
    ada = await person(anonymous)
    refused = await anonymous.post(KEYS, json={"description": "x", "scopes": ["admin"]}, headers=ada.headers)
    assert (refused.status_code, refused.json()["code"]) == (403, "insufficient_scope")
    wide = ["jobs:read", "jobs:write", "admin"]
    narrow = bearer((await key_of(anonymous, SERVICE, scopes=wide, job_types=["echo"], models=["default"]))["key"])
    for wanted in ({}, {"job_types": ["echo", "summarize"], "models": ["default"]}, {"job_types": ["echo"]}):
        body = {"description": "x", "scopes": ["jobs:read"], **wanted}
        assert (await anonymous.post(KEYS, json=body, headers=narrow)).status_code == 422
    await key_of(anonymous, narrow, scopes=["jobs:read"], job_types=["echo"], models=["default"])


async def test_a_key_submits_what_it_is_for(anonymous: httpx2.AsyncClient) -> None:
    ada = await person(anonymous)
    key = bearer((await key_of(anonymous, ada.headers, job_types=["echo", "summarize"]))["key"])
    assert (await anonymous.post(JOBS, json=ECHO, headers=key)).status_code == 202
    translate = {"type": "translate", "input": {"text": "x", "target_language": "de"}}
    for body in (translate, {"jobs": [ECHO, translate]}):
        refused = await anonymous.post(JOBS if "type" in body else f"{JOBS}/batch", json=body, headers=key)
        assert (refused.status_code, refused.json()["code"]) == (403, "job_type_not_allowed")
    lines = await anonymous.post(
        f"{JOBS}/batch",
        content=b'{"type": "translate", "input": {"text": "x", "target_language": "de"}}\n',
        headers={**key, "Content-Type": "application/x-ndjson"},
    )
    assert (lines.status_code, lines.json()["code"]) == (403, "job_type_not_allowed")
    assert len((await anonymous.get(JOBS, headers=key)).json()["items"]) == 1


async def test_nobody_sees_or_ends_another_s_key_but_an_administrator(anonymous: httpx2.AsyncClient) -> None:
    ada, eve, root = await person(anonymous), await person(anonymous), await person(anonymous, "admin")
    made = await key_of(anonymous, ada.headers)
    path = f"{KEYS}/{made['id']}"
    unknown = (await anonymous.get(f"{KEYS}/00000000", headers=eve.headers)).json()
    for method, tail in (("GET", ""), ("DELETE", ""), ("POST", "/restore"), ("POST", "/rotate")):
        answer = await anonymous.request(method, path + tail, headers=eve.headers)
        assert (answer.status_code, answer.json()["code"]) == (404, unknown["code"])
        assert answer.json()["detail"] == unknown["detail"].replace("00000000", made["id"])
    assert (await anonymous.get(KEYS, headers=eve.headers)).json()["items"] == []
    assert (await anonymous.get(KEYS, params={"user_id": ada.id}, headers=eve.headers)).json()["items"] == []
    for params in ({}, {"user_id": ada.id}):
        items = (await anonymous.get(KEYS, params=params, headers=root.headers)).json()["items"]
        assert [one["id"] for one in items] == [made["id"]]
    assert (await anonymous.delete(path, headers=root.headers)).status_code == 204
    assert await status_of(anonymous, bearer(made["key"])) == 401


async def test_a_key_asks_for_itself_and_ends_itself_and_no_other(anonymous: httpx2.AsyncClient) -> None:
    ada = await person(anonymous)
    own, other = [await key_of(anonymous, ada.headers, scopes=["files"]) for _ in range(2)]
    headers = bearer(own["key"])
    shown = await anonymous.get(f"{KEYS}/{own['id']}", headers=headers)
    assert shown.json() == {name: value for name, value in own.items() if name != "key"} | {
        "last_used_at": shown.json()["last_used_at"]
    }
    for method, path in (
        ("GET", f"{KEYS}/{other['id']}"),
        ("DELETE", f"{KEYS}/{other['id']}"),
        ("POST", f"{KEYS}/{own['id']}/rotate"),
        ("POST", f"{KEYS}/{own['id']}/restore"),
        ("GET", KEYS),
    ):
        refused = await anonymous.request(method, path, headers=headers)
        assert (refused.status_code, refused.json()["code"]) == (403, "insufficient_scope"), path
    assert (await anonymous.delete(f"{KEYS}/{own['id']}", headers=headers)).status_code == 204
    assert [await status_of(anonymous, bearer(one["key"])) for one in (own, other)] == [401, 200]


async def test_a_list_of_keys_has_pages(anonymous: httpx2.AsyncClient) -> None:
    ada = await person(anonymous)
    made = [(await key_of(anonymous, ada.headers))["id"] for _ in range(5)]
    found: list[str] = []
    params = {"limit": "2"}
    while True:
        page = (await anonymous.get(KEYS, params=params, headers=ada.headers)).json()
        found += [one["id"] for one in page["items"]]
        if page["next_cursor"] is None:
            break
        params["cursor"] = page["next_cursor"]
    assert found == made[::-1]
    far = await anonymous.get(KEYS, params={"cursor": "_" * 21 + "w"}, headers=ada.headers)
    assert far.status_code == 200


async def test_a_revocation_is_taken_back_within_a_month(anonymous: httpx2.AsyncClient, database: Database) -> None:
    ada = await person(anonymous)
    made = await key_of(anonymous, ada.headers)
    path = f"{KEYS}/{made['id']}"
    assert (await anonymous.post(f"{path}/restore", headers=ada.headers)).json()["code"] == "key_not_revoked"
    assert [(await anonymous.delete(path, headers=ada.headers)).status_code for _ in range(2)] == [204, 204]
    assert (await anonymous.post(f"{path}/restore", headers=ada.headers)).json()["is_active"]
    assert await status_of(anonymous, bearer(made["key"])) == 200
    await anonymous.delete(path, headers=ada.headers)
    await database.rows(text("UPDATE api_keys SET revoked_at = now() - interval '31 days'"))
    refused = await anonymous.post(f"{path}/restore", headers=ada.headers)
    assert (refused.status_code, refused.json()["code"]) == (409, "key_not_restorable")


async def test_rotation_gives_nobody_more_than_he_has(anonymous: httpx2.AsyncClient) -> None:
    ada, bob = await person(anonymous, "admin"), await person(anonymous)
    wide = await key_of(anonymous, ada.headers, scopes=["admin", "jobs:read", "jobs:write"])
    foreign = await key_of(anonymous, bob.headers)
    for narrow in ({"scopes": ["admin"]}, {"scopes": ["admin", "jobs:read", "jobs:write"], "job_types": ["echo"]}):
        by = bearer((await key_of(anonymous, ada.headers, **narrow))["key"])
        refused = await anonymous.post(f"{KEYS}/{wide['id']}/rotate", json={}, headers=by)
        assert refused.status_code in {403, 422}, narrow
        assert "hr_live_" not in refused.text
    answer = await anonymous.post(f"{KEYS}/{foreign['id']}/rotate", json={}, headers=ada.headers)
    assert answer.status_code == 404, "an administrator may revoke it, and not act by it"


async def test_rotation_leaves_the_old_one_for_a_while(anonymous: httpx2.AsyncClient, database: Database) -> None:
    ada = await person(anonymous)
    old = await key_of(anonymous, ada.headers, description="nightly", job_types=["echo"], scopes=["jobs:read"])
    path = f"{KEYS}/{old['id']}/rotate"
    answer = await anonymous.post(path, json={"overlap_hours": 2}, headers=ada.headers)
    new = answer.json()
    assert (answer.status_code, answer.headers["cache-control"]) == (201, "no-store")
    same = ("description", "job_types", "scopes", "models", "user_id", "team_id")
    assert [new[name] for name in same] == [old[name] for name in same]
    assert [await status_of(anonymous, bearer(one["key"])) for one in (old, new)] == [200, 200]
    left = await database.row(text("SELECT expires_at - now() <= interval '2 h' FROM api_keys WHERE rotated_to <> ''"))
    assert left == (True,)
    again = await anonymous.post(path, headers=ada.headers)
    assert (again.status_code, again.json()["code"]) == (409, "key_not_rotatable")
    at_once = await anonymous.post(f"{KEYS}/{new['id']}/rotate", json={"overlap_hours": 0}, headers=ada.headers)
    assert at_once.status_code == 201
    assert await status_of(anonymous, bearer(new["key"])) == 401


async def test_a_key_that_is_over_opens_nothing(anonymous: httpx2.AsyncClient, database: Database) -> None:
    made = await key_of(anonymous, (await person(anonymous)).headers, expires_in_days=1)
    await database.rows(text("UPDATE api_keys SET expires_at = now() - interval '1 s'"))
    assert await status_of(anonymous, bearer(made["key"])) == 401


async def test_when_a_key_was_used_is_written_to_the_minute(
    app: FastAPI, anonymous: httpx2.AsyncClient, database: Database
) -> None:
    ada = await person(anonymous)
    made = await key_of(anonymous, ada.headers)
    for _ in range(3):
        await status_of(anonymous, bearer(made["key"]))
    await part_of(app, LastUse).write()
    first = await database.row(text("SELECT last_used_at FROM api_keys"))
    assert first[0] is not None  # type: ignore[index]
    seen = await database.row(text("SELECT last_seen_at FROM users WHERE NOT is_service"))
    assert seen[0] is not None  # type: ignore[index]
    await status_of(anonymous, bearer(made["key"]))
    await part_of(app, LastUse).write()
    assert await database.row(text("SELECT last_used_at FROM api_keys")) == first


async def test_each_change_of_a_key_is_audited(anonymous: httpx2.AsyncClient, database: Database) -> None:
    ada = await person(anonymous)
    made = await key_of(anonymous, ada.headers)
    path = f"{KEYS}/{made['id']}"
    await anonymous.delete(path, headers=ada.headers)
    await anonymous.post(f"{path}/restore", headers=ada.headers)
    await anonymous.post(f"{path}/rotate", headers={**ada.headers, "User-Agent": "the tests"})
    lines = [line for line in await audit(database) if line[0].startswith("key.")]
    assert [line[:2] for line in lines] == [
        (f"key.{verb}", f"key:{made['id']}") for verb in ("create", "revoke", "restore", "rotate")
    ]
    assert made["key"] not in str(lines)
    assert made["key"][17:] not in str(lines)
    shown = (await anonymous.get("/api/v1/admin/audit", headers=SERVICE)).json()["items"][0]
    assert (shown["actor"], shown["user_id"], shown["agent"]) == (ada.email, ada.id, "the tests")
    assert shown["address"] == "127.0.0.1"


async def test_the_service_token_is_no_key(anonymous: httpx2.AsyncClient) -> None:
    me = (await anonymous.get(ME, headers={"X-API-Key": TOKEN})).json()
    assert (me["name"], me["role"], me["key_id"]) == ("service", "admin", None)


async def test_a_user_has_so_many_keys_at_most(anonymous: httpx2.AsyncClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.auth.keys.service.MOST_LIVE", 2)
    ada = await person(anonymous)
    await key_of(anonymous, ada.headers)
    second = await key_of(anonymous, ada.headers)
    refused = await anonymous.post(KEYS, json={"description": "x"}, headers=ada.headers)
    assert (refused.status_code, refused.json()["code"]) == (409, "too_many_keys")
    await anonymous.delete(f"{KEYS}/{second['id']}", headers=ada.headers)
    await key_of(anonymous, ada.headers)
