"""The jobs API: what each verb answers, and its headers."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx2
import pytest
from redis.asyncio import Redis
from sqlalchemy import text

from app.core.clock import utc_now
from app.core.database import Database
from app.jobs.broker_buffer import open_key
from app.jobs.outcomes import AttemptUsage, Failed, JobError, Retry
from tests.rig import jobs
from tests.rig.invariants import check_invariants

JOBS = "/api/v1/jobs"
GOOD: dict[str, Any] = {"type": "echo", "input": {"message": "hello"}}


async def submit(client: httpx2.AsyncClient, **changes: Any) -> UUID:
    answer = await client.post(JOBS, json={**GOOD, **changes})
    assert answer.status_code == 202, answer.text
    return UUID(answer.json()["id"])


async def test_a_job_is_stored_when_202_is_answered(client: httpx2.AsyncClient, database: Database) -> None:
    answer = await client.post(JOBS, json={**GOOD, "metadata": {"ticket": 7}, "priority": "low"})
    body = answer.json()
    assert answer.status_code == 202
    assert answer.headers["location"] == f"{JOBS}/{body['id']}"
    assert answer.headers["retry-after"] == "1"
    assert (body["status"], body["metadata"], body["priority"]) == ("pending", {"ticket": 7}, "low")
    assert await jobs.column(database, UUID(body["id"]), "status") == "pending"


async def test_the_request_id_goes_with_the_job(client: httpx2.AsyncClient) -> None:
    answer = await client.post(JOBS, json=GOOD, headers={"X-Request-ID": "trace-42"})
    assert answer.headers["x-request-id"] == answer.json()["request_id"] == "trace-42"
    forged = await client.post(JOBS, json=GOOD, headers={"X-Request-ID": "a b\tc"})
    assert forged.headers["x-request-id"] == forged.json()["request_id"] != "a b\tc"


async def test_a_delayed_job_is_scheduled(client: httpx2.AsyncClient) -> None:
    answer = await client.post(JOBS, json={**GOOD, "delay_s": 90})
    assert answer.json()["status"] == "scheduled"
    assert 85 <= int(answer.headers["retry-after"]) <= 90
    at = (utc_now() + timedelta(hours=1)).isoformat()
    assert (await client.post(JOBS, json={**GOOD, "run_at": at})).json()["status"] == "scheduled"
    assert (await client.post(JOBS, json={**GOOD, "run_at": "2020-01-01T00:00:00Z"})).json()["status"] == "pending"


async def test_a_job_shows_its_attempts_and_history(client: httpx2.AsyncClient, database: Database) -> None:
    job_id = await submit(client)
    claimed = await jobs.claim(database, job_id)
    await jobs.give_back(
        database, claimed, Retry(0, JobError("unavailable", "503")), AttemptUsage(provider="p", prompt_tokens=2)
    )
    claimed = await jobs.claim(database, job_id)
    await jobs.finish(database, claimed, {"message": "done"}, AttemptUsage(provider="p", model="m"))
    shown = (await client.get(f"{JOBS}/{job_id}")).json()
    assert [event["name"] for event in shown["events"]] == [
        "submitted",
        "started",
        "retry_scheduled",
        "started",
        "completed",
    ]
    first, second = shown["attempts"]
    assert (first["outcome"], first["error"]["code"], first["prompt_tokens"]) == ("retry_scheduled", "unavailable", 2)
    assert (second["outcome"], second["error"], second["model"]) == ("completed", None, "m")
    assert (shown["result"], shown["error"]) == ({"message": "done"}, None)


async def test_an_unchanged_job_is_not_sent_again(client: httpx2.AsyncClient, database: Database) -> None:
    job_id = await submit(client)
    first = await client.get(f"{JOBS}/{job_id}")
    assert first.headers["retry-after"] == "1"
    fresh = {"If-None-Match": first.headers["etag"]}
    again = await client.get(f"{JOBS}/{job_id}", headers=fresh)
    assert (again.status_code, again.content) == (304, b"")
    await jobs.claim(database, job_id)
    assert (await client.get(f"{JOBS}/{job_id}", headers=fresh)).status_code == 200


async def test_a_scheduled_job_s_tag_changes_when_it_falls_due(client: httpx2.AsyncClient, database: Database) -> None:
    job_id = await submit(client, delay_s=60)
    tag = (await client.get(f"{JOBS}/{job_id}")).headers["etag"]
    await jobs.change(database, job_id, "run_at = now()")
    due = await client.get(f"{JOBS}/{job_id}", headers={"If-None-Match": tag})
    assert (due.status_code, due.json()["status"]) == (200, "pending")


async def test_pages_follow_each_other_without_gap_or_repeat(client: httpx2.AsyncClient) -> None:
    ids = [str(await submit(client)) for _ in range(5)]
    page = await client.get(JOBS, params={"limit": 2})
    seen = [item["id"] for item in page.json()["items"]]
    await submit(client)  # a newer one does not shift the pages
    while "link" in page.headers:
        assert page.json()["next_cursor"]
        page = await client.get(page.headers["link"].split(">")[0].lstrip("<"))
        seen += [item["id"] for item in page.json()["items"]]
    assert seen == ids[::-1]
    assert page.json()["next_cursor"] is None


async def test_every_filter_changes_the_list(client: httpx2.AsyncClient, database: Database) -> None:
    waiting = str(await submit(client))
    later = str(await submit(client, delay_s=60))
    claimed = await jobs.claim(database, await submit(client))
    failed = await jobs.claim(database, await submit(client))
    await jobs.give_back(database, failed, Failed(JobError("auth_failed", "no")), AttemptUsage())

    async def ids(**query: Any) -> set[str]:
        items = (await client.get(JOBS, params=query)).json()["items"]
        assert not {"input", "result"} & {key for item in items for key in item}
        return {item["id"] for item in items}

    everything = {waiting, later, str(claimed.id), str(failed.id)}
    assert await ids() == everything
    assert await ids(status="pending") == {waiting}
    assert await ids(status="scheduled") == {later}
    assert await ids(status="processing") == {str(claimed.id)}
    assert await ids(status="failed") == {str(failed.id)}
    assert await ids(type="summarize") == set()
    assert await ids(queue="default") == everything
    assert await ids(queue="other") == set()
    assert await ids(id_prefix=waiting[:36]) == {waiting}
    assert await ids(id_prefix=waiting[:9]) >= {waiting}
    assert await ids(created_from=(utc_now() + timedelta(hours=1)).isoformat()) == set()
    assert await ids(created_to=(utc_now() + timedelta(hours=1)).isoformat()) == everything


async def test_a_cancel_can_be_repeated_but_not_undo_an_end(client: httpx2.AsyncClient, database: Database) -> None:
    job_id = await submit(client)
    for _ in range(2):
        answer = await client.post(f"{JOBS}/{job_id}/cancel")
        assert (answer.status_code, answer.json()["status"]) == (200, "cancelled")
    claimed = await jobs.claim(database, await submit(client))
    for _ in range(2):
        answer = await client.post(f"{JOBS}/{claimed.id}/cancel")
        assert (answer.status_code, answer.json()["status"], answer.json()["cancel_requested"]) == (
            200,
            "processing",
            True,
        )
    done = await jobs.claim(database, await submit(client))
    await jobs.finish(database, done, {"message": "x"}, AttemptUsage())
    answer = await client.post(f"{JOBS}/{done.id}/cancel")
    assert (answer.status_code, answer.json()["code"]) == (409, "job_is_final")


async def test_a_retry_needs_a_failed_or_cancelled_job(client: httpx2.AsyncClient) -> None:
    job_id = await submit(client)
    refused = await client.post(f"{JOBS}/{job_id}/retry")
    assert (refused.status_code, refused.json()["code"]) == (409, "job_not_retryable")
    assert "pending" in refused.json()["detail"]
    await client.post(f"{JOBS}/{job_id}/cancel")
    answer = await client.post(f"{JOBS}/{job_id}/retry")
    assert (answer.status_code, answer.json()["status"]) == (200, "pending")


async def test_attempts_before_a_retry_do_not_count(client: httpx2.AsyncClient, database: Database) -> None:
    job_id = await submit(client)
    for _ in range(2):
        await jobs.give_back(
            database, await jobs.claim(database, job_id), Retry(0, JobError("timeout", "x")), AttemptUsage()
        )
    before = (await client.get(f"{JOBS}/{job_id}")).json()
    await client.post(f"{JOBS}/{job_id}/cancel")
    await client.post(f"{JOBS}/{job_id}/retry")
    await jobs.claim(database, job_id)
    after = (await client.get(f"{JOBS}/{job_id}")).json()
    assert [(one["attempt"], one["attempts_used"]) for one in (before, after)] == [(2, 2), (3, 1)]


async def test_a_processing_job_is_only_deleted_by_force(client: httpx2.AsyncClient, database: Database) -> None:
    claimed = await jobs.claim(database, await submit(client))
    refused = await client.delete(f"{JOBS}/{claimed.id}")
    assert (refused.status_code, refused.json()["code"]) == (409, "job_is_processing")
    assert (await client.delete(f"{JOBS}/{claimed.id}", params={"force": True})).status_code == 204
    assert (await client.get(f"{JOBS}/{claimed.id}")).status_code == 404
    waiting = await submit(client)
    assert (await client.delete(f"{JOBS}/{waiting}")).status_code == 204
    assert (await client.delete(f"{JOBS}/{waiting}")).status_code == 404


async def test_a_batch_is_answered_in_its_order(client: httpx2.AsyncClient, database: Database) -> None:
    wanted = [{**GOOD, "metadata": {"n": n}} for n in range(1000)]
    answer = await client.post(f"{JOBS}/batch", json={"jobs": wanted})
    assert answer.status_code == 202
    ids = [item["id"] for item in answer.json()["jobs"]]
    stored = await database.rows(text("SELECT metadata->>'n' AS n FROM jobs ORDER BY id"))
    assert [int(row.n) for row in stored] == list(range(1000))
    assert ids == sorted(ids)


async def test_50_posts_with_one_key_make_one_job(client: httpx2.AsyncClient, database: Database) -> None:
    headers = {"Idempotency-Key": "order-1"}
    answers = await asyncio.gather(*(client.post(JOBS, json=GOOD, headers=headers) for _ in range(50)))
    assert {answer.status_code for answer in answers} == {202}
    assert len({answer.text for answer in answers}) == 1
    assert sum(answer.headers.get("idempotency-replayed") == "true" for answer in answers) == 49
    assert len(await check_invariants(database, quiet=False)) == 1


async def test_a_key_is_bound_to_its_body_but_not_to_the_order_of_its_fields(client: httpx2.AsyncClient) -> None:
    headers = {"Idempotency-Key": "order-2"}
    first = await client.post(JOBS, json=GOOD, headers=headers)
    same = await client.post(JOBS, json=dict(reversed(GOOD.items())), headers=headers)
    assert same.json()["id"] == first.json()["id"]
    other = await client.post(JOBS, json={**GOOD, "priority": "high"}, headers=headers)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    batch = await client.post(f"{JOBS}/batch", json={"jobs": [GOOD]}, headers=headers)
    assert batch.status_code == 202


async def test_an_expired_key_is_new_again(client: httpx2.AsyncClient, database: Database) -> None:
    headers = {"Idempotency-Key": "order-3"}
    first = await client.post(JOBS, json=GOOD, headers=headers)
    await database.rows(text("UPDATE idempotency_keys SET expires_at = now()"))
    assert (await client.post(JOBS, json=GOOD, headers=headers)).json()["id"] != first.json()["id"]


async def test_an_open_queue_is_served_by_the_api_itself(
    client: httpx2.AsyncClient, database: Database, redis: Redis
) -> None:
    await redis.set(open_key("default"), 10)
    async with asyncio.timeout(60):
        while await redis.llen("headrace:default\x06\x163") == 0:
            direct = await submit(client)
    assert await jobs.column(database, direct, "dispatch_at - run_at = interval '15 seconds'")


@pytest.mark.parametrize("path", ["/api/v1/job-types", "/api/v1/admin/stats", JOBS])
async def test_what_is_read_needs_no_more_than_the_token(client: httpx2.AsyncClient, path: str) -> None:
    assert (await client.get(path)).status_code == 200


async def test_each_job_type_tells_what_it_takes(client: httpx2.AsyncClient) -> None:
    types = {one["name"]: one for one in (await client.get("/api/v1/job-types")).json()}
    assert set(types) == {"classify", "data_extraction", "echo", "file", "pdf_extract", "summarize", "translate"}
    for one in types.values():
        assert one["title"]
        assert one["description"]
        assert one["input_schema"]["additionalProperties"] is False
        assert (await client.post(JOBS, json={"type": one["name"], "input": one["example"]})).status_code == 202
