"""The verbs of a running attempt: what they write, and what the fence keeps out."""

import asyncio
from dataclasses import replace
from uuid import uuid4

from app.auth.caller import SERVICE_OWNER_ID
from app.core.database import Database
from app.jobs.outcomes import AttemptUsage, Failed, JobError, Released, Retry
from app.jobs.repository import claim, commands
from app.jobs.states import Status
from tests.rig import jobs
from tests.rig.invariants import check_invariants

OOPS = JobError("unavailable", "The provider answered 503.")


async def test_a_finished_attempt_completes_its_job(database: Database) -> None:
    job_id = await jobs.insert(database)
    claimed = await jobs.claim(database, job_id)
    spent = AttemptUsage(provider="p", model="m", prompt_version="v", prompt_tokens=3, completion_tokens=4)
    assert await jobs.finish(database, claimed, {"message": "hi"}, spent) is Status.COMPLETED
    assert await jobs.column(database, job_id, "result") == {"message": "hi"}
    assert (
        await jobs.column(database, job_id, "(provider, model, prompt_tokens, completion_tokens)::text") == "(p,m,3,4)"
    )
    assert await jobs.names(database, job_id) == ["submitted", "started", "completed"]
    await check_invariants(database)


async def test_of_many_claims_at_once_exactly_one_wins(database: Database) -> None:
    job_id = await jobs.insert(database)
    claims = await asyncio.gather(
        *(jobs.try_claim(database, job_id, token=uuid4(), worker=f"w{n}", lease_s=60) for n in range(20))
    )
    assert len([one for one in claims if one is not None]) == 1
    await check_invariants(database, quiet=False)


async def test_a_job_is_not_claimed_before_it_is_due(database: Database) -> None:
    job_id = await jobs.insert(database, delay_s=60)
    assert await jobs.try_claim(database, job_id, token=uuid4(), worker="w", lease_s=60) is None


async def test_a_job_is_not_claimed_after_its_deadline(database: Database) -> None:
    job_id = await jobs.insert(database)
    await jobs.change(database, job_id, "deadline_at = now() - interval '1 second'")
    assert await jobs.try_claim(database, job_id, token=uuid4(), worker="w", lease_s=60) is None


async def test_a_late_worker_cannot_overwrite(database: Database) -> None:
    job_id = await jobs.insert(database)
    late = await jobs.claim(database, job_id)
    await jobs.give_back(database, late, Released(0, OOPS), AttemptUsage())
    current = await jobs.claim(database, job_id, worker="w2")
    assert await jobs.finish(database, late, {"message": "late"}, AttemptUsage()) is None
    assert await jobs.give_back(database, late, Failed(OOPS), AttemptUsage()) is None
    assert await claim.beat(database, [late], lease_s=60) == {}
    assert await jobs.finish(database, current, {"message": "current"}, AttemptUsage()) is Status.COMPLETED
    assert await jobs.column(database, job_id, "result") == {"message": "current"}
    await check_invariants(database)


async def test_the_token_is_part_of_the_fence(database: Database) -> None:
    claimed = await jobs.claim(database, await jobs.insert(database))
    forged = replace(claimed, token=uuid4())
    assert await jobs.finish(database, forged, {"message": "x"}, AttemptUsage()) is None
    assert await claim.beat(database, [forged], lease_s=60) == {}


async def test_a_repeated_finish_finds_its_own_result(database: Database) -> None:
    claimed = await jobs.claim(database, await jobs.insert(database))
    await jobs.finish(database, claimed, {"message": "once"}, AttemptUsage())
    assert await jobs.finish(database, claimed, {"message": "twice"}, AttemptUsage()) is Status.COMPLETED
    assert await jobs.column(database, claimed.id, "result") == {"message": "once"}
    await check_invariants(database)


async def test_a_lost_claim_is_found_by_its_token(database: Database) -> None:
    claimed = await jobs.claim(database, await jobs.insert(database))
    assert await claim.find_own_claim(database, claimed.id, token=claimed.token) is not None
    assert await claim.find_own_claim(database, claimed.id, token=uuid4()) is None


async def test_a_fault_is_retried_until_the_budget_is_used(database: Database) -> None:
    job_id = await jobs.insert(database, max_attempts=2)
    first = await jobs.claim(database, job_id)
    assert await jobs.give_back(database, first, Retry(0, OOPS), AttemptUsage()) is Status.PENDING
    assert await jobs.column(database, job_id, "error_code") == "unavailable"
    second = await jobs.claim(database, job_id)
    assert await jobs.give_back(database, second, Retry(0, OOPS), AttemptUsage()) is Status.FAILED
    assert await jobs.names(database, job_id) == ["submitted", "started", "retry_scheduled", "started", "failed"]
    await check_invariants(database)


