"""docs/reliability.md, written from what the fault tests saw; never by hand."""

import json
import os
import platform
import re
import subprocess
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest

from app.core.clock import utc_now

ROOT = Path(__file__).parents[2]
CASE = "case"  # the property by which a test, perhaps in another process, says which case it is
TESTED = ("app", "migrations", "tests", "Makefile", "alembic.ini", "pyproject.toml", "requirements*.txt")
_HEAD = """# What was done to Headrace, and what it did

Written by `make test-faults-full`; do not edit. The promise: every 202 reaches exactly one final state, its result is
written once, by the attempt that owns it, and a model call is made at most once for each (job, attempt, step). Real
processes, real PostgreSQL and Valkey; the provider is a scripted server that logs each call, so that no part of the
stack is its own witness. After every case one function checks all jobs (tests/rig/invariants.py). Leases are 5 s here
instead of 60 s.
"""
NAMES = {
    "F1": "A worker dies",
    "F2": "Jobs kill their worker process",
    "F3": "The API or the scheduler dies between two steps",
    "F4": "A worker freezes and comes back late",
    "F5": "The broker is emptied",
    "F6": "The broker is away, full or frozen",
    "F7": "PostgreSQL is away",
    "F8": "The network between two processes fails",
    "F9": "Messages are repeated, shuffled, forged",
    "F10": "The provider refuses everything for its limit",
    "F11": "The provider hangs",
    "F12": "The provider answers nonsense",
    "F13": "A disk is full",
    "F14": "Clocks are wrong",
    "F15": "Cancel races the end",
    "F16": "Poison jobs among others",
    "F17": "Workers are replaced one by one",
    "F18": "A version is replaced by the next, and back",
    "F19": "A transaction stays open",
    "F21": "Many faults at random",
    "F22": "Our own statements are changed",
    "F23": "The provider sends too much",
}
OTHER = "Other tests of this run that failed"
_WHY_CHARACTERS = 300


@dataclass(frozen=True, slots=True)
class Case:
    """A line of the report. `counted`: under which name to say how many of its tests passed; "" for not at all."""

    number: str
    fault: str
    expectation: str
    counted: str = ""


@dataclass(frozen=True, slots=True)
class Test:
    """How one test ended (passed, failed or skipped), why, if it did not pass, and what it measured."""

    __test__ = False
    case: Case
    outcome: str
    reason: str = ""
    figures: list[tuple[str, str]] = field(default_factory=list)


class Cases:
    """A pytest plugin that hands on the case of each test, wherever the test lies."""

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        """Write the mark down where the report finds it."""
        if (mark := item.get_closest_marker(CASE)) is not None:
            item.user_properties.append((CASE, json.dumps([*mark.args, *mark.kwargs.values()])))


