"""What the scheduler and an attempt leave in the metrics when things go wrong."""

from typing import Any
from uuid import uuid4

import pytest
from prometheus_client import REGISTRY
from redis.asyncio import Redis
from sqlalchemy import text

from app.core.broker_messages import list_key
from app.core.database import Database
from app.core.redis import connect
from app.core.settings import Settings
from app.jobs.maintenance.dispatcher import MIN_ROOM, Dispatcher
from app.jobs.maintenance.expirer import expire
from app.jobs.maintenance.rescuer import Rescuer
from app.jobs.outcomes import Cancelled, Completed, Failed, JobError, Outcome, Released, Retry, ended_as
from app.jobs.runtime.executor import Executor
from app.jobs.states import Status
from app.processors.base import Context
from tests.rig import jobs
from tests.rig.ports import free_port

ERROR = JobError("unavailable", "no")


class Watch:
    """Remembers a counter's value, and says how far it has risen since."""

    def __init__(self, name: str, **labels: str) -> None:
        self._name, self._labels = f"headrace_{name}", labels
        self._before = self._now()

    def _now(self) -> float:
        return REGISTRY.get_sample_value(self._name, self._labels) or 0.0

    @property
    def risen(self) -> float:
        return self._now() - self._before


def dispatcher(database: Database, redis: Redis) -> Dispatcher:
    return Dispatcher(database, redis, ["default"], epoch=uuid4().hex)


async def test_rescued_and_expired_jobs_are_counted(settings: Settings, database: Database) -> None:
    rescued, expired = Watch("jobs_rescued_total", status="pending"), Watch("jobs_expired_total")
    running = await jobs.claim(database, await jobs.insert(database))
    await jobs.change(database, running.id, "lease_expires_at = now() - interval '1 second'")
    late = await jobs.insert(database)
    await jobs.change(database, late, "deadline_at = now() - interval '1 second'")
    # The test's PostgreSQL has only just started, and rescue keeps quiet for one lease after that.
    await Rescuer(database, settings.model_copy(update={"lease_s": 0.0})).tick()
    await expire(database)
    assert (rescued.risen, expired.risen) == (1, 1)


async def test_jobs_sent_again_are_counted_by_reason(database: Database, redis: Redis) -> None:
    empty, lost = (Watch("jobs_resent_total", reason=reason) for reason in ("broker_empty", "lost"))
    sent = Watch("messages_sent_total", queue="default")
    job_id = await jobs.insert(database)
    one = dispatcher(database, redis)
    await one.tick()
    await redis.flushall()
    await one.tick()
    assert (empty.risen, lost.risen, sent.risen) == (1, 0, 2)
    await redis.delete(list_key("default", 3))
    await jobs.change(database, job_id, "dispatch_at = dispatch_at - interval '6 seconds'")
    await dispatcher(database, redis).tick()
    assert (empty.risen, lost.risen) == (1, 1)


async def test_a_queue_is_backlogged_while_more_is_due_than_fits(database: Database, redis: Redis) -> None:
    def shown() -> float | None:
        return REGISTRY.get_sample_value("headrace_queue_backlogged", {"queue": "default"})

    for _ in range(MIN_ROOM + 1):
        await jobs.insert(database)
    one = dispatcher(database, redis)
    await one.tick()
    assert shown() == 1
    await redis.delete(list_key("default", 3))
    await one.tick()
    assert shown() == 0


async def test_without_a_broker_a_pass_is_an_error_and_what_is_not_taken_is_counted(database: Database) -> None:
    errors, failed = Watch("scheduler_errors_total", part="broker"), Watch("messages_failed_total", queue="default")
    sent = Watch("messages_sent_total", queue="default")
    await jobs.insert(database)
    away = connect(f"redis://127.0.0.1:{free_port()}/0")
    one = dispatcher(database, away)
    await one.tick()
    assert (errors.risen, failed.risen) == (1, 0)
    await one._refresh_slots()
    await one._sending.send("default", 5, 10)
    assert (failed.risen, sent.risen) == (1, 0)
    await away.aclose()


async def test_a_result_that_comes_too_late_is_stale(executor: Executor, database: Database, behave: Any) -> None:
    stale = Watch("attempts_total", type="echo", outcome="stale")

    async def lose_the_job(_: Context) -> str:
        await jobs.change(database, job_id, "claim_token = gen_random_uuid()")
        return "late"

    behave(lose_the_job)
    job_id = await jobs.insert(database)
    await executor.run(job_id)
    assert stale.risen == 1


async def test_a_lost_lease_and_an_end_that_cannot_be_written_are_told_apart(
    executor: Executor, database: Database, behave: Any
) -> None:
    lost, unrecorded = (Watch("attempts_total", type="echo", outcome=word) for word in ("lost", "unrecorded"))

    async def outlive_the_lease(_: Context) -> str:
        for attempt in executor.leases._running.values():
            attempt.good_at_s -= executor.leases.lease_s
        return "late"

    async def answer(_: Context) -> str:
        return "never stored"

    behave(outlive_the_lease)
    await executor.run(await jobs.insert(database))
    assert (lost.risen, unrecorded.risen) == (1, 0)
    behave(answer)
    second = await jobs.insert(database)
    await database.rows(text("ALTER TABLE jobs ADD CONSTRAINT refused CHECK (status <> 'completed')"))
    try:
        await executor.run(second)
    finally:
        await database.rows(text("ALTER TABLE jobs DROP CONSTRAINT refused"))
    assert (lost.risen, unrecorded.risen) == (1, 1)


@pytest.mark.parametrize(
    ("outcome", "status", "word"),
    [
        (Completed({}), Status.COMPLETED, "completed"),
        (Completed({}), Status.CANCELLED, "cancelled"),
        (Failed(ERROR), Status.FAILED, "failed"),
        (Retry(1.0, ERROR), Status.PENDING, "retry"),
        (Retry(1.0, ERROR), Status.FAILED, "failed"),
        (Released(1.0, ERROR), Status.PENDING, "released"),
        (Released(1.0, ERROR), Status.FAILED, "failed"),
        (Cancelled(), Status.CANCELLED, "cancelled"),
    ],
)
def test_an_end_is_one_word(outcome: Outcome, status: Status, word: str) -> None:
    assert ended_as(outcome, status) == word
