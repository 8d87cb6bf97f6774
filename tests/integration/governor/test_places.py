"""A model that takes few calls at once: its places are shared by all workers, waited for, and never lost."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from random import Random
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI
from redis.asyncio import Redis
from sqlalchemy import text

from app.core.database import Database
from app.core.redis import scheduler_key
from app.core.settings import Settings
from app.governor import admission as admissions
from app.governor.admission import Admission, Admitted
from app.governor.doors import Doors
from app.governor.governor import doors_of, rules_of
from app.governor.quota import Quota, parse_quota
from app.governor.scripts import BreakerRules, Report, Scripts, Target
from app.governor.wanted import Wanted
from app.jobs import dispatcher as dispatchers
from app.jobs.dispatcher import Dispatcher
from app.jobs.outcomes import JobError, Released, Spent
from app.llm.base import NotAdmitted
from app.llm.registry import load_catalog
from app.main import create_app
from tests.conftest import TOKEN
from tests.integration.governor.clock import Played, played
from tests.integration.test_explain import codes, explain
from tests.integration.test_operations import beat
from tests.rig import jobs
from tests.rig.stack import eventually

TARGET, NO_QUOTA = Target("p", "m"), Quota()
LONGEST_S = BreakerRules().probe_s
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


async def admit(clock: Played, call: str, *, places: int = 1, patience_s: float = 0, caps: Quota = NO_QUOTA) -> str:
    verdict = await clock.scripts.admit(
        TARGET, caps, call=call, prompt_tokens=1, output_tokens=1, places=places, patience_s=patience_s
    )
    return verdict.word


async def end(clock: Played, call: str, *, took_s: float | None = None, result: str = "ok") -> None:
    await clock.scripts.settle(TARGET, NO_QUOTA, call, Report(result, 0.0, 1, took_s=took_s))


async def look(clock: Played, places: int = 1) -> Any:
    return await clock.scripts.peek(TARGET, NO_QUOTA, horizon_s=1.0, places=places)


# One step in Redis.


@pytest.mark.parametrize("places", [1, 3])
async def test_no_more_calls_are_under_way_than_there_are_places(redis: Redis, places: int) -> None:
    clock = await played(redis)
    words = [await admit(clock, str(number), places=places) for number in range(places + 2)]
    assert words == ["granted"] * places + ["busy"] * 2
    await end(clock, "0")
    await end(clock, "0")  # again changes nothing
    assert [await admit(clock, f"n{number}", places=places) for number in range(2)] == ["granted", "busy"]


@pytest.mark.parametrize("result", ["ok", "fault", "limited", "neutral"])
async def test_a_place_is_free_again_however_its_call_ends(redis: Redis, result: str) -> None:
    clock = await played(redis)
    await admit(clock, "a")
    await end(clock, "a", result=result)
    await redis.delete(TARGET.keys[0])
    assert (await look(clock)).flying == 0


async def test_the_place_of_a_dead_worker_is_free_after_the_longest_call(redis: Redis) -> None:
    clock = await played(redis)
    await admit(clock, "dead")
    await clock.pass_s(LONGEST_S - 1)
    assert await admit(clock, "a") == "busy"
    await clock.pass_s(2)
    assert (await look(clock)).flying == 0
    assert await admit(clock, "b") == "granted"


async def test_a_call_without_a_place_takes_nothing_of_the_quota(redis: Redis) -> None:
    clock, caps = await played(redis), parse_quota("60/min")
    await admit(clock, "a", caps=caps)
    before = await clock.scripts.peek(TARGET, caps, horizon_s=1)
    await admit(clock, "b", caps=caps)
    assert (await clock.scripts.peek(TARGET, caps, horizon_s=1)).level == before.level


async def test_a_breaker_goes_before_a_place(redis: Redis) -> None:
    clock = await played(redis)
    for number in range(5):
        await admit(clock, str(number))
        await end(clock, str(number), result="fault")
    assert await admit(clock, "x") == "open"


async def test_as_many_jobs_may_be_sent_as_there_are_places_and_calls_about_to_end(redis: Redis) -> None:
    clock = await played(redis)
    assert (await look(clock)).may_be_sent == 1
    await admit(clock, "a")
    await clock.pass_s(10)
    await end(clock, "a", took_s=10)
    await admit(clock, "b")
    assert ((await look(clock)).may_be_sent, (await look(clock)).next_end_s) == (0, pytest.approx(10))
    await clock.pass_s(9.2)
    assert (await look(clock)).may_be_sent == 1  # it should end in a moment: the next one may wait in a slot
    assert await admit(clock, "c", patience_s=2) == "busy"
    assert ((await look(clock)).waiting, (await look(clock)).may_be_sent) == (1, 0)
    await clock.pass_s(20)  # it takes longer than most: nobody needs to wait beside it
    assert ((await look(clock)).waiting, (await look(clock)).may_be_sent) == (0, 0)


async def test_who_waits_is_counted_until_it_gives_up_or_is_admitted(redis: Redis) -> None:
    clock = await played(redis)
    await admit(clock, "a")
    for call in ("b", "c"):
        await admit(clock, call, patience_s=2)
    assert (await look(clock)).waiting == 2
    await admit(clock, "b", patience_s=0)
    assert (await look(clock)).waiting == 1
    await end(clock, "a")
    await admit(clock, "c", patience_s=2)
    assert ((await look(clock)).waiting, (await look(clock)).flying) == (0, 1)


async def test_an_end_wakes_one_that_waits_and_nobody_else(redis: Redis) -> None:
    clock = await played(redis)
    await admit(clock, "a")
    await end(clock, "a")
    assert await redis.llen(TARGET.keys[-1]) == 0  # nobody waits
    await admit(clock, "b")
    await admit(clock, "c", patience_s=2)
    await end(clock, "b")
    assert await redis.llen(TARGET.keys[-1]) == 1


# One process.


@pytest.fixture
def admission(redis: Redis, settings: Settings) -> Admission:
    return Admission(
        Scripts(redis, rules_of(settings)),
        workers=lambda: 1,
        is_closed=lambda _: False,
        tell=lambda _: None,
        random=Random(1),
    )


def wanted(attempt: str = "", *, places: int = 1, waits: bool = True) -> Wanted:
    return Wanted(TARGET, 1, 1, attempt=attempt, places=places, waits=waits)


async def give_back(admission: Admission, one: Admitted) -> None:
    await admission.settle(TARGET, NO_QUOTA, one.call, Report("ok", 0.0, 1))


async def test_a_call_waits_in_its_slot_for_a_place_and_is_woken(
    admission: Admission, redis: Redis, settings: Settings
) -> None:
    first = await admission.admit(wanted(), NO_QUOTA)
    waiting = asyncio.create_task(admission.admit(wanted(), NO_QUOTA))
    scripts = Scripts(redis, rules_of(settings))

    async def waits() -> bool:
        return (await scripts.peek(TARGET, NO_QUOTA, horizon_s=1, places=1)).waiting == 1

    await eventually(waits, what="it waits")
    await give_back(admission, first)
    await asyncio.wait_for(waiting, 2)


async def test_a_job_is_given_back_that_finds_no_place(admission: Admission, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(admissions, "MAX_SLEEP_S", 0.05)
    await admission.admit(wanted(), NO_QUOTA)
    with pytest.raises(NotAdmitted) as refused:
        await admission.admit(wanted("job/1"), NO_QUOTA)
    assert (refused.value.kind, refused.value.provider) == ("model_busy", "p")
    assert 0.4 < refused.value.delay_s < 6
    assert refused.value.message == "The model p/m answers other jobs, as many as it takes at once."


async def test_one_that_does_not_wait_is_refused_at_once(admission: Admission) -> None:
    await admission.admit(wanted(), NO_QUOTA)
    with pytest.raises(NotAdmitted):
        await admission.admit(wanted("job/1", waits=False), NO_QUOTA)


async def test_an_attempt_that_has_made_a_call_waits_as_long_as_it_takes(
    admission: Admission, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(admissions, "MAX_SLEEP_S", 0.05)
    await give_back(admission, await admission.admit(wanted("job/1"), NO_QUOTA))
    other = await admission.admit(wanted("other/1"), NO_QUOTA)
    waiting = asyncio.create_task(admission.admit(wanted("job/1"), NO_QUOTA))
    with pytest.raises(NotAdmitted):  # which waits longer than the other may
        await admission.admit(wanted("third/1"), NO_QUOTA)
    assert not waiting.done()
    await give_back(admission, other)
    await asyncio.wait_for(waiting, 2)


async def test_the_place_of_a_call_that_is_cancelled_while_it_is_granted_is_not_lost(
    admission: Admission, redis: Redis, settings: Settings
) -> None:
    for turns in range(12):  # at every moment of the way
        task = asyncio.create_task(admission.admit(wanted(), NO_QUOTA))
        for _ in range(turns):
            await asyncio.sleep(0)
        task.cancel()
        done = await asyncio.gather(task, return_exceptions=True)
        if isinstance(done[0], Admitted):
            await give_back(admission, done[0])

    async def is_free() -> bool:
        view = await Scripts(redis, rules_of(settings)).peek(TARGET, NO_QUOTA, horizon_s=1, places=1)
        return view.flying == 0

    await eventually(is_free, what="no place is taken")


class Away:
    async def admit(self, *_: Any, **__: Any) -> None:
        raise ConnectionError

    settle = admit


async def test_without_redis_a_process_keeps_to_its_share_of_the_places(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(admissions, "MAX_SLEEP_S", 0.05)
    scripts: Any = Away()
    admission = Admission(scripts, workers=lambda: 2, is_closed=lambda _: False, tell=lambda _: None, random=Random(1))
    first = await admission.admit(wanted(places=4), NO_QUOTA)
    await admission.admit(wanted(places=4), NO_QUOTA)
    with pytest.raises(NotAdmitted) as refused:
        await admission.admit(wanted(places=4), NO_QUOTA)
    assert refused.value.kind == "model_busy"
    await give_back(admission, first)
    await admission.admit(wanted(places=4), NO_QUOTA)


# Over HTTP, and what is sent.


@pytest.fixture
def governed(settings: Settings, tmp_path: Path) -> Settings:
    path = tmp_path / "providers.toml"
    path.write_text(FILE)
    return settings.model_copy(update={"providers_file": path})


@pytest.fixture
async def app(governed: Settings, database: Database, redis: Redis) -> AsyncIterator[FastAPI]:
    app = create_app(governed)
    async with app.router.lifespan_context(app):
        yield app


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[httpx2.AsyncClient]:
    transport = httpx2.ASGITransport(app, raise_app_exceptions=False)
    headers = {"X-Service-Token": TOKEN}
    async with httpx2.AsyncClient(transport=transport, base_url="http://headrace.test", headers=headers) as client:
        yield client


@pytest.fixture
def doors(governed: Settings, redis: Redis) -> Doors:
    return doors_of(governed, load_catalog(governed), redis)


async def take(doors: Doors, target: Target = TARGET, call: str = "c") -> None:
    places = doors.limits.places[target]
    verdict = await doors.scripts.admit(target, NO_QUOTA, call=call, prompt_tokens=1, output_tokens=1, places=places)
    assert verdict.is_granted


async def test_places_are_shown(client: httpx2.AsyncClient, doors: Doors) -> None:
    await take(doors)
    found = (await client.get("/api/v1/providers")).json()["providers"][0]["models"]
    assert {one["name"]: (one["max_in_flight"], one["in_flight"]) for one in found} == {
        "one": (1, 1),
        "four": (4, 0),
        "any": (None, None),
    }


async def test_a_chain_may_be_sent_what_all_its_models_take(doors: Doors) -> None:
    free = (await doors.look()).free
    assert free == {"one": 1, "four": 4, "both": 5, "default": 1}
    await doors.scripts.settle(TARGET, NO_QUOTA, "x", Report("ok", 0.0, 1, took_s=20))
    await take(doors)
    assert (await doors.look()).free == {"one": 0, "four": 4, "both": 4, "default": 0}


async def test_the_dispatcher_sends_no_more_jobs_than_there_are_places(
    database: Database, redis: Redis, governed: Settings, doors: Doors
) -> None:
    for _ in range(30):
        await jobs.insert(database, type="summarize", requested_model="one")
    dispatcher = Dispatcher(database, redis, governed.queues, epoch="e", doors=doors)
    for _ in range(3):
        await dispatcher.tick()
    rows = await database.rows(text("SELECT id FROM jobs WHERE dispatch_count > 0"))
    assert len(rows) == 1


async def test_it_ticks_fast_while_places_turn_fast_and_jobs_wait_for_them(
    database: Database, redis: Redis, governed: Settings, doors: Doors, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        dispatchers, "rest_s", lambda _: 0.0
    )  # a slow machine's look at the jobs is not the matter here
    dispatcher = Dispatcher(database, redis, governed.queues, epoch="e", doors=doors)
    assert not await dispatcher.tick()  # none of the models' places is taken
    await take(doors)
    assert not await dispatcher.tick()  # and no job waits for one
    await jobs.insert(database, type="summarize", requested_model="one")
    await jobs.insert(database, type="summarize", requested_model="one")
    await doors.scripts.settle(TARGET, NO_QUOTA, "c", Report("ok", 0.0, 1, took_s=0.2))
    await dispatcher.tick()
    await take(doors)
    assert await dispatcher.tick()


@pytest.fixture
async def alive(database: Database, redis: Redis) -> None:
    await beat(database, slots=5)
    await redis.set(scheduler_key("here"), "1")


@pytest.mark.usefixtures("alive")
async def test_explain_says_that_the_model_answers_another_job(
    client: httpx2.AsyncClient, database: Database, doors: Doors
) -> None:
    job = await jobs.insert(database, type="summarize", requested_model="one")
    assert codes(await explain(client, job)) == ["to_be_sent"]
    await take(doors)
    found = await explain(client, job)
    assert codes(found) == ["model_busy"]
    assert found["summary"] == "The model p/m takes 1 call at once; it answers another job now."
    four = await jobs.insert(database, type="summarize", requested_model="four")
    for number in range(4):
        await take(doors, Target("p", "w"), f"w{number}")
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
        await jobs.give_back(database, claim, Released(0.0, JobError("model_busy", "Busy.")), Spent())
    claim = await jobs.claim(database, job)
    await jobs.give_back(database, claim, Released(30.0, JobError("model_busy", "Busy.")), Spent())
    found = await explain(client, job)
    assert codes(found) == ["given_back"]
    assert "counts for nothing: the model was answering other jobs" in found["summary"]
    shown = (await client.get(f"/api/v1/jobs/{job}")).json()
    assert ([one["count"] for one in shown["attempts"]], shown["attempts_used"]) == ([3], 0)
