"""Actions over many jobs: batches that a kill neither loses nor repeats, and that touch only what was meant."""

import asyncio
from collections import Counter
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text
from uuid_utils.compat import uuid7

from app.auth.caller import SERVICE_OWNER_ID
from app.core.clock import utc_now
from app.core.database import Database
from app.core.settings import Settings
from app.jobs.maintenance.bulk import BulkActions
from app.jobs.outcomes import AttemptUsage
from app.jobs.repository import bulk, claim, maintenance
from app.jobs.repository.bulk import BATCH
from app.jobs.repository.submit import store_jobs
from app.jobs.rows import ClaimRequest
from app.jobs.states import BulkVerb
from tests.rig import jobs
from tests.rig.dead_letters import fail_again, failed, many_failed
from tests.rig.invariants import check_invariants

STRANGER = uuid4()
RUNNING, BEATS, HOT_RATIO = 500, 15, 0.95


async def make(
    database: Database, verb: BulkVerb = BulkVerb.RETRY, *, owner: UUID = SERVICE_OWNER_ID, **filter_: Any
) -> UUID:
    async with database.begin() as connection:
        action = await bulk.create(connection, owner, uuid7(), action=verb, filter_=filter_, total=0)
    return UUID(str(action.id))


async def shown(database: Database, action_id: UUID) -> tuple[str, int, int, int]:
    row = await bulk.get(database, SERVICE_OWNER_ID, action_id)
    assert row is not None
    return row.status, row.total, row.done, row.skipped


async def retries(database: Database) -> Counter[int]:
    """How many jobs were retried how often."""
    rows = await database.rows(text("SELECT count(*) FROM job_events WHERE name = 'retried' GROUP BY job_id"))
    return Counter(row[0] for row in rows)


async def statuses(database: Database) -> dict[str, int]:
    rows = await database.rows(text("SELECT status, count(*) AS count FROM jobs GROUP BY status"))
    return {row.status: row.count for row in rows}


async def test_many_jobs_are_retried_in_batches_with_progress(database: Database) -> None:
    await many_failed(database, BATCH + 1)
    action, work = await make(database), BulkActions(database)
    assert await work.step()
    assert await shown(database, action) == ("running", BATCH, BATCH, 0)
    assert await statuses(database) == {"pending": BATCH, "failed": 1}
    assert await work.step()
    assert await shown(database, action) == ("completed", BATCH + 1, BATCH + 1, 0)
    assert not await work.step()
    assert await retries(database) == {1: BATCH + 1}
    await check_invariants(database, quiet=False)


async def test_two_schedulers_share_the_work_and_repeat_nothing(database: Database) -> None:
    await many_failed(database, 3 * BATCH)
    actions = [await make(database), await make(database, error_code="auth_failed")]
    await asyncio.gather(*(BulkActions(database).run() for _ in range(2)))
    assert await retries(database) == {1: 3 * BATCH}
    ends = [await shown(database, action) for action in actions]
    assert [end[0] for end in ends] == ["completed", "completed"]
    assert sum(end[2] for end in ends) == 3 * BATCH
    await check_invariants(database, quiet=False)


async def test_a_retry_and_a_discard_of_the_same_jobs_share_them(database: Database) -> None:
    await many_failed(database, 3 * BATCH)
    actions = [await make(database, verb) for verb in (BulkVerb.RETRY, BulkVerb.DISCARD)]
    await asyncio.gather(*(BulkActions(database).run() for _ in range(2)))
    (_, _, retried, _), (_, _, discarded, _) = [await shown(database, action) for action in actions]
    assert retried + discarded == 3 * BATCH
    assert await statuses(database) == ({"pending": retried} if retried else {})
    await check_invariants(database, quiet=False)


