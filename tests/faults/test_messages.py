"""F9: duplicates, shuffled, early, foreign and broken messages; a message is a hint, and no worker dies of one."""

import random
from uuid import UUID, uuid4

import pytest
from redis.asyncio import Redis
from sqlalchemy import text

from app.core.broker_messages import encode_message, list_key
from app.core.database import Database
from app.core.redis import connect
from app.jobs.broker_buffer import depths
from tests.faults.asking import asking, count, echo, post, wait_count, wait_none_open
from tests.faults.conftest import Record
from tests.rig.invariants import check_invariants, check_rest
from tests.rig.stack import Stack, eventually
from tests.scripted_model.witness import read_calls

COPIES = 5
LIST = list_key("default", 3)  # of the default priority


def message(job: str | UUID, *, queue: str = "default") -> bytes:
    return encode_message(UUID(str(job)), attempt=1, job_type="echo", queue=queue, priority=5)


def broken() -> list[bytes]:
    """Return messages that are none: of no task, of no job, of no form that Celery's or JSON's is."""
    whole = message(uuid4())
    return [
        whole.replace(b"jobs.run", b"jobs.xyz"),
        whole.replace(b'"content-type": "application/json"', b'"content-type": "application/x-python-serialize"'),
        encode_message(UUID(int=0), attempt=1, job_type="\x00\ud800", queue="default", priority=5),
    ]


async def is_drained(redis: Redis) -> bool:
    return (await depths(redis, ("default",)))["default"] == 0


@pytest.mark.case("F9", "each message 5 times, shuffled, early, of ids unknown, garbage", "run once; the worker lives")
async def test_messages_are_hints_and_no_more(stack: Stack, database: Database, record: Record) -> None:
    log = await stack.scripted_model()
    stack.broker()
    client = await stack.api()
    redis = connect(stack.settings.redis_url.get_secret_value())
    jobs = await post(client, asking("slow:0.2"), count=40)
    early = await post(client, echo(delay_s=3600), count=10)
    await wait_count(database, "true", 50)
    sent = [message(job) for job in (*jobs, *early, *(str(uuid4()) for _ in range(10)))] * COPIES + broken()
    random.Random(1).shuffle(sent)
    await redis.lpush(LIST, *sent)
    worker = await stack.worker()
    stack.scheduler()
    await wait_count(database, "status = 'completed'", len(jobs))
    await eventually(lambda: is_drained(redis), what="all messages are taken")
    assert await count(database, "status = 'pending' AND attempt = 0") == len(early)
    assert worker.is_alive
    rows = await check_invariants(database, quiet=False, calls=log)
    assert {(row.status, row.attempt) for row in rows} == {("completed", 1), ("pending", 0)}
    assert len(read_calls(log)) == len(jobs)
    await post(client, echo())
    await wait_count(database, "status = 'completed'", len(jobs) + 1)
    await check_rest(database, redis, killed=False)
    await redis.aclose()
    record("messages", len(sent))
    record("jobs", len(jobs))


@pytest.mark.slow
@pytest.mark.case("F9", "messages of another queue's jobs", "left by workers of other queues, run once by their own")
async def test_a_message_on_a_foreign_list_starts_nothing_there(stack: Stack, database: Database) -> None:
    stack.broker()
    client = await stack.api(QUEUES="default,other")
    jobs = await post(client, echo(queue="other"), count=10)
    redis = connect(stack.settings.redis_url.get_secret_value())
    await redis.lpush(LIST, *(message(job, queue="other") for job in jobs))
    worker = await stack.worker(QUEUES="default")
    await eventually(lambda: is_drained(redis), what="all messages are taken")
    await post(client, echo())  # who comes after them was claimed after them
    stack.scheduler(QUEUES="default,other")
    await wait_count(database, "status = 'completed' AND queue = 'default'", 1)
    assert await count(database, "status = 'pending' AND attempt = 0 AND queue = 'other'") == len(jobs)
    await stack.worker(QUEUES="other")
    await wait_none_open(database)
    assert worker.is_alive
    rows = await database.rows(text("SELECT status, attempt FROM jobs"))
    assert {tuple(row) for row in rows} == {("completed", 1)}
    await check_invariants(database)
    await redis.aclose()
