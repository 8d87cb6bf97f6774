"""The statements of a batch by themselves: each condition is needed, whatever the ids that they are given."""

import asyncio
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text
from uuid_utils.compat import uuid7

from app.auth.caller import SERVICE_OWNER_ID
from app.core.database import Database
from app.jobs.outcomes import AttemptUsage
from app.jobs.repository import bulk
from app.jobs.repository.bulk import Retention
from app.jobs.states import BulkVerb
from tests.integration.jobs.locks import is_waiting, two_jobs
from tests.rig import jobs
from tests.rig.dead_letters import fail_again, failed
from tests.rig.invariants import check_invariants
from tests.rig.mutants import ALWAYS, ANY_ORDER, HISTORY, IN_ORDER, NO_LINE, OWNER, STATUS, Mutant
from tests.rig.stack import eventually

RETRY, DISCARD, PRUNE = (bulk._STATEMENTS[verb] for verb in (BulkVerb.RETRY, BulkVerb.DISCARD, BulkVerb.PRUNE))
ENDED_BEFORE = r"jobs\.finished_at < \$\d+::TIMESTAMP WITH TIME ZONE"
MUTANTS = (
    (BulkVerb.RETRY, Mutant("a bulk retry looks at the owner", RETRY, OWNER, ALWAYS)),
    (BulkVerb.RETRY, Mutant("a bulk retry looks at the status", RETRY, STATUS, ALWAYS)),
    (BulkVerb.RETRY, Mutant("a bulk retry leaves later failures", RETRY, ENDED_BEFORE, ALWAYS)),
    (BulkVerb.RETRY, Mutant("a bulk retry writes history", RETRY, HISTORY, NO_LINE)),
    (BulkVerb.RETRY, Mutant("a bulk retry gives the budget", RETRY, "refunds=jobs.attempt", "refunds=jobs.refunds")),
    (BulkVerb.DISCARD, Mutant("a discard looks at the owner", DISCARD, OWNER, ALWAYS)),
    (BulkVerb.DISCARD, Mutant("a discard looks at the status", DISCARD, STATUS, ALWAYS)),
    (BulkVerb.DISCARD, Mutant("a discard leaves later failures", DISCARD, ENDED_BEFORE, ALWAYS)),
    (BulkVerb.PRUNE, Mutant("a bulk pruning looks at the owner", PRUNE, OWNER, ALWAYS)),
    (BulkVerb.PRUNE, Mutant("a bulk pruning leaves later ends", PRUNE, ENDED_BEFORE, ALWAYS)),
)
LOCKING = (
    (BulkVerb.RETRY, Mutant("bulk retries lock in order", RETRY, IN_ORDER, ANY_ORDER)),
    (BulkVerb.DISCARD, Mutant("discards lock in order", DISCARD, IN_ORDER, ANY_ORDER)),
)


async def act(database: Database, verb: BulkVerb, ids: list[UUID], *, after: list[UUID]) -> int:
    """Make an action, let `after` fail once more, and give the statement the ids of all."""
    filter_ = {"older_than_days": 1} if verb is BulkVerb.PRUNE else {}
    async with database.begin() as connection:
        await bulk.create(connection, SERVICE_OWNER_ID, uuid7(), action=verb, filter_=filter_, total=0)
    for job_id in after:
        await fail_again(database, job_id)
    async with database.begin() as connection:
        action = await bulk.take(connection)
        assert action is not None
        assert isinstance(bulk.wanted_by(action), Retention) == (verb is BulkVerb.PRUNE)
        return await bulk.apply(connection, action, [*ids, *after])


async def check(database: Database, verb: BulkVerb) -> None:
    """Give a statement jobs of every kind, and assert that it met those alone that it may meet."""
    done = await jobs.claim(database, await jobs.insert(database))
    await jobs.finish(database, done, {"message": "x"}, AttemptUsage())
    dead, late, waiting = await failed(database), await jobs.insert(database), await jobs.insert(database)
    foreign = await failed(database, owner_id=uuid4())
    met = {dead, done.id} if verb is BulkVerb.PRUNE else {dead}
    assert await act(database, verb, [foreign, dead, waiting, done.id], after=[late]) == len(met)
    rows = await check_invariants(database, quiet=False)
    left = {row.id: (row.status, row.refunds) for row in rows}
    kept = {foreign: ("failed", 0), waiting: ("pending", 0), done.id: ("completed", 0), late: ("failed", 0)}
    retried = {dead: ("pending", 1)} if verb is BulkVerb.RETRY else {}
    assert left == {job_id: end for job_id, end in kept.items() if job_id not in met} | retried


@pytest.mark.parametrize("verb", BulkVerb)
async def test_a_batch_meets_no_job_but_its_own(database: Database, verb: BulkVerb) -> None:
    await check(database, verb)


@pytest.mark.parametrize(("verb", "mutant"), MUTANTS, ids=lambda one: getattr(one, "name", one))
async def test_each_condition_is_needed(database: Database, verb: BulkVerb, mutant: Mutant) -> None:
    with mutant.installed(database) as edited, pytest.raises(AssertionError):
        await check(database, verb)
    assert edited


async def check_order(database: Database, verb: BulkVerb) -> None:
    """While the lowest job is held by somebody, a batch waits for it and holds no other yet."""
    low, high = await two_jobs(database)
    for job_id in (low, high):
        await fail_again(database, job_id)
    async with database.begin() as connection:
        await connection.execute(text("SELECT id FROM jobs WHERE id = :id FOR UPDATE"), {"id": low})
        task = asyncio.ensure_future(act(database, verb, [high, low], after=[]))
        await eventually(lambda: is_waiting(database))
        free = {row.id for row in await database.rows(text("SELECT id FROM jobs FOR UPDATE SKIP LOCKED"))}
    assert await task == 2
    assert free == {high}


@pytest.mark.parametrize("verb", [BulkVerb.RETRY, BulkVerb.DISCARD])
async def test_a_batch_locks_its_jobs_in_order(database: Database, verb: BulkVerb) -> None:
    await check_order(database, verb)


@pytest.mark.parametrize(("verb", "mutant"), LOCKING, ids=lambda one: getattr(one, "name", one))
async def test_a_lock_out_of_order_is_seen(database: Database, verb: BulkVerb, mutant: Mutant) -> None:
    with mutant.installed(database) as edited, pytest.raises(AssertionError):
        await check_order(database, verb)
    assert edited
