"""Places over HTTP and at the dispatcher: what is shown, explained and sent."""

from pathlib import Path

import httpx2
import pytest
from redis.asyncio import Redis
from sqlalchemy import text

from app.core.database import Database
from app.core.redis import scheduler_key
from app.core.settings import Settings
from app.governor.limiter.capacity import Capacity, capacity_of
from app.governor.limiter.quota import Quota
from app.governor.limiter.scripts import Report, Target
from app.governor.states import CallResult
from app.jobs.maintenance.dispatcher import Dispatcher
from app.jobs.outcomes import AttemptUsage, JobError, Released
from app.llm.catalog_source import load_catalog
from tests.rig import jobs
from tests.rig.explained import codes, explain
from tests.rig.workers import beat

TARGET, NO_QUOTA = Target("p", "m"), Quota()
FILE = """
[providers.p]
kind = "simulated"
[models.one]
provider = "p"
model = "m"
max_in_flight = 1
[models.four]
provider = "p"
model = "w"
max_in_flight = 4
[models.any]
provider = "p"
model = "x"
[aliases]
both = ["one", "four"]
spill = ["one", "any"]
"""


@pytest.fixture
def governed(settings: Settings, tmp_path: Path) -> Settings:
    path = tmp_path / "providers.toml"
    path.write_text(FILE)
    return settings.model_copy(update={"providers_file": path})


@pytest.fixture
def capacity(governed: Settings, redis: Redis) -> Capacity:
    return capacity_of(governed, load_catalog(governed), redis)


async def take(capacity: Capacity, target: Target = TARGET, call: str = "c") -> None:
    places = capacity.limits.places[target]
    verdict = await capacity.scripts.admit(target, NO_QUOTA, call=call, prompt_tokens=1, output_tokens=1, places=places)
    assert verdict.is_granted


async def test_places_are_shown(client: httpx2.AsyncClient, capacity: Capacity) -> None:
    await take(capacity)
    found = (await client.get("/api/v1/providers")).json()["providers"][0]["models"]
    assert {one["name"]: (one["max_in_flight"], one["in_flight"]) for one in found} == {
        "one": (1, 1),
        "four": (4, 0),
        "any": (None, None),
    }


async def test_a_chain_may_be_sent_what_all_its_models_take(capacity: Capacity) -> None:
    startable = (await capacity.look()).startable
    assert startable == {"one": 1, "four": 4, "both": 5, "default": 1}
    await capacity.scripts.settle(TARGET, NO_QUOTA, "x", Report(CallResult.OK, 0.0, 1, took_s=20))
    await take(capacity)
    assert (await capacity.look()).startable == {"one": 0, "four": 4, "both": 4, "default": 0}


async def test_the_dispatcher_sends_no_more_jobs_than_there_are_places(
    database: Database, redis: Redis, governed: Settings, capacity: Capacity
) -> None:
    for _ in range(30):
        await jobs.insert(database, type="summarize", requested_model="one")
    dispatcher = Dispatcher(database, redis, governed.queues, epoch="e", capacity=capacity)
    for _ in range(3):
        await dispatcher.tick()
    rows = await database.rows(text("SELECT id FROM jobs WHERE dispatch_count > 0"))
    assert len(rows) == 1


async def test_it_ticks_fast_while_places_turn_fast_and_jobs_wait_for_them(
    database: Database, redis: Redis, governed: Settings, capacity: Capacity, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "app.jobs.maintenance.sending.rest_s", lambda _: 0.0
    )  # a slow look is another reason to come again
    dispatcher = Dispatcher(database, redis, governed.queues, epoch="e", capacity=capacity)
    assert not await dispatcher.tick()  # none of the models' places is taken
    await take(capacity)
    assert not await dispatcher.tick()  # and no job waits for one
    await jobs.insert(database, type="summarize", requested_model="one")
    await jobs.insert(database, type="summarize", requested_model="one")
    await capacity.scripts.settle(TARGET, NO_QUOTA, "c", Report(CallResult.OK, 0.0, 1, took_s=0.2))
    await dispatcher.tick()
    await take(capacity)
    assert await dispatcher.tick()


@pytest.fixture
async def alive(database: Database, redis: Redis) -> None:
    await beat(database, slots=5)
    await redis.set(scheduler_key("here"), "1")


@pytest.mark.usefixtures("alive")
async def test_explain_says_that_the_model_answers_another_job(
    client: httpx2.AsyncClient, database: Database, capacity: Capacity
) -> None:
    job = await jobs.insert(database, type="summarize", requested_model="one")
    assert codes(await explain(client, job)) == ["to_be_sent"]
    await take(capacity)
    found = await explain(client, job)
    assert codes(found) == ["model_busy"]
    assert found["summary"] == "The model p/m takes 1 call at once; it answers another job now."
    four = await jobs.insert(database, type="summarize", requested_model="four")
    for number in range(4):
        await take(capacity, Target("p", "w"), f"w{number}")
    assert (await explain(client, four))["summary"] == "The model p/w takes 4 calls at once; it answers 4 now."
    spilled = await jobs.insert(database, type="summarize", requested_model="spill")
    assert "model_busy" not in codes(await explain(client, spilled))


@pytest.mark.usefixtures("alive")
async def test_a_job_that_was_given_back_for_want_of_a_place_only_waited(
    client: httpx2.AsyncClient, database: Database
) -> None:
    job = await jobs.insert(database, type="summarize", requested_model="one")
    for _ in range(2):
        claim = await jobs.claim(database, job)
        await jobs.give_back(database, claim, Released(0.0, JobError("model_busy", "Busy.")), AttemptUsage())
    claim = await jobs.claim(database, job)
    await jobs.give_back(database, claim, Released(30.0, JobError("model_busy", "Busy.")), AttemptUsage())
    found = await explain(client, job)
    assert codes(found) == ["released"]
    assert "counts for nothing: the model was answering other jobs" in found["summary"]
    shown = (await client.get(f"/api/v1/jobs/{job}")).json()
    assert ([one["count"] for one in shown["attempts"]], shown["attempts_used"]) == ([3], 0)
