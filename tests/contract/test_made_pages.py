"""The pages of docs/ that are made from the code are those of this code; each fact in them is written once."""

import re
from pathlib import Path

import pytest

from app.cli import exit_codes
from app.core.settings import REFUSED_CODE, Settings
from docs.configuration_page import default_of, read_example
from docs.pages import HERE, MADE, MARK, render

# What is written in the example for these is a pattern, not their default.
PATTERNS = {"DATABASE_URL", "REDIS_URL"}


@pytest.mark.parametrize("name", MADE)
def test_the_committed_page_is_the_code_s(name: str) -> None:
    assert (HERE / name).read_text("utf-8") == render(name), "run `make docs` and commit it"


def test_the_example_has_each_setting_once_with_its_default() -> None:
    shown = [(name, value) for group in read_example() for name, value in group.values.items()]
    assert len({name for name, _ in shown}) == len(shown)
    defaults = {name: default_of(name) for name, _ in shown if name not in PATTERNS}
    wrong = {name: value for name, value in shown if defaults.get(name) not in {None, value}}
    assert wrong == {"METRICS_PORT": ""}, "0 and empty mean the same there"
    assert {name for name, _ in shown} >= {name.upper() for name in Settings.model_fields}


def test_each_setting_says_what_it_means() -> None:
    assert [group for group in read_example() if not group.meaning.endswith(".")] == []


def test_the_page_of_commands_has_all_exit_codes() -> None:
    by_hand, _, _ = (HERE / "cli.md").read_text("utf-8").partition(MARK)
    told = {int(code) for line in re.findall(r"^\| ([\d, ]+) \|", by_hand, re.MULTILINE) for code in line.split(",")}
    codes = {value for name, value in vars(exit_codes).items() if name.isupper()}
    assert told == codes | {REFUSED_CODE}


def test_the_page_of_commands_has_one_by_hand() -> None:
    """Those above are derived; this one is not."""
    text = Path(HERE / "cli.md").read_text("utf-8")
    chapter = text.split("\n### headrace jobs wait\n")[1].split("\n##")[0]
    assert "Usage: headrace jobs wait" in chapter
    assert "--timeout" in chapter
