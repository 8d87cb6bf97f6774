"""The tests of the verbs can see: a statement with one condition taken out is always found out."""

import asyncio

import pytest
from sqlalchemy.exc import DBAPIError

from app.core.database import Database, sqlstate
from tests.integration.jobs.test_locks import assert_dispatch_skips_what_another_has, assert_locks_lowest_first
from tests.rig.job_machine import JobMachine
from tests.rig.job_walk import walk
from tests.rig.mutants import ALONE, LOCKING, Mutant

# A broken constraint of a table, and a deadlock. An SQL error would say nothing: the mutant itself would be wrong.
CAUGHT_BY_POSTGRESQL = ("23", "40P01")


def assert_caught(error: BaseException) -> None:
    if isinstance(error, DBAPIError):
        assert (sqlstate(error) or "").startswith(CAUGHT_BY_POSTGRESQL), error
    else:
        assert isinstance(error, AssertionError), error


def test_the_walk_itself_finds_nothing(runner: asyncio.Runner, machine_database: Database) -> None:
    walk(JobMachine(runner, machine_database))


@pytest.mark.parametrize("mutant", ALONE, ids=lambda mutant: mutant.name)
def test_the_walk_finds_out(mutant: Mutant, runner: asyncio.Runner, machine_database: Database) -> None:
    with mutant.installed(machine_database), pytest.raises((AssertionError, DBAPIError)) as caught:
        walk(JobMachine(runner, machine_database))
    assert_caught(caught.value)


@pytest.mark.parametrize("verb", LOCKING)
async def test_a_wrong_lock_is_seen(verb: str, database: Database) -> None:
    is_dispatch = verb == "dispatch"
    seen = (
        assert_dispatch_skips_what_another_has(database) if is_dispatch else assert_locks_lowest_first(database, verb)
    )
    with LOCKING[verb].installed(database), pytest.raises(AssertionError):
        await seen
