"""A job of a type or model that a worker does not know: another takes it, or it waits, and explain says for what."""

from typing import Any
from uuid import UUID, uuid4

import httpx2
import pytest
from redis.asyncio import Redis

from app.core.database import Database
from app.core.redis import scheduler_key
from app.jobs.repository import claim as claiming
from app.jobs.repository import eligibility, workers
from app.jobs.repository.eligibility import Known
from app.jobs.repository.flow_control import Scope
from app.jobs.rows import Claim, ClaimRequest
from app.processors import registry
from tests.integration.jobs.knowing import OLD, beat
from tests.rig import jobs
from tests.rig.attempts import outcome
from tests.rig.dispatching import dispatcher, sent
from tests.rig.flow import limit

NEW_TYPE, NEW_MODEL = {"type": "transcribe"}, {"requested_model": "openai/next"}


async def claim(database: Database, job_id: UUID, knows: Known) -> Claim | None:
    wanted = [ClaimRequest(job_id, uuid4())]
    [found] = await claiming.claim(database, wanted, worker="w1", lease_s=60, knows=knows)
    return found


@pytest.mark.parametrize("controlled", [False, True], ids=["free", "with a limit"])
@pytest.mark.parametrize("asks", [NEW_TYPE, NEW_MODEL, {**NEW_TYPE, **NEW_MODEL}], ids=["type", "model", "both"])
async def test_a_worker_leaves_what_it_does_not_know_to_others(
    database: Database, asks: dict[str, Any], controlled: bool
) -> None:
    job_id = await jobs.insert(database, **asks)
    if controlled:
        await limit(database, Scope.QUEUE, "default", 5)
    assert await claim(database, job_id, OLD) is None
    assert await jobs.column(database, job_id, "ARRAY[attempt, refunds]") == [0, 0]
    # sent again soon, and not at once
    assert await jobs.column(database, job_id, "dispatch_at BETWEEN now() AND now() + interval '1 second'")
    claimed = await claim(database, job_id, Known({"echo": "1", "transcribe": "1"}, ("default", "openai/next")))
    assert claimed is not None
    assert claimed.attempt == 1


async def test_a_worker_takes_what_it_knows(database: Database) -> None:
    for asks in ({}, {"requested_model": "default"}):
        assert await claim(database, await jobs.insert(database, **asks), OLD) is not None


async def test_what_this_process_knows_is_what_it_can_run() -> None:
    found = eligibility.here(("default",))
    assert set(found.types or {}) == {one.name for one in registry.all_types()}
    assert found.knows("echo", None)
    assert found.knows("summarize", "default")
    assert not found.knows("summarize", "other")


@pytest.mark.parametrize("asks", [NEW_TYPE, NEW_MODEL], ids=["type", "model"])
@pytest.mark.parametrize("priority", [1, 5, 9])
async def test_what_no_live_worker_knows_is_not_sent(
    database: Database, redis: Redis, asks: dict[str, Any], priority: int
) -> None:
    waits = await jobs.insert(database, priority=priority, **asks)
    goes = await jobs.insert(database, priority=priority)
    await limit(database, Scope.TYPE, "transcribe", 5)  # a type with a control is looked for by itself
    everything = {**dict.fromkeys(("echo", "transcribe"), "1")}
    await beat(database, "old")
    await beat(database, "of another queue", types=everything, models=("default", "openai/next"), queue="gpu")
    await beat(database, "stopping", types=None, models=None, state="stopping")
    await dispatcher(database, redis).tick()
    assert await sent(redis) == [goes]
    await beat(database, "new", types=everything, models=("default", "openai/next"))
    await dispatcher(database, redis).tick()
    assert sorted(await sent(redis)) == sorted([waits, goes])


async def test_what_each_knows_half_of_is_not_sent(database: Database, redis: Redis) -> None:
    await jobs.insert(database, **NEW_TYPE, **NEW_MODEL)
    await beat(database, "of the type", types={"transcribe": "1"})
    await beat(database, "of the model", models=("openai/next",))
    await dispatcher(database, redis).tick()
    assert await sent(redis) == []


@pytest.mark.parametrize("silent", [True, False], ids=["a worker that never said", "no worker"])
async def test_without_a_word_it_is_sent(database: Database, redis: Redis, silent: bool) -> None:
    job_id = await jobs.insert(database, **NEW_TYPE, **NEW_MODEL)
    if silent:
        await beat(database, "before 0013", types=None, models=None)
    await dispatcher(database, redis).tick()
    assert await sent(redis) == [job_id]


async def explain(client: httpx2.AsyncClient, job_id: UUID) -> dict[str, Any]:
    answer = await client.get(f"/api/v1/jobs/{job_id}/explain")
    assert answer.status_code == 200, answer.text
    return {one["code"]: one["message"] for one in answer.json()["reasons"]} | {"starts_at": answer.json()["starts_at"]}


async def test_explain_says_that_no_live_worker_knows_it(
    client: httpx2.AsyncClient, database: Database, redis: Redis
) -> None:
    await redis.set(scheduler_key("here"), "1")
    job_id = await jobs.insert(database, **NEW_TYPE)
    await beat(database, "w-new", types={"transcribe": "1"})
    assert "unknown_type" not in await explain(client, job_id)
    await workers.end_worker(database, "w-new")
    await beat(database, "w-old")
    found = await explain(client, job_id)
    assert set(found) == {"unknown_type", "starts_at"}
    assert found["starts_at"] is None
    for words in (
        "knows the job type 'transcribe'",
        "Alive: w-old (version 0, since ",
        "did, w-new, was there until 20",
    ):
        assert words in found["unknown_type"]


async def test_explain_names_a_model_and_a_pair_that_nobody_knows(
    client: httpx2.AsyncClient, database: Database
) -> None:
    of_model = await jobs.insert(database, **NEW_MODEL)
    of_both = await jobs.insert(database, **NEW_TYPE, **NEW_MODEL)
    await beat(database, "of the type", types={"transcribe": "1"})
    assert "knows the model 'openai/next'" in (await explain(client, of_model))["unknown_model"]
    await beat(database, "of the model", models=("openai/next",))
    assert not {"unknown_type", "unknown_model"} & set(await explain(client, of_both))
    assert "'transcribe' and also the model" in (await explain(client, of_both))["unknown_together"]


async def test_an_input_that_fits_another_version_waits_for_it(database: Database, executor: Any) -> None:
    unfitting = {"input": {"color": 1}}
    await beat(database, "same", types=eligibility.here(()).types)
    assert await outcome(executor, database, **unfitting) == ("failed", "invalid_input")
    await beat(database, "other", types={"echo": "another"})
    job_id = await jobs.insert(database, **unfitting)
    await executor.run(job_id)
    assert await jobs.column(database, job_id, "ARRAY[status, error_code]") == ["pending", "invalid_input"]
    assert await jobs.column(database, job_id, "attempt - refunds") == 0
