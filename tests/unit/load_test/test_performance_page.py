"""docs/performance.md is written between its marks, and says of each part what became of it."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from typer import Typer
from typer.testing import CliRunner, Result

from load_test import machine, performance_page, performance_parts
from load_test.options import numbers
from load_test.performance_page import BEGIN, END, chapter, figures, replaced
from load_test.performance_parts import PARTS, Measured, Part, keep, kept, measure, read
from load_test.rig import ROOT

NOW = Measured("abc1234", "2026-12-01 10:00 UTC", 12.3, 0, [{"per_s": 5.0}])
PART = Part("Speed", (), lambda found: f"| {found[0]['per_s']:g} |")
PAGE = f"# By hand\n\n{BEGIN}\nold\n{END}\n\n## By hand too\n"


def test_what_is_between_the_marks_is_replaced_and_nothing_else() -> None:
    assert replaced(PAGE, "new") == PAGE.replace("old", "new")


@pytest.mark.parametrize(
    "page",
    ["# By hand\n", f"{BEGIN}\n", f"{END}\n", f"{END}\n{BEGIN}\n", f"{PAGE}{BEGIN}\n", f"{PAGE}{END}\n"],
    ids=["neither", "no end", "no begin", "wrong order", "two begins", "two ends"],
)
def test_a_page_without_its_marks_is_refused(page: str) -> None:
    with pytest.raises(ValueError, match="it must have one line"):
        replaced(page, "new")


def test_the_committed_page_has_its_marks() -> None:
    page = (ROOT / machine.PAGE).read_text("utf-8")
    assert "Written by `make bench`; do not edit." in page.partition(BEGIN)[2].partition(END)[0]
    assert replaced(page, "")


def test_a_part_says_when_it_was_measured_or_why_it_was_not() -> None:
    assert chapter(PART, NOW) == "### Speed\n\n| 5 |\n\nMeasured at abc1234, 2026-12-01 10:00 UTC, in 12 s."
    assert chapter(PART, replace(NOW, exit_code=1)).endswith("in 12 s. A goal is **not met**.")
    missing = replace(PART, shown=lambda _: "| 2 | ≥ 3 | **not met** |")
    assert chapter(missing, NOW).endswith("in 12 s. A goal is **not met**."), "not every benchmark exits with 1"
    assert chapter(PART, replace(NOW, exit_code=1, found=None)).startswith(
        "### Speed\n\n**It failed** with exit code 1"
    )
    assert chapter(PART, None) == "### Speed\n\nIt was not measured yet."


def test_the_figures_begin_with_the_machine_and_have_a_chapter_for_each_part() -> None:
    shown = figures("Commit abc1234.", dict.fromkeys(PARTS))
    assert shown.startswith("Written by `make bench`; do not edit. Commit abc1234.")
    assert [line[4:] for line in shown.splitlines() if line.startswith("### ")] == [one.title for one in PARTS.values()]


@pytest.mark.parametrize(
    ("printed", "exit_code", "found"),
    [
        ('{"a": 1}', 0, {"a": 1}),
        ('{"a": 1}', 1, {"a": 1}),
        ('{"a": 1}', 2, None),
        ("", 1, None),
        ("after 300 s 4 jobs were still open", 1, None),
    ],
)
def test_a_missed_goal_has_figures_and_an_error_has_none(printed: str, exit_code: int, found: Any) -> None:
    assert read(printed, exit_code) == found


def test_a_benchmark_that_does_not_come_to_its_figures_is_a_failed_part() -> None:
    measured = measure(replace(PART, commands=(("load_test.no_such_benchmark",),)), commit="abc1234")
    assert (measured.exit_code, measured.found, measured.commit) == (1, None, "abc1234")


def test_figures_are_kept_with_the_commit_that_they_are_of(tmp_path: Path) -> None:
    keep("submit", NOW, folder=tmp_path)
    assert kept("submit", folder=tmp_path) == NOW
    assert kept("drain", folder=tmp_path) is None


@pytest.fixture
def played(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two parts, of which the first fails and the second has figures; returns the page."""
    outcomes = {"one": replace(NOW, exit_code=2, found=None), "two": NOW}
    monkeypatch.setattr(performance_page, "PARTS", {name: replace(PART, title=name) for name in outcomes})
    monkeypatch.setattr(performance_parts, "measure", lambda part, commit: outcomes[part.title])
    monkeypatch.setattr(performance_parts, "keep", lambda name, measured: None)
    monkeypatch.setattr(performance_parts, "kept", lambda name: None)
    page = tmp_path / "page.md"
    page.write_text(PAGE)
    return page


def bench(*argv: str) -> Result:
    app = Typer()
    app.command()(performance_page.main)
    return CliRunner().invoke(app, argv)


def test_a_part_that_fails_is_told_and_the_rest_goes_on(played: Path) -> None:
    result = bench("--only", "one,two", "--page", str(played))
    assert result.exit_code == 1
    assert "one: FAILED with exit code 2, 12 s" in result.stderr
    assert "two: done, 12 s" in result.stderr
    text = played.read_text()
    assert "### one\n\n**It failed** with exit code 2" in text
    assert "### two\n\n| 5 |" in text
    assert text.startswith("# By hand\n\n")
    assert text.endswith("\n\n## By hand too\n")


def test_all_that_is_well_ends_with_zero(played: Path) -> None:
    result = bench("--only", "two", "--page", str(played))
    assert result.exit_code == 0, result.output
    assert "### one\n\nIt was not measured yet." in played.read_text()


@pytest.mark.parametrize("options", [("--only", "three"), ("--only", ""), ("--page", "no-such-page.md")])
def test_what_is_asked_wrongly_is_refused_before_anything_runs(
    played: Path, monkeypatch: pytest.MonkeyPatch, options: tuple[str, str]
) -> None:
    monkeypatch.setattr(performance_parts, "measure", lambda part, commit: pytest.fail("it ran"))
    asked = {"--only": "one", "--page": str(played)} | {options[0]: options[1]}
    assert bench(*(word for option in asked.items() for word in option)).exit_code == 2


def test_the_head_names_no_host_and_no_path() -> None:
    line = machine.look().line
    assert "PostgreSQL 1" in line
    assert "Valkey 9" in line
    assert "/" not in line


def test_an_option_of_numbers_is_read_or_refused() -> None:
    assert numbers("1,2,4") == [1, 2, 4]
    for wrong in ("", "0", "1,", "1,two", "-1"):
        with pytest.raises(Exception, match="numbers of 1 or more"):
            numbers(wrong)
