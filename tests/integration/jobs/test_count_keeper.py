"""The stored count: who counts, when it is counted anew, and when nobody trusts it."""

import asyncio

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.core.database import Database
from app.jobs.maintenance import count_keeper
from app.jobs.repository import counts
from app.jobs.repository.counts import Count, Counted
from app.jobs.states import ShownStatus
from app.ops.stats.service import Stats
from tests.rig import jobs

WAITING = Count("pending", "echo", "default", 1)


async def stored(database: Database) -> counts.Stored:
    found = await counts.read(database)
    assert found is not None
    return found


async def age(database: Database, seconds: float) -> None:
    ago = f"- interval '{seconds} s'"
    await database.rows(text(f"UPDATE job_counts SET counted_at = counted_at {ago}, checked_at = checked_at {ago}"))


@pytest.fixture
async def counted(database: Database) -> Database:
    """One waiting job, counted."""
    await jobs.insert(database)
    await count_keeper.tick(database)
    assert (await stored(database)).counts == [WAITING]
    return database


async def test_it_stands_for_as_long_as_it_may(counted: Database) -> None:
    await jobs.insert(counted, queue="gpu")
    await count_keeper.tick(counted)
    assert (await stored(counted)).counts == [WAITING]
    await age(counted, counts.MIN_KEPT_S + 0.5)
    await count_keeper.tick(counted)
    assert len((await stored(counted)).counts) == 2


async def test_nothing_is_counted_again_while_nothing_changes(counted: Database) -> None:
    await age(counted, 5)
    await count_keeper.tick(counted)
    found = await stored(counted)
    assert found.age_s >= 5
    assert found.checked_age_s < 5
    await age(counted, count_keeper.RECOUNT_S)
    await count_keeper.tick(counted)
    assert (await stored(counted)).age_s < 5


async def test_a_count_that_was_dear_stands_longer(counted: Database) -> None:
    async with counted.begin() as connection:
        await counts.store(connection, Counted([], kept_s=60.0), mark="0")
    await age(counted, 30)
    await count_keeper.tick(counted)
    assert (await stored(counted)).counts == []
    assert (await stored(counted)).is_fresh
    await age(counted, 31)
    await count_keeper.tick(counted)
    assert (await stored(counted)).counts == [WAITING]


async def test_of_two_schedulers_one_counts(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    both_read, counted = asyncio.Barrier(2), 0
    read_mark, count = counts.read_mark, counts.count

    async def read_together(database: Database) -> str:
        mark = await read_mark(database)
        await both_read.wait()
        return mark

    async def count_slowly(connection: AsyncConnection) -> Counted:
        nonlocal counted
        counted += 1
        found = await count(connection)
        await connection.execute(text("SELECT pg_sleep(1)"))
        return found

    monkeypatch.setattr(counts, "read_mark", read_together)
    monkeypatch.setattr(counts, "count", count_slowly)
    await asyncio.gather(count_keeper.tick(database), count_keeper.tick(database))
    assert counted == 1
    assert (await stored(database)).counts == []


async def test_statistics_use_it_while_somebody_keeps_it(counted: Database) -> None:
    await jobs.insert(counted)
    assert (await Stats(counted).read()).by_status[ShownStatus.PENDING] == 1
    await age(counted, 60)
    shown = await Stats(counted).read()
    assert (shown.by_status[ShownStatus.PENDING], shown.counts_age_s < 5) == (2, True)
