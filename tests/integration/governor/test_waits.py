"""How long a provider is left alone: as it asked, within a bound; and what ends every wait."""

from typing import Any
from uuid import UUID

import httpx2
import pytest
from redis.asyncio import Redis
from sqlalchemy import text

from app.core.database import Database
from app.core.redis import scheduler_key
from app.core.settings import Settings
from app.governor.limiter.capacity import rules_of
from app.governor.limiter.quota import Quota, Rate, parse_quota
from app.governor.limiter.scripts import BreakerRules, Report, Scripts, Target
from app.governor.states import CallResult
from app.jobs.outcomes import AttemptUsage, JobError, Released, Retry
from tests.integration.governor.clock import Played, played
from tests.integration.governor.provider_kit import PROVIDERS, SMALL, fail, read
from tests.rig import jobs
from tests.rig.explained import codes, explain
from tests.rig.workers import beat

TARGET, CAPS, NO_QUOTA = Target("p", "m"), parse_quota("600/min"), Quota()
YEARS_S = 2.5e11


@pytest.fixture
def scripts(redis: Redis, settings: Settings) -> Scripts:
    return Scripts(redis, rules_of(settings))


async def refuse(scripts: Scripts, *, retry_after_s: float | None, target: Target = TARGET, caps: Quota = CAPS) -> None:
    verdict = await scripts.admit(target, caps, call="c", prompt_tokens=1, output_tokens=1, longest_wait_s=1e9)
    report = Report(CallResult.LIMITED, verdict.tokens, 0, error="rate_limited", retry_after_s=retry_after_s)
    await scripts.settle(target, caps, "c", report)


@pytest.mark.parametrize(
    ("asked_s", "retry_in_s", "why"),
    [(30.0, 30.0, "asked"), (900.0, 900.0, "asked"), (901.0, 900.0, "capped"), (YEARS_S, 900.0, "capped")],
)
async def test_a_providers_wish_is_followed_within_a_bound(
    redis: Redis, asked_s: float, retry_in_s: float, why: str
) -> None:
    clock = await played(redis)
    await refuse(clock.scripts, retry_after_s=asked_s)
    outlook = await clock.scripts.peek(TARGET, CAPS, horizon_s=1)
    assert outlook.retry_in_s == pytest.approx(retry_in_s)
    assert (outlook.retry_reason, outlook.startable) == (why, 0)
    await clock.pass_s(retry_in_s + 1)
    assert (await clock.scripts.peek(TARGET, CAPS, horizon_s=1)).startable != 0


async def test_the_bound_is_a_setting(redis: Redis, settings: Settings) -> None:
    rules = rules_of(settings.model_copy(update={"provider_wait_max_s": 60.0}))
    clock = await played(redis, rules)
    await refuse(clock.scripts, retry_after_s=YEARS_S)
    assert (await clock.scripts.peek(TARGET, CAPS, horizon_s=1)).retry_in_s == pytest.approx(60)


async def test_refusals_without_a_word_are_waited_for_longer_each_time_and_at_most_fifteen_seconds(
    redis: Redis,
) -> None:
    clock = await played(redis)
    waits = []
    for _ in range(6):
        await refuse(clock.scripts, retry_after_s=None)
        outlook = await clock.scripts.peek(TARGET, CAPS, horizon_s=1)
        waits.append(round(outlook.retry_in_s))
        assert outlook.retry_reason == "unstated"
        await clock.pass_s(outlook.retry_in_s + 1.5)
    assert waits == [1, 2, 4, 8, 15, 15]


