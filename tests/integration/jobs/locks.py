"""Statements that wait for each other's locks."""

import asyncio
from uuid import UUID, uuid4

from sqlalchemy import text

from app.core.database import Database
from app.jobs.outcomes import AttemptUsage, Completed, Failed, JobError
from app.jobs.repository import attempt_end, dispatch
from app.jobs.repository import claim as claiming
from app.jobs.rows import Claim, ClaimRequest
from tests.rig import jobs
from tests.rig.stack import eventually

_LOCK = text("SELECT id FROM jobs WHERE id = :id FOR UPDATE")
_FREE = text("SELECT id FROM jobs FOR UPDATE SKIP LOCKED")
_WAITS = text("SELECT count(*) FROM pg_locks WHERE NOT granted")
OOPS = JobError("unavailable", "503")


async def is_waiting(database: Database) -> bool:
    row = await database.row(_WAITS)
    return row is not None and row[0] > 0


async def two_jobs(database: Database) -> tuple[UUID, UUID]:
    """Store two jobs, that with the higher id first; return the lower and the higher."""
    low, high = sorted([jobs.new_job().id, jobs.new_job().id])
    for job_id in (high, low):
        await jobs.insert(database, id=job_id)
    return low, high


async def claim(database: Database, ids: list[UUID]) -> list[Claim | None]:
    return await claiming.claim(database, [ClaimRequest(job_id, uuid4()) for job_id in ids], worker="w1", lease_s=60)


async def beat(database: Database, claimed: list[Claim]) -> None:
    await claiming.beat(database, claimed, lease_s=60)


async def write(database: Database, claimed: list[Claim], outcome: Completed | Failed) -> None:
    await attempt_end.write(database, [attempt_end.ended(one, outcome, AttemptUsage()) for one in claimed])


async def finish(database: Database, claimed: list[Claim]) -> None:
    await write(database, claimed, Completed({}))


async def fail(database: Database, claimed: list[Claim]) -> None:
    await write(database, claimed, Failed(OOPS))


FENCED = {"beat": beat, "finish": finish, "fail": fail}


async def assert_locks_lowest_first(database: Database, verb: str) -> None:
    """While the lowest job is held by somebody, a verb over both waits for it and holds no other yet."""
    low, high = await two_jobs(database)
    claimed = [] if verb == "claim" else [one for one in await claim(database, [low, high]) if one is not None]
    async with database.begin() as connection:
        await connection.execute(_LOCK, {"id": low})
        given = [high, low]
        work = claim(database, given) if verb == "claim" else FENCED[verb](database, claimed[::-1])
        task = asyncio.ensure_future(work)
        await eventually(lambda: is_waiting(database))
        free = {row.id for row in await database.rows(_FREE)}
    await task
    assert free == {high}


async def assert_dispatch_skips_what_another_has(database: Database) -> None:
    low, high = await two_jobs(database)
    async with database.begin() as connection:
        await connection.execute(_LOCK, {"id": low})
        task = asyncio.ensure_future(dispatch.take_due(database, "default", 5, room=10))

        async def is_settled() -> bool:
            return task.done() or await is_waiting(database)

        await eventually(is_settled)
        is_done = task.done()
    sent = [one.id for one in await task]
    assert (is_done, sent) == (True, [high])
