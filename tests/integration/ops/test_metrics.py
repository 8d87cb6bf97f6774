"""What the API shows to Prometheus."""

import math
from uuid import uuid4

import httpx2
import pytest
from fastapi import FastAPI
from prometheus_client import REGISTRY
from pydantic import SecretStr
from redis.asyncio import Redis
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.core.application_state import part_of
from app.core.broker_messages import list_key
from app.core.database import Database
from app.core.settings import Settings
from app.jobs.api.resources import Resources
from app.jobs.outcomes import AttemptUsage, Failed, JobError
from app.ops.stats.service import Stats
from tests.conftest import TOKEN
from tests.rig import jobs
from tests.rig.applications import started
from tests.rig.exposition import parse, risen, scrape, value
from tests.rig.ports import free_port
from tests.rig.stack import eventually
from tests.rig.workers import beat

JOBS = "/api/v1/jobs"
ECHO = {"type": "echo", "input": {"message": "hello"}}
MARK = "marker-of-a-caller"
AHEAD = 20
SCRAPED = {
    "http_requests_total{method=GET,route=/metrics,status=2xx}": 1,
    "http_request_duration_seconds_count{method=GET,route=/metrics}": 1,
}


async def test_metrics_need_the_service_token(anonymous: httpx2.AsyncClient) -> None:
    for headers in ({}, {"X-Service-Token": "wrong"}, {"Authorization": "Bearer wrong"}):
        assert (await anonymous.get("/metrics", headers=headers)).status_code == 401
    answer = await anonymous.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain; version=")
    assert "headrace_build_info{version=" in answer.text


async def test_a_submitted_job_raises_these_counters_and_no_other(client: httpx2.AsyncClient) -> None:
    await client.get("/metrics")
    before = await scrape(client)
    await client.post(JOBS, json=ECHO)
    assert risen(before, await scrape(client)) == {
        **SCRAPED,
        "jobs_submitted_total{type=echo}": 1,
        "http_requests_total{method=POST,route=/api/v1/jobs,status=2xx}": 1,
        "http_request_duration_seconds_count{method=POST,route=/api/v1/jobs}": 1,
    }


async def test_a_batch_counts_each_job_and_a_repetition_counts_none(client: httpx2.AsyncClient) -> None:
    before = await scrape(client)
    body = {"jobs": [ECHO, ECHO, {"type": "summarize", "input": {"text": "A text."}}]}
    for _ in range(2):
        answer = await client.post(f"{JOBS}/batch", json=body, headers={"Idempotency-Key": "a-batch"})
        assert answer.status_code == 202
    after = risen(before, await scrape(client))
    assert (after["jobs_submitted_total{type=echo}"], after["jobs_submitted_total{type=summarize}"]) == (2, 1)
    await client.post(JOBS, json={"type": "echo", "input": {}})
    assert risen(before, await scrape(client))["jobs_submitted_total{type=echo}"] == 2


