"""What the state machine runs on: Hypothesis calls plain functions, so it has a loop and a pool of its own."""

import asyncio
import re
from collections.abc import Iterator

import pytest

from app.core.database import Database


@pytest.fixture(scope="module")
def runner() -> Iterator[asyncio.Runner]:
    """The loop on which each step runs to its end. The other tests' loop stands still meanwhile."""
    with asyncio.Runner(loop_factory=asyncio.new_event_loop) as runner:
        yield runner


@pytest.fixture(scope="module")
def machine_database(runner: asyncio.Runner, database_url: str) -> Iterator[Database]:
    """The test database, for that loop."""
    assert database_url.endswith("_test")
    database = Database(database_url, application_name="tests", pool_size=2)
    yield database
    runner.run(database.close())


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Tell how many mutants were found out: each is one parameter of a test."""
    ran = {
        outcome: [
            report
            for report in terminalreporter.stats.get(outcome, [])
            if re.search(r"test_mutants\.py::test_(the_walk|a_wrong|a_control)\w+\[", report.nodeid)
        ]
        for outcome in ("passed", "failed")
    }
    if total := sum(map(len, ran.values())):
        terminalreporter.write_line(f"mutants killed {len(ran['passed'])}/{total}")
