"""Why a job waits for its model: quotas, breakers and operators, as explain and the list of attempts tell it."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx2
import pytest
from fastapi import FastAPI
from redis.asyncio import Redis
from sqlalchemy import text

from app.core.database import Database
from app.core.redis import scheduler_key
from app.core.settings import Settings
from app.governor.limiter.capacity import rules_of
from app.governor.limiter.quota import Quota, parse_quota
from app.governor.limiter.scripts import Scripts, Target
from app.jobs.outcomes import AttemptUsage, Completed, JobError, Released
from tests.integration.governor.provider_kit import LARGE, PROVIDERS, SMALL, fail
from tests.rig import jobs
from tests.rig.explained import codes, explain
from tests.rig.outage import without_redis
from tests.rig.workers import beat

SIM = Target("sim", "simulated-1")


@pytest.fixture(autouse=True)
async def alive(database: Database, redis: Redis) -> None:
    """A worker with five slots, and a scheduler."""
    await beat(database, slots=5)
    await redis.set(scheduler_key("here"), "1")


@pytest.fixture
def scripts(redis: Redis, settings: Settings) -> Scripts:
    return Scripts(redis, rules_of(settings))


async def insert(database: Database, model: str = "small", **changes: Any) -> UUID:
    return await jobs.insert(database, type="summarize", requested_model=model, **changes)


async def use_up(scripts: Scripts, target: Target = SMALL, quota: str = "60/min,20000tok/min") -> None:
    for number in range(30):  # so that it lasts
        await scripts.admit(
            target, parse_quota(quota), call=str(number), prompt_tokens=10, output_tokens=10, longest_wait_s=60
        )


async def wait_again(database: Database, job: UUID, code: str, *, delay_s: float = 30, **spent: Any) -> None:
    """Give a job back as the governor does, and make it due again."""
    held = await jobs.claim(database, job)
    await jobs.give_back(database, held, Released(delay_s, JobError(code, f"It is {code}.")), AttemptUsage(**spent))


async def test_a_job_whose_model_takes_calls_waits_for_nothing_there(
    client: httpx2.AsyncClient, database: Database
) -> None:
    assert codes(await explain(client, await insert(database))) == ["to_be_sent"]
    assert codes(await explain(client, await insert(database, "gone"))) == ["in_backlog", "to_be_sent"]


async def test_a_used_up_quota_says_until_when(
    client: httpx2.AsyncClient, database: Database, scripts: Scripts
) -> None:
    await use_up(scripts)
    found = await explain(client, await insert(database))
    assert codes(found) == ["quota_used_up"]
    assert "The quota of played/small-1 (60/min,20000tok/min) is used up" in found["summary"]
    assert found["starts_at"] == found["reasons"][0]["until"] > found["now"]


async def test_a_failing_provider_says_until_when_and_what_failed(
    client: httpx2.AsyncClient, database: Database, scripts: Scripts
) -> None:
    await fail(scripts, 5)
    found = await explain(client, await insert(database))
    assert codes(found) == ["provider_down"]
    assert "is failing (unavailable)" in found["summary"]
    assert found["starts_at"] == found["reasons"][0]["until"] > found["now"]


async def test_a_probe_lets_the_others_wait(
    client: httpx2.AsyncClient, database: Database, scripts: Scripts, redis: Redis
) -> None:
    await fail(scripts, 5)
    job = await insert(database)
    await redis.hset("headrace:breaker:played/small-1", "open_until", 1)
    assert codes(await explain(client, job)) == ["to_be_sent"]  # it may be the probe
    assert (await scripts.admit(SMALL, Quota(), call="p", prompt_tokens=1, output_tokens=1)).breaker_state == "probe"
    found = await explain(client, job)
    assert codes(found) == ["provider_probed"]
    assert found["starts_at"] is not None


async def test_a_closed_provider_has_no_estimate_for_due_and_for_later_jobs(
    client: httpx2.AsyncClient, database: Database
) -> None:
    due, later = await insert(database), await insert(database, delay_s=60)
    await client.post(f"{PROVIDERS}/played/breaker/open")
    found = await explain(client, due)
    assert (codes(found), found["starts_at"]) == (["provider_closed"], None)
    found = await explain(client, later)
    assert (codes(found), found["starts_at"]) == (["not_due", "provider_closed"], None)
    await client.post(f"{PROVIDERS}/played/breaker/close")
    assert codes(await explain(client, due)) == ["to_be_sent"]


async def test_a_chain_waits_for_the_first_of_its_models_to_open(
    client: httpx2.AsyncClient, database: Database, scripts: Scripts
) -> None:
    await client.post(f"{PROVIDERS}/played/breaker/open")
    job = await insert(database, "quick")
    assert codes(await explain(client, job)) == ["to_be_sent"]  # the other model takes it
    await fail(scripts, 5, target=SIM)
    found = await explain(client, job)
    assert codes(found) == ["provider_closed", "provider_down"]
    assert found["starts_at"] == found["reasons"][1]["until"]
    await client.post(f"{PROVIDERS}/sim/breaker/open")
    assert (await explain(client, job))["starts_at"] is None


async def test_the_names_of_one_provider_wait_for_their_own_quotas(
    client: httpx2.AsyncClient, database: Database, scripts: Scripts
) -> None:
    await use_up(scripts, LARGE, "5/10s")
    assert codes(await explain(client, await insert(database, "small"))) == ["to_be_sent"]
    assert codes(await explain(client, await insert(database, "large"))) == ["quota_used_up", "in_backlog"]
    assert codes(await explain(client, await insert(database, "default"))) == ["in_backlog", "to_be_sent"]


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("rate_limited", "the provider's rate limit was reached"),
        ("provider_down", "the provider was failing"),
        ("provider_closed", "the provider was closed by an operator"),
    ],
)
async def test_a_job_that_was_given_back_says_why_and_starts_at_its_time(
    client: httpx2.AsyncClient, database: Database, scripts: Scripts, code: str, why: str
) -> None:
    job = await insert(database)
    await wait_again(database, job, code)
    await use_up(scripts)  # it has a start of its own
    found = await explain(client, job)
    assert (found["status"], codes(found)) == ("scheduled", ["released"])
    assert f"Attempt 1 was given back, and counts for nothing: {why}." in found["summary"]
    assert found["starts_at"] == found["reasons"][0]["until"] > found["now"]


async def test_a_job_that_was_given_back_to_a_failing_provider_starts_when_that_is_tried_again(
    client: httpx2.AsyncClient, database: Database, scripts: Scripts
) -> None:
    job = await insert(database)
    await wait_again(database, job, "provider_down", delay_s=5)
    await fail(scripts, 5)
    found = await explain(client, job)
    assert codes(found) == ["released", "provider_down"]
    assert found["starts_at"] == found["reasons"][1]["until"]
    await client.post(f"{PROVIDERS}/played/breaker/open")
    found = await explain(client, job)
    assert (codes(found), found["starts_at"]) == (["released", "provider_closed"], None)


async def test_without_redis_the_broker_is_named(client: httpx2.AsyncClient, app: FastAPI, database: Database) -> None:
    with without_redis(app):
        assert codes(await explain(client, await insert(database))) == ["broker_away"]


async def test_attempts_that_only_waited_are_one_entry_and_the_history_is_whole(
    client: httpx2.AsyncClient, database: Database
) -> None:
    job = await insert(database)
    codes = ["rate_limited", "provider_down", "rate_limited", "worker_stopping", "provider_closed", "provider_closed"]
    for code in codes:
        await wait_again(database, job, code, delay_s=0)
    await jobs.give_back(database, await jobs.claim(database, job), Completed({"summary": "x"}), AttemptUsage())
    found = (await client.get(f"/api/v1/jobs/{job}")).json()
    attempts = found["attempts"]
    assert [(one["attempt"], one["count"], one["outcome"]) for one in attempts] == [
        (1, 3, "released"),
        (4, 1, "released"),
        (5, 2, "released"),
        (7, 1, "completed"),
    ]
    assert [one["error"] and one["error"]["code"] for one in attempts] == [
        "rate_limited",
        "worker_stopping",
        "provider_closed",
        None,
    ]
    waited_for = [["rate_limited", "provider_down"], [], ["provider_closed"], []]
    assert [one["waited_for"] for one in attempts] == waited_for
    assert all(one["run_ms"] is not None for one in attempts)
    started = [one["at"] for one in found["events"] if one["name"] == "started"]
    released = [one["at"] for one in found["events"] if one["name"] == "released"]
    assert (len(started), len(released)) == (7, 6)
    assert (attempts[0]["started_at"], attempts[0]["ended_at"]) == (started[0], released[2])
    assert (found["attempts_used"], found["attempt"]) == (1, 7)


async def test_an_attempt_that_runs_stands_alone(client: httpx2.AsyncClient, database: Database) -> None:
    job = await insert(database)
    await wait_again(database, job, "rate_limited", delay_s=0)
    await jobs.claim(database, job)
    attempts = (await client.get(f"/api/v1/jobs/{job}")).json()["attempts"]
    assert [(one["attempt"], one["count"], one["outcome"]) for one in attempts] == [(1, 1, "released"), (2, 1, None)]


async def test_a_provider_that_was_opened_by_hand_costs_waiting_jobs_nothing(
    client: httpx2.AsyncClient, database: Database
) -> None:
    job = await insert(database)
    for _ in range(6):
        await wait_again(database, job, "provider_closed", delay_s=0)
    found = (await client.get(f"/api/v1/jobs/{job}")).json()
    assert (found["status"], found["attempts_used"], len(found["attempts"])) == ("pending", 0, 1)
    row = await database.row(text("SELECT deadline_at - created_at AS time FROM jobs"))
    assert row is not None
    assert row.time > timedelta(hours=23)
