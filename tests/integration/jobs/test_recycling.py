"""A worker that ran for long enough ends to be started again, and never while another one of its machine is ending."""

from random import Random

import pytest

from app.core.database import Database
from app.jobs.runtime import recycling
from app.jobs.runtime.lease import Leases
from app.jobs.runtime.recycling import SPREAD, Recycler
from tests.integration.jobs.knowing import beat


class Scene:
    def __init__(self, database: Database, **limits: int) -> None:
        self.leases = Leases(database, lease_s=60)
        self.ends = 0
        given = {"max_jobs": 0, "max_memory_mb": 0} | limits
        self.recycler = Recycler(database, self.leases, host="here", random=Random(1), end=self.end, **given)

    def end(self) -> None:
        self.ends += 1


async def test_it_ends_after_so_many_jobs(database: Database) -> None:
    scene = Scene(database, max_jobs=100)
    scene.leases.claims = 89
    assert not await scene.recycler.look()
    scene.leases.claims = 110
    assert await scene.recycler.look()
    assert scene.ends == 1


def test_workers_that_were_started_together_do_not_end_together(database: Database) -> None:
    leases = Leases(database, lease_s=60)
    limits = {
        Recycler(database, leases, host="", max_jobs=1000, max_memory_mb=0, random=Random(seed), end=print)._max_jobs
        for seed in range(20)
    }
    assert len(limits) > 10
    assert all(1000 * (1 - SPREAD) <= one <= 1000 * (1 + SPREAD) for one in limits)


@pytest.mark.parametrize(
    ("used_mb", "stopping", "ends"), [(399, 0, False), (401, 0, True), (401, 1, False), (501, 1, True)]
)
async def test_it_ends_with_too_much_memory_and_waits_for_another_unless_it_is_far_too_much(
    database: Database, monkeypatch: pytest.MonkeyPatch, used_mb: int, stopping: int, ends: bool
) -> None:
    monkeypatch.setattr(recycling, "memory_mb", lambda: used_mb)
    await beat(database, "another", state="stopping" if stopping else "running")
    assert await Scene(database, max_memory_mb=400).recycler.look() is ends


async def test_without_limits_it_goes_on_for_ever(database: Database) -> None:
    scene = Scene(database)
    scene.leases.claims = 10**9
    assert not await scene.recycler.look()


def test_the_memory_of_this_process_is_known() -> None:
    assert 10 < recycling.memory_mb() < 10_000