async def test_clearing_ends_the_wait_and_what_refusals_taught_and_keeps_what_was_used(redis: Redis) -> None:
    clock, caps = await played(redis), parse_quota("60/min")
    for number in range(20):
        await clock.scripts.admit(TARGET, caps, call=str(number), prompt_tokens=1, output_tokens=1, longest_wait_s=60)
    before = await clock.scripts.peek(TARGET, caps, horizon_s=1)
    await refuse(clock.scripts, retry_after_s=600, caps=caps)
    await clock.scripts.clear(TARGET, caps)
    after = await clock.scripts.peek(TARGET, caps, horizon_s=1)
    assert (after.retry_in_s, after.factor, after.retry_reason) == (0, 1.0, "")
    assert after.level == pytest.approx(before.level + 1)


async def test_clearing_moves_reserved_starts_back_to_where_they_were(redis: Redis) -> None:
    clock, caps = await played(redis), parse_quota("60/min")

    async def wait_s(job: str) -> float:
        found = await clock.scripts.admit(
            TARGET, caps, call=job, prompt_tokens=1, output_tokens=1, reservation=job, longest_wait_s=0
        )
        return found.wait_s if found.word == "reserved" else 0

    before = {job: await wait_s(job) for job in "abcdef"}
    reserved = [job for job, wait in before.items() if wait]
    report = Report(CallResult.LIMITED, 1, 0, error="rate_limited", retry_after_s=300)
    await clock.scripts.settle(TARGET, caps, "a", report)
    waits = [await wait_s(job) for job in reserved]
    assert waits
    assert min(waits) > 290
    await clock.scripts.clear(TARGET, caps)
    assert [await wait_s(job) for job in reserved] == [pytest.approx(before[job], abs=0.1) for job in reserved]


async def idle_after_a_refusal(clock: Played, idle_s: float) -> Any:
    """Return how a model of which nothing is known stands, so long after its one refusal."""
    for number in range(40):
        await clock.scripts.admit(TARGET, NO_QUOTA, call=str(number), prompt_tokens=1, output_tokens=1)
        await clock.scripts.settle(TARGET, NO_QUOTA, str(number), Report(CallResult.OK, 1, 2))
    await refuse(clock.scripts, retry_after_s=1, caps=NO_QUOTA)
    await clock.pass_s(idle_s)
    return await clock.scripts.peek(TARGET, NO_QUOTA, horizon_s=1)


@pytest.mark.parametrize("idle_s", [60.0, 600.0, 3600.0, 80_000.0])
async def test_a_factor_stays_a_number_that_means_something(redis: Redis, idle_s: float) -> None:
    outlook = await idle_after_a_refusal(await played(redis), idle_s)
    assert 0 < outlook.factor <= 100
    if idle_s > 600:
        assert (outlook.is_limited, outlook.startable, outlook.factor) == (False, None, 1.0)


async def test_tokens_are_never_used_beyond_their_quota(redis: Redis) -> None:
    clock, caps = await played(redis), parse_quota("6000tok/min")
    await refuse(clock.scripts, retry_after_s=1, caps=caps)
    for _ in range(5):
        await clock.pass_s(60)
        outlook = await clock.scripts.peek(TARGET, caps, horizon_s=1)
        assert outlook.token_rate <= 100


# Over HTTP.


async def test_nothing_is_shown_of_a_limit_that_nobody_knows(client: httpx2.AsyncClient, scripts: Scripts) -> None:
    sim = Target("sim", "simulated-1")
    await refuse(scripts, retry_after_s=1, target=sim, caps=NO_QUOTA)
    await scripts.clear(sim, NO_QUOTA)
    quota = (await read(client, "sim"))["models"][0]["quota"]
    assert (quota["effective"], quota["factor"], quota["rejected"]) == (None, None, 1)


@pytest.fixture
async def alive(database: Database, redis: Redis) -> None:
    await beat(database, slots=5)
    await redis.set(scheduler_key("here"), "1")


