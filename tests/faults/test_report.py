"""The report is written whatever happened, and says so."""

import json
import re
from pathlib import Path
from typing import Any, Literal

import pytest

from tests.faults.report import NAMES, Report

TORTURE = {"commit": "abc", "plan": {"seed": 7}, "promises": [["lost", "2", False]], "figures": [["jobs", "9"]]}


def ended(nodeid: str, outcome: Literal["passed", "failed", "skipped"], case: list[str] | None, **figures: Any) -> Any:
    properties = [*figures.items(), *([("case", json.dumps(case))] if case else [])]
    why: Any = {"skipped": ("file.py", 1, "Skipped: no mount"), "failed": "1 | 2 were lost\nand more"}.get(outcome)
    return pytest.TestReport(nodeid, ("", 0, ""), {}, outcome, why, "call", user_properties=properties)


def written(tmp_path: Path, *tests: Any, torture: dict[str, Any] | None = None) -> str:
    target, seen = tmp_path / "reliability.md", tmp_path / "torture.json"
    if torture is not None:
        seen.write_text(json.dumps(torture))
    report = Report(target, seen)
    for test in tests:
        report.pytest_runtest_logreport(test)
    report.pytest_sessionfinish()
    return target.read_text()


def test_tests_of_one_case_are_one_line_with_their_figures_and_their_count(tmp_path: Path) -> None:
    mutants = ["F22", "mutants", "found out", "mutants killed"]
    text = written(
        tmp_path,
        ended("a[1]", "passed", mutants),
        ended("a[2]", "failed", mutants),
        ended("b", "passed", ["F3", "a kill", "nothing lost"], jobs=4),
        ended("c", "skipped", ["F13", "a full disk", "507"]),
        ended("d", "passed", None),
        ended("e", "failed", None),
    )
    assert text[text.index("### F3") :].splitlines() == [
        "### F3: The API or the scheduler dies between two steps",
        "",
        "| fault | expectation | seen | figures |",
        "|---|---|---|---|",
        "| a kill | nothing lost | as expected | jobs: 4 |",
        "",
        "### F13: A disk is full",
        "",
        "| fault | expectation | seen | figures |",
        "|---|---|---|---|",
        "| a full disk | 507 | skipped: no mount |  |",
        "",
        "### F22: Our own statements are changed",
        "",
        "| fault | expectation | seen | figures |",
        "|---|---|---|---|",
        "| mutants | found out | **not as expected** (1 of 2): 1 \\| 2 were lost | mutants killed: 1/2 |",
        "",
        "### Other tests of this run that failed",
        "",
        "| fault | expectation | seen | figures |",
        "|---|---|---|---|",
        "| `e` | passes | **not as expected**: 1 \\| 2 were lost |  |",
    ]
    assert "- Cases: 4, not as expected: **2**, skipped: 1\n" in text


def test_a_torture_that_broke_a_promise_or_off_is_shown_as_such(tmp_path: Path) -> None:
    assert "did not come to an end" in written(tmp_path)
    text = written(tmp_path, torture=TORTURE)
    assert "seed 7, at abc." in text
    assert "| lost | 2 | **no** |" in text


def test_each_case_of_the_tests_has_a_name() -> None:
    files = Path(__file__).parents[1].rglob("test_*.py")
    numbers = {number for file in files for number in re.findall(r'"(F\d+)",', file.read_text("utf-8"))}
    assert numbers <= NAMES.keys()
    assert "F16" in numbers
