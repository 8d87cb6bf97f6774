"""What time does to jobs: rescue, expire, prune, and the statistics of each minute."""

from sqlalchemy import text

from app.auth.caller import SERVICE_OWNER_ID
from app.core.database import Database
from app.core.histogram import BUCKET_BASE
from app.core.settings import Settings
from app.jobs.maintenance.expirer import expire
from app.jobs.maintenance.pruner import prune
from app.jobs.maintenance.rollup import roll_up
from app.jobs.outcomes import AttemptUsage, JobError, Released
from app.jobs.repository import commands, dispatch, maintenance, rollups
from load_test import backlog
from tests.rig import jobs
from tests.rig.dispatching import NO_LEASE_S, OVER
from tests.rig.invariants import check_invariants


async def test_a_lost_worker_s_job_is_pending_again_and_counts(database: Database) -> None:
    claimed = await jobs.claim(database, await jobs.insert(database))
    await jobs.change(database, claimed.id, OVER)
    assert [row.id for row in await maintenance.rescue(database, lease_s=NO_LEASE_S)] == [claimed.id]
    assert await jobs.column(database, claimed.id, "(status, error_code)::text") == "(pending,worker_lost)"
    assert await jobs.finish(database, claimed, {"message": "zombie"}, AttemptUsage()) is None
    await check_invariants(database, quiet=False)


async def test_a_job_that_lost_its_worker_goes_before_those_that_came_later(database: Database) -> None:
    lost, given_back, later = [await jobs.insert(database) for _ in range(3)]
    claimed = await jobs.claim(database, given_back)
    await jobs.claim(database, lost)
    await jobs.change(database, lost, "lease_expires_at = now() - interval '1 s'")
    await maintenance.rescue(database, lease_s=NO_LEASE_S)
    await jobs.give_back(database, claimed, Released(0, JobError("worker_stopping", "x")), AttemptUsage())
    first = await dispatch.take_due(database, "default", 5, room=2)
    assert {one.id for one in first} == {lost, given_back}
    assert [one.id for one in await dispatch.take_due(database, "default", 5, room=2)] == [later]


async def test_a_live_lease_is_left_alone(database: Database) -> None:
    await jobs.claim(database, await jobs.insert(database))
    assert await maintenance.rescue(database, lease_s=NO_LEASE_S) == []


async def test_rescue_keeps_quiet_for_one_lease_after_the_database_started(database: Database) -> None:
    claimed = await jobs.claim(database, await jobs.insert(database))
    await jobs.change(database, claimed.id, OVER)
    assert await maintenance.rescue(database, lease_s=86_400.0) == []


async def test_a_job_that_loses_every_worker_fails_at_the_end(database: Database) -> None:
    job_id = await jobs.insert(database, max_attempts=1, max_crashes=2)
    for _ in range(2):
        await jobs.claim(database, job_id)
        await jobs.change(database, job_id, OVER)
        await maintenance.rescue(database, lease_s=NO_LEASE_S)
    assert await jobs.column(database, job_id, "(status, error_code)::text") == "(failed,worker_lost)"
    assert "this job lost: 2 of 2" in await jobs.column(database, job_id, "error ->> 'message'")
    await check_invariants(database)


async def test_a_lost_worker_s_cancelled_job_is_cancelled(database: Database) -> None:
    claimed = await jobs.claim(database, await jobs.insert(database))
    async with database.begin() as connection:
        await commands.cancel(connection, SERVICE_OWNER_ID, claimed.id)
    await jobs.change(database, claimed.id, OVER)
    await maintenance.rescue(database, lease_s=NO_LEASE_S)
    assert await jobs.column(database, claimed.id, "status") == "cancelled"
    await check_invariants(database)


async def test_an_attempt_past_its_deadline_is_failed_even_with_a_live_lease(database: Database) -> None:
    claimed = await jobs.claim(database, await jobs.insert(database))
    await jobs.change(database, claimed.id, "deadline_at = now() - interval '1 minute'")
    await maintenance.rescue(database, lease_s=NO_LEASE_S)
    assert await jobs.column(database, claimed.id, "(status, error_code)::text") == "(failed,deadline_exceeded)"
    await check_invariants(database)


