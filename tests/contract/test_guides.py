"""README, CONTRIBUTING and docs/concepts.md are short, and say of the tree what the tree is."""

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
CONCEPTS = (ROOT / "docs" / "concepts.md").read_text("utf-8")
MADE = (".cache/", ".local/", ".venv/")  # what commands write
MOST_LINES = {"README.md": 150, "CONTRIBUTING.md": 120, "docs/concepts.md": 100}


@pytest.mark.parametrize("name", MOST_LINES)
def test_it_is_short(name: str) -> None:
    assert len((ROOT / name).read_text("utf-8").splitlines()) <= MOST_LINES[name]


def layers_of(arrows: str) -> list[set[str]]:
    return [set(re.split(r" [|:] ", layer.strip())) for layer in " ".join(arrows.split()).split("→")]


@pytest.mark.parametrize("container", ["app", "app.jobs"])
def test_the_order_of_the_rooms_is_the_one_that_is_checked(container: str) -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]["contracts"]
    (checked,) = [one["layers"] for one in contracts if one.get("containers") == [container]]
    blocks = [layers_of(block) for block in re.findall(r"^```\n([^`]*→[^`]*)^```", CONTRIBUTING, re.MULTILINE)]
    assert [set(re.split(r" [|:] ", layer)) for layer in checked] in blocks


def test_each_place_for_a_change_exists() -> None:
    """The table names a path in each line, whatever else it says; `{` and `*` stand in none of them."""
    table = CONTRIBUTING.split("## Where does my change go?")[1].split("## Rules")[0]
    lines = re.findall(r"^\| (?!what \|)(.+?) \| (.+) \|$", table, re.MULTILINE)
    assert len(lines) >= 20
    for what, where in lines:
        paths = re.findall(r"[`(]((?:[\w.-]+/)+[\w.-]*|[\w.-]+\.(?:yml|md|toml))[`)]", where)
        assert paths, what
        assert [one for one in paths if not one.startswith(MADE) and not (ROOT / one).exists()] == [], what


def test_the_walk_of_a_job_names_each_file_once() -> None:
    walk = CONCEPTS.split("## The walk of a job")[1]
    files = re.findall(r"`(app/[\w/]+\.py)`", walk)
    assert len(files) >= 20
    assert sorted(files) == sorted(set(files))
    assert [one for one in files if not (ROOT / one).is_file()] == []
    numbers = [int(number) for number in re.findall(r"^\| (\d+) \|", walk, re.MULTILINE)]
    assert numbers == list(range(1, len(numbers) + 1))
