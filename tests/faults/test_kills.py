"""Whatever is killed, every job that was accepted completes, once."""

import asyncio
import signal
from typing import Any
from uuid import uuid4

import httpx2
import pytest
from sqlalchemy import text

from app.core.clock import utc_now
from app.core.database import Database
from app.core.redis import connect
from tests.faults.conftest import LEASE_S, RESCUED_WITHIN_S, Record
from tests.rig.invariants import check_invariants
from tests.rig.stack import Stack, eventually, wait_all_final

JOBS = "/api/v1/jobs"


async def post(client: httpx2.AsyncClient, *, sleep_s: float = 0.0, count: int = 1) -> None:
    body: dict[str, Any] = {"type": "echo", "input": {"message": "hello", "sleep_s": sleep_s}}
    answer = await client.post(f"{JOBS}/batch", json={"jobs": [body] * count})
    assert answer.status_code == 202, answer.text


async def count(database: Database, where: str) -> int:
    row = await database.row(text(f"SELECT count(*) FROM jobs WHERE {where}"))
    assert row is not None
    return int(row[0])


async def wait_processing(database: Database, wanted: int) -> None:
    async def there() -> bool:
        return await count(database, "status = 'processing'") >= wanted

    await eventually(there, what=f"{wanted} jobs run")


@pytest.mark.case("F1", "kill -9 of a worker in mid-job", "pending again within lease + 6 s, and claimed by another")
async def test_a_killed_worker_s_job_is_claimed_again_within_its_lease(
    stack: Stack, database: Database, record: Record
) -> None:
    await eventually(lambda: _quiet_time_is_over(database), within_s=30)
    stack.broker()
    client, worker = await stack.api(), await stack.worker()
    stack.scheduler()
    await post(client, sleep_s=20)
    await wait_processing(database, 1)
    await stack.worker()  # the one that will go on
    killed_at = utc_now().timestamp()
    worker.signal(signal.SIGKILL)

    async def claimed_again() -> bool:
        return await count(database, "attempt = 2") == 1

    await eventually(claimed_again, within_s=LEASE_S + 8)
    await wait_all_final(database, 1)
    rows = await check_invariants(database)
    assert [(row.status, row.names) for row in rows] == [
        ("completed", ["submitted", "started", "lease_expired", "started", "completed"])
    ]
    assert rows[0].statuses[2] == "pending"
    taken_back_s = rows[0].times[2] - killed_at
    assert taken_back_s <= LEASE_S + RESCUED_WITHIN_S
    record("pending again after", f"{taken_back_s:.1f} s")


async def _quiet_time_is_over(database: Database) -> bool:
    row = await database.row(text(f"SELECT now() - pg_postmaster_start_time() > interval '{LEASE_S} s'"))
    return bool(row and row[0])


async def test_a_flushed_broker_loses_none_of_200_waiting_jobs(stack: Stack, database: Database) -> None:
    stack.broker()
    client = await stack.api()
    stack.scheduler()
    await post(client, count=200)
    redis = connect(stack.settings.redis_url.get_secret_value())
    await eventually(lambda: redis.llen("headrace:default\x06\x163"), what="messages wait")
    await redis.flushall()
    await stack.worker()
    await redis.flushall()
    await wait_all_final(database, 200)
    rows = await check_invariants(database)
    assert {(row.status, row.attempt) for row in rows} == {("completed", 1)}
    await redis.aclose()


async def test_a_killed_broker_under_load_loses_nothing_and_no_worker(stack: Stack, database: Database) -> None:
    broker = stack.broker()
    client, worker = await stack.api(), await stack.worker()
    stack.scheduler()
    await post(client, sleep_s=3, count=100)
    await wait_processing(database, 50)
    broker.signal(signal.SIGKILL)
    await broker.ended(5)
    await post(client, count=100)

    async def half_ended() -> bool:  # acks and events find no broker
        return await count(database, "status = 'completed'") >= 50

    await eventually(half_ended, what="the running jobs end without the broker")
    stack.broker()
    await wait_all_final(database, 200)
    assert worker.is_alive
    rows = await check_invariants(database)
    assert {(row.status, row.attempt) for row in rows} == {("completed", 1)}


async def test_a_post_while_the_broker_is_away_is_accepted_at_once_and_runs_later(
    stack: Stack, database: Database
) -> None:
    client, worker = await stack.api(), stack.python("worker", "-m", "app", "worker")
    stack.scheduler()
    for _ in range(5):
        async with asyncio.timeout(1):
            answer = await client.post(JOBS, json={"type": "echo", "input": {"message": "x"}, "priority": "high"})
        assert answer.status_code == 202
    stack.broker()
    await wait_all_final(database, 5)
    assert worker.is_alive
    await check_invariants(database)


async def test_a_stopped_worker_gives_its_jobs_back_without_a_lost_attempt(stack: Stack, database: Database) -> None:
    stack.broker()
    client, worker = await stack.api(), await stack.worker()
    stack.scheduler()
    await post(client, sleep_s=6, count=20)
    await wait_processing(database, 20)
    worker.signal(signal.SIGTERM)
    assert await worker.ended(stack.settings.grace_s + 3) == 0
    second = await stack.worker()
    await wait_all_final(database, 20)
    assert second.is_alive
    rows = await check_invariants(database)
    assert {(row.status, row.attempt, row.refunds) for row in rows} == {("completed", 2, 1)}
    assert {tuple(row.names) for row in rows} == {("submitted", "started", "released", "started", "completed")}


async def test_garbage_duplicates_and_strangers_on_the_lists_do_no_harm(stack: Stack, database: Database) -> None:
    stack.broker()
    client, worker = await stack.api(), await stack.worker()
    stack.scheduler()
    await post(client, count=5)
    await wait_all_final(database, 5)
    redis = connect(stack.settings.redis_url.get_secret_value())
    from app.core.broker import encode_message

    rows = await database.rows(text("SELECT id FROM jobs"))
    for job_id in [row.id for row in rows] * 5 + [uuid4()]:
        message = encode_message(job_id, attempt=1, job_type="echo", queue="default", priority=5)
        await redis.lpush("headrace:default\x06\x163", message)
    nonsense = encode_message(uuid4(), attempt=1, job_type="x", queue="default", priority=5)
    await redis.lpush("headrace:default\x06\x163", nonsense.replace(b"jobs.run", b"jobs.xyz"))
    await eventually(lambda: _is_empty(redis), what="the lists are empty")
    await post(client, count=5)
    await wait_all_final(database, 10)
    assert worker.is_alive
    assert {row.attempt for row in await check_invariants(database)} == {1}
    await redis.aclose()


async def _is_empty(redis: Any) -> bool:
    return int(await redis.llen("headrace:default\x06\x163")) == 0


async def test_a_running_job_is_cancelled_within_a_moment(stack: Stack, database: Database) -> None:
    stack.broker()
    client = await stack.api()
    await stack.worker()
    stack.scheduler()
    await post(client, sleep_s=60)
    await wait_processing(database, 1)
    (job,) = (await client.get(JOBS)).json()["items"]
    assert (await client.post(f"{JOBS}/{job['id']}/cancel")).status_code == 200
    await wait_all_final(database, 1, within_s=3)  # sooner than a heartbeat or the lease could tell
    assert [row.status for row in await check_invariants(database)] == ["cancelled"]
