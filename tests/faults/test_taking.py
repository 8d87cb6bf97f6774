"""F9: what a worker takes from the broker in one step, when the line breaks in that moment."""

import asyncio
import signal

import pytest

from app.core.broker_messages import list_key
from app.core.clock import monotonic_s
from app.core.database import Database
from app.core.redis import PREFIX, REDIS_AWAY, connect
from tests.faults.asking import echo, post, wait_count, wait_none_open
from tests.faults.conftest import Record
from tests.faults.test_network import start
from tests.rig.invariants import check_invariants, check_rest
from tests.rig.pulse import feeling_pulse
from tests.rig.stack import Stack, eventually

SLOTS = 8
TAKING = f"{PREFIX}taken:".encode()  # what every taking says
KILLS = 10
STARTS_WITHIN_S = 15.0


@pytest.mark.case("F9", "connections of a busy worker killed 10 times", "it never holds more messages than slots")
async def test_a_worker_holds_no_more_than_it_runs(stack: Stack, database: Database, record: Record) -> None:
    stack.broker()
    stack.scheduler()
    client = await stack.api()
    await stack.worker(WORKER_CONCURRENCY=str(SLOTS))
    redis = connect(stack.settings.redis_url.get_secret_value())
    await post(client, echo(sleep_s=0.3), count=120)
    most = 0
    for number in range(KILLS * 20):
        await asyncio.sleep(0.02)
        try:
            most = max(most, int(await redis.hlen(f"{PREFIX}unacked")))
            if number % 20 == 10:
                await redis.client_kill_filter(_type="normal", skipme=True)
        except REDIS_AWAY:
            continue
    assert 0 < most <= SLOTS
    await wait_none_open(database)
    rows = await check_invariants(database)
    assert {(row.status, row.attempt) for row in rows} == {("completed", 1)}
    await check_rest(database, redis, killed=False)
    await redis.aclose()
    record("held at most", most)


@pytest.mark.slow
@pytest.mark.case("F9", "the answer lost that brings a worker messages", "it asks for them again; none waits a minute")
async def test_messages_of_a_lost_answer_are_asked_for_again(stack: Stack, database: Database, record: Record) -> None:
    client, line = await start(stack, "worker to broker")
    await post(client, echo(sleep_s=4), count=50)
    await wait_count(database, "status = 'processing'", 50)
    await post(client, echo(), count=50)
    redis = connect(stack.settings.redis_url.get_secret_value())
    waiting = list_key("default", 3)

    async def many_wait() -> bool:
        return int(await redis.llen(waiting)) >= 50

    async def some_were_taken() -> bool:
        return int(await redis.llen(waiting)) < 50

    await eventually(many_wait, what="all are sent")
    next(one for one in stack.processes if one.name == "scheduler").signal(signal.SIGKILL)  # who would send once more
    line.lose_answers_to(TAKING)
    await eventually(some_were_taken, what="the worker takes some")
    line.lose_answers_to(b"")
    begun_s = monotonic_s()
    async with feeling_pulse(database) as pulse:
        await wait_none_open(database)
    assert monotonic_s() - begun_s <= STARTS_WITHIN_S + pulse.late_s
    rows = await check_invariants(database)
    assert {(row.status, row.attempt) for row in rows} == {("completed", 1)}
    await check_rest(database, redis, killed=False)
    await redis.aclose()
    await line.cut()
    record("all ended after", f"{monotonic_s() - begun_s:.1f} s")
