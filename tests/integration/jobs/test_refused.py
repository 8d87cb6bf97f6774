"""Refusals for a limit are counted by the job, and bounded: by their number and by the deadline."""

from random import Random

import pytest

from app.auth.caller import SERVICE_OWNER_ID
from app.core.database import Database
from app.core.settings import Settings
from app.jobs import retry
from app.jobs.outcomes import AttemptUsage, Failed, JobError, Released, Retry
from app.jobs.repository import commands, maintenance
from app.jobs.rows import Claim
from app.jobs.runtime.judge import judge
from app.jobs.runtime.lease import RunningAttempt
from app.jobs.states import Status
from app.llm.base import ModelError
from tests.rig import jobs
from tests.rig.invariants import check_invariants

REFUSED = JobError("rate_limited", "the model provider's rate limit is reached (HTTP 429)")


def claimed(claim: Claim) -> RunningAttempt:
    return RunningAttempt(claim, None, 60.0, 0.0)  # type: ignore[arg-type]


async def test_a_job_says_how_often_it_was_refused_and_pays_no_attempt(database: Database) -> None:
    job_id = await jobs.insert(database, max_attempts=1)
    for number in range(3):
        claim = await jobs.claim(database, job_id)
        assert claim.refusals == number
        assert (
            await jobs.give_back(database, claim, Released(0, REFUSED, refused=True), AttemptUsage()) is Status.PENDING
        )
    assert await jobs.column(database, job_id, "(attempt, refunds, refusals)::text") == "(3,3,3)"
    claim = await jobs.claim(database, job_id)
    assert await jobs.give_back(database, claim, Released(0, REFUSED), AttemptUsage()) is Status.PENDING
    assert await jobs.column(database, job_id, "refusals") == 3, "waiting for a quota of ours is no refusal"


async def test_one_that_ends_the_job_is_counted(database: Database) -> None:
    claim = await jobs.claim(database, await jobs.insert(database))
    assert await jobs.give_back(database, claim, Failed(REFUSED, refused=True), AttemptUsage()) is Status.FAILED
    assert await jobs.column(database, claim.id, "refusals") == 1


async def test_the_last_refusal_that_is_allowed_ends_it(database: Database, settings: Settings) -> None:
    job_id = await jobs.insert(database, max_refusals=2)
    policy = retry.policy(settings, Random(1).random)
    for expected in (Status.PENDING, Status.FAILED):
        claim = await jobs.claim(database, job_id)
        outcome = judge(ModelError("rate_limited", REFUSED.message, retry_after_s=0), claimed(claim), policy)
        assert isinstance(outcome, Released | Failed)
        assert await jobs.give_back(database, claim, outcome, AttemptUsage()) is expected
    error = await jobs.column(database, job_id, "error")
    assert error["code"] == "rate_limited"
    assert "2 times" in error["message"]
    assert await jobs.column(database, job_id, "refusals") == 2
    await check_invariants(database)


async def test_a_deadline_that_the_next_try_would_miss_ends_it_as_rate_limited(database: Database) -> None:
    claim = await jobs.claim(database, await jobs.insert(database, deadline_s=30))
    assert await jobs.give_back(database, claim, Released(60, REFUSED, refused=True), AttemptUsage()) is Status.FAILED
    assert await jobs.column(database, claim.id, "error_code") == "rate_limited"


@pytest.mark.parametrize(("refused", "code"), [(True, "rate_limited"), (False, "deadline_exceeded")])
async def test_who_was_refused_until_the_deadline_is_told_so(database: Database, refused: bool, code: str) -> None:
    claim = await jobs.claim(database, await jobs.insert(database))
    await jobs.give_back(database, claim, Released(0, REFUSED, refused=refused), AttemptUsage())
    await jobs.change(database, claim.id, "deadline_at = now() - interval '1 second'")
    await maintenance.expire(database)
    error = await jobs.column(database, claim.id, "error")
    assert (error["code"], error["cause"]["code"]) == (code, "rate_limited")
    await check_invariants(database)


async def test_who_was_refused_and_then_failed_otherwise_ends_by_its_deadline(database: Database) -> None:
    job_id = await jobs.insert(database)
    await jobs.give_back(
        database, await jobs.claim(database, job_id), Released(0, REFUSED, refused=True), AttemptUsage()
    )
    fault = Retry(0, JobError("unavailable", "the model provider is not available"))
    await jobs.give_back(database, await jobs.claim(database, job_id), fault, AttemptUsage())
    await jobs.change(database, job_id, "deadline_at = now() - interval '1 second'")
    await maintenance.expire(database)
    assert await jobs.column(database, job_id, "error_code") == "deadline_exceeded"


async def test_a_retry_forgets_refusals(database: Database) -> None:
    job_id = await jobs.insert(database)
    claim = await jobs.claim(database, job_id)
    assert await jobs.give_back(database, claim, Failed(REFUSED, refused=True), AttemptUsage()) is Status.FAILED
    async with database.begin() as connection:
        assert await commands.retry(connection, SERVICE_OWNER_ID, job_id)
    assert (await jobs.claim(database, job_id)).refusals == 0


async def test_a_refusal_that_nobody_knows_gets_one_more_try(database: Database, settings: Settings) -> None:
    policy = retry.policy(settings, Random(1).random)
    job_id = await jobs.insert(database)
    for expected in (Retry, Failed):
        claim = await jobs.claim(database, job_id)
        outcome = judge(ModelError("provider_rejected", "HTTP 418", once_more=True), claimed(claim), policy)
        assert type(outcome) is expected
        assert isinstance(outcome, Retry | Failed)
        await jobs.give_back(database, claim, outcome, AttemptUsage())
        await jobs.change(database, job_id, "run_at = now()")
    assert await jobs.column(database, job_id, "status") == "failed"
    known = judge(ModelError("provider_rejected", "HTTP 400"), claimed(claim), policy)
    assert isinstance(known, Failed)


async def test_what_an_attempt_waited_and_thought_is_kept_apart(database: Database) -> None:
    claim = await jobs.claim(database, await jobs.insert(database))
    await jobs.change(database, claim.id, "claimed_at = now() - interval '10 seconds'")
    spent = AttemptUsage(reasoning="Hm.", reasoning_tokens=7, completion_tokens=9, waited_ms=8000)
    await jobs.finish(database, claim, {"message": "hi"}, spent)
    row = await jobs.column(
        database,
        claim.id,
        "(SELECT detail FROM job_events WHERE job_id = jobs.id AND name = 'completed')",
    )
    assert (row["reasoning"], row["reasoning_tokens"], row["waited_ms"]) == ("Hm.", 7, 8000)
    assert 1900 <= row["run_ms"] < 3000
    assert await jobs.column(database, claim.id, "waited_ms") == 8000
