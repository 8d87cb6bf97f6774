"""Random walks through all verbs at once, checked by the invariants and by a small model of what must be true."""

import asyncio
from collections.abc import Awaitable, Callable
from random import Random
from uuid import UUID

import pytest

from app.auth.caller import SERVICE_OWNER_ID
from app.core.database import Database
from app.jobs.outcomes import AttemptUsage, Failed, JobError, Released, Retry
from app.jobs.repository import claim as claiming
from app.jobs.repository import commands, maintenance
from app.jobs.repository import dispatch as dispatching
from app.jobs.rows import Claim
from app.jobs.states import FINAL, Status
from tests.rig import jobs
from tests.rig.invariants import check_invariants

STEPS = 120
WIDTH = 6  # verbs at the same time
OOPS = JobError("unavailable", "503")


class Walk:
    """Several workers, callers and schedulers that do at random what they may, some of it too late."""

    def __init__(self, database: Database, seed: int) -> None:
        self.database = database
        self.random = Random(seed)
        self.ids: list[UUID] = []
        self.claims: list[Claim] = []  # also those that are lost by now: zombies try to write
        self.results: dict[UUID, int] = {}  # the attempt whose finish was accepted, for jobs not retried since

    async def submit(self) -> None:
        max_attempts, delay_s = self.random.randint(1, 4), self.random.choice([0, 0, 60])
        self.ids.append(await jobs.insert(self.database, max_attempts=max_attempts, delay_s=delay_s))

    async def claim(self) -> None:
        job_id = self.random.choice(self.ids)
        token = UUID(int=self.random.getrandbits(128))
        claimed = await jobs.try_claim(self.database, job_id, token=token, worker=f"w{token.hex[:3]}", lease_s=60)
        if claimed:
            self.claims.append(claimed)

    async def finish(self) -> None:
        if self.claims:
            claimed = self.random.choice(self.claims)
            status = await jobs.finish(self.database, claimed, {"attempt": claimed.attempt}, AttemptUsage())
            if status is Status.COMPLETED:
                assert self.results.setdefault(claimed.id, claimed.attempt) == claimed.attempt, "two results"

    async def give_back(self) -> None:
        if self.claims:
            outcomes: list[Retry | Released | Failed] = [
                Retry(0, OOPS),
                Retry(60, OOPS),
                Released(0, OOPS),
                Failed(OOPS),
            ]
            claimed, outcome = self.random.choice(self.claims), self.random.choice(outcomes)
            await jobs.give_back(self.database, claimed, outcome, AttemptUsage())

    async def beat(self) -> None:
        await claiming.beat(self.database, self.claims[-5:], lease_s=60)

    async def cancel(self) -> None:
        await self._ask(commands.cancel)

    async def retry(self) -> None:
        await self._ask(commands.retry)

    async def _ask(self, verb: Callable[..., Awaitable[object]]) -> None:
        async with self.database.begin() as connection:
            await verb(connection, SERVICE_OWNER_ID, self.random.choice(self.ids))

    async def lose_a_worker(self) -> None:
        await jobs.change(
            self.database,
            self.random.choice(self.ids),
            "lease_expires_at = CASE WHEN lease_expires_at IS NOT NULL THEN now() - interval '1 s' END",
        )

    async def pass_time(self) -> None:
        await jobs.change(self.database, self.random.choice(self.ids), "run_at = least(run_at, now())")

    async def rescue(self) -> None:
        await maintenance.rescue(self.database, lease_s=0)

    async def expire(self) -> None:
        await jobs.change(self.database, self.random.choice(self.ids), "deadline_at = now()")
        await maintenance.expire(self.database)

    async def dispatch(self) -> None:
        await dispatching.take_due(self.database, "default", 5, room=self.random.randint(1, 9))

    async def step(self) -> None:
        likely = [self.submit, self.claim, self.claim, self.finish, self.give_back, self.dispatch]
        rare = [self.beat, self.cancel, self.retry, self.lose_a_worker, self.pass_time, self.rescue]
        verbs = likely * 2 + rare + ([self.expire] if self.random.random() < 0.2 else [])
        await asyncio.gather(*(self.random.choice(verbs)() for _ in range(WIDTH)))


@pytest.mark.no_cover  # at random, and slow to trace: other tests cover it
@pytest.mark.parametrize("seed", range(4))
async def test_whatever_happens_at_once_the_invariants_hold(database: Database, seed: int) -> None:
    walk = Walk(database, seed)
    await walk.submit()
    for _ in range(STEPS):
        await walk.step()
    rows = await check_invariants(database, quiet=False)
    assert {row.status for row in rows} >= FINAL, "the walk has been everywhere"
    for row in rows:
        if row.status == Status.COMPLETED:
            result = await jobs.column(database, row.id, "result")
            assert result == {"attempt": row.attempt}, "the result is the last attempt's"
