"""PATCH of a job that waits: over HTTP, and against a worker that takes it at the same time."""

import asyncio
import dataclasses
from typing import Any
from uuid import UUID, uuid4

import httpx2
import pytest
from fastapi import FastAPI
from redis.asyncio import Redis

from app.auth.caller import SERVICE_OWNER_ID
from app.core import application_state
from app.core.application_state import part_of
from app.core.database import Database
from app.jobs.api.resources import Resources
from app.jobs.maintenance.dispatcher import Dispatcher
from app.jobs.repository import claim as claiming
from app.jobs.repository import commands
from app.jobs.rows import ClaimRequest
from tests.rig import jobs
from tests.rig.callers import MEMBER, posing_as
from tests.rig.dispatching import sent
from tests.rig.invariants import check_invariants

PATH = "/api/v1/jobs"


@pytest.fixture
async def app(app: FastAPI) -> FastAPI:
    """The application with a second queue."""
    resources = part_of(app, Resources)
    two = resources.settings.model_copy(update={"queues": ("default", "gpu")})
    application_state.keep(app, dataclasses.replace(resources, settings=two))
    return app


async def test_a_waiting_job_is_changed_and_its_history_says_so(client: httpx2.AsyncClient, database: Database) -> None:
    job_id = await jobs.insert(database)
    before = (await client.get(f"{PATH}/{job_id}")).json()
    answer = await client.patch(f"{PATH}/{job_id}", json={"priority": "high", "queue": "gpu", "max_attempts": 7})
    assert answer.status_code == 200
    after = (await client.get(f"{PATH}/{job_id}")).json()
    assert (after["priority"], after["queue"], after["max_attempts"]) == ("high", "gpu", 7)
    assert after["version"] == before["version"] + 1 == answer.json()["version"]
    line = after["events"][-1]
    assert (line["name"], line["status"], line["detail"]["changed"]["queue"]) == (
        "updated",
        "pending",
        {"from": "default", "to": "gpu"},
    )
    await check_invariants(database, quiet=False)


async def test_what_is_so_already_changes_nothing(client: httpx2.AsyncClient, database: Database) -> None:
    job_id = await jobs.insert(database)
    answer = await client.patch(f"{PATH}/{job_id}", json={"priority": "default"})
    assert (answer.status_code, answer.json()["version"]) == (200, 1)


async def test_a_scheduled_job_is_started_now_and_a_due_one_put_off(
    client: httpx2.AsyncClient, database: Database
) -> None:
    job_id = await jobs.insert(database, delay_s=3600.0)
    put_off = await client.patch(f"{PATH}/{job_id}", json={"delay_s": 7200})
    assert put_off.json()["status"] == "scheduled"
    assert await jobs.try_claim(database, job_id) is None
    assert await jobs.column(database, job_id, "queued_at = run_at AND dispatch_at = run_at AND run_at > now()")
    now = await client.patch(f"{PATH}/{job_id}", json={"run_at": "2020-01-01T00:00:00Z"})
    assert now.json()["status"] == "pending"
    assert await jobs.try_claim(database, job_id) is not None
    await check_invariants(database, quiet=False)


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "#"),
        ({"queue": "nowhere"}, "#/queue"),
        ({"metadata": {"a": "x" * 20_000}}, "#/metadata"),
        ({"status": "completed"}, "#/status"),
        ({"priority": "urgent"}, "#/priority"),
        ({"deadline_at": "2020-01-01T00:00:00Z"}, "#/deadline_at"),
        ({"max_attempts": 0}, "#/max_attempts"),
    ],
)
async def test_what_cannot_be_is_named(
    client: httpx2.AsyncClient, database: Database, body: dict[str, Any], pointer: str
) -> None:
    job_id = await jobs.insert(database)
    answer = await client.patch(f"{PATH}/{job_id}", json=body)
    assert answer.status_code == 422
    assert [fault["pointer"] for fault in answer.json()["errors"]] == [pointer]
    assert await jobs.column(database, job_id, "version") == 1


