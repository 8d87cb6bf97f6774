"""How statements lock: several jobs in the order of their ids, and never those that somebody else just has."""

from collections.abc import Awaitable, Callable

import pytest

from app.core.database import Database
from app.jobs.rows import Claim
from tests.integration.jobs.locks import FENCED, assert_dispatch_skips_what_another_has, assert_locks_lowest_first

of_the_report = pytest.mark.case(
    "F22", "two sessions at the same jobs at once", "locks in the order of ids; a dispatcher waits for nobody"
)


Verb = Callable[[Database, list[Claim]], Awaitable[None]]


@of_the_report
@pytest.mark.parametrize("verb", ["claim", *FENCED])
async def test_a_batch_locks_its_jobs_in_order(database: Database, verb: str) -> None:
    await assert_locks_lowest_first(database, verb)


@of_the_report
async def test_a_dispatcher_waits_for_nobody(database: Database) -> None:
    await assert_dispatch_skips_what_another_has(database)
