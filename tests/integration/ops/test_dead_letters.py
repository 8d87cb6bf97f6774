"""Dead letters over HTTP: groups, their jobs, actions over many, and their audit lines."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx2
import pytest
from sqlalchemy import text

from app.auth import audit
from app.core.clock import utc_now
from app.core.database import Database
from app.jobs.maintenance.bulk import BulkActions
from tests.rig import jobs
from tests.rig.callers import MEMBER, posing_as
from tests.rig.dead_letters import fail_again, failed

DEAD = "/api/v1/dead-letters"
ACTIONS = f"{DEAD}/actions"
LATER = (utc_now() + timedelta(hours=1)).isoformat()
EARLIER = (utc_now() - timedelta(hours=1)).isoformat()


async def listed(client: httpx2.AsyncClient, **query: Any) -> dict[str, Any]:
    answer = await client.get(DEAD, params=query)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def audited(client: httpx2.AsyncClient) -> list[str]:
    return [line["action"] for line in (await client.get("/api/v1/admin/audit")).json()["items"]]


async def test_failures_are_grouped_by_what_went_wrong(client: httpx2.AsyncClient, database: Database) -> None:
    same = [
        await failed(database, message)
        for message in (
            "file 17 of 0b1e4a1c-94a5-4e53-8f9c-53f5ce1c27e4 is gone",
            "file 8 of 9d7f0f7e-2d1f-4bb5-9a54-0d3b7f9b8a11 is gone",
            "file 1234 of 3f2a9c1b8d is gone",
            "file 9 of req_8F3a9 is gone",
        )
    ]
    other = [
        await failed(database, "the page 7 is gone"),
        await failed(database, "file 1 of 2 is gone", code="unavailable"),
        await failed(database, "file 1 of 2 is gone", type="summarize"),
    ]
    await jobs.insert(database)
    found = await listed(client)
    assert (found["total"], found["total_groups"]) == (7, 4)
    first = found["groups"][0]
    assert (first["type"], first["error_code"], first["count"]) == ("echo", "auth_failed", 4)
    assert first["message"] == "file 9 of req_8F3a9 is gone"
    assert [one["id"] for one in first["samples"]] == [str(job_id) for job_id in same[:0:-1]]
    assert first["first_at"] < first["last_at"] == first["samples"][0]["finished_at"]
    assert {group["samples"][0]["id"] for group in found["groups"][1:]} == {str(job_id) for job_id in other}
    assert len((await listed(client, limit=1))["groups"]) == 1
    assert (await listed(client, limit=1))["total_groups"] == 4


async def test_a_job_without_a_failure_has_no_fingerprint(client: httpx2.AsyncClient, database: Database) -> None:
    job_id = await failed(database)
    assert await jobs.column(database, job_id, "error_fingerprint ~ '^[0-9a-f]{16}$'")
    item = (await client.get("/api/v1/jobs")).json()["items"][0]
    assert "error_fingerprint" not in item
    await client.post(f"/api/v1/jobs/{job_id}/retry")
    assert await jobs.column(database, job_id, "error_fingerprint") is None
    assert (await listed(client))["groups"] == []


async def test_every_filter_changes_the_groups(client: httpx2.AsyncClient, database: Database) -> None:
    await failed(database, "a")
    await failed(database, "b", code="unavailable", type="summarize", queue="gpu")

    async def messages(**query: Any) -> set[str]:
        return {group["message"] for group in (await listed(client, **query))["groups"]}

    assert await messages() == {"a", "b"}
    assert await messages(type="echo") == {"a"}
    assert await messages(queue="gpu") == {"b"}
    assert await messages(error_code="auth_failed") == {"a"}
    assert await messages(finished_from=LATER) == set()
    assert await messages(finished_from=EARLIER, finished_to=LATER) == {"a", "b"}
    assert await messages(finished_to=EARLIER) == set()


async def test_another_owner_s_failures_are_not_seen(client: httpx2.AsyncClient, database: Database) -> None:
    client.headers.update(posing_as(MEMBER))
    foreign = await failed(database, owner_id=uuid4())
    assert await listed(client) == {"groups": [], "total": 0, "total_groups": 0}
    fingerprint = await jobs.column(database, foreign, "error_fingerprint")
    assert (await client.get(f"{DEAD}/{fingerprint}/jobs")).json()["items"] == []
    for body in ({"all": True}, {"ids": [str(foreign)]}):
        assert (await client.post(f"{DEAD}/discard", json={**body, "dry_run": True})).json()["matched"] == 0
        assert (await client.post(f"{DEAD}/discard", json=body)).json()["total"] == 0
    await BulkActions(database).run()
    assert await jobs.column(database, foreign, "status") == "failed"


async def test_without_its_audit_line_there_is_no_action(
    client: httpx2.AsyncClient, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_: Any, **__: Any) -> None:
        raise RuntimeError

    monkeypatch.setattr(audit, "record", fail)
    assert (await client.post(f"{DEAD}/discard", json={"all": True})).status_code == 500
    assert (await client.get(ACTIONS)).json()["items"] == []


async def test_the_jobs_of_a_group_are_paged(client: httpx2.AsyncClient, database: Database) -> None:
    ids = [str(await failed(database)) for _ in range(5)]
    await failed(database, "something else")
    fingerprint = (await listed(client))["groups"][0]["fingerprint"]
    page = await client.get(f"{DEAD}/{fingerprint}/jobs", params={"limit": 2})
    seen = [item["id"] for item in page.json()["items"]]
    while "link" in page.headers:
        page = await client.get(page.headers["link"].split(">")[0].lstrip("<"))
        seen += [item["id"] for item in page.json()["items"]]
    assert seen == ids[::-1]
    assert "input" not in page.json()["items"][0]
    assert (await client.get(f"{DEAD}/{'0' * 16}/jobs")).json()["items"] == []
    assert (await client.get(f"{DEAD}/nonsense/jobs")).status_code == 422


async def test_a_retry_is_accepted_carried_out_and_shown(client: httpx2.AsyncClient, database: Database) -> None:
    wanted, other = await failed(database), await failed(database, type="summarize")
    answer = await client.post(f"{DEAD}/retry", json={"type": "echo"})
    made = answer.json()
    assert (answer.status_code, made["action"], made["status"], made["total"]) == (202, "retry", "pending", 1)
    assert made["filter"] == {"type": "echo"}
    assert answer.headers["location"] == f"{ACTIONS}/{made['id']}"
    await BulkActions(database).run()
    done = (await client.get(answer.headers["location"])).json()
    assert (done["status"], done["done"], done["skipped"], done["error"]) == ("completed", 1, 0, None)
    assert done["created_at"] <= done["started_at"] <= done["finished_at"]
    assert await jobs.column(database, wanted, "status") == "pending"
    assert await jobs.column(database, other, "status") == "failed"
    line = (await client.get("/api/v1/admin/audit")).json()["items"][0]
    assert (line["action"], line["target"], line["actor"]) == ("dead_letters.retry", made["id"], "service")
    assert line["detail"] == {"filter": {"type": "echo"}, "total": 1}


@pytest.mark.parametrize(
    ("body", "met"),
    [
        ({"queue": "gpu"}, {"b"}),
        ({"error_code": "auth_failed"}, {"a"}),
        ({"finished_from": EARLIER, "finished_to": LATER}, {"a", "b"}),
        ({"finished_from": LATER}, set()),
        ({"finished_to": EARLIER}, set()),
        ({"type": "echo", "queue": "gpu"}, set()),
        ({"all": True}, {"a", "b"}),
    ],
)
async def test_an_action_meets_what_its_filter_lists(
    client: httpx2.AsyncClient, database: Database, body: dict[str, Any], met: set[str]
) -> None:
    ids = {
        "a": await failed(database, "a"),
        "b": await failed(database, "b", code="unavailable", type="summarize", queue="gpu"),
    }
    made = (await client.post(f"{DEAD}/retry", json=body)).json()
    await BulkActions(database).run()
    done = (await client.get(f"{ACTIONS}/{made['id']}")).json()
    assert (made["total"], done["status"], done["done"]) == (len(met), "completed", len(met))
    pending = {name for name, job_id in ids.items() if await jobs.column(database, job_id, "status") == "pending"}
    assert pending == met


async def test_a_discard_deletes_the_jobs_with_their_history(client: httpx2.AsyncClient, database: Database) -> None:
    group, other = await failed(database, "a"), await failed(database, "b")
    fingerprint = await jobs.column(database, group, "error_fingerprint")
    assert (await client.post(f"{DEAD}/discard", json={"fingerprint": fingerprint})).status_code == 202
    await BulkActions(database).run()
    rows = await database.rows(text("SELECT DISTINCT job_id FROM job_events"))
    assert {row.job_id for row in rows} == {other}
    assert (await client.get(f"/api/v1/jobs/{group}")).status_code == 404
    assert await audited(client) == ["dead_letters.discard"]


@pytest.mark.parametrize("verb", ["retry", "discard"])
async def test_a_dry_run_changes_nothing(client: httpx2.AsyncClient, database: Database, verb: str) -> None:
    ids = [await failed(database, "a"), await failed(database, "a"), await failed(database, "b")]
    answer = await client.post(f"{DEAD}/{verb}", json={"all": True, "dry_run": True})
    met = answer.json()
    assert (answer.status_code, met["matched"], met["total_groups"]) == (200, 3, 2)
    assert [group["count"] for group in met["groups"]] == [2, 1]
    assert {one["id"] for one in met["samples"]} == {str(job_id) for job_id in ids}
    await BulkActions(database).run()
    assert (await listed(client))["total"] == 3
    assert await audited(client) == []
    assert (await client.get(ACTIONS)).json() == {"items": [], "next_cursor": None}


async def test_only_the_named_ids_are_met(client: httpx2.AsyncClient, database: Database) -> None:
    named, other, waiting = await failed(database), await failed(database), await jobs.insert(database)
    body = {"ids": [str(named), str(waiting), str(uuid4())]}
    assert (await client.post(f"{DEAD}/retry", json={**body, "dry_run": True})).json()["matched"] == 1
    assert (await client.post(f"{DEAD}/retry", json=body)).json()["total"] == 1
    await BulkActions(database).run()
    assert await jobs.names(database, named) == ["submitted", "started", "failed", "retried"]
    assert await jobs.column(database, other, "status") == "failed"
    assert await jobs.column(database, waiting, "version") == 1


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"dry_run": True},
        {"all": False},
        {"all": True, "type": "echo"},
        {"ids": []},
        {"ids": [str(UUID(int=7))] * 1001},
        {"ids": ["x"]},
        {"fingerprint": "%"},
        {"unknown": 1},
        {"finished_from": "2026-01-01T00:00:00"},
    ],
)
async def test_what_could_mean_too_much_is_refused(
    client: httpx2.AsyncClient, database: Database, body: dict[str, Any]
) -> None:
    for verb in ("retry", "discard"):
        answer = await client.post(f"{DEAD}/{verb}", json=body)
        assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
    assert (await client.get(ACTIONS)).json()["items"] == []


@pytest.mark.parametrize(
    ("at", "is_a_time"),
    [
        ("0001-01-01T00:00:00+14:00", False),
        ("9999-12-31T23:59:59-14:00", False),
        ("0001-01-01T00:00:00Z", True),
        ("9999-12-31T23:59:59Z", True),
    ],
)
async def test_times_that_no_clock_shows_are_refused(client: httpx2.AsyncClient, at: str, is_a_time: bool) -> None:
    for name in ("finished_from", "finished_to"):
        assert (await client.get(DEAD, params={name: at})).status_code == (200 if is_a_time else 422)
        body = {name: at, "dry_run": True}
        assert (await client.post(f"{DEAD}/retry", json=body)).status_code == (200 if is_a_time else 422)
    for name in ("created_from", "created_to"):
        assert (await client.get("/api/v1/jobs", params={name: at})).status_code == (200 if is_a_time else 422)


async def test_an_action_is_stopped_once(client: httpx2.AsyncClient, database: Database) -> None:
    job_id = await failed(database)
    made = (await client.post(f"{DEAD}/retry", json={"all": True})).json()
    for _ in range(2):
        answer = await client.post(f"{ACTIONS}/{made['id']}/cancel")
        assert (answer.status_code, answer.json()["status"]) == (200, "cancelled")
    await BulkActions(database).run()
    assert await jobs.column(database, job_id, "status") == "failed"
    assert await audited(client) == ["dead_letters.retry.cancel", "dead_letters.retry"]
    assert (await client.get(f"{ACTIONS}/{uuid4()}")).status_code == 404
    assert (await client.post(f"{ACTIONS}/{uuid4()}/cancel")).json()["code"] == "action_not_found"


async def test_what_has_ended_cannot_be_stopped(client: httpx2.AsyncClient, database: Database) -> None:
    made = (await client.post(f"{DEAD}/retry", json={"all": True})).json()
    await BulkActions(database).run()
    refused = await client.post(f"{ACTIONS}/{made['id']}/cancel")
    assert (refused.status_code, refused.json()["code"]) == (409, "action_is_over")


async def test_actions_are_listed_newest_first(client: httpx2.AsyncClient, database: Database) -> None:
    await failed(database)
    made = [(await client.post(f"{DEAD}/retry", json={"all": True})).json()["id"] for _ in range(3)]
    page = await client.get(ACTIONS, params={"limit": 2})
    seen = [item["id"] for item in page.json()["items"]]
    page = await client.get(page.headers["link"].split(">")[0].lstrip("<"))
    assert [*seen, *(item["id"] for item in page.json()["items"])] == made[::-1]
    assert page.json()["next_cursor"] is None


async def test_a_job_that_fails_again_forms_a_group_again(client: httpx2.AsyncClient, database: Database) -> None:
    job_id = await failed(database, "a")
    await client.post(f"/api/v1/jobs/{job_id}/retry")
    await fail_again(database, job_id, "b")
    assert [group["message"] for group in (await listed(client))["groups"]] == ["b"]
