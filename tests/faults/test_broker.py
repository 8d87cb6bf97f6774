"""F5, F6: a broker that forgets, dies, freezes, pauses or is full loses nothing, and holds no submit up."""

import asyncio
import signal
from collections.abc import Awaitable, Callable

import pytest

from app.core.clock import monotonic_s
from app.core.database import Database
from app.core.redis import connect
from tests.faults.asking import JOBS, asking, count, echo, wait_count, wait_none_open
from tests.faults.conftest import Record
from tests.rig.invariants import check_invariants, check_rest
from tests.rig.load import Load, quantile
from tests.rig.pulse import feeling_pulse
from tests.rig.stack import Process, Stack

P99_S = 1.0
SLOWER_AT_MOST = 3.0  # than without an outage, on a machine that needs that long anyway
PER_S = 30
RESUMED_WITHIN_S = 10.0
FROZEN_S = 20.0
SHORT_S = 6.0
Hurt = Callable[[Stack, Process], Awaitable[None]]


async def command(stack: Stack, *words: str | int) -> None:
    redis = connect(stack.settings.redis_url.get_secret_value(), timeout_s=5)
    await redis.execute_command(*words)  # type: ignore[no-untyped-call]
    await redis.aclose()


async def freeze(stack: Stack, broker: Process) -> None:
    broker.signal(signal.SIGSTOP)


async def thaw(stack: Stack, broker: Process) -> None:
    broker.signal(signal.SIGCONT)


async def pause(stack: Stack, broker: Process) -> None:
    await command(stack, "CLIENT", "PAUSE", int(SHORT_S * 1000) + 500, "ALL")


async def wait_paused(stack: Stack, broker: Process) -> None:
    await command(stack, "PING")  # answered when the pause is over; nothing can end it sooner


async def fill(stack: Stack, broker: Process) -> None:
    await command(stack, "CONFIG", "SET", "maxmemory", 1)


async def empty(stack: Stack, broker: Process) -> None:
    await command(stack, "CONFIG", "SET", "maxmemory", 0)


async def kill(stack: Stack, broker: Process) -> None:
    broker.signal(signal.SIGKILL)
    await broker.ended()


async def start(stack: Stack, broker: Process) -> None:
    stack.broker()


async def outage(stack: Stack, database: Database, record: Record, hurt: Hurt, heal: Hurt, *, lasts_s: float) -> None:
    """Submit at PER_S a second through an outage; every answer is a quick 202, and work goes on soon after it."""
    broker = stack.broker()
    client, worker = await stack.api(), await stack.worker()
    stack.scheduler()
    load = Load(client, lambda _: echo(sleep_s=0.1))
    await load.send(PER_S, per_s=PER_S)
    await wait_none_open(database)
    before_s = quantile(load.latencies_s, 0.99)
    load.latencies_s.clear()
    await hurt(stack, broker)
    await load.send(int(PER_S * lasts_s), per_s=PER_S)
    done = await count(database, "status = 'completed'")
    async with feeling_pulse(database) as pulse:
        healed_s = monotonic_s()
        await heal(stack, broker)
        await wait_count(database, "status = 'completed'", done + 1)
        resumed_s = monotonic_s() - healed_s
    await wait_none_open(database)
    slow_s = quantile(load.latencies_s, 0.99)
    assert not load.refused + load.broken
    assert slow_s < max(P99_S, before_s * SLOWER_AT_MOST)
    assert resumed_s < RESUMED_WITHIN_S + pulse.late_s
    assert worker.is_alive
    rows = await check_invariants(database, accepted=load.accepted)
    assert {(row.status, row.attempt) for row in rows} == {("completed", 1)}
    record("POST p99 in the outage", f"{slow_s * 1000:.0f} ms")
    record("first job after it", f"{resumed_s:.1f} s")


@pytest.mark.case("F6", "broker frozen", "POST stays 202 with p99 < 1 s; work within 10 s")
async def test_a_frozen_broker_holds_no_submit_up(stack: Stack, database: Database, record: Record) -> None:
    await outage(stack, database, record, freeze, thaw, lasts_s=SHORT_S)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("hurt", "heal", "lasts_s"),
    [
        pytest.param(freeze, thaw, FROZEN_S, marks=pytest.mark.case("F6", "broker frozen 20 s", "as above")),
        pytest.param(pause, wait_paused, SHORT_S, marks=pytest.mark.case("F6", "CLIENT PAUSE", "as above")),
        pytest.param(fill, empty, SHORT_S, marks=pytest.mark.case("F6", "maxmemory reached", "as above")),
        pytest.param(kill, start, SHORT_S, marks=pytest.mark.case("F6", "broker killed, empty restart", "as above")),
    ],
    ids=["frozen", "paused", "full", "killed"],
)
async def test_an_outage_of_the_broker_is_not_seen_by_who_submits(
    stack: Stack, database: Database, record: Record, hurt: Hurt, heal: Hurt, lasts_s: float
) -> None:
    await outage(stack, database, record, hurt, heal, lasts_s=lasts_s)


@pytest.mark.slow
@pytest.mark.case("F5", "FLUSHALL every 5 s under load", "nothing lost")
async def test_a_broker_flushed_again_and_again_loses_nothing(stack: Stack, database: Database, record: Record) -> None:
    log = await stack.scripted_model()
    stack.broker()
    client, worker = await stack.api(), await stack.worker(WORKER_CONCURRENCY="20")
    stack.scheduler()
    load = Load(client, lambda _: asking("slow:0.5"))
    submitting = asyncio.create_task(load.send(1000, per_s=45))  # more than the worker gets through
    flushes = 0
    while not submitting.done():
        await asyncio.wait({submitting}, timeout=5)
        await command(stack, "FLUSHALL")
        flushes += 1
    await submitting
    healed_s = monotonic_s()
    await wait_none_open(database)
    assert worker.is_alive
    await check_invariants(database, accepted=load.accepted, calls=log)
    assert await count(database, "status = 'completed' AND attempt = 1") == len(load.accepted)
    redis = connect(stack.settings.redis_url.get_secret_value())
    await check_rest(database, redis, killed=False)
    await redis.aclose()
    record("jobs", len(load.accepted))
    record("flushes", flushes)
    record("drained after the last", f"{monotonic_s() - healed_s:.1f} s")


@pytest.mark.slow
@pytest.mark.case("F6", "SIGTERM of a worker while the broker is frozen", "ends within grace + 3 s")
async def test_a_worker_ends_in_time_while_the_broker_is_frozen(stack: Stack, database: Database) -> None:
    broker = stack.broker()
    client, worker = await stack.api(), await stack.worker()
    stack.scheduler()
    await Load(client, lambda _: echo(sleep_s=600)).send(5)
    await wait_count(database, "status = 'processing'", 5)
    broker.signal(signal.SIGSTOP)
    async with feeling_pulse(database) as pulse:
        begun_s = monotonic_s()
        worker.signal(signal.SIGTERM)
        await worker.ended()
        took_s = monotonic_s() - begun_s
    assert took_s < stack.settings.grace_s + 5 + pulse.late_s
    assert await count(database, "status = 'pending' AND refunds = 1") == 5
    broker.signal(signal.SIGCONT)
    for job in (await client.get(JOBS)).json()["items"]:
        await client.post(f"{JOBS}/{job['id']}/cancel")
    await wait_none_open(database)
    await check_invariants(database)
