"""An executor, and a job type that behaves as a test wants; and what the state machine runs on.

Hypothesis calls plain functions, so the state machine has a loop and a pool of its own.
"""

import asyncio
import re
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from pydantic import BaseModel

from app.core.database import Database
from app.core.settings import Settings
from app.jobs.runtime.executor import Executor
from app.llm.catalog_source import load_catalog
from app.llm.registry import build
from app.processors import registry
from app.processors.base import Context, JobType
from tests.rig.attempts import Behave, Behaviour, make_executor


class Given(BaseModel):
    """What the job type takes."""

    message: str = ""


class Result(BaseModel):
    """What it gives."""

    value: Any


@pytest.fixture
async def executor(settings: Settings, database: Database) -> AsyncIterator[Executor]:
    """An executor whose jobs ask the default model."""
    model = build(load_catalog(settings).resolve("default")[0], settings)
    yield make_executor(settings, database, lambda _: model)
    await model.close()


@pytest.fixture
def behave(monkeypatch: pytest.MonkeyPatch) -> Behave:
    """Give the job type `echo` another behaviour."""

    def install(behaviour: Behaviour) -> None:
        async def run(_: Given, context: Context) -> Result:
            return Result(value=await behaviour(context))

        job_type = JobType("echo", "T", "D", Given, Result, {}, run)
        monkeypatch.setattr(registry, "get", {"echo": job_type}.get)

    return install


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
