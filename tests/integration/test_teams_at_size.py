"""One team beside another with as many jobs: what its lists read does not grow, and who sees both reads little more."""

from datetime import timedelta
from functools import partial
from itertools import chain
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from app.auth.caller import SERVICE_OWNER_ID
from app.core.database import Database
from app.jobs.listing import Sort
from app.jobs.repository import counts, places, read
from app.jobs.repository.job_filter import JobFilter
from app.jobs.states import ShownStatus
from load_test import bench_teams, buffers
from tests.rig import jobs
from tests.rig.dead_letters import failed

JOBS = 5_000
MOST_OF_ALL = 600  # buffers, whoever asks


async def test_a_team_s_lists_read_no_more_for_another_team_s_jobs(database: Database) -> None:
    await bench_teams.fill(database, SERVICE_OWNER_ID, JOBS)
    alone = await bench_teams.measure(database, SERVICE_OWNER_ID)
    await bench_teams.fill(database, bench_teams.OTHER, JOBS, span=timedelta(seconds=1))
    beside = await bench_teams.measure(database, SERVICE_OWNER_ID)
    assert bench_teams.felt(alone, beside) == []
    both = await bench_teams.measure(database, None)
    assert {name: read for name, read in both.items() if read > MOST_OF_ALL} == {}


@pytest.fixture
async def teams(database: Database, monkeypatch: pytest.MonkeyPatch) -> list[UUID]:
    """Teams with so many places that lists of all have another way, each with three waiting jobs, newest last."""
    monkeypatch.setattr(read, "MANY_PLACES", 20)
    teams = [uuid4() for _ in range(30)]
    for _ in range(3):
        for team in teams:
            await jobs.insert(database, owner_id=team)
    return teams


async def _pages(database: Database, wanted: dict[str, Any], limit: int) -> list[UUID]:
    found = await read.find_page(database, None, JobFilter(**wanted), limit=limit)
    return [row.id for row in found]


WANTED: list[dict[str, Any]] = [
    {"status": ShownStatus.PENDING},
    {"type": "echo"},
    {"queue": "default", "sort": Sort.OLDEST},
    {"status": ShownStatus.FAILED},
    {"status": ShownStatus.FAILED, "sort": Sort.OLDEST},
]


@pytest.mark.parametrize("looked_at", [2_000, 5])
@pytest.mark.parametrize("wanted", WANTED, ids=repr)
async def test_lists_of_very_many_places_are_right(
    database: Database,
    monkeypatch: pytest.MonkeyPatch,
    teams: list[UUID],
    wanted: dict[str, Any],
    looked_at: int,
) -> None:
    monkeypatch.setattr(read, "LOOKED_AT", looked_at)
    for team in teams[::2]:
        await failed(database, owner_id=team)
    await jobs.insert(database)
    statuses = {"status": f"status = '{wanted['status']}'"} if "status" in wanted else {"status": "true"}
    order = "id" if wanted.get("sort") is Sort.OLDEST else "id DESC"
    rows = await database.rows(text(f"SELECT id FROM jobs WHERE {statuses['status']} ORDER BY {order}"))
    expected = [row.id for row in rows]
    for limit in (4, 7, 200):
        assert await _pages(database, wanted, limit) == expected[:limit]


async def test_what_is_rare_among_very_many_places_reads_few(database: Database, teams: list[UUID]) -> None:
    rare = [await failed(database, owner_id=team, type="rare") for team in teams[:2]]
    for team in chain(*[teams] * 10):
        await jobs.insert(database, owner_id=team)
    await counts.add_up(database)
    await buffers.vacuum(database)
    page = partial(read.find_page, database, None, JobFilter(type="rare"), limit=21)
    assert [row.id for row in await page()] == rare[::-1]
    assert sum(await buffers.buffers(database, page)) < 150


async def test_while_some_are_counted_without_an_owner_lists_are_complete(database: Database) -> None:
    """As a scheduler of before 0020 leaves it, which runs on during an upgrade, or a restore."""
    team, other = uuid4(), uuid4()
    own = await jobs.insert(database, owner_id=team)
    await jobs.insert(database, owner_id=other, type="other")
    await database.rows(text("UPDATE job_tallies SET owner_id = NULL"))
    for wanted, count in ((JobFilter(type="echo"), 1), (JobFilter(type="other"), 0), (JobFilter(), 1)):
        assert [row.id for row in await read.find_page(database, team, wanted, limit=9)] == [own] * count
        assert len(await read.find_page(database, None, wanted, limit=9)) >= 1
    assert await places.find(database, None, []) is None
    await counts.add_up(database)
    assert {(one.owner_id, one.type, one.count) for one in await counts.read_owned(database, None)} == {
        (team, "echo", 1),
        (other, "other", 1),
    }
