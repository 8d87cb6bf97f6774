"""What a caller asks for: cancel, retry, delete; and that nobody reaches another owner's job."""

import asyncio
from uuid import UUID, uuid4

from sqlalchemy import text

from app.auth.caller import SERVICE_OWNER_ID
from app.core.database import Database
from app.jobs.outcomes import AttemptUsage, Failed, JobError
from app.jobs.repository import commands
from tests.rig import jobs
from tests.rig.invariants import check_invariants

STRANGER = uuid4()


async def ask(database: Database, verb: str, job_id: UUID, owner: UUID = SERVICE_OWNER_ID) -> bool:
    async with database.begin() as connection:
        return await getattr(commands, verb)(connection, owner, job_id) is not None


async def fail(database: Database, job_id: UUID) -> None:
    claimed = await jobs.claim(database, job_id)
    await jobs.give_back(database, claimed, Failed(JobError("auth_failed", "no")), AttemptUsage())


async def test_a_waiting_job_is_cancelled_at_once(database: Database) -> None:
    job_id = await jobs.insert(database)
    assert await ask(database, "cancel", job_id)
    assert await jobs.column(database, job_id, "status") == "cancelled"
    assert not await ask(database, "cancel", job_id)
    await check_invariants(database)


async def test_a_running_job_is_marked_once(database: Database) -> None:
    claimed = await jobs.claim(database, await jobs.insert(database))
    assert [await ask(database, "cancel", claimed.id) for _ in range(2)] == [True, False]
    assert await jobs.names(database, claimed.id) == ["submitted", "started", "cancel_requested"]


async def test_a_cancel_that_races_with_the_end_never_leaves_a_completed_job(database: Database) -> None:
    for _ in range(100):
        claimed = await jobs.claim(database, await jobs.insert(database))
        cancelled, status = await asyncio.gather(
            ask(database, "cancel", claimed.id), jobs.finish(database, claimed, {"message": "x"}, AttemptUsage())
        )
        assert status == ("cancelled" if cancelled else "completed")
    await check_invariants(database)


async def test_a_retry_gives_the_whole_budget_again(database: Database) -> None:
    job_id = await jobs.insert(database, max_attempts=1)
    await fail(database, job_id)
    assert await ask(database, "retry", job_id)
    assert await jobs.column(database, job_id, "(status, attempt, refunds, error_code)::text") == "(pending,1,1,)"
    claimed = await jobs.claim(database, job_id)
    assert claimed.attempt == 2
    await jobs.finish(database, claimed, {"message": "done"}, AttemptUsage())
    await check_invariants(database)


async def test_each_retry_gives_the_time_of_the_first_submit_and_no_more(database: Database) -> None:
    job_id = await jobs.insert(database, deadline_s=1000)
    for _ in range(3):
        await fail(database, job_id)
        passed = "- interval '600 seconds'"
        await jobs.change(database, job_id, f"created_at = created_at {passed}, deadline_at = deadline_at {passed}")
        await database.rows(text(f"UPDATE job_events SET at = at {passed}"))
        assert await ask(database, "retry", job_id)
        assert 990 < await jobs.column(database, job_id, "extract(epoch FROM deadline_at - now())") <= 1000


async def test_of_many_retries_at_once_one_wins(database: Database) -> None:
    job_id = await jobs.insert(database)
    await fail(database, job_id)
    assert sum(await asyncio.gather(*(ask(database, "retry", job_id) for _ in range(10)))) == 1
    await check_invariants(database, quiet=False)


async def test_open_and_completed_jobs_are_not_retried(database: Database) -> None:
    waiting = await jobs.insert(database)
    claimed = await jobs.claim(database, await jobs.insert(database))
    assert not await ask(database, "retry", waiting)
    assert not await ask(database, "retry", claimed.id)
    await jobs.finish(database, claimed, {"message": "x"}, AttemptUsage())
    assert not await ask(database, "retry", claimed.id)


async def test_a_stranger_reaches_nothing(database: Database) -> None:
    job_id = await jobs.insert(database)
    assert not await ask(database, "cancel", job_id, STRANGER)
    await fail(database, job_id)
    assert not await ask(database, "retry", job_id, STRANGER)
    async with database.begin() as connection:
        assert not await commands.remove(connection, STRANGER, job_id, being_cancelled=False)
        assert await commands.find_status(connection, STRANGER, job_id) is None


async def test_a_running_job_is_not_deleted(database: Database) -> None:
    claimed = await jobs.claim(database, await jobs.insert(database))
    async with database.begin() as connection:
        assert not await commands.remove(connection, SERVICE_OWNER_ID, claimed.id, being_cancelled=False)
        await commands.cancel(connection, SERVICE_OWNER_ID, claimed.id)
        assert await commands.remove(connection, SERVICE_OWNER_ID, claimed.id, being_cancelled=True)
    assert await jobs.finish(database, claimed, {"message": "ghost"}, AttemptUsage()) is None
