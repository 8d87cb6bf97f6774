"""Queues over HTTP: what is shown, paused, resumed and limited, and the line of a queue."""

from typing import Any

import httpx2
import pytest
from fastapi import FastAPI

from app.core.database import Database
from tests.rig import jobs
from tests.rig.audit import audit
from tests.rig.outage import without_redis
from tests.rig.workers import beat

QUEUES = "/api/v1/queues"


async def read(client: httpx2.AsyncClient, kind: str, name: str) -> dict[str, Any]:
    answer = await client.get(QUEUES)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = next(one for one in answer.json()[kind] if one["name"] == name)
    return found


async def test_a_queue_shows_what_waits_and_runs(client: httpx2.AsyncClient, database: Database) -> None:
    await jobs.insert(database)
    await jobs.insert(database, delay_s=60)
    await jobs.claim(database, await jobs.insert(database, type="summarize"))
    await jobs.change(
        database,
        await jobs.insert(database),
        "(run_at, queued_at) = (now() - interval '90 s', now() - interval '90 s')",
    )
    await beat(database, slots=7)
    queue = await read(client, "queues", "default")
    assert 90 <= queue.pop("oldest_waiting_s") < 120
    assert queue == {
        "name": "default",
        "paused_at": None,
        "max_running": None,
        "running": 1,
        "waiting": 2,
        "scheduled": 1,
        "in_broker": 0,
        "slots": 7,
    }
    assert (await read(client, "types", "echo"))["waiting"] == 2
    assert (await read(client, "types", "summarize"))["running"] == 1


async def test_an_empty_queue_of_the_settings_is_shown_and_a_used_one_that_is_not_in_them(
    client: httpx2.AsyncClient, database: Database
) -> None:
    await jobs.insert(database, queue="gone")
    names = [one["name"] for one in (await client.get(QUEUES)).json()["queues"]]
    assert names == ["default", "gone"]
    assert (await read(client, "queues", "default"))["oldest_waiting_s"] is None


@pytest.mark.parametrize(
    ("kind", "scope", "path"),
    [("queues", "queue", f"{QUEUES}/default"), ("types", "type", "/api/v1/job-types/echo")],
)
async def test_pause_limit_and_resume(
    client: httpx2.AsyncClient, database: Database, kind: str, scope: str, path: str
) -> None:
    answer = await client.post(f"{path}/pause")
    assert answer.status_code == 200
    assert answer.json()["paused_at"] is not None
    job = await jobs.insert(database)
    assert await jobs.try_claim(database, job) is None
    answer = await client.put(f"{path}/limit", json={"max_running": 2})
    assert (answer.json()["max_running"], answer.json()["paused_at"] is None) == (2, False)
    assert (await client.post(f"{path}/resume")).json()["paused_at"] is None
    await jobs.claim(database, job)
    found = await read(client, kind, path.rsplit("/", 1)[-1])
    assert (found["running"], found["max_running"]) == (1, 2)
    assert (await client.put(f"{path}/limit", json={"max_running": None})).json()["max_running"] is None
    name = path.rsplit("/", 1)[-1]
    assert await audit(database) == [
        (f"{scope}.pause", name, None),
        (f"{scope}.limit", name, {"max_running": 2}),
        (f"{scope}.resume", name, None),
        (f"{scope}.limit", name, {"max_running": None}),
    ]


@pytest.mark.parametrize("path", [f"{QUEUES}/default", "/api/v1/job-types/echo"])
async def test_a_pause_does_not_wait_for_a_count_of_all_jobs(
    client: httpx2.AsyncClient, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    async def too_slow(*_: Any) -> None:
        raise TimeoutError

    for name in ("read", "count_scheduled"):
        monkeypatch.setattr(f"app.jobs.repository.counts.{name}", too_slow)
    assert (await client.post(f"{path}/pause")).status_code == 200


@pytest.mark.parametrize(
    ("path", "code"), [(f"{QUEUES}/nowhere", "queue_not_found"), ("/api/v1/job-types/nothing", "type_not_found")]
)
async def test_what_does_not_exist_is_not_controlled(
    client: httpx2.AsyncClient, database: Database, path: str, code: str
) -> None:
    for answer in (await client.post(f"{path}/pause"), await client.put(f"{path}/limit", json={"max_running": 1})):
        assert answer.status_code == 404
        assert answer.json()["code"] == code
    assert await audit(database) == []


@pytest.mark.parametrize("body", [{"max_running": 0}, {"max_running": "x"}, {}, {"max_running": 1, "more": 1}])
async def test_a_bad_limit_is_refused(client: httpx2.AsyncClient, body: dict[str, Any]) -> None:
    assert (await client.put(f"{QUEUES}/default/limit", json=body)).status_code == 422


async def test_the_line_of_a_queue_is_in_the_order_of_starts(client: httpx2.AsyncClient, database: Database) -> None:
    low = await jobs.insert(database, priority=9)
    first, second = [await jobs.insert(database) for _ in range(2)]
    high = await jobs.insert(database, priority=1)
    await jobs.insert(database, delay_s=60)
    await jobs.insert(database, queue="gpu")
    await jobs.claim(database, await jobs.insert(database))
    wanted = [str(one) for one in (high, first, second, low)]
    answer = (await client.get(f"{QUEUES}/default/jobs")).json()
    assert [one["id"] for one in answer["items"]] == wanted
    assert answer["next_cursor"] is None
    seen, cursor = [], None
    while True:
        page = await client.get(f"{QUEUES}/default/jobs", params={"limit": 1, **({"cursor": cursor} if cursor else {})})
        seen += [one["id"] for one in page.json()["items"]]
        cursor = page.json()["next_cursor"]
        assert ('rel="next"' in page.headers.get("link", "")) == (cursor is not None)
        if cursor is None:
            break
    assert seen == wanted


async def test_a_line_can_be_followed_past_a_job_that_started_but_not_past_a_deleted_one(
    client: httpx2.AsyncClient, database: Database
) -> None:
    first, second = [await jobs.insert(database) for _ in range(2)]
    page = (await client.get(f"{QUEUES}/default/jobs", params={"limit": 1})).json()
    claimed = await jobs.claim(database, first)
    following = {"cursor": page["next_cursor"]}
    answer = (await client.get(f"{QUEUES}/default/jobs", params=following)).json()
    assert [one["id"] for one in answer["items"]] == [str(second)]
    await jobs.finish(database, claimed, {"echo": "x"})
    assert (await client.delete(f"/api/v1/jobs/{first}")).status_code == 204
    refused = await client.get(f"{QUEUES}/default/jobs", params=following)
    assert (refused.status_code, refused.json()["code"]) == (422, "bad_cursor")


async def test_without_the_broker_the_buffer_is_unknown(client: httpx2.AsyncClient, app: FastAPI) -> None:
    with without_redis(app):
        assert (await read(client, "queues", "default"))["in_broker"] is None
