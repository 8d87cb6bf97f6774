"""F10, F11, F12: a provider that refuses, stalls or talks nonsense; each job ends as its outcome says."""

import asyncio
from collections import defaultdict
from itertools import pairwise

import pytest

from app.core.clock import monotonic_s, utc_now
from app.core.database import Database
from tests.faults.asking import JOBS, asking, count, post, wait_count, wait_none_open
from tests.faults.conftest import Record
from tests.rig.invariants import check_invariants
from tests.rig.pulse import feeling_pulse
from tests.rig.stack import Stack
from tests.scripted_model.witness import read_calls

RETRY_AFTER_S = 5
STORM_S = 20
STORM_JOBS = 200
LIMIT_S = 2  # of one call, in the tests of slow answers
FREED_WITHIN_S = 5.0
# What the provider says; then the job's end with two attempts, and the code of its error.
ANSWERS = {
    "500": ("failed", "unavailable"),
    "503:1": ("failed", "unavailable"),
    "html": ("failed", "bad_response"),
    "broken": ("failed", "bad_response"),
    "empty": ("failed", "bad_response"),
    "truncated": ("failed", "bad_response"),
    "reset": ("failed", "network"),
    "quota": ("failed", "insufficient_credits"),
    "context": ("failed", "context_too_long"),
    "401": ("failed", "auth_failed"),
    "500,ok": ("completed", None),
    "html,ok": ("completed", None),
    "429:1,ok": ("completed", None),
    "nul": ("completed", None),
}


@pytest.mark.case(
    "F12", "14 malformed or refused answers", "retried, failed or completed as Outcomes says; GET never 500"
)
async def test_every_answer_of_a_provider_ends_its_job_as_it_should(
    stack: Stack, database: Database, record: Record
) -> None:
    log = await stack.scripted_model()
    stack.broker()
    client = await stack.api()
    await stack.worker(RETRY_SCALE="0.001")
    stack.scheduler()
    jobs = {plan: (await post(client, asking(plan, max_attempts=2)))[0] for plan in ANSWERS}
    await wait_none_open(database)
    await check_invariants(database, calls=log)
    for plan, (status, code) in ANSWERS.items():
        answer = await client.get(f"{JOBS}/{jobs[plan]}")
        assert answer.status_code == 200
        shown = answer.json()
        assert (shown["status"], (shown["error"] or {}).get("code")) == (status, code), plan
    record("answers", len(ANSWERS))


@pytest.mark.slow
@pytest.mark.case(
    "F12", "an answer of 33 MB, and one of another schema", "bad_response or invalid_output; the worker lives"
)
async def test_a_huge_or_wrong_answer_fails_its_job_alone(stack: Stack, database: Database) -> None:
    log = await stack.scripted_model()
    stack.broker()
    client, worker = await stack.api(), await stack.worker()
    stack.scheduler()
    classify = {"text": "[[plan:wrong_schema]] The mill was built.", "categories": ["a", "b"]}
    await post(client, asking("huge:33000000", max_attempts=2))
    await post(client, {"type": "classify", "input": classify, "max_attempts": 2})
    await wait_none_open(database)
    assert worker.is_alive
    assert await count(database, "status = 'failed' AND error_code IN ('bad_response', 'invalid_output')") == 2
    await check_invariants(database, calls=log)


@pytest.mark.slow
@pytest.mark.case(
    "F10",
    "429 with Retry-After 5 for every call, 20 s, 200 jobs, 2 workers",
    "a job calls once per Retry-After at most, so 20/5 + 1 times in all; no attempt spent; all finish",
)
async def test_a_storm_of_429s_costs_no_attempt(stack: Stack, database: Database, record: Record) -> None:
    log = await stack.scripted_model()
    stack.broker()
    client = await stack.api()
    await asyncio.gather(stack.worker(), stack.worker())
    stack.scheduler()
    until = utc_now().timestamp() + STORM_S
    await post(client, asking(f"storm:{until}:{RETRY_AFTER_S}", max_attempts=2), count=STORM_JOBS)
    await wait_none_open(database, within_s=180)
    rows = await check_invariants(database, calls=log)
    assert {(row.status, row.attempt - row.refunds) for row in rows} == {("completed", 1)}
    times: dict[str, list[float]] = defaultdict(list)
    for call in read_calls(log):
        times[call["job"]].append(call["t0"])
    counts = [len(begun) for begun in times.values()]
    gaps_s = [later - earlier for begun in times.values() for earlier, later in pairwise(begun)]
    assert len(counts) == STORM_JOBS
    assert max(counts) <= STORM_S // RETRY_AFTER_S + 1
    assert min(gaps_s) >= RETRY_AFTER_S
    record("calls that were refused", sum(counts) - STORM_JOBS)
    record("calls of a job, at most", max(counts))
    record("between two of them, at least", f"{min(gaps_s):.2f} s")
    record("attempts spent", 0)


@pytest.mark.case("F11", "a slow answer and one that stalls", "timeout, retried, failed; the slot is free 5 s later")
async def test_a_call_that_hangs_ends_at_its_limit(stack: Stack, database: Database, record: Record) -> None:
    log = await stack.scripted_model()
    stack.broker()
    client = await stack.api()
    await stack.worker(LLM_TIMEOUT_S=str(LIMIT_S), WORKER_CONCURRENCY="4")
    stack.scheduler()
    begun_s = monotonic_s()
    hung = [job for plan in ("slow:600", "stall") for job in await post(client, asking(plan, max_attempts=2), count=2)]
    async with feeling_pulse(database) as pulse:
        await wait_count(database, "status = 'failed' AND error_code = 'timeout'", len(hung))
        took_s = monotonic_s() - begun_s
    assert took_s < 2 * (LIMIT_S + FREED_WITHIN_S) + pulse.late_s
    await post(client, asking())
    await wait_none_open(database)
    await check_invariants(database, calls=log)
    assert all(call["disconnected"] for call in read_calls(log) if call["job"] in hung)
    record("two attempts of 2 s took", f"{took_s:.1f} s")