async def test_only_a_job_that_waits_is_changed(client: httpx2.AsyncClient, database: Database) -> None:
    claimed = await jobs.claim(database, await jobs.insert(database))
    answer = await client.patch(f"{PATH}/{claimed.id}", json={"priority": "high"})
    assert (answer.status_code, answer.json()["code"]) == (409, "job_not_waiting")
    assert "is processing" in answer.json()["detail"]
    await jobs.finish(database, claimed, {"message": "x"})
    assert (await client.patch(f"{PATH}/{claimed.id}", json={"priority": "high"})).status_code == 409
    assert (await client.patch(f"{PATH}/{uuid4()}", json={"priority": "high"})).status_code == 404


async def test_somebody_else_s_job_is_not_there(client: httpx2.AsyncClient, database: Database) -> None:
    client.headers.update(posing_as(MEMBER))
    job_id = await jobs.insert(database, owner_id=uuid4())
    assert (await client.patch(f"{PATH}/{job_id}", json={"priority": "high"})).status_code == 404
    assert await jobs.column(database, job_id, "version") == 1


async def test_if_match_guards_against_a_change_in_between(client: httpx2.AsyncClient, database: Database) -> None:
    job_id = await jobs.insert(database)
    seen = (await client.get(f"{PATH}/{job_id}")).headers["etag"]
    first = await client.patch(f"{PATH}/{job_id}", json={"priority": "high"}, headers={"If-Match": seen})
    assert first.status_code == 200
    second = await client.patch(f"{PATH}/{job_id}", json={"priority": "low"}, headers={"If-Match": seen})
    assert (second.status_code, second.json()["code"]) == (412, "precondition_failed")
    for current in (first.headers["etag"], f'"other", {first.headers["etag"]}', "*"):
        again = await client.patch(f"{PATH}/{job_id}", json={"priority": "high"}, headers={"If-Match": current})
        assert again.status_code == 200
    weak = await client.patch(f"{PATH}/{job_id}", json={"priority": "low"}, headers={"If-Match": f"W/{seen}"})
    assert weak.status_code == 412


async def test_a_job_in_the_buffer_is_sent_anew_where_it_belongs_now(
    client: httpx2.AsyncClient, database: Database, redis: Redis
) -> None:
    moved = await jobs.insert(database)
    dispatcher = Dispatcher(database, redis, ["default", "gpu"], epoch="e")
    await dispatcher.tick()
    assert await sent(redis) == [moved]
    await client.patch(f"{PATH}/{moved}", json={"queue": "gpu", "priority": "high"})
    await dispatcher.tick()
    assert await sent(redis, "gpu") == [moved]
    wanted = [ClaimRequest(moved, uuid4())]  # the message that is left on the old list
    assert await claiming.claim(database, wanted, worker="w1", lease_s=60, queues=["default"]) == [None]
    (claim,) = await claiming.claim(database, wanted, worker="w2", lease_s=60, queues=["gpu", "other"])
    assert claim is not None
    await check_invariants(database, quiet=False)


async def test_of_a_change_and_a_claim_one_comes_first(client: httpx2.AsyncClient, database: Database) -> None:
    async def once(job_id: UUID) -> tuple[int, bool]:
        answer, claim = await asyncio.gather(
            client.patch(f"{PATH}/{job_id}", json={"delay_s": 600}), jobs.try_claim(database, job_id)
        )
        return answer.status_code, claim is not None

    ids = [await jobs.insert(database) for _ in range(12)]
    found = set(await asyncio.gather(*map(once, ids)))
    assert found <= {(200, False), (409, True)}
    await check_invariants(database, quiet=False)


async def test_a_claim_that_is_first_leaves_nothing_to_change(database: Database) -> None:
    job_id = await jobs.insert(database)
    async with database.begin() as connection:
        row = await commands.lock(connection, SERVICE_OWNER_ID, job_id)
        assert row is not None
        waiting = asyncio.create_task(jobs.try_claim(database, job_id))
        assert await commands.change(connection, SERVICE_OWNER_ID, row, {"priority": 1}, {})
    claim = await waiting
    assert claim is not None
    assert claim.priority == 1
    async with database.begin() as connection:
        row = await commands.lock(connection, SERVICE_OWNER_ID, job_id)
        assert row is not None
        assert not await commands.change(connection, SERVICE_OWNER_ID, row, {"priority": 9}, {})