async def test_requests_are_counted_by_template_never_by_what_was_asked_for(
    app: FastAPI, client: httpx2.AsyncClient
) -> None:
    @app.get("/boom")
    async def boom() -> None:
        raise RuntimeError(MARK)

    before = await scrape(client)
    job_id = (await client.post(JOBS, json=ECHO)).json()["id"]
    for method, path, status in (
        ("GET", f"{JOBS}/{job_id}", 200),
        ("GET", f"{JOBS}/{uuid4()}", 404),
        ("GET", f"{JOBS}/{MARK}", 422),
        ("GET", f"/api/{MARK}/{job_id}?{MARK}={MARK}", 404),
        ("GET", f"/docs/assets/{MARK}", 404),
        (MARK.upper(), JOBS, 405),
        ("GET", "/boom", 500),
    ):
        assert (await client.request(method, path)).status_code == status, path
    assert (await client.post(JOBS, json={"type": MARK, "input": {}})).status_code == 422
    for body in ({"queue": MARK}, {"model": MARK}, {"metadata": {MARK: MARK}}):
        assert (await client.post(JOBS, json={**ECHO, **body})).status_code in {202, 422}
    for path in (
        f"queues/{MARK}/pause",
        f"job-types/{MARK}/pause",
        f"providers/{MARK}/breaker/open",
        f"queues/{MARK}/{MARK}",
    ):
        assert (await client.post(f"/api/v1/{path}")).status_code in {200, 404, 405, 422}
    assert (await client.post(JOBS, content=b" " * 2_000_000)).status_code == 413
    shown = (await client.get("/metrics")).text
    assert MARK not in shown.lower()
    assert job_id not in shown
    after = risen(before, parse(shown))
    assert after["http_requests_total{method=GET,route=/api/v1/jobs/{job_id},status=2xx}"] == 1
    assert after["http_requests_total{method=GET,route=/api/v1/jobs/{job_id},status=4xx}"] == 2
    assert after["http_request_duration_seconds_count{method=GET,route=/api/v1/jobs/{job_id}}"] == 3
    assert after["http_requests_total{method=GET,route=/{path:path},status=4xx}"] == 1
    assert after["http_requests_total{method=GET,route=other,status=4xx}"] == 1
    assert sum(count for name, count in after.items() if name.startswith("http_requests_total{method=other")) == 1
    assert after["http_requests_total{method=GET,route=/boom,status=5xx}"] == 1
    assert after["http_requests_total{method=POST,route=other,status=4xx}"] == 1


async def test_the_state_of_the_whole_system_is_shown(
    client: httpx2.AsyncClient, database: Database, redis: Redis
) -> None:
    waiting = await jobs.insert(database)
    await jobs.change(database, waiting, "(run_at, queued_at) = (now() - interval '40 s', now() - interval '40 s')")
    await jobs.insert(database, delay_s=60)
    await jobs.insert(database, delay_s=60, type="summarize")
    failed = await jobs.claim(database, await jobs.insert(database, queue="gpu"))
    await jobs.give_back(database, failed, Failed(JobError("auth_failed", "no")), AttemptUsage())
    await beat(database, slots=5)
    await beat(database, host="there", slots=7)
    for step in (0, 3, 3):
        await redis.lpush(list_key("default", step), "message")
    found = await scrape(client)
    assert value(found, "headrace_jobs", queue="default", status="pending") == 1
    assert value(found, "headrace_jobs", queue="default", status="scheduled") == 2
    assert value(found, "headrace_jobs", queue="gpu", status="failed") == 1
    assert 40 <= (value(found, "headrace_oldest_waiting_seconds") or 0) < 70
    assert value(found, "headrace_workers") == 2
    assert value(found, "headrace_worker_slots") == 12
    assert value(found, "headrace_worker_slots_busy") == 0
    assert value(found, "headrace_broker_messages", queue="default") == 3
    assert {value(found, "headrace_part_up", part=part) for part in ("postgresql", "redis")} == {1}
    assert (value(found, "headrace_database_connections_max") or 0) >= 8  # of each pool of this process


async def test_a_transaction_that_somebody_holds_open_is_shown(client: httpx2.AsyncClient, database: Database) -> None:
    async def oldest_s() -> float:
        return value(await scrape(client), "headrace_oldest_transaction_seconds") or 0.0

    async def has_lasted() -> bool:
        return await oldest_s() > 0.5

    async def is_over() -> bool:
        return await oldest_s() == 0

    async with database.begin() as connection:
        await connection.execute(text("SELECT 1"))
        await eventually(has_lasted)
    await eventually(is_over)  # the question's own transaction does not count


async def test_a_snapshot_that_somebody_holds_is_shown_however_little_it_does(
    client: httpx2.AsyncClient, database: Database
) -> None:
    async def held(holder: str = "client") -> float | None:
        return value(await scrape(client), "headrace_oldest_snapshot_transactions", holder=holder)

    async def is_over() -> bool:
        return (await held() or 0) < AHEAD

    async with database.engine.execution_options(isolation_level="REPEATABLE READ").connect() as reader:
        await reader.execute(text("SELECT 1 FROM jobs"))
        for _ in range(AHEAD):
            await database.rows(text("SELECT pg_current_xact_id()"))
        assert (await held() or 0) >= AHEAD
        assert [await held(one) for one in ("standby", "slot", "prepared")] == [0, 0, 0]
        await reader.rollback()
    await eventually(is_over)