async def test_a_waiting_job_past_its_deadline_expires(database: Database) -> None:
    late = await jobs.insert(database)
    await jobs.insert(database)
    await jobs.change(database, late, "deadline_at = now()")
    assert [row.id for row in await maintenance.expire(database)] == [late]
    assert (await jobs.column(database, late, "error"))["code"] == "deadline_exceeded"
    assert await jobs.names(database, late) == ["submitted", "expired"]


async def test_old_ended_jobs_are_pruned_with_their_history(database: Database) -> None:
    old, fresh, waiting = [await jobs.insert(database) for _ in range(3)]
    for job_id in (old, fresh):
        claimed = await jobs.claim(database, job_id)
        await jobs.finish(database, claimed, {"message": "done"}, AttemptUsage())
    await jobs.change(database, old, "finished_at = now() - interval '2 days'")
    assert await maintenance.prune(database, kept_s=86_400.0) == [old]
    rows = await database.rows(text("SELECT DISTINCT job_id FROM job_events"))
    assert {row.job_id for row in rows} == {fresh, waiting}


async def test_all_that_was_kept_for_long_enough_goes_however_much_it_is(
    database: Database, settings: Settings
) -> None:
    await backlog.fill_at_once(database, 2 * maintenance.BATCH + 1)
    await database.rows(text("UPDATE jobs SET status = 'cancelled', finished_at = now() - interval '30 days 1 s'"))
    young = await jobs.insert(database)
    await prune(database, settings)
    assert [row.id for row in await database.rows(text("SELECT id FROM jobs"))] == [young]


async def test_more_than_a_batch_expires_at_once(database: Database) -> None:
    await backlog.fill_at_once(database, maintenance.BATCH + 1)
    await database.rows(text("UPDATE jobs SET deadline_at = now()"))
    await expire(database)
    rows = await database.rows(text("SELECT DISTINCT status FROM jobs"))
    assert [row.status for row in rows] == ["failed"]


async def test_the_rollup_adds_up_minutes_and_costs(database: Database) -> None:
    claimed = await jobs.claim(database, await jobs.insert(database))
    await jobs.finish(database, claimed, {"message": "done"}, AttemptUsage(model="small", prompt_tokens=1))
    await jobs.change(database, claimed.id, "finished_at = now() - interval '5 minutes'")
    await database.rows(text("UPDATE job_events SET at = now() - interval '5 minutes'"))
    await roll_up(database)
    [minutes] = await database.rows(text("SELECT sum(count) AS ended FROM job_minutes WHERE measure = 'completed'"))
    [days] = await database.rows(text("SELECT sum(jobs) AS ended FROM cost_days"))
    assert (minutes.ended, days.ended) == (1, 1)


async def test_ended_jobs_are_counted_once_by_minute(database: Database) -> None:
    for age in ("90 seconds", "5 minutes", "10 seconds"):
        claimed = await jobs.claim(database, await jobs.insert(database))
        await jobs.finish(database, claimed, {"message": "done"}, AttemptUsage())
        moved = f"now() - interval '{age}'"
        await jobs.change(
            database,
            claimed.id,
            f"finished_at = {moved}, claimed_at = {moved} - interval '2 s', run_at = {moved} - interval '3 s'",
        )
    before = await rollups.window(database, window_s=3600)
    await rollups.roll_up(database)
    await rollups.roll_up(database)
    after = await rollups.window(database, window_s=3600)
    assert before == after
    assert sum(after["completed"].values()) == 3
    assert (await rollups.window(database, window_s=60, exact=True))["completed"] == {0: 1}
    (bucket,) = after["run"]
    assert 2.0 <= BUCKET_BASE**bucket / 1000 <= 2.0 * BUCKET_BASE
