"""F8: what networks do to each line of the stack; nothing hangs for more than 15 s once it is mended."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any
from urllib.parse import urlsplit

import httpx2
import pytest
from sqlalchemy.engine import make_url

from app.core.clock import monotonic_s
from app.core.database import Database
from tests.faults.asking import JOBS, asking, wait_count, wait_none_open
from tests.faults.conftest import Record
from tests.rig.invariants import check_invariants
from tests.rig.proxy import Proxy
from tests.rig.pulse import feeling_pulse
from tests.rig.stack import Stack, eventually

MENDED_WITHIN_S = 15.0
SHORT_S, LONG_S = 3.0, 30.0
LINES = ("API to PostgreSQL", "worker to PostgreSQL", "API to broker", "worker to broker", "worker to model")
Fault = Callable[[Proxy], Coroutine[Any, Any, None]]


async def silent(line: Proxy) -> None:
    line.silence()
    await asyncio.sleep(SHORT_S)


async def silent_for_30_s(line: Proxy) -> None:
    line.silence()
    await asyncio.sleep(LONG_S)


async def deaf(line: Proxy) -> None:
    line.silence("back")
    await asyncio.sleep(SHORT_S)


async def mute(line: Proxy) -> None:
    line.silence("there")
    await asyncio.sleep(SHORT_S)


async def hold(line: Proxy) -> None:
    line.hold()
    await asyncio.sleep(SHORT_S)


async def reset_storm(line: Proxy) -> None:
    for _ in range(10):
        line.reset()
        await asyncio.sleep(SHORT_S / 10)


async def refused(line: Proxy) -> None:
    await line.cut()
    await asyncio.sleep(SHORT_S)


async def slow(line: Proxy) -> None:
    line.latency_s = 0.2
    await asyncio.sleep(SHORT_S)


async def narrow(line: Proxy) -> None:
    line.bytes_per_s = 20_000
    await asyncio.sleep(SHORT_S)


async def short_lived(line: Proxy) -> None:
    line.close_after = 3_000
    await asyncio.sleep(SHORT_S)


FAULTS: tuple[Fault, ...] = (
    *(silent, deaf, mute, hold, reset_storm, refused, slow, narrow, short_lived),
    silent_for_30_s,
)


async def start(stack: Stack, line: str) -> tuple[httpx2.AsyncClient, Proxy]:
    """Start a stack one of whose lines goes through a proxy."""
    await stack.scripted_model()
    stack.broker()
    stack.scheduler()
    who, _, what = line.partition(" to ")
    name = {"PostgreSQL": "DATABASE_URL", "broker": "REDIS_URL", "model": "OPENAI_BASE_URL"}[what]
    url = stack.environment[name]
    proxy = Proxy((make_url(url).port if what == "PostgreSQL" else urlsplit(url).port) or 0)
    await proxy.mend()
    through = {name: url.replace(f":{urlsplit(url).port}/", f":{proxy.port}/"), "LLM_TIMEOUT_S": "5"}
    assert str(proxy.port) in through[name]
    client = await stack.api(**(through if who == "API" else {}))
    await stack.worker(**(through if who == "worker" else {}))
    return client, proxy


async def submit(client: httpx2.AsyncClient, plan: str) -> str | None:
    """Submit one job; None when it was not accepted."""
    try:
        answer = await client.post(JOBS, json=asking(plan, max_attempts=25, max_crashes=25), timeout=60)
    except httpx2.TransportError:
        return None
    return str(answer.json()["id"]) if answer.status_code == 202 else None


async def works_again(client: httpx2.AsyncClient, database: Database) -> float:
    """Return the seconds until a job that is submitted now has completed."""
    begun_s = monotonic_s()
    async with feeling_pulse(database) as pulse:
        job = await eventually(lambda: submit(client, "ok"), what="a submit is accepted")
        await wait_count(database, f"id = '{job}' AND status = 'completed'", 1)
    took_s = monotonic_s() - begun_s
    assert took_s < MENDED_WITHIN_S + pulse.late_s
    return took_s


async def hurt(line: Proxy, fault: Fault, client: httpx2.AsyncClient, database: Database, accepted: list[str]) -> float:
    """Let a fault happen while jobs run and come in; return the seconds until the stack works again."""
    before = [await submit(client, "slow:1") for _ in range(5)]
    acting = asyncio.create_task(fault(line))
    meanwhile = [asyncio.create_task(submit(client, "ok")) for _ in range(5)]
    await acting
    await line.mend()
    took_s = await works_again(client, database)
    during = await asyncio.gather(*meanwhile)
    await wait_none_open(database)
    accepted += [job for job in (*before, *during) if job is not None]
    return took_s


@pytest.mark.case("F8", "worker to broker: silent 3 s", "consuming again within 15 s")
async def test_a_worker_consumes_again_after_a_silent_partition(
    stack: Stack, database: Database, record: Record
) -> None:
    client, line = await start(stack, "worker to broker")
    accepted: list[str] = []
    took_s = await hurt(line, silent, client, database, accepted)
    record("consuming again after", f"{took_s:.1f} s")
    await check_invariants(database, accepted=accepted, calls=stack.folder / "calls.jsonl")
    await line.cut()


@pytest.mark.slow
@pytest.mark.timeout(1200)
@pytest.mark.parametrize(
    "name",
    [
        pytest.param(
            name,
            marks=pytest.mark.case(
                "F8",
                f"{name}: silent (both ways, either way, 3 s and 30 s), held, reset, refused, slow, narrow",
                "a new job completes within 15 s of the mending",
            ),
        )
        for name in LINES
    ],
)
async def test_no_line_hangs_once_it_is_mended(stack: Stack, database: Database, record: Record, name: str) -> None:
    client, line = await start(stack, name)
    accepted: list[str] = []
    for fault in FAULTS:
        took_s = await hurt(line, fault, client, database, accepted)
        record(fault.__name__.replace("_", " "), f"{took_s:.1f} s")
    rows = await check_invariants(database, accepted=accepted, calls=stack.folder / "calls.jsonl")
    assert {row.status for row in rows} == {"completed"}
    await line.cut()
