"""The tests of the verbs can see: a statement with one condition taken out is always found out."""

import asyncio
from collections.abc import Iterator

import pytest
from sqlalchemy.exc import DBAPIError

from app.core.database import Database, sqlstate
from tests.integration.jobs.test_locks import assert_dispatch_skips_what_another_has, assert_locks_lowest_first
from tests.rig.job_machine import JobMachine
from tests.rig.job_walk import walk
from tests.rig.mutants import ALONE, DISPATCHING, LOCKING, Mutant

# A broken constraint of a table, and a deadlock. An SQL error would say nothing: the mutant itself would be wrong.
CAUGHT_BY_POSTGRESQL = ("23", "40P01")


@pytest.fixture(scope="module")
def killed(request: pytest.FixtureRequest) -> Iterator[list[str]]:
    """The mutants that were found out, told at the end."""
    found: list[str] = []
    yield found
    if reporter := request.config.pluginmanager.get_plugin("terminalreporter"):
        reporter.write_line(f"\nmutants killed {len(found)}/{len(ALONE) + len(LOCKING) + 1}")


def assert_caught(error: BaseException) -> None:
    if isinstance(error, DBAPIError):
        assert (sqlstate(error) or "").startswith(CAUGHT_BY_POSTGRESQL), error
    else:
        assert isinstance(error, AssertionError), error


def test_the_walk_itself_finds_nothing(runner: asyncio.Runner, machine_database: Database) -> None:
    walk(JobMachine(runner, machine_database))


@pytest.mark.parametrize("mutant", ALONE, ids=lambda mutant: mutant.name)
def test_the_walk_finds_out(
    mutant: Mutant, killed: list[str], runner: asyncio.Runner, machine_database: Database
) -> None:
    with mutant.installed(machine_database), pytest.raises((AssertionError, DBAPIError)) as caught:
        walk(JobMachine(runner, machine_database))
    assert_caught(caught.value)
    killed.append(mutant.name)


@pytest.mark.parametrize("verb", LOCKING)
async def test_a_lock_out_of_order_is_seen(verb: str, killed: list[str], database: Database) -> None:
    with LOCKING[verb].installed(database), pytest.raises(AssertionError):
        await assert_locks_lowest_first(database, verb)
    killed.append(LOCKING[verb].name)


async def test_a_dispatcher_that_waits_is_seen(killed: list[str], database: Database) -> None:
    with DISPATCHING.installed(database), pytest.raises(AssertionError):
        await assert_dispatch_skips_what_another_has(database)
    killed.append(DISPATCHING.name)