class Report:
    """A pytest plugin that collects the tests and writes the file when all have ended, however they did."""

    def __init__(self, target: Path, torture: Path | None) -> None:
        self._target = target
        self._torture = torture
        self._commit = commit()
        self._tests: dict[str, Test] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep how a test ended; a failure of its setup or teardown is one, too."""
        properties = dict(report.user_properties)
        case = properties.pop(CASE, None)
        if report.passed and (case is None or report.when != "call"):
            return
        if case is None and not report.failed:
            return
        known = Case(*json.loads(str(case))) if case else Case(OTHER, f"`{report.nodeid}`", "passes")
        reason = "" if report.passed else _reason(report)
        figures = [(name, str(value)) for name, value in properties.items()]
        self._tests[report.nodeid] = Test(known, report.outcome, reason, figures)

    def pytest_sessionfinish(self) -> None:
        """Write the file."""
        lines: dict[Case, list[Test]] = defaultdict(list)
        for test in self._tests.values():
            lines[test.case].append(test)
        in_order = dict(sorted(lines.items(), key=lambda line: _place(line[0])))
        self._target.write_text("\n".join(_document(self._commit, in_order, self._torture)) + "\n", "utf-8")


def _reason(report: pytest.TestReport) -> str:
    """Return why a test was skipped, or the first line of what it failed by, fit for a cell of a table."""
    if isinstance(report.longrepr, tuple):
        return report.longrepr[2].removeprefix("Skipped: ")
    crash = getattr(report.longrepr, "reprcrash", None)
    lines = (crash.message if crash is not None else str(report.longrepr)).strip().splitlines()
    return (lines[0] if lines else "").replace("|", "\\|")[:_WHY_CHARACTERS]


def _place(case: Case) -> tuple[int, str]:
    number = case.number[1:]
    return (int(number), "") if number.isdecimal() else (1000, case.fault)


def _document(of: str, lines: dict[Case, list[Test]], torture: Path | None) -> Iterator[str]:
    yield _HEAD
    yield f"- The commit that was tested: {of}\n- Machine: {_machine()}\n- Written: {utc_now():%Y-%m-%d %H:%M} UTC"
    failed, skipped = (
        sum(any(test.outcome == outcome for test in tests) for tests in lines.values())
        for outcome in ("failed", "skipped")
    )
    yield f"- Cases: {len(lines)}, not as expected: {f'**{failed}**' if failed else 0}, skipped: {skipped}"
    if torture is not None:
        yield from _everything_at_once(torture)
    yield "\n## Case by case"
    for number, cases in groupby(lines.items(), key=lambda line: line[0].number):
        yield f"\n### {f'{number}: {NAMES[number]}' if number in NAMES else number}\n"
        yield "| fault | expectation | seen | figures |\n|---|---|---|---|"
        for case, tests in cases:
            yield f"| {case.fault} | {case.expectation} | {_seen(tests)} | {_figures(case, tests)} |"


def _everything_at_once(torture: Path) -> Iterator[str]:
    yield "\n## Everything at once\n"
    if not torture.exists():
        yield "**Not as expected**: `make test-torture` did not come to an end."
        return
    found: dict[str, Any] = json.loads(torture.read_text("utf-8"))
    yield f"`make test-torture`, seed {found['plan']['seed']}, at {found['commit']}.\n"
    yield "| promise | seen | holds |\n|---|---|---|"
    yield from (f"| {what} | {seen} | {'yes' if holds else '**no**'} |" for what, seen, holds in found["promises"])
    yield "\n| figure | value |\n|---|---|"
    yield from (f"| {what} | {value} |" for what, value in found["figures"])
    yield "\nTimes are seconds as p50/p95/max, with how many were timed in parentheses."


def _seen(tests: list[Test]) -> str:
    count = Counter(test.outcome for test in tests)
    share = {outcome: f" ({number} of {len(tests)})" if len(tests) > 1 else "" for outcome, number in count.items()}
    if count["failed"]:
        return ": ".join(filter(None, [f"**not as expected**{share['failed']}", _reasons(tests, "failed")]))
    reasons = _reasons(tests, "skipped")
    skipped = f"skipped{share['skipped']}: {reasons}" if count["skipped"] else ""
    return ", ".join(filter(None, ["as expected" if count["passed"] else "", skipped]))


def _reasons(tests: list[Test], outcome: str) -> str:
    return "; ".join(sorted({test.reason for test in tests if test.outcome == outcome and test.reason}))


def _figures(case: Case, tests: list[Test]) -> str:
    figures = [figure for test in tests for figure in test.figures]
    if case.counted:
        figures.insert(0, (case.counted, f"{sum(test.outcome == 'passed' for test in tests)}/{len(tests)}"))
    return "; ".join(f"{name}: {value}" for name, value in figures)


def commit() -> str:
    """Return the commit of the working tree, "+changes" behind it when what is tested is not as committed."""
    found = _git("rev-parse", "--short=12", "HEAD") or "unknown"
    return f"{found}+changes" if _git("status", "--porcelain", "--", *TESTED) else found


def _git(*arguments: str) -> str:
    done = subprocess.run(("git", *arguments), cwd=ROOT, capture_output=True, text=True, check=False)
    return done.stdout.strip()


def _machine() -> str:
    cpu = "an unknown processor"
    with Path("/proc/cpuinfo").open(encoding="utf-8") as file:
        names = re.findall(r"model name\s*: (.*)", file.read())
    cpu = names[0] if names else cpu
    memory_gib = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    python = platform.python_version()
    return f"{os.cpu_count()} x {cpu}, {memory_gib:.0f} GiB, {platform.system()} {platform.release()}, Python {python}"