@pytest.mark.parametrize("verb", [BulkVerb.RETRY, BulkVerb.DISCARD])
async def test_a_kill_in_the_middle_of_a_batch_neither_loses_nor_repeats(
    database: Database, monkeypatch: pytest.MonkeyPatch, verb: BulkVerb
) -> None:
    await many_failed(database, 2 * BATCH + 1)
    action, work = await make(database, verb), BulkActions(database)
    await work.step()

    async def stop(*_: Any, **__: Any) -> None:
        raise asyncio.CancelledError

    with monkeypatch.context() as patch:
        patch.setattr(bulk, "advance", stop)
        with pytest.raises(asyncio.CancelledError):
            await work.step()
    assert await shown(database, action) == ("running", BATCH, BATCH, 0)
    assert (await statuses(database))["failed"] == BATCH + 1
    await BulkActions(database).run()
    assert await shown(database, action) == ("completed", 2 * BATCH + 1, 2 * BATCH + 1, 0)
    assert await retries(database) == ({1: 2 * BATCH + 1} if verb is BulkVerb.RETRY else {})
    await check_invariants(database, quiet=False)


async def test_what_fails_again_meanwhile_is_not_retried_twice(database: Database) -> None:
    ids = await many_failed(database, BATCH + 1)
    action, work = await make(database), BulkActions(database)
    await work.step()
    await fail_again(database, ids[0])
    await database.rows(text("UPDATE bulk_actions SET resume_after = NULL"))  # even if it came by once more
    await work.run()
    assert await jobs.column(database, ids[0], "status") == "failed"
    assert await retries(database) == {1: BATCH + 1}
    assert (await shown(database, action))[0] == "completed"


async def test_what_fails_after_an_action_was_made_is_not_its_business(database: Database) -> None:
    action = await make(database)
    late = await failed(database)
    await BulkActions(database).run()
    assert await jobs.column(database, late, "status") == "failed"
    assert await shown(database, action) == ("completed", 0, 0, 0)


async def test_what_changed_before_its_turn_is_skipped(database: Database) -> None:
    ids = [await failed(database) for _ in range(3)]
    first = await make(database, BulkVerb.DISCARD, ids=[str(ids[0])])
    second = await make(database)
    await database.rows(text("UPDATE bulk_actions SET total = 3 WHERE id = :id"), {"id": second})
    await BulkActions(database).run()
    assert await shown(database, first) == ("completed", 1, 1, 0)
    assert await shown(database, second) == ("completed", 3, 2, 1)


