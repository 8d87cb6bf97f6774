"""The counts of jobs are those of the table at any moment, whoever changes it."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import astuple
from itertools import cycle, islice

import pytest
from sqlalchemy import text

from app.auth.caller import SERVICE_OWNER_ID
from app.core.database import Database
from app.core.settings import Settings
from app.jobs.outcomes import AttemptUsage, Failed, JobError, Released
from app.jobs.repository import commands, counts
from app.jobs.repository.counts import Count
from app.jobs.states import ShownStatus
from app.ops.stats.recount import recount
from app.ops.stats.service import Stats
from tests.rig import jobs
from tests.rig.invariants import find_miscounted

OOPS = JobError("unavailable", "503")


_BY_OWNER = text("SELECT owner_id, status, type, queue, count(*) FROM jobs GROUP BY 1, 2, 3, 4")


async def counted(database: Database) -> set[Count]:
    assert await find_miscounted(database) == []
    by_owner = {tuple(row) for row in await database.rows(_BY_OWNER)}
    assert {astuple(one) for one in await counts.read_owned(database, None)} == by_owner
    return set(await counts.read(database))


async def test_each_move_is_counted(database: Database) -> None:
    done, failed, waiting = [await jobs.insert(database, queue=queue) for queue in ("default", "gpu", "default")]
    assert await counted(database) == {Count("pending", "echo", "default", 2), Count("pending", "echo", "gpu", 1)}
    claimed = await jobs.claim(database, done)
    await jobs.finish(database, claimed, {})
    await jobs.give_back(database, await jobs.claim(database, failed), Failed(OOPS), AttemptUsage())
    assert await counted(database) == {
        Count("completed", "echo", "default", 1),
        Count("failed", "echo", "gpu", 1),
        Count("pending", "echo", "default", 1),
    }
    async with database.begin() as connection:
        await commands.cancel(connection, SERVICE_OWNER_ID, waiting)
        await commands.retry(connection, SERVICE_OWNER_ID, failed)
        await commands.remove(connection, SERVICE_OWNER_ID, done, being_cancelled=False)
    assert await counted(database) == {Count("cancelled", "echo", "default", 1), Count("pending", "echo", "gpu", 1)}


STRANGE = {
    "another team": "UPDATE jobs SET owner_id = gen_random_uuid(), queue = 'gpu'",
    "another queue": "UPDATE jobs SET queue = 'gpu' WHERE type = 'echo'",
    "deleted": "DELETE FROM jobs WHERE queue = 'default'",
    "all deleted": "TRUNCATE jobs CASCADE",
    "copied": """INSERT INTO jobs (id, owner_id, type, run_at, queued_at, dispatch_at, timeout_s, deadline_at, input)
        SELECT gen_random_uuid(), owner_id, 'other', run_at, queued_at, dispatch_at, timeout_s, deadline_at, input
        FROM jobs""",
}
UNCOUNTED = {
    "nothing": "UPDATE jobs SET queue = 'gpu' WHERE type = 'nobody'",
    "another column": "UPDATE jobs SET waited_ms = 7",
    "what is taken back": "DO $$ BEGIN DELETE FROM jobs; RAISE SQLSTATE '22000'; EXCEPTION WHEN OTHERS THEN END $$",
}


@pytest.mark.parametrize("statement", [*STRANGE.values(), *UNCOUNTED.values()], ids=[*STRANGE, *UNCOUNTED])
async def test_what_an_operator_changes_by_hand_is_counted(database: Database, statement: str) -> None:
    for queue in ("default", "default", "gpu"):
        await jobs.insert(database, queue=queue)
    before = await counted(database)
    await database.rows(text(statement))
    assert (await counted(database) != before) is (statement in STRANGE.values())


async def test_it_is_counted_from_whatever_search_path(database: Database) -> None:
    await jobs.insert(database)
    async with database.begin() as connection:
        await connection.execute(text("SET LOCAL search_path = pg_catalog"))
        await connection.execute(text("UPDATE public.jobs SET queue = 'gpu'"))
    assert await counted(database) == {Count("pending", "echo", "gpu", 1)}


async def _move(database: Database) -> None:
    for outcome in (Released(0, OOPS), Failed(OOPS)):
        job_id = await jobs.insert(database)
        await jobs.give_back(database, await jobs.claim(database, job_id), outcome, AttemptUsage())
    await database.rows(text("DELETE FROM jobs WHERE id = :id"), {"id": job_id})


async def _recount(database: Database) -> None:
    async with database.begin() as connection:
        await counts.recount(connection)


async def test_adding_up_and_recounting_beside_moves_change_no_number(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counts, "MANY_ROWS", 2)
    tidying: list[Callable[[Database], Awaitable[None]]] = [counts.add_up, counts.add_up, _recount]

    async def tidy() -> None:
        for act in islice(cycle(tidying), 60):
            await act(database)
            assert await find_miscounted(database) == []

    async def move() -> None:
        for _ in range(25):
            await _move(database)

    await asyncio.gather(tidy(), tidy(), move(), move(), move())
    assert await counted(database) == {Count("pending", "echo", "default", 75)}


async def test_many_rows_become_one(database: Database) -> None:
    for _ in range(counts.MANY_ROWS - 1):
        await jobs.insert(database)
    await counts.add_up(database)
    assert await _rows(database) == counts.MANY_ROWS - 1
    await jobs.insert(database, queue="gpu")
    await counts.add_up(database)
    assert await _rows(database) == 2
    assert sum(one.count for one in await counted(database)) == counts.MANY_ROWS


async def _rows(database: Database) -> int:
    row = await database.row(text("SELECT count(*) FROM job_tallies"))
    return int(row[0]) if row else 0


async def test_a_recount_mends_what_went_past_the_trigger(settings: Settings, database: Database) -> None:
    await jobs.insert(database)
    async with database.begin() as connection:
        await connection.execute(text("SET LOCAL session_replication_role = replica"))
        await connection.execute(text(STRANGE["copied"]))
    assert await find_miscounted(database) != []
    assert await recount(settings) == 2
    assert await counted(database) == {Count("pending", "echo", "default", 1), Count("pending", "other", "default", 1)}


async def test_pending_jobs_with_their_time_ahead_are_shown_as_scheduled(database: Database) -> None:
    await jobs.insert(database)
    await jobs.insert(database, delay_s=1000.0, priority=1)
    released = await jobs.insert(database, queue="gpu")
    await jobs.give_back(database, await jobs.claim(database, released), Released(60.0, OOPS), AttemptUsage())
    found = await Stats(database).read()
    assert {name: count for name, count in found.by_status.items() if count} == {
        ShownStatus.PENDING: 1,
        ShownStatus.SCHEDULED: 2,
    }
    assert found.by_queue["gpu"][ShownStatus.SCHEDULED] == 1
    await database.rows(text("UPDATE jobs SET run_at = now(), queued_at = least(queued_at, now())"))
    assert (await Stats(database).read()).by_status[ShownStatus.PENDING] == 3


async def test_counting_the_scheduled_is_not_repeated_while_it_was_dear(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    stats, asked = Stats(database), 0
    count = counts.count_scheduled

    async def count_slowly(*arguments: object) -> object:
        nonlocal asked
        asked += 1
        await asyncio.sleep(0.05)
        return await count(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(counts, "count_scheduled", count_slowly)
    await jobs.insert(database, delay_s=1000.0)
    await asyncio.gather(*(stats.snapshot() for _ in range(5)))
    assert asked == 1
    await asyncio.sleep(0.7)
    await jobs.insert(database, delay_s=1000.0)
    assert (await stats.read()).by_status[ShownStatus.SCHEDULED] == 2


async def test_numbers_of_very_many_places_are_not_written_again_and_again(database: Database) -> None:
    for number in range(counts.MANY_ROWS):
        await jobs.insert(database, type=f"type-{number}")
    before = await database.row(text("SELECT max(id) FROM job_tallies"))
    await counts.add_up(database)
    assert await database.row(text("SELECT max(id) FROM job_tallies")) == before
