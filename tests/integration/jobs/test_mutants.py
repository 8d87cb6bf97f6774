"""The tests of the verbs can see: a statement with one condition taken out is always found out."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from uuid import uuid4

import pytest
from sqlalchemy.exc import DBAPIError

from app.core.database import Database
from app.core.database_errors import sqlstate
from app.jobs.repository import claim
from app.jobs.repository.flow_control import Scope
from app.jobs.rows import ClaimRequest
from tests.integration.jobs import test_flow, test_refused
from tests.integration.jobs.locks import assert_dispatch_skips_what_another_has, assert_locks_lowest_first
from tests.rig.job_machine import JobMachine
from tests.rig.job_walk import walk
from tests.rig.mutants import ALONE, CLAIM, CONTROLS, LOCKING, REFUSALS, Mutant

# A broken constraint of a table, and a deadlock. An SQL error would say nothing: the mutant itself would be wrong.
CAUGHT_BY_POSTGRESQL = ("23", "40P01")
of_the_report = pytest.mark.case(
    "F22",
    "one condition taken out of one of our statements",
    "each is found out by the tests",
    counted="mutants killed",
)


def assert_caught(error: BaseException) -> None:
    if isinstance(error, DBAPIError):
        assert (sqlstate(error) or "").startswith(CAUGHT_BY_POSTGRESQL), error
    else:
        assert isinstance(error, AssertionError), error


@pytest.mark.no_cover  # thousands of steps through what other tests cover
def test_the_walk_itself_finds_nothing(runner: asyncio.Runner, machine_database: Database) -> None:
    walk(lambda: JobMachine(runner, machine_database))


@pytest.mark.parametrize("edit", [("no such text", ""), ("jobs", "jobs")], ids=["found nowhere", "changes nothing"])
async def test_a_mutant_that_edits_nothing_is_an_error_and_no_kill(edit: tuple[str, str], database: Database) -> None:
    with (
        pytest.raises(AssertionError, match="nothing to edit"),
        Mutant("x", CLAIM, *edit).installed(database),
        pytest.raises(AssertionError),
    ):
        raise AssertionError(await claim.claim(database, [ClaimRequest(uuid4(), uuid4())], worker="w1", lease_s=60))


@of_the_report
@pytest.mark.no_cover
@pytest.mark.parametrize("mutant", ALONE, ids=lambda mutant: mutant.name)
def test_the_walk_finds_out(mutant: Mutant, runner: asyncio.Runner, machine_database: Database) -> None:
    with mutant.installed(machine_database), pytest.raises((AssertionError, DBAPIError)) as caught:
        walk(lambda: JobMachine(runner, machine_database))
    assert_caught(caught.value)


@of_the_report
@pytest.mark.parametrize("verb", LOCKING)
async def test_a_wrong_lock_is_seen(verb: str, database: Database) -> None:
    is_dispatch = verb == "dispatch"
    seen = (
        assert_dispatch_skips_what_another_has(database) if is_dispatch else assert_locks_lowest_first(database, verb)
    )
    with LOCKING[verb].installed(database), pytest.raises(AssertionError):
        await seen


def expired(*, refused: bool, code: str) -> Callable[[Database], Awaitable[None]]:
    return lambda database: test_refused.test_who_was_refused_until_the_deadline_is_told_so(database, refused, code)


REFUSAL_CATCHERS: Mapping[str, Callable[[Database], Awaitable[None]]] = {
    "release": test_refused.test_a_job_says_how_often_it_was_refused_and_pays_no_attempt,
    "fail": test_refused.test_one_that_ends_the_job_is_counted,
    "reason": test_refused.test_a_deadline_that_the_next_try_would_miss_ends_it_as_rate_limited,
    "expire": expired(refused=False, code="deadline_exceeded"),
    "expire by code": test_refused.test_who_was_refused_and_then_failed_otherwise_ends_by_its_deadline,
    "retry": test_refused.test_a_retry_forgets_refusals,
}


@of_the_report
@pytest.mark.parametrize("verb", REFUSALS)
async def test_a_refusal_that_does_not_count_is_seen(verb: str, database: Database) -> None:
    with REFUSALS[verb].installed(database), pytest.raises(AssertionError):
        await REFUSAL_CATCHERS[verb](database)


CATCHERS = {
    "claim": test_flow.test_nothing_that_is_paused_is_claimed_and_it_is_sent_again,
    "lock": test_flow.test_a_limit_holds_whoever_claims_at_once,
    "count": test_flow.test_an_end_and_a_lost_lease_make_room_again,
    "refuse": test_flow.test_nothing_that_is_paused_is_claimed_and_it_is_sent_again,
    "resume": test_flow.test_nothing_that_is_paused_is_claimed_and_it_is_sent_again,
}


@of_the_report
@pytest.mark.parametrize("verb", CONTROLS)
async def test_a_control_that_does_not_hold_is_seen(verb: str, database: Database) -> None:
    with CONTROLS[verb].installed(database), pytest.raises(AssertionError):
        await CATCHERS[verb](database, (Scope.QUEUE, "default"))