async def test_a_permanent_fault_fails_at_once(database: Database) -> None:
    claimed = await jobs.claim(database, await jobs.insert(database))
    assert (
        await jobs.give_back(database, claimed, Failed(JobError("auth_failed", "no")), AttemptUsage()) is Status.FAILED
    )
    assert await jobs.column(database, claimed.id, "error") == {"code": "auth_failed", "message": "no"}


async def test_a_release_costs_no_attempt(database: Database) -> None:
    job_id = await jobs.insert(database, max_attempts=1)
    for _ in range(3):
        claimed = await jobs.claim(database, job_id)
        assert await jobs.give_back(database, claimed, Released(0, OOPS), AttemptUsage()) is Status.PENDING
    assert await jobs.column(database, job_id, "(attempt, refunds)::text") == "(3,3)"
    await check_invariants(database, quiet=False)


async def test_a_retry_beyond_the_deadline_fails_now_and_keeps_the_reason(database: Database) -> None:
    claimed = await jobs.claim(database, await jobs.insert(database, deadline_s=30))
    assert await jobs.give_back(database, claimed, Retry(60, OOPS), AttemptUsage()) is Status.FAILED
    error = await jobs.column(database, claimed.id, "error")
    assert (error["code"], error["cause"]["code"]) == ("deadline_exceeded", "unavailable")


async def test_a_retry_is_due_and_sent_after_its_delay(database: Database) -> None:
    claimed = await jobs.claim(database, await jobs.insert(database))
    await jobs.give_back(database, claimed, Retry(60, OOPS), AttemptUsage())
    wait = await jobs.column(database, claimed.id, "extract(epoch from run_at - now())")
    assert 55 < wait <= 60
    assert await jobs.column(database, claimed.id, "run_at = dispatch_at AND claim_token IS NULL")


async def test_a_beat_renews_the_lease_and_tells_of_a_cancel(database: Database) -> None:
    claimed = await jobs.claim(database, await jobs.insert(database), lease_s=5)
    assert await claim.beat(database, [claimed], lease_s=60) == {claimed.id: False}
    assert await jobs.column(database, claimed.id, "extract(epoch from lease_expires_at - now())") > 50
    async with database.begin() as connection:
        await commands.cancel(connection, SERVICE_OWNER_ID, claimed.id)
    assert await claim.beat(database, [claimed], lease_s=60) == {claimed.id: True}


async def test_a_cancel_that_comes_first_beats_the_result(database: Database) -> None:
    claimed = await jobs.claim(database, await jobs.insert(database))
    async with database.begin() as connection:
        await commands.cancel(connection, SERVICE_OWNER_ID, claimed.id)
    assert await jobs.finish(database, claimed, {"message": "too late"}, AttemptUsage()) is Status.CANCELLED
    assert await jobs.column(database, claimed.id, "result") is None
    await check_invariants(database)


async def test_tokens_add_up_over_attempts(database: Database) -> None:
    job_id = await jobs.insert(database)
    for _ in range(2):
        claimed = await jobs.claim(database, job_id)
        await jobs.give_back(database, claimed, Retry(0, OOPS), AttemptUsage(prompt_tokens=5))
    assert await jobs.column(database, job_id, "(prompt_tokens, completion_tokens)::text") == "(10,)"


async def test_progress_is_shown_only_while_the_attempt_runs(database: Database) -> None:
    claimed = await jobs.claim(database, await jobs.insert(database))
    await claim.set_progress(database, claimed, {"done": 1, "total": 2, "message": ""})
    assert (await jobs.column(database, claimed.id, "progress"))["done"] == 1
    await jobs.give_back(database, claimed, Released(0, OOPS), AttemptUsage())
    await claim.set_progress(database, claimed, {"done": 2, "total": 2, "message": ""})
    assert (await jobs.column(database, claimed.id, "progress"))["done"] == 1


async def test_a_job_without_attempts_left_is_not_claimed(database: Database) -> None:
    job_id = await jobs.insert(database, max_attempts=2)
    await jobs.change(database, job_id, "attempt = 2")
    assert await jobs.try_claim(database, job_id, token=uuid4(), worker="w", lease_s=60) is None
