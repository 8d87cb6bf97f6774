"""Whatever is killed, every job that was accepted completes, once."""

import signal
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text

from app.core.clock import utc_now
from app.core.database import Database
from app.core.redis import connect
from tests.faults.asking import JOBS, asking, echo, post, wait_count, wait_started_for
from tests.faults.conftest import LEASE_S, RESCUED_WITHIN_S, Record
from tests.rig.invariants import check_invariants
from tests.rig.load import Load
from tests.rig.pulse import feeling_pulse
from tests.rig.stack import Stack, eventually, wait_all_final
from tests.scripted_model.witness import read_calls

AT_ONCE_S = 1.0
LONG_LEASE_S = "3600"  # no heartbeat finds out what the worker was not told
HANGS_ONCE = "slow:600,ok"  # the first call takes longer than any test; the second one is answered at once


@pytest.mark.case("F1", "kill -9 of a worker in mid-job", "pending again within lease + 6 s, and claimed by another")
async def test_a_killed_worker_s_job_is_claimed_again_within_its_lease(
    stack: Stack, database: Database, record: Record
) -> None:
    log = await stack.scripted_model()
    stack.broker()
    client, worker = await stack.api(), await stack.worker()
    stack.scheduler()
    await wait_started_for(database, LEASE_S)
    await post(client, asking(HANGS_ONCE))
    await wait_calls(log, 1)
    await stack.worker()  # the one that will go on
    async with feeling_pulse(database) as pulse:
        killed_at = utc_now().timestamp()
        worker.signal(signal.SIGKILL)
        await wait_count(database, "attempt = 2", 1)
    await wait_all_final(database, 1)
    rows = await check_invariants(database, calls=log)
    assert [(row.status, row.names) for row in rows] == [
        ("completed", ["submitted", "started", "lease_expired", "started", "completed"])
    ]
    assert rows[0].statuses[2] == "pending"
    taken_back_s = rows[0].times[2] - killed_at
    assert taken_back_s <= LEASE_S + RESCUED_WITHIN_S + pulse.late_s
    record("pending again after", f"{taken_back_s:.1f} s")


async def wait_calls(log: Path, wanted: int) -> None:
    await eventually(lambda: len(read_calls(log)) >= wanted, what=f"{wanted} calls are made")


async def test_a_flushed_broker_loses_none_of_200_waiting_jobs(stack: Stack, database: Database) -> None:
    stack.broker()
    client = await stack.api()
    stack.scheduler()
    await post(client, echo(), count=200)
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
    await post(client, echo(sleep_s=3), count=100)
    await wait_count(database, "status = 'processing'", 20)
    broker.signal(signal.SIGKILL)
    await broker.ended()
    running = await database.rows(text("SELECT id FROM jobs WHERE status = 'processing'"))
    assert running
    await post(client, echo(), count=100)
    ids = ", ".join(f"'{row.id}'" for row in running)  # acks and events find no broker
    await wait_count(database, f"status = 'completed' AND id IN ({ids})", len(running))
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
    load = Load(client, lambda _: echo(priority="high"))
    async with feeling_pulse(database) as pulse:
        for _ in range(5):
            await load.submit()
    assert not load.refused + load.broken
    assert max(load.latencies_s) < AT_ONCE_S + pulse.late_s
    stack.broker()
    await wait_all_final(database, 5)
    assert worker.is_alive
    await check_invariants(database, accepted=load.accepted)


async def test_a_stopped_worker_gives_its_jobs_back_without_a_lost_attempt(stack: Stack, database: Database) -> None:
    log = await stack.scripted_model()
    stack.broker()
    client, worker = await stack.api(), await stack.worker()
    stack.scheduler()
    [first] = await post(client, asking())  # a new model's first call goes alone
    await wait_all_final(database, 1)
    await post(client, asking(HANGS_ONCE), count=20)
    await wait_calls(log, 21)
    worker.signal(signal.SIGTERM)
    assert await worker.ended() == 0  # it is another code when it ends too long after its grace period
    second = await stack.worker()
    await wait_all_final(database, 21)
    assert second.is_alive
    rows = [row for row in await check_invariants(database, calls=log) if str(row.id) != first]
    assert {(row.status, row.attempt, row.refunds) for row in rows} == {("completed", 2, 1)}
    assert {tuple(row.names) for row in rows} == {("submitted", "started", "released", "started", "completed")}


async def test_garbage_duplicates_and_strangers_on_the_lists_do_no_harm(stack: Stack, database: Database) -> None:
    stack.broker()
    client, worker = await stack.api(), await stack.worker()
    stack.scheduler()
    await post(client, echo(), count=5)
    await wait_all_final(database, 5)
    redis = connect(stack.settings.redis_url.get_secret_value())
    from app.core.broker_messages import encode_message

    rows = await database.rows(text("SELECT id FROM jobs"))
    for job_id in [row.id for row in rows] * 5 + [uuid4()]:
        message = encode_message(job_id, attempt=1, job_type="echo", queue="default", priority=5)
        await redis.lpush("headrace:default\x06\x163", message)
    nonsense = encode_message(uuid4(), attempt=1, job_type="x", queue="default", priority=5)
    await redis.lpush("headrace:default\x06\x163", nonsense.replace(b"jobs.run", b"jobs.xyz"))
    await eventually(lambda: _is_empty(redis), what="the lists are empty")
    await post(client, echo(), count=5)
    await wait_all_final(database, 10)
    assert worker.is_alive
    assert {row.attempt for row in await check_invariants(database)} == {1}
    await redis.aclose()


async def _is_empty(redis: Any) -> bool:
    return int(await redis.llen("headrace:default\x06\x163")) == 0


async def test_a_running_job_is_cancelled_within_a_moment(stack: Stack, database: Database) -> None:
    stack.broker()
    client = await stack.api()
    await stack.worker(LEASE_S=LONG_LEASE_S)
    stack.scheduler()
    await post(client, echo(sleep_s=600))
    await wait_count(database, "status = 'processing'", 1)
    (job,) = (await client.get(JOBS)).json()["items"]
    assert (await client.post(f"{JOBS}/{job['id']}/cancel")).status_code == 200
    await wait_all_final(database, 1)
    assert [row.status for row in await check_invariants(database)] == ["cancelled"]
