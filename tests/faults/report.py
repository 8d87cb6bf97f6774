"""docs/reliability.md, written from what the fault tests saw; never by hand."""

import json
import os
import platform
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from app.core.clock import utc_now

ROOT = Path(__file__).parents[2]
CASE = "case"  # the property by which a test, perhaps in another process, says which case it is
_HEAD = """# What was done to Headrace, and what it did

Written by `make test-faults-full`; do not edit. The promise: every 202 reaches exactly one final state, its result is
written once, by the attempt that owns it, and a model call is made at most once for each (job, attempt, step). Real
processes, real PostgreSQL and Valkey; the provider is a scripted server that logs each call, so that no part of the
stack is its own witness. After every case one function checks all jobs (tests/rig/invariants.py). Leases are 5 s here
instead of 60 s.
"""


@dataclass(slots=True)
class Line:
    """One test: the case it is for, how it ended and what it measured."""

    number: str
    fault: str
    expectation: str
    seen: str
    figures: list[tuple[str, str]] = field(default_factory=list)


class Report:
    """A pytest plugin that collects the lines and writes the file when all tests have ended."""

    def __init__(self, target: Path, torture: Path | None) -> None:
        self._target = target
        self._torture = torture
        self._lines: dict[str, Line] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep how a test ended; a failure of its setup or teardown is one, too."""
        properties = dict(report.user_properties)
        case = properties.pop(CASE, None)
        if case is None or (report.when != "call" and report.passed):
            return
        seen = {"passed": "as expected", "failed": "**not as expected**", "skipped": f"skipped: {_reason(report)}"}
        number, fault, expectation = json.loads(str(case))
        figures = [(name, str(value)) for name, value in properties.items()]
        self._lines[report.nodeid] = Line(number, fault, expectation, seen[report.outcome], figures)

    def pytest_sessionfinish(self) -> None:
        """Write the file."""
        lines = sorted(self._lines.values(), key=lambda line: int(line.number[1:]))
        torture = json.loads(self._torture.read_text("utf-8")) if self._torture and self._torture.exists() else None
        self._target.write_text("\n".join(_document(lines, torture)) + "\n", "utf-8")


def _reason(report: pytest.TestReport) -> str:
    whole = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    return whole.removeprefix("Skipped: ")


def _document(lines: list[Line], torture: dict[str, Any] | None) -> Iterator[str]:
    yield _HEAD
    yield f"- Commit: {_commit()}\n- Machine: {_machine()}\n- Written: {utc_now():%Y-%m-%d %H:%M} UTC"
    if torture is not None:
        yield f"\n## Everything at once\n\n`make test-torture`, seed {torture['plan']['seed']}.\n"
        yield "| promise | seen | holds |\n|---|---|---|"
        yield from (
            f"| {what} | {seen} | {'yes' if holds else '**no**'} |" for what, seen, holds in torture["promises"]
        )
        yield "\n| figure | value |\n|---|---|"
        yield from (f"| {what} | {value} |" for what, value in torture["figures"])
        yield "\nTimes are seconds as p50/p95/max, with how many were timed in parentheses."
    yield "\n## Case by case\n\n| case | fault | expectation | seen | figures |\n|---|---|---|---|---|"
    for line in lines:
        figures = "; ".join(f"{name}: {value}" for name, value in line.figures)
        yield f"| {line.number} | {line.fault} | {line.expectation} | {line.seen} | {figures} |"


def _commit() -> str:
    command = ("git", "-C", str(ROOT), "describe", "--always", "--dirty", "--abbrev=12")
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip() or "unknown"


def _machine() -> str:
    cpu = "an unknown processor"
    with Path("/proc/cpuinfo").open(encoding="utf-8") as file:
        names = re.findall(r"model name\s*: (.*)", file.read())
    cpu = names[0] if names else cpu
    memory_gib = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    python = platform.python_version()
    return f"{os.cpu_count()} x {cpu}, {memory_gib:.0f} GiB, {platform.system()} {platform.release()}, Python {python}"
