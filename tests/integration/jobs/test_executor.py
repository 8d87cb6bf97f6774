"""One attempt from its message to its record, with the real database and a job type of each kind of end."""

import asyncio
from random import Random
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from app.auth.caller import SERVICE_OWNER_ID
from app.core.database import Database
from app.jobs.repository import commands
from app.jobs.repository.submit import store_jobs
from app.jobs.runtime.executor import Executor
from app.jobs.runtime.lease import Interrupt
from app.llm.base import Message, ModelError, NotAdmitted, WaitReason
from app.processors.base import Context, ProcessorError
from tests.rig import jobs
from tests.rig.attempts import Behaviour, outcome
from tests.rig.invariants import check_invariants
from tests.rig.stack import eventually

CANCELS = 1_000


def raising(error: Exception) -> Behaviour:
    async def behaviour(_: Context) -> Any:
        raise error

    return behaviour


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (ModelError("unavailable", "503"), ("pending", "unavailable")),
        (ModelError("rate_limited", "429", retry_after_s=30), ("pending", "rate_limited")),
        (ModelError("auth_failed", "401"), ("failed", "auth_failed")),
        (ProcessorError("invalid_output", "no"), ("failed", "invalid_output")),
        (ProcessorError("busy", "later", retryable=True), ("pending", "busy")),
        (NotAdmitted(WaitReason.PROVIDER_DOWN, "wait", delay_s=30, provider="p"), ("pending", "provider_down")),
        (ExceptionGroup("of several", [ModelError("auth_failed", "401")]), ("failed", "auth_failed")),
        (TimeoutError(), ("pending", "timeout")),
        (KeyError("secret-input"), ("pending", "processor_crashed")),
    ],
)
async def test_what_each_error_comes_to(
    executor: Executor, database: Database, behave: Any, error: Exception, expected: tuple[str, str]
) -> None:
    behave(raising(error))
    assert await outcome(executor, database) == expected


async def test_a_crash_s_own_words_are_not_shown(executor: Executor, database: Database, behave: Any) -> None:
    behave(raising(ValueError("the secret input")))
    job_id = await jobs.insert(database)
    await executor.run(job_id)
    assert "secret" not in str(await jobs.column(database, job_id, "error"))


async def test_only_a_rate_limit_refunds(executor: Executor, database: Database, behave: Any) -> None:
    behave(raising(ModelError("rate_limited", "429", retry_after_s=30)))
    await outcome(executor, database)
    behave(raising(ModelError("unavailable", "503")))
    await outcome(executor, database)
    rows = await check_invariants(database, quiet=False)
    assert sorted((row.attempt, row.refunds) for row in rows) == [(1, 0), (1, 1)]


async def test_an_attempt_ends_at_its_time_limit(executor: Executor, database: Database, behave: Any) -> None:
    behave(lambda _: asyncio.Event().wait())
    assert await outcome(executor, database, timeout_s=1) == ("pending", "timeout")


async def test_an_attempt_ends_at_the_deadline(executor: Executor, database: Database, behave: Any) -> None:
    began = asyncio.Event()

    async def wait(_: Context) -> Any:
        began.set()
        await asyncio.Event().wait()

    behave(wait)
    for deadline_s in (1, 10, 60):  # on a slow machine it may be over before the attempt begins
        found = await outcome(executor, database, deadline_s=deadline_s)
        if began.is_set():
            break
    assert found == ("failed", "deadline_exceeded")


async def test_a_result_is_cleaned(executor: Executor, database: Database, behave: Any) -> None:
    async def dirty(_: Context) -> Any:
        return {"text": "a\x00b\ud800"}

    behave(dirty)
    job_id = await jobs.insert(database)
    await executor.run(job_id)
    assert await jobs.column(database, job_id, "result") == {"value": {"text": "ab\ufffd"}}


async def test_a_result_that_no_json_can_hold_fails(executor: Executor, database: Database, behave: Any) -> None:
    async def infinite(_: Context) -> Any:
        return [float("inf")]

    behave(infinite)
    assert await outcome(executor, database) == ("failed", "invalid_output")


async def test_a_result_over_the_limit_fails(executor: Executor, database: Database, behave: Any) -> None:
    async def long(_: Context) -> Any:
        return "x" * 5_000_000

    behave(long)
    assert await outcome(executor, database) == ("failed", "result_too_large")


@pytest.mark.parametrize(
    ("why", "expected"),
    [(Interrupt.STOP, ("pending", "worker_stopping")), (Interrupt.LOST, ("processing", None))],
)
async def test_an_interrupted_attempt(
    executor: Executor, database: Database, behave: Any, why: Interrupt, expected: tuple[str, str | None]
) -> None:
    started = asyncio.Event()

    async def wait(_: Context) -> Any:
        started.set()
        await asyncio.Event().wait()

    behave(wait)
    running = asyncio.create_task(outcome(executor, database))
    await started.wait()
    for attempt in list(executor.leases._running.values()):
        attempt.end(why)
    assert await running == expected


