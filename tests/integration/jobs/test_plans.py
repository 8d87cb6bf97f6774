"""Which ways PostgreSQL takes to jobs: in plans that know no parameter, and in plans that were kept for too long."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import text

from app.auth.caller import SERVICE_OWNER_ID
from app.core.database import Database
from app.core.settings import Settings
from app.jobs.repository import claim, dispatch, maintenance
from app.jobs.rows import Claim, ClaimRequest
from app.jobs.states import Status
from load_test import backlog, bench_size, buffers, generic_plans
from tests.rig import jobs

FEW, MANY = 2_000, 10_000  # of which 200 wait, and which all wait
WARM = 8  # from the sixth time on a plan may be kept
LOST = 1_500
DUE = {"jobs_due", "jobs_deadline"}  # each has all that waits
BY_ID = {"jobs_pkey", "flow_controls_pkey"}
EXPECTED = {
    "dispatch": DUE | BY_ID,
    "dispatch of a type": DUE | BY_ID,
    "dispatch of a model": DUE | BY_ID,
    "dispatch of suspects": {"jobs_suspects"} | BY_ID,
    "room for suspects": {"jobs_suspects"},
    "sent": {"jobs_sent"},
    "unsend": BY_ID,
    "resend all": {"jobs_sent"} | BY_ID,
    "resend lost": {"jobs_sent"} | BY_ID,
    "claim": BY_ID,
    "beat": BY_ID,
    "progress": BY_ID,
    "end": BY_ID,
    "rescue": {"jobs_running"} | BY_ID,
    "expire": {"jobs_deadline"} | BY_ID,
}
# Until version 17 PostgreSQL keeps 16 a session by its fast path; each one more goes through the table that all share.
MOST_RELATIONS = 21
_LOCKED = text("SELECT count(DISTINCT relation) FROM pg_locks WHERE pid = pg_backend_pid() AND relation >= 16384")
_BLOCKS = text("""
    SELECT heap_blks_hit + heap_blks_read + idx_blks_hit + idx_blks_read FROM pg_statio_user_tables
    WHERE relname = 'jobs'