async def test_a_job_that_is_taken_between_reading_and_acting_is_skipped(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken, left = await failed(database), await failed(database)
    action, read_ids = await make(database), bulk.next_ids

    async def read_and_lose_one(connection: Any, row: Any) -> list[UUID]:
        ids = await read_ids(connection, row)
        await jobs.change(database, taken, "finished_at = now()")
        return ids

    monkeypatch.setattr(bulk, "next_ids", read_and_lose_one)
    await BulkActions(database).run()
    assert await shown(database, action) == ("completed", 2, 1, 1)
    assert await jobs.column(database, left, "status") == "pending"


async def test_another_owner_s_jobs_are_out_of_reach(database: Database) -> None:
    foreign = await failed(database, owner_id=STRANGER)
    own = await failed(database)
    for verb in (BulkVerb.RETRY, BulkVerb.DISCARD):
        await make(database, verb, ids=[str(foreign)])
    await make(database, BulkVerb.PRUNE, older_than_days=1)
    await jobs.change(database, foreign, "finished_at = finished_at - interval '9 days'")
    await BulkActions(database).run()
    assert await jobs.column(database, foreign, "status") == "failed"
    assert await jobs.column(database, own, "status") == "failed"
    strange = await make(database, owner=STRANGER)
    assert await bulk.get(database, SERVICE_OWNER_ID, strange) is None
    async with database.begin() as connection:
        assert await bulk.cancel(connection, SERVICE_OWNER_ID, strange) is None


async def test_a_stopped_action_does_no_further_batch(database: Database) -> None:
    await many_failed(database, BATCH + 1)
    action, work = await make(database), BulkActions(database)
    await work.step()
    async with database.begin() as connection:
        assert await bulk.cancel(connection, SERVICE_OWNER_ID, action) is not None
    await work.run()
    assert (await shown(database, action))[::2] == ("cancelled", BATCH)
    assert await statuses(database) == {"pending": BATCH, "failed": 1}


async def test_pruning_takes_old_ends_of_every_kind_and_nothing_else(database: Database) -> None:
    done = await jobs.claim(database, await jobs.insert(database))
    await jobs.finish(database, done, {"message": "x"}, AttemptUsage())
    dead, fresh, waiting = await failed(database), await failed(database), await jobs.insert(database)
    for job_id in (done.id, dead):
        await jobs.change(database, job_id, "finished_at = now() - interval '3 days'")
    await jobs.change(database, waiting, "created_at = now() - interval '3 days'")
    action = await make(database, BulkVerb.PRUNE, older_than_days=2)
    await BulkActions(database).run()
    assert await shown(database, action) == ("completed", 2, 2, 0)
    rows = await database.rows(text("SELECT DISTINCT job_id FROM job_events"))
    assert {row.job_id for row in rows} == {fresh, waiting}


async def test_old_actions_that_ended_are_dropped(database: Database) -> None:
    ended, fresh = await make(database), await make(database)
    await BulkActions(database).run()
    left = await make(database)
    old = text("UPDATE bulk_actions SET created_at = :at, finished_at = finished_at - interval '2 days' WHERE id = :id")
    for action in (ended, left):
        await database.rows(old, {"at": utc_now() - timedelta(days=2), "id": action})
    await maintenance.prune_records(database, kept_s=86_400.0, minutes_kept_s=1.0)
    rows = await bulk.find_page(database, SERVICE_OWNER_ID, before=None, limit=10)
    assert [row.id for row in rows] == [left, fresh]


async def test_an_action_that_cannot_go_on_has_failed_and_holds_up_no_other(database: Database) -> None:
    job_id = await failed(database)
    broken, good = await make(database, ids=[str(job_id)], finished_from="never"), await make(database)
    await BulkActions(database).run()
    row = await bulk.get(database, SERVICE_OWNER_ID, broken)
    assert row is not None
    assert (row.status, row.error) == ("failed", "A batch failed (ValueError); the scheduler's log says why.")
    assert await shown(database, good) == ("completed", 1, 1, 0)


async def test_an_outage_ends_no_action(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    await failed(database)
    action = await make(database)

    async def away(*_: Any) -> None:
        raise ConnectionResetError

    with monkeypatch.context() as patch:
        patch.setattr(bulk, "apply", away)
        with pytest.raises(ConnectionResetError):
            await BulkActions(database).run()
    assert await shown(database, action) == ("pending", 0, 0, 0)
    await BulkActions(database).run()
    assert await shown(database, action) == ("completed", 1, 1, 0)


async def test_heartbeats_and_progress_stay_heap_only_updates(database: Database, settings: Settings) -> None:
    await failed(database)
    claimed = await jobs.claim(database, await jobs.insert(database))
    # One connection, so that its counts can be asked to be told at once.
    alone = Database(settings.database_url.get_secret_value(), application_name="tests", pool_size=1)
    try:
        before = await updates(alone)
        for _ in range(5):
            assert await claim.beat(alone, [claimed], lease_s=60.0) == {claimed.id: False}
            await claim.set_progress(alone, claimed, {"step": "reading"})
        after = await updates(alone)
    finally:
        await alone.close()
    assert (after[0] - before[0], after[1] - before[1]) == (10, 10)


async def test_heartbeats_of_very_many_are_nearly_all_heap_only(database: Database, settings: Settings) -> None:
    """Their pages are full at first; who does not fit moves once, and leaves room for its neighbours."""
    new = [jobs.new_job() for _ in range(RUNNING)]
    await store_jobs(database, new)
    requests = [ClaimRequest(one.id, uuid4()) for one in new]
    claims = [one for one in await claim.claim(database, requests, worker="w1", lease_s=60) if one is not None]
    alone = Database(settings.database_url.get_secret_value(), application_name="tests", pool_size=1)
    try:
        for _ in range(BEATS):
            before = await updates(alone)
            assert len(await claim.beat(alone, claims, lease_s=60.0)) == RUNNING
            after = await updates(alone)
    finally:
        await alone.close()
    assert after[0] - before[0] == RUNNING
    assert after[1] - before[1] >= HOT_RATIO * RUNNING


async def updates(alone: Database) -> tuple[int, int]:
    """Return how many updates `jobs` has had, and how many of them were heap-only."""
    await alone.rows(text("SELECT pg_stat_force_next_flush()"))
    row = await alone.row(text("SELECT n_tup_upd, n_tup_hot_upd FROM pg_stat_user_tables WHERE relname = 'jobs'"))
    assert row is not None
    return row[0], row[1]
