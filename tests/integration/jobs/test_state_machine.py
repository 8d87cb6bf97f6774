"""The verbs in any order and any number: after each step the rows are what a small model says, and legal."""

import asyncio
from functools import partial
from typing import Any

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


def run(runner: asyncio.Runner, database: Database, how: settings) -> None:
    machine: Any = partial(JobMachine, runner, database)
    run_state_machine_as_test(machine, settings=how)


def test_the_statements_do_what_the_model_does(runner: asyncio.Runner, machine_database: Database) -> None:
    run(runner, machine_database, FEW)


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_they_do_so_in_a_thousand_runs(runner: asyncio.Runner, machine_database: Database) -> None:
    run(runner, machine_database, MANY)