""")

_TAKEN = text("SELECT generic_plans, custom_plans FROM pg_prepared_statements WHERE statement LIKE 'WITH due%'")


async def test_a_plan_that_knows_no_parameter_takes_the_index_that_was_made_for_it(database: Database) -> None:
    await bench_size.fill(database, SERVICE_OWNER_ID, MANY)
    await buffers.vacuum(database)
    for count in (1, 100):
        found = await generic_plans.measure(database, count=count)
        others = {name: [ways - EXPECTED[name] for ways in statements] for name, statements in found.items()}
        assert {name: ways for name, ways in others.items() if any(ways)} == {}
        assert all(statements and all(statements) for statements in found.values())


@asynccontextmanager
async def alone(settings: Settings, *, plans_anew: bool = False) -> AsyncIterator[Database]:
    """Open one connection, so that its plans are kept and its counts can be asked to be told at once."""
    url = settings.database_url.get_secret_value()
    database = Database(url, application_name="tests", pool_size=1, plans_anew=plans_anew)
    try:
        yield database
    finally:
        await database.close()


async def blocks(database: Database, verb: Callable[[], Awaitable[Any]]) -> int:
    """Return how many blocks of jobs and their indexes a verb reads on this one connection."""

    async def read() -> int:
        await database.rows(text("SELECT pg_stat_force_next_flush()"))
        return int((await database.rows(_BLOCKS))[0][0])

    before = await read()
    await verb()
    return await read() - before


async def waiting(database: Database, count: int) -> list[UUID]:
    found = await database.rows(generic_plans.WAITING, {"count": count})
    return [row.id for row in found]


async def of_one_job(database: Database) -> Mapping[str, int]:
    """Return the blocks that each verb reads for one job of those that wait."""
    [job_id] = await waiting(database, 1)
    claims: list[Claim] = []

    async def take() -> None:
        claims.append(await jobs.claim(database, job_id))

    return {
        "claim": await blocks(database, take),
        "beat": await blocks(database, lambda: claim.beat(database, claims, lease_s=60)),
        "progress": await blocks(database, lambda: claim.set_progress(database, claims[0], {})),
        "end": await blocks(database, lambda: jobs.finish(database, claims[0], {})),
    }


async def run_many(database: Database, count: int) -> None:
    """Claim so many of those that wait."""
    requests = [ClaimRequest(job_id, uuid4()) for job_id in await waiting(database, count)]
    await claim.claim(database, requests, worker="w1", lease_s=60)


async def test_a_plan_from_a_quiet_time_is_good_enough_once_many_wait_and_run(
    database: Database, settings: Settings
) -> None:
    await bench_size.fill(database, SERVICE_OWNER_ID, FEW)
    await buffers.vacuum(database)
    async with alone(settings) as worker:
        for _ in range(WARM):
            few = await of_one_job(worker)
        await backlog.fill_at_once(database, MANY)
        await run_many(database, LOST)
        many = await of_one_job(worker)
    assert {name: (few[name], many[name]) for name in few if many[name] > buffers.MOST * few[name]} == {}


async def test_a_scheduler_s_plans_are_not_kept(database: Database, settings: Settings) -> None:
    """Of two indexes that have all that waits, the wrong one is as good while hardly anything does."""
    async with alone(settings, plans_anew=True) as scheduler:
        for _ in range(WARM):
            await dispatch.take_due(scheduler, "default", 5, room=1)
        assert [tuple(row) for row in await scheduler.rows(_TAKEN)] == [(0, WARM)]


async def test_jobs_of_lost_workers_are_taken_back_without_looking_at_each_for_each(
    database: Database, settings: Settings
) -> None:
    """Whoever restarts a large site has thousands of them at once, and a statement 10 seconds."""
    await bench_size.fill(database, SERVICE_OWNER_ID, FEW)
    await buffers.vacuum(database)
    await backlog.fill_at_once(database, 2 * LOST)
    await run_many(database, LOST)
    await database.rows(text("UPDATE jobs SET lease_expires_at = now() - interval '1 h' WHERE status = 'processing'"))
    taken: list[Any] = []

    async with alone(settings) as scheduler:

        async def rescue() -> None:
            taken.extend(await maintenance.rescue(scheduler, lease_s=-1e6))

        async def expire() -> None:
            taken.extend(await maintenance.expire(scheduler))

        assert await blocks(scheduler, rescue) < 100 * maintenance.BATCH
        await database.rows(text("UPDATE jobs SET deadline_at = now() - interval '1 h' WHERE status = 'pending'"))
        assert await blocks(scheduler, expire) < 100 * maintenance.BATCH
    assert [one.status for one in taken] == [Status.PENDING] * maintenance.BATCH + [Status.FAILED] * maintenance.BATCH


async def test_a_statement_locks_no_more_relations_than_were_thought_of(database: Database) -> None:
    """An index more on jobs is one lock more for each claim and each end."""
    job_id = await jobs.insert(database)
    with buffers.listening(database) as sent:
        claimed = await jobs.claim(database, job_id)
        await jobs.finish(database, claimed, {})
    # As it was before both.
    again = "(finished_at, result, lease_expires_at, claim_token) = (NULL, NULL, NULL, NULL), attempt = 0, version = 1"
    await jobs.change(database, job_id, f"status = 'pending', {again}")
    await database.rows(text("DELETE FROM job_events WHERE version > 1"))
    locked = []
    async with buffers.undone(database) as connection:
        for one in sent:
            assert (await connection.exec_driver_sql(one.sql, one.parameters)).all() != []
            locked.append((await connection.execute(_LOCKED)).scalar_one())
    assert len(locked) == 2
    assert max(locked) <= MOST_RELATIONS, locked


async def test_a_column_more_breaks_no_statement_that_was_prepared_before_it(
    database: Database, settings: Settings
) -> None:
    async with alone(settings) as worker:
        for _ in range(WARM):
            await jobs.finish(worker, await jobs.claim(worker, await jobs.insert(worker)), {})
        await database.rows(text("ALTER TABLE jobs ADD COLUMN later int"))
        try:
            await jobs.finish(worker, await jobs.claim(worker, await jobs.insert(worker)), {})
        finally:
            await database.rows(text("ALTER TABLE jobs DROP COLUMN later"))
        await jobs.finish(worker, await jobs.claim(worker, await jobs.insert(worker)), {})
