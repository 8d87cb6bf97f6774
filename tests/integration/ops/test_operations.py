"""Health, readiness and statistics."""

import asyncio
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI
from pydantic import SecretStr
from sqlalchemy import text

from app.core.database import Database
from app.core.histogram import percentile_s
from app.core.settings import Settings
from app.jobs.maintenance.rescuer import Rescuer
from app.jobs.outcomes import AttemptUsage, Failed, JobError
from app.jobs.repository import maintenance, workers
from app.ops.health.service import worker_ready
from tests.conftest import TOKEN
from tests.rig import jobs
from tests.rig.applications import started
from tests.rig.ports import free_port
from tests.rig.workers import beat

STATS = "/api/v1/admin/stats"


async def test_statistics_count_what_is_there(client: httpx2.AsyncClient, database: Database) -> None:
    await jobs.insert(database)
    await jobs.insert(database, delay_s=60)
    await jobs.claim(database, await jobs.insert(database))
    done = await jobs.claim(database, await jobs.insert(database, type="summarize"))
    await jobs.finish(database, done, {"summary": "x"}, AttemptUsage())
    failed = await jobs.claim(database, await jobs.insert(database, queue="gpu"))
    await jobs.give_back(database, failed, Failed(JobError("auth_failed", "no")), AttemptUsage())
    await beat(database)
    stats = (await client.get(STATS)).json()
    assert stats["by_status"] == {
        "scheduled": 1,
        "pending": 1,
        "processing": 1,
        "completed": 1,
        "failed": 1,
        "cancelled": 0,
    }
    assert stats["by_type"]["summarize"]["completed"] == 1
    assert stats["by_queue"]["gpu"]["failed"] == 1
    assert 0 <= stats["oldest_waiting_s"] < 60
    for window in ("1m", "15m", "1h"):
        assert (stats["windows"][window]["completed"], stats["windows"][window]["failed"]) == (1, 1)
        assert stats["windows"][window]["run"]["p95_s"] is not None
    assert [(one["id"], one["slots"]) for one in stats["workers"]] == [("w1@here", 5)]


async def test_an_empty_system_has_statistics_too(client: httpx2.AsyncClient) -> None:
    stats = (await client.get(STATS)).json()
    assert set(stats["by_status"].values()) == {0}
    assert stats["oldest_waiting_s"] is None
    assert stats["windows"]["1h"]["wait"] == {"p50_s": None, "p95_s": None}
    assert stats["workers"] == []


async def test_many_readers_share_one_count(client: httpx2.AsyncClient, app: FastAPI) -> None:
    answers = await asyncio.gather(*(client.get(STATS) for _ in range(20)))
    assert {answer.status_code for answer in answers} == {200}


def test_percentiles_are_upper_ends_of_their_buckets() -> None:
    assert percentile_s({}, 0.5) is None
    assert percentile_s({0: 99, 10: 1}, 0.5) == 0.001
    assert percentile_s({0: 90, 10: 10}, 0.95) == round(1.25**10 / 1000, 4)


async def test_health_names_each_part(client: httpx2.AsyncClient, database: Database) -> None:
    health = (await client.get("/health")).json()
    assert (health["status"], health["parts"]["workers"]["status"]) == ("degraded", "degraded")
    await beat(database)
    health = (await client.get("/health")).json()
    assert health["status"] == "ok"
    assert all(part["latency_ms"] >= 0 for part in health["parts"].values())


@pytest.fixture
async def cut_off(settings: Settings, database_url: str) -> Any:
    """The API with neither PostgreSQL nor Redis."""
    nowhere = database_url.rsplit(":", 1)[0] + f":{free_port()}/headrace_test"
    changes = {"database_url": SecretStr(nowhere), "redis_url": SecretStr(f"redis://127.0.0.1:{free_port()}/0")}
    async with started(settings.model_copy(update=changes)) as app:
        transport = httpx2.ASGITransport(app, raise_app_exceptions=False)
        async with httpx2.AsyncClient(transport=transport, base_url="http://headrace.test") as client:
            client.headers["X-Service-Token"] = TOKEN
            yield client


async def test_without_postgresql_the_api_says_so_and_when_to_come_back(cut_off: httpx2.AsyncClient) -> None:
    assert (await cut_off.get("/live")).status_code == 200
    assert (await cut_off.get("/ready")).status_code == 503
    health = await cut_off.get("/health")
    assert (health.status_code, health.json()["parts"]["redis"]["status"]) == (503, "degraded")
    refused = await cut_off.post("/api/v1/jobs", json={"type": "echo", "input": {"message": "x"}})
    assert (refused.status_code, refused.json()["code"]) == (503, "database_unavailable")
    assert refused.headers["retry-after"] == "2"


async def test_a_worker_is_ready_while_its_row_is_fresh(settings: Settings, database: Database) -> None:
    import socket

    assert "renewed" in (await worker_ready(settings) or "")
    await beat(database, host=socket.gethostname())
    assert await worker_ready(settings) is None


async def test_a_worker_that_claims_nothing_beside_overdue_jobs_is_not_ready(
    settings: Settings, database: Database
) -> None:
    import socket

    await beat(database, host=socket.gethostname())
    job_id = await jobs.insert(database)
    await jobs.change(database, job_id, "run_at = now() - interval '2 minutes', dispatch_count = 1")
    assert await worker_ready(settings) is None
    await database.rows(text("UPDATE workers SET started_at = now() - interval '2 minutes'"))
    assert "overdue" in (await worker_ready(settings) or "")
    await workers.end_worker(database, f"w1@{socket.gethostname()}")
    assert "renewed" in (await worker_ready(settings) or "")


async def test_a_worker_that_is_gone_is_listed_with_what_became_of_its_jobs(
    client: httpx2.AsyncClient, database: Database, settings: Settings
) -> None:
    lost, stopped = "w1@lost", "w1@stopped"
    await beat(database, host="lost")
    await beat(database, host="stopped")
    await workers.end_worker(database, stopped)
    ids = [await jobs.insert(database, max_crashes=crashes) for crashes in (3, 3, 1)]
    for job_id in ids:
        await jobs.claim(database, job_id, worker=lost)
    await jobs.claim(database, await jobs.insert(database), worker=lost)
    for job_id in ids:
        await jobs.change(database, job_id, "lease_expires_at = now() - interval '1 second'")
    await database.rows(text("UPDATE workers SET beat_at = now() - interval '20 seconds' WHERE ended_at IS NULL"))
    await Rescuer(database, settings.model_copy(update={"lease_s": 0.0})).tick()
    stats = (await client.get(STATS)).json()
    assert stats["workers"] == []
    found = {one["id"]: one for one in stats["gone_workers"]}
    became = ("state", "requeued", "failed", "cancelled", "running")
    assert [found[lost][name] for name in became] == ["lost", 2, 1, 0, 1]
    assert [found[stopped][name] for name in became] == ["stopped", 0, 0, 0, 0]
    await database.rows(text("UPDATE workers SET beat_at = beat_at - interval '1 hour'"))
    await maintenance.prune_records(database, kept_s=1e9, minutes_kept_s=1e9)
    assert (await client.get(STATS)).json()["gone_workers"] == []
