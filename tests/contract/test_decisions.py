"""Decisions (docs/adr) have one form, a title that can be quoted, and a list of all titles."""

import re
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2] / "docs" / "adr"
DECISIONS = sorted(FOLDER.glob("[0-9]*.md"))
SECTIONS = ["Decision", "Why", "Consequences"]
MIN_WORDS, MAX_CHARS = 5, 100
each = pytest.mark.parametrize("path", DECISIONS, ids=lambda path: path.name[:4])


def title_of(path: Path) -> str:
    return path.read_text("utf-8").split("\n", 1)[0].removeprefix(f"# {int(path.name[:4])}. ")


def words_of(text: str) -> list[str]:
    return re.findall(r"[a-z0-9]+", text.lower())


def test_each_decision_has_a_number_of_its_own() -> None:
    assert [int(path.name[:4]) for path in DECISIONS] == list(range(1, len(DECISIONS) + 1))


@each
def test_its_title_is_a_sentence_and_names_its_file(path: Path) -> None:
    title = title_of(path)
    assert title[0].isupper()
    assert not title.startswith("#")
    assert not title.endswith(".")
    assert len(words_of(title)) >= MIN_WORDS, "a decision has a subject and a verb"
    assert len(title) <= MAX_CHARS, "a decision can be quoted"
    wanted = iter(words_of(title))
    assert all(word in wanted for word in words_of(path.stem[5:])), "the name of the file is words of the title"


@each
def test_it_has_the_one_form(path: Path) -> None:
    head, *parts = re.split(r"^## ", path.read_text("utf-8"), flags=re.MULTILINE)
    names = [part.split("\n", 1)[0] for part in parts]
    assert names in (SECTIONS, [*SECTIONS, "Left out"])
    assert all(part.split("\n", 1)[1].strip() for part in parts)
    _, *status = head.strip().split("\n\n")
    assert len(status) <= 1
    for line in status:
        assert line.startswith("Status: ")
        assert {int(number) for number in re.findall(r"\d+", line)} <= {int(one.name[:4]) for one in DECISIONS}


def test_the_list_has_every_title() -> None:
    listed = re.findall(r"^(\d+)\. \[(.+)\]\((.+)\)$", (FOLDER / "README.md").read_text("utf-8"), re.MULTILINE)
    assert listed == [(str(int(path.name[:4])), title_of(path), path.name) for path in DECISIONS]