@pytest.mark.usefixtures("alive")
@pytest.mark.parametrize(
    ("asked_s", "said"),
    [
        (60.0, "The provider played asked to be left alone by calls of played/small-1 until 20"),
        (
            YEARS_S,
            "asked to be left alone by calls of played/small-1 for longer than is followed; it is tried again at 20",
        ),
        (None, "refused a call of played/small-1 and did not say for how long; the next is made at 20"),
    ],
)
async def test_explain_names_the_providers_wish_and_not_the_quota(
    client: httpx2.AsyncClient, database: Database, scripts: Scripts, asked_s: float | None, said: str
) -> None:
    job = await jobs.insert(database, type="summarize", requested_model="small")
    for _ in range(1 if asked_s else 3):
        await refuse(scripts, retry_after_s=asked_s, target=SMALL, caps=parse_quota("60/min,20000tok/min"))
        if not asked_s:
            await scripts._scripts["settle"].registered_client.hset(SMALL.keys[0], "cut_at", 0)
    found = await explain(client, job)
    assert codes(found) == ["provider_wait"]
    assert said in found["summary"]
    assert found["starts_at"] == found["reasons"][0]["until"] > found["now"]


async def give_back(
    database: Database, code: str, *, delay_s: float, model: str = "small", fault: bool = False
) -> UUID:
    job = await jobs.insert(database, type="summarize", requested_model=model)
    outcome = (Retry if fault else Released)(delay_s, JobError(code, "No."))
    await jobs.give_back(database, await jobs.claim(database, job), outcome, AttemptUsage())
    return job


@pytest.mark.usefixtures("alive")
@pytest.mark.parametrize("verb", ["close", "reset", "quota"])
async def test_an_operator_ends_every_wait(
    client: httpx2.AsyncClient, database: Database, scripts: Scripts, verb: str
) -> None:
    await refuse(scripts, retry_after_s=YEARS_S, target=SMALL, caps=parse_quota("60/min,20000tok/min"))
    refused = await give_back(database, "rate_limited", delay_s=900)
    failed = await give_back(database, "unavailable", delay_s=900, model="default", fault=True)
    elsewhere = await give_back(database, "rate_limited", delay_s=900, model="pretend")
    own = await give_back(database, "invalid_output", delay_s=900, fault=True)
    later = await jobs.insert(database, type="summarize", requested_model="small", delay_s=900)
    if verb == "quota":
        await client.put(f"{PROVIDERS}/played/quota", json={"quota": "70/min"})
    else:
        await client.post(f"{PROVIDERS}/played/breaker/{verb}")
    assert (await scripts.peek(SMALL, parse_quota("70/min"), horizon_s=1)).retry_in_s == 0
    rows = await database.rows(text("SELECT id FROM jobs WHERE run_at <= now() AND dispatch_at <= now()"))
    assert {row.id for row in rows} == {refused, failed}
    assert await jobs.column(database, elsewhere, "run_at > now()")
    assert await jobs.column(database, own, "run_at > now()")
    assert await jobs.column(database, later, "run_at > now()")


async def test_opening_by_hand_ends_no_wait(client: httpx2.AsyncClient, database: Database) -> None:
    job = await give_back(database, "rate_limited", delay_s=900)
    await client.post(f"{PROVIDERS}/played/breaker/open")
    assert await jobs.column(database, job, "run_at > now()")


async def test_status_names_the_model_that_fails_and_says_that_the_provider_answers(
    client: httpx2.AsyncClient, scripts: Scripts
) -> None:
    await fail(scripts, 5)
    large = Target("played", "large-1")
    verdict = await scripts.admit(large, NO_QUOTA, call="c", prompt_tokens=1, output_tokens=1)
    await scripts.settle(large, NO_QUOTA, "c", Report(CallResult.OK, verdict.tokens, 1, advertised=Quota(Rate(50, 60))))
    found = (await client.get(f"{PROVIDERS}/played/status")).json()
    assert (found["state"], found["consecutive_failures"]) == ("active", 0)
    assert found["message"] == "It answers and takes the key. The model small is failing; its jobs wait."


def test_the_default_bound_is_a_quarter_of_an_hour() -> None:
    assert BreakerRules().wait_max_s == 900
