"""Why a job waits: each reason from the facts that make it, and the estimate of its start."""

from datetime import datetime, timedelta
from uuid import uuid4

import httpx2
import pytest
from fastapi import FastAPI
from redis.asyncio import Redis

from app.core.database import Database
from app.core.redis import scheduler_key
from app.jobs.outcomes import AttemptUsage, JobError, Retry
from app.jobs.repository import dispatch
from app.jobs.repository.flow_control import Scope
from tests.rig import jobs
from tests.rig.explained import codes, explain
from tests.rig.flow import limit, pause
from tests.rig.outage import without_redis
from tests.rig.workers import beat


@pytest.fixture
async def alive(database: Database, redis: Redis) -> None:
    """A worker with five slots, and a scheduler."""
    await beat(database, slots=5)
    await redis.set(scheduler_key("here"), "1")


@pytest.mark.usefixtures("alive")
async def test_a_job_with_free_slots_starts_now(client: httpx2.AsyncClient, database: Database) -> None:
    found = await explain(client, await jobs.insert(database))
    assert (found["status"], codes(found), found["jobs_ahead"]) == ("pending", ["to_be_sent"], 0)
    assert found["starts_at"] == found["now"]
    assert found["summary"] == found["reasons"][0]["message"]


@pytest.mark.usefixtures("alive")
async def test_a_sent_job_is_with_the_broker(client: httpx2.AsyncClient, database: Database) -> None:
    job = await jobs.insert(database)
    await dispatch.take_due(database, "default", 5, room=1)
    found = await explain(client, job)
    assert codes(found) == ["in_broker"]
    assert found["reasons"][0]["until"] > found["now"]


@pytest.mark.usefixtures("alive")
async def test_a_delayed_job_is_not_due(client: httpx2.AsyncClient, database: Database) -> None:
    found = await explain(client, await jobs.insert(database, delay_s=60))
    assert (found["status"], codes(found), found["jobs_ahead"]) == ("scheduled", ["not_due"], None)
    assert found["reasons"][0]["until"] == found["starts_at"] > found["now"]


@pytest.mark.usefixtures("alive")
async def test_a_retry_says_why(client: httpx2.AsyncClient, database: Database) -> None:
    claimed = await jobs.claim(database, await jobs.insert(database))
    await jobs.give_back(database, claimed, Retry(60, JobError("provider_unavailable", "x")), AttemptUsage())
    found = await explain(client, claimed.id)
    assert codes(found) == ["not_due"]
    assert found["summary"].startswith("Attempt 1 ended with provider_unavailable")


@pytest.mark.usefixtures("alive")
@pytest.mark.parametrize(("scope", "name"), [(Scope.QUEUE, "default"), (Scope.TYPE, "echo")])
async def test_a_paused_queue_or_type_has_no_estimate(
    client: httpx2.AsyncClient, database: Database, scope: Scope, name: str
) -> None:
    job = await jobs.insert(database)
    await pause(database, scope, name)
    found = await explain(client, job)
    assert (codes(found)[0], found["starts_at"]) == (f"{scope}_paused", None)


@pytest.mark.usefixtures("alive")
@pytest.mark.parametrize(("scope", "name"), [(Scope.QUEUE, "default"), (Scope.TYPE, "echo")])
async def test_a_limit_that_is_reached_is_named_with_its_numbers(
    client: httpx2.AsyncClient, database: Database, scope: Scope, name: str
) -> None:
    await jobs.claim(database, await jobs.insert(database))
    job = await jobs.insert(database)
    await limit(database, scope, name, 1)
    found = await explain(client, job)
    assert codes(found)[0] == f"{scope}_limit"
    assert "as its limit allows: 1 of 1" in found["summary"]
    await limit(database, scope, name, 2)
    assert f"{scope}_limit" not in codes(await explain(client, job))


async def test_without_worker_and_scheduler_nothing_starts(client: httpx2.AsyncClient, database: Database) -> None:
    found = await explain(client, await jobs.insert(database))
    assert codes(found) == ["no_live_worker", "no_live_scheduler"]
    assert found["starts_at"] is None


@pytest.mark.usefixtures("alive")
async def test_without_the_broker_nothing_starts(client: httpx2.AsyncClient, app: FastAPI, database: Database) -> None:
    with without_redis(app):
        found = await explain(client, await jobs.insert(database))
    assert (codes(found), found["starts_at"]) == (["broker_away"], None)


async def test_a_job_in_the_backlog_counts_who_is_before_it_and_how_fast_they_end(
    client: httpx2.AsyncClient, database: Database, redis: Redis
) -> None:
    await beat(database, slots=1)
    await redis.set(scheduler_key("here"), "1")
    for _ in range(60):
        await jobs.finish(database, await jobs.claim(database, await jobs.insert(database)), {"echo": "x"})
    low = await jobs.insert(database, priority=9)
    for _ in range(4):
        await jobs.insert(database)
    found = await explain(client, low)
    assert (codes(found)[0], found["jobs_ahead"]) == ("in_backlog", 4)
    assert "4 due jobs stand before it" in found["summary"]
    # three must end before the one slot's next is free for it, at one a second
    assert datetime.fromisoformat(found["starts_at"]) - datetime.fromisoformat(found["now"]) == timedelta(seconds=4)


@pytest.mark.usefixtures("alive")
async def test_running_and_ended_jobs_say_so(client: httpx2.AsyncClient, database: Database) -> None:
    claimed = await jobs.claim(database, await jobs.insert(database), worker="w7")
    found = await explain(client, claimed.id)
    assert (found["status"], found["reasons"]) == ("processing", [])
    assert "Attempt 1 runs on w7" in found["summary"]
    await client.post(f"/api/v1/jobs/{claimed.id}/cancel")
    assert "end was asked for" in (await explain(client, claimed.id))["summary"]
    await jobs.finish(database, claimed, {"echo": "x"})
    assert "ended as cancelled" in (await explain(client, claimed.id))["summary"]


async def test_an_ended_job_says_which_model_answered_instead(client: httpx2.AsyncClient, database: Database) -> None:
    claimed = await jobs.claim(database, await jobs.insert(database))
    spent = AttemptUsage(provider="p", model="acme/ok:free", fallback="acme/dead:1: network, full: rate_limited")
    await jobs.finish(database, claimed, {"echo": "x"}, spent)
    summary = (await explain(client, claimed.id))["summary"]
    assert summary.endswith(" acme/ok:free answered instead of acme/dead:1 (network), full (rate_limited).")


async def test_an_unknown_job_is_not_found(client: httpx2.AsyncClient) -> None:
    assert (await client.get(f"/api/v1/jobs/{uuid4()}/explain")).status_code == 404
