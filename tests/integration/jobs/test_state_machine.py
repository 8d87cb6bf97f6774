"""The verbs in any order and any number: after each step the rows are what a small model says, and legal."""

import asyncio
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from app.core.database import Database
from tests.rig.job_machine import JobMachine

FEW = settings(
    max_examples=40,
    stateful_step_count=50,
    derandomize=True,  # the same runs each time; the long test looks for new ones
    database=None,
    deadline=None,
    phases=[Phase.generate],  # to shorten a run that fails takes minutes: the long test does it
    report_multiple_bugs=False,
    suppress_health_check=list(HealthCheck),
)
MANY = settings(FEW, max_examples=1000, derandomize=False, phases=[Phase.generate, Phase.shrink])


def run(runner: asyncio.Runner, database: Database, how: settings) -> int:
    """Run the machine as often as the settings say; return how often that was."""
    runs = 0

    def machine() -> JobMachine:
        nonlocal runs
        runs += 1
        return JobMachine(runner, database)

    run_state_machine_as_test(machine, settings=how)  # type: ignore[arg-type] # any callable will do
    return runs


@pytest.mark.no_cover  # thousands of steps through what other tests cover
def test_the_statements_do_what_the_model_does(runner: asyncio.Runner, machine_database: Database) -> None:
    assert run(runner, machine_database, FEW) >= FEW.max_examples


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.case("F22", "the verbs in any order, beside a small model", "after each step the rows are what it says")
def test_they_do_so_in_a_thousand_runs(
    runner: asyncio.Runner, machine_database: Database, record_property: Callable[[str, object], None]
) -> None:
    runs = run(runner, machine_database, MANY)
    assert runs >= MANY.max_examples
    record_property("runs", runs)
    record_property("steps of a run, at most", MANY.stateful_step_count)