async def test_a_state_that_is_gone_is_shown_no_longer(app: FastAPI, client: httpx2.AsyncClient) -> None:
    database = part_of(app, Resources).database
    job_id = await jobs.insert(database, queue="gpu")
    assert value(await scrape(client), "headrace_jobs", queue="gpu", status="pending") == 1
    await jobs.change(database, job_id, "status = 'cancelled', finished_at = now()")
    part_of(app, Stats)._counted.clear()
    found = await scrape(client)
    assert value(found, "headrace_jobs", queue="gpu", status="pending") is None
    assert value(found, "headrace_jobs", queue="gpu", status="cancelled") == 1


async def test_what_the_api_sends_itself_is_counted(app: FastAPI, client: httpx2.AsyncClient, redis: Redis) -> None:
    before = await scrape(client)
    sender = part_of(app, Resources).sender
    await sender.refresh()
    assert (await client.post(JOBS, json={**ECHO, "priority": "high"})).status_code == 202
    await eventually(lambda: redis.llen(list_key("default", 0)), what="it is sent")
    assert risen(before, await scrape(client))["messages_sent_total{queue=default}"] == 1


@pytest.mark.parametrize("away", ["database_url", "redis_url"])
async def test_without_a_part_the_other_metrics_are_still_there(settings: Settings, redis: Redis, away: str) -> None:
    nowhere = {"database_url": f"postgresql://u:p@127.0.0.1:{free_port()}/x_test", "redis_url": "redis://127.0.0.1:1/0"}
    async with started(settings.model_copy(update={away: SecretStr(nowhere[away])})) as app:
        transport = httpx2.ASGITransport(app, raise_app_exceptions=False)
        headers = {"X-Service-Token": TOKEN}
        async with httpx2.AsyncClient(transport=transport, base_url="http://headrace.test", headers=headers) as client:
            found = await scrape(client)
    no_database = away == "database_url"
    assert value(found, "headrace_part_up", part="postgresql") == (0 if no_database else 1)
    assert value(found, "headrace_part_up", part="redis") == (1 if no_database else 0)
    assert math.isnan(value(found, "headrace_workers") or 0) == no_database
    assert math.isnan(value(found, "headrace_oldest_transaction_seconds") or 0) == no_database
    assert (value(found, "headrace_oldest_snapshot_transactions", holder="client") is None) == no_database
    assert (value(found, "headrace_broker_messages", queue="default") is None) == (not no_database)
    if no_database:
        assert (value(found, "headrace_database_errors_total", kind="away") or 0) >= 1


def database_errors() -> list[float]:
    kinds = ("away", "full", "other")
    return [REGISTRY.get_sample_value("headrace_database_errors_total", {"kind": kind}) or 0.0 for kind in kinds]


async def test_an_error_of_the_database_is_counted_once_by_its_kind(database: Database) -> None:
    before = database_errors()
    with pytest.raises(DBAPIError):
        await database.rows(text("SELECT 1/0"))
    with pytest.raises(KeyError):
        async with database.begin():
            raise KeyError
    assert [now - then for now, then in zip(database_errors(), before, strict=True)] == [0, 0, 1]


async def test_a_full_disk_is_told_counted_and_logged(
    app: FastAPI, client: httpx2.AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    @app.get("/full")
    async def full() -> None:
        refusal = "DO $$ BEGIN RAISE EXCEPTION 'full' USING ERRCODE = '53100'; END $$"
        await part_of(app, Resources).database.rows(text(refusal))

    app.router.routes.insert(0, app.router.routes.pop())
    before = database_errors()
    answer = await client.get("/full")
    assert (answer.status_code, answer.json()["code"]) == (507, "disk_full")
    assert ["disk_full" in str(record.msg) for record in caplog.records] == [True]
    assert [now - then for now, then in zip(database_errors(), before, strict=True)] == [0, 1, 0]