async def test_a_cancel_heard_from_the_bus_ends_the_attempt(
    executor: Executor, database: Database, behave: Any
) -> None:
    started = asyncio.Event()

    async def wait(_: Context) -> Any:
        started.set()
        await asyncio.Event().wait()

    behave(wait)
    job_id = await jobs.insert(database)
    running = asyncio.create_task(executor.run(job_id))
    await started.wait()
    async with database.begin() as connection:
        await commands.cancel(connection, SERVICE_OWNER_ID, job_id)
    executor.leases.cancel(job_id)
    await running
    assert await jobs.column(database, job_id, "status") == "cancelled"
    await check_invariants(database)


async def test_a_beat_finds_cancelled_and_lost_attempts(executor: Executor, database: Database, behave: Any) -> None:
    both = asyncio.Barrier(3)

    async def wait(_: Context) -> Any:
        await both.wait()
        await asyncio.Event().wait()

    behave(wait)
    cancelled, lost = [await jobs.insert(database) for _ in range(2)]
    running = [asyncio.create_task(executor.run(job_id)) for job_id in (cancelled, lost)]
    await both.wait()
    async with database.begin() as connection:
        await commands.cancel(connection, SERVICE_OWNER_ID, cancelled)
    await jobs.change(database, lost, "claim_token = gen_random_uuid()")
    for attempt in executor.leases._running.values():
        attempt.good_at_s -= executor.leases.lease_s / 2
    await executor.leases.renew()
    await asyncio.gather(*running)
    assert await jobs.column(database, cancelled, "status") == "cancelled"
    assert await jobs.column(database, lost, "status") == "processing"


async def test_nothing_is_started_on_a_lease_that_may_be_over(
    executor: Executor, database: Database, behave: Any
) -> None:
    async def late(context: Context) -> Any:
        for attempt in executor.leases._running.values():
            attempt.good_at_s -= executor.leases.lease_s
        return await context.ask(Message("user", "hello"))

    behave(late)
    assert await outcome(executor, database) == ("processing", None)


async def test_what_is_returned_on_a_lease_that_may_be_over_is_dropped(
    executor: Executor, database: Database, behave: Any
) -> None:
    async def late(_: Context) -> Any:
        for attempt in executor.leases._running.values():
            attempt.good_at_s -= executor.leases.lease_s
        return "done"

    behave(late)
    assert await outcome(executor, database) == ("processing", None)


async def test_a_call_is_counted_on_its_job(executor: Executor, database: Database, behave: Any) -> None:
    async def ask(context: Context) -> Any:
        await context.progress(1, 2, "half")
        return await context.ask(Message("user", "hello"))

    behave(ask)
    job_id = await jobs.insert(database)
    await executor.run(job_id)
    assert await jobs.column(database, job_id, "provider") == "simulated"
    assert await jobs.column(database, job_id, "prompt_tokens > 0 AND completion_tokens > 0")


async def test_an_unknown_type_waits_for_another_worker_and_an_unfitting_input_fails(
    executor: Executor, database: Database
) -> None:
    assert await outcome(executor, database, type="gone") == ("pending", "unknown_type")
    assert await outcome(executor, database, input={"color": 1}) == ("failed", "invalid_input")


async def test_a_message_without_a_job_is_nothing(executor: Executor, database: Database) -> None:
    await executor.run(uuid4())
    done = await jobs.insert(database)
    await executor.run(done)
    await executor.run(done)
    assert await jobs.names(database, done) == ["submitted", "started", "completed"]


async def test_many_deliveries_at_once_run_a_job_once(executor: Executor, database: Database) -> None:
    job_id: UUID = await jobs.insert(database)
    await asyncio.gather(*(executor.run(job_id) for _ in range(5)))
    assert await jobs.names(database, job_id) == ["submitted", "started", "completed"]


async def test_every_message_counts_and_takes_a_slot_until_it_is_done_with(
    executor: Executor, database: Database, behave: Any
) -> None:
    started, go_on = asyncio.Event(), asyncio.Event()

    async def wait(_: Context) -> Any:
        started.set()
        await go_on.wait()

    behave(wait)
    job_id = await jobs.insert(database)
    running = asyncio.create_task(executor.run(job_id))
    await started.wait()
    await executor.run(job_id)  # a duplicate
    assert (executor.arrived, executor.in_hand) == (2, 1)
    go_on.set()
    await running
    assert (executor.arrived, executor.in_hand) == (2, 0)


async def test_cancels_in_the_middle_of_claims_leave_no_connection_taken(
    executor: Executor, database: Database, behave: Any
) -> None:
    async def at_once(_: Context) -> Any:
        return "done"

    behave(at_once)
    chance = Random(7)
    new = [jobs.new_job() for _ in range(CANCELS)]
    await store_jobs(database, new[: CANCELS // 2])  # the others are hints at nothing

    async def cancelled(job_id: UUID) -> None:
        await asyncio.sleep(chance.uniform(0, CANCELS / 10_000))
        running = asyncio.create_task(executor.run(job_id))
        await asyncio.sleep(chance.uniform(0, 0.02))
        running.cancel()
        await asyncio.wait({running})

    await asyncio.gather(*(cancelled(one.id) for one in new))
    await eventually(lambda: database.pool.in_use == 0, what="every connection is given back")
    assert await asyncio.gather(*(database.rows(text("SELECT 1")) for _ in range(20))) == [[(1,)]] * 20
    assert executor.leases.busy == executor.in_hand == 0
