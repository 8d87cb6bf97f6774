"""F15: after a 2xx of cancel no job ever becomes completed, and a running call ends with it."""

import asyncio
import random
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
import pytest

from app.core.clock import utc_now
from app.core.database import Database
from tests.faults.asking import JOBS, asking, echo, wait_count, wait_none_open
from tests.faults.conftest import Record
from tests.rig.aim import Aim
from tests.rig.invariants import check_invariants
from tests.rig.load import quantile
from tests.rig.stack import Stack, eventually
from tests.scripted_model.witness import read_calls

RACES = 200
BATCH = 50
MOST_RACES = 2000
AT_ONCE = 20
CLOSE = 100  # of each kind, at least
CLOSED_WITHIN_S = 1.0
STARTS = 2  # so often as long as a job's start takes on this machine, if that is longer
LONG_LEASE_S = "3600"  # no heartbeat finds out what the worker was not told


@dataclass(slots=True)
class Races:
    """Submits short jobs and cancels each about when it ends, as that is here and now; `answers` by the job's id."""

    client: httpx2.AsyncClient
    aim: Aim
    longest_s: float  # that a job takes of itself
    chance: random.Random
    answers: dict[str, httpx2.Response] = field(default_factory=dict)

    async def run(self, count: int) -> None:
        """Run so many, AT_ONCE at a time."""
        gate = asyncio.Semaphore(AT_ONCE)

        async def one() -> None:
            async with gate:
                await self._race()

        await asyncio.gather(*(one() for _ in range(count)))

    async def _race(self) -> None:
        after_s = self.aim.after_s
        body = echo(sleep_s=self.chance.uniform(0, self.longest_s) + max(0.0, -after_s))
        job = (await self.client.post(JOBS, json=body)).json()["id"]
        await asyncio.sleep(max(0.0, after_s))
        self.answers[job] = await self.client.post(f"{JOBS}/{job}/cancel")
        self.aim.note(early=self.answers[job].status_code == 200)

    def ids(self, status: int) -> set[str]:
        """Return the jobs whose cancel got this answer."""
        return {job for job, answer in self.answers.items() if answer.status_code == status}

    @property
    def refused(self) -> int:
        """How many had completed before."""
        return len(self.ids(409))

    @property
    def in_run(self) -> int:
        """How many were cancelled while they ran."""
        return sum(self.answers[job].json()["status"] == "processing" for job in self.ids(200))

    async def run_until_close(self) -> None:
        """Run RACES, and more until enough of them were close; jobs take longer where too few are met running."""
        while len(self.answers) < RACES or (min(self.refused, self.in_run) < CLOSE and len(self.answers) < MOST_RACES):
            before = self.in_run
            await self.run(BATCH)
            if (self.in_run - before) * RACES < CLOSE * BATCH:
                self.longest_s *= 2


async def begin_races(client: httpx2.AsyncClient, database: Database) -> Races:
    """Let a handful of jobs run, as many at once as will race, and aim at the time they take to their end."""
    await asyncio.gather(*(client.post(JOBS, json=echo()) for _ in range(AT_ONCE)))
    await wait_none_open(database)
    took_s = quantile([row.times[-1] - row.times[0] for row in await check_invariants(database)], 0.5)
    return Races(client, Aim.at(took_s, at_once=AT_ONCE), took_s / 2, random.Random(1))


@pytest.mark.case("F15", "200 races of cancel and finish, aimed at the finish", "after a 2xx of cancel never completed")
async def test_a_job_whose_cancel_was_granted_never_completes(stack: Stack, database: Database, record: Record) -> None:
    stack.broker()
    client = await stack.api()
    await stack.worker()
    stack.scheduler()
    races = await begin_races(client, database)
    await races.run_until_close()
    await wait_none_open(database)
    rows = {str(row.id): row for row in await check_invariants(database)}
    granted, refused = races.ids(200), races.ids(409)
    assert len(granted) + len(refused) == len(races.answers) >= RACES
    assert {rows[job].status for job in granted} == {"cancelled"}
    assert {rows[job].status for job in refused} == {"completed"}
    in_run = sum("cancel_requested" in rows[job].names for job in granted)
    assert min(len(refused), in_run) >= CLOSE, "the races must be close"
    record("granted", len(granted))
    record("of them while running", in_run)
    record("refused, for the job had completed", len(refused))


async def cancel_a_call(client: httpx2.AsyncClient, log: Path) -> tuple[float, float]:
    """Cancel a job during its call, and submit another one in the same moment.

    Return the seconds until the provider saw the connection close, and those until it saw the other one's call: that
    takes the same way, and more, so it tells how fast the machine is just then.
    """
    job = await submit(client, "slow:600")
    await eventually(lambda: call_of(job, log), what="the call has begun")
    asked = utc_now().timestamp()
    cancelled, other = await asyncio.gather(client.post(f"{JOBS}/{job}/cancel"), submit(client, "ok"))
    assert cancelled.status_code == 200
    await eventually(lambda: call_of(job, log)["t1"], what="the call has ended")
    assert call_of(job, log)["disconnected"] is True
    await eventually(lambda: call_of(other, log), what="the other call has begun")
    return float(call_of(job, log)["t1"]) - asked, float(call_of(other, log)["t0"]) - asked


async def submit(client: httpx2.AsyncClient, plan: str) -> str:
    return str((await client.post(JOBS, json=asking(plan))).json()["id"])


def call_of(job: str, log: Path) -> dict[str, Any]:
    return next((one for one in read_calls(log) if one["job"] == job), {})


@pytest.mark.case("F15", "cancel of a running model call", "its connection closes within 1 s")
async def test_a_cancelled_job_s_call_is_closed_at_once(stack: Stack, database: Database, record: Record) -> None:
    log = await stack.scripted_model()
    stack.broker()
    client = await stack.api()
    await stack.worker(LEASE_S=LONG_LEASE_S)
    stack.scheduler()
    times = [await cancel_a_call(client, log) for _ in range(3)]
    for closed_s, started_s in times:
        assert closed_s < max(CLOSED_WITHIN_S, STARTS * started_s)
    await wait_count(database, "status = 'cancelled'", len(times))
    await wait_none_open(database)
    await check_invariants(database, calls=log)
    took = [closed_s for closed_s, _ in times]
    record("closed after", f"{quantile(took, 0.5) * 1000:.0f} ms, at most {max(took) * 1000:.0f} ms")
