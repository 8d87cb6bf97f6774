# ruff: noqa: RUF001 - marks of other scripts
"""Sentences in many languages: `sentence_cases/<language>.txt` has a text a line.

In a line, " | " parts two sentences, "¦" parts two that have no space between them, "⏎" is a line break.
"""

import re
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

from app.processors import chunks
from app.processors.sentences import is_finished, sentences, spans, within, without_repeats, worth_picking
from app.processors.sentences.picking import MAX_SENTENCE_CHARS, ended
from tests.conftest import ROOT

CASES = [
    pytest.param(file.stem, line, id=f"{file.stem}-{number}")
    for file in sorted((Path(__file__).parent / "sentence_cases").glob("*.txt"))
    for number, line in enumerate(file.read_text("utf-8").splitlines(), start=1)
]
LONG = "The mill, which was old, stood beside the river for very many years, " * 7 + "and then fell."
WHOLE = "The mill at the bridge was built in 1784."


def text_of(line: str) -> str:
    return line.replace(" | ", " ").replace("¦", "").replace("⏎", "\n")


def sentences_of(line: str) -> list[str]:
    return [" ".join(part.replace("⏎", " ").split()) for part in re.split(r" \| |¦", line)]


def without_spaces(*said: str) -> str:
    return "".join("".join(said).split())


@pytest.mark.parametrize(("language", "line"), CASES)
def test_sentences_are_found_in_many_languages(language: str, line: str) -> None:
    assert sentences(text_of(line)) == sentences_of(line)


def test_the_ten_main_languages_have_fifteen_cases_or_more() -> None:
    counted = [str(case.values[0]) for case in CASES]
    for language in ("en", "de", "fr", "es", "it", "pt", "nl", "pl", "ru", "sv"):
        assert counted.count(language) >= 15, language


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("One. Two! Three?", ["One.", "Two!", "Three?"]),
        ("A line\nthat goes on. Another.", ["A line that goes on.", "Another."]),
        ("It ended.\n3. The river\nThe pass was open.", ["It ended.", "3. The river", "The pass was open."]),
        ("Subject: help\n\nHello there.", ["Subject: help", "Hello there."]),
        ("水は\n高い。山は低い。", ["水は高い。", "山は低い。"]),
        ("Er kam am\n12. Mai\nnach Köln.", ["Er kam am 12. Mai nach Köln."]),
        ("To buy:\n- milk\n- bread", ["To buy:", "- milk", "- bread"]),
        ("| Name | Sum |\n| Tea. Black | 3 |\nIt was paid.", ["| Name | Sum |", "| Tea. Black | 3 |", "It was paid."]),
        ("", []),
    ],
)
def test_lines_that_stand_for_themselves_are_sentences(text: str, expected: list[str]) -> None:
    assert sentences(text) == expected


@pytest.mark.parametrize("width", [50, 60, 72, 90])
def test_a_text_cut_into_lines_has_the_sentences_it_had(width: int) -> None:
    paragraphs = (ROOT / "examples" / "article.txt").read_text("utf-8").split("\n\n")
    wrapped = "\n\n".join("\n".join(textwrap.wrap(one, width, break_on_hyphens=False)) for one in paragraphs)
    assert sentences(wrapped) == sentences("\n\n".join(paragraphs))


@pytest.mark.parametrize(("language", "line"), CASES)
def test_places_are_those_of_the_text(language: str, line: str) -> None:
    text = text_of(line)
    found = [text[start:end] for start, end in spans(text)]
    assert [without_spaces(said) for said in found] == [without_spaces(said) for said in sentences(text)]
    assert found == [said.strip() for said in found]
    assert without_spaces(*found) == without_spaces(text), "no letter is lost or said twice"


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("It is.", True),
        ("Is it?!”", True),
        ("« Oui. »", True),
        ("是。」", True),
        ("यह है।", True),
        ("Τι είναι;", True),
        ("สวัสดี", True),
        ("the conditions:", False),
        ("one; two;", False),
        ("a heading", False),
        ("", False),
    ],
)
def test_a_sentence_is_finished_by_a_mark_of_its_script(said: str, expected: bool) -> None:
    assert is_finished(said) is expected


@pytest.mark.parametrize(
    "text",
    [
        f"The offer depends on the following five general conditions:\n\n{WHOLE}",
        f"A heading of very many words that all stand in one line\n\n{WHOLE}",
        f"{LONG} {WHOLE}",
        f'He said "It is late now and we all should go home. {WHOLE}',
        f"and so it went on until the very end of the year. {WHOLE}",
        f"1. {WHOLE}\n2. Go.",
        f"• {WHOLE}\n• Go.",
        f"## A heading of Markdown with a point behind its many words.\n{WHOLE}",
        f"| Every | cell | of | this | row | is | said. |\n\n{WHOLE}",
    ],
)
def test_only_whole_sentences_are_offered_where_there_is_one(text: str) -> None:
    assert worth_picking(text) == [WHOLE]


def test_a_date_keeps_its_day() -> None:
    said = "3. Oktober ist in Deutschland seit 1990 ein Feiertag."
    assert worth_picking(said) == [said]


def test_sentences_that_fit_the_words_wanted_are_offered_first() -> None:
    longer = "The mill at the bridge was built in 1784 and it was taken down in 1963."
    assert worth_picking(f"{longer} {WHOLE}", max_words=10) == [WHOLE]
    assert worth_picking(longer, max_words=10) == [longer]


def test_a_long_sentence_without_others_is_cut_at_a_clause_with_a_mark() -> None:
    (cut,) = worth_picking(LONG)
    assert len(cut) <= MAX_SENTENCE_CHARS
    assert cut.endswith(("which was old …", "many years …"))


def test_what_there_is_is_offered_where_nothing_is_finished() -> None:
    assert worth_picking("Contents\n\nIndex") == ["Contents", "Index"]
    assert [ended(one) for one in ("Contents", "conditions:", "It is.", "Really?")] == [
        "Contents.",
        "conditions.",
        "It is.",
        "Really?",
    ]


def test_repeats_are_dropped_whatever_their_case() -> None:
    assert without_repeats("The mill turns. THE MILL turns! It stops.") == "The mill turns. It stops."
    assert without_repeats("水は高い。水は高い。山は低い。") == "水は高い。山は低い。"


def test_no_sentence_is_shortened_by_dropping_repeats() -> None:
    assert without_repeats(LONG) == LONG


def test_whole_sentences_are_kept_within_the_limit() -> None:
    assert within("One two. Three four. Five six.", max_words=5) == "One two. Three four."
    assert within("One two three four. Five six.", max_words=3) == "Five six."
    assert within("One two three four.", max_words=2) == "One two …"
    assert within("One two, three four five.", max_words=3) == "One two …"
    assert within("One two. Three fo", max_words=9) == "One two."
    assert within("Dr. Ito met Mrs. Ono. They", max_words=9) == "Dr. Ito met Mrs. Ono."
    assert within("", max_words=9) == ""


def test_a_text_is_cut_into_parts_at_the_same_sentences() -> None:
    text = "Dr. Ito met Mrs. Ono of Acme Inc. in Kobe, e.g. on Jan. 5. " * 40
    assert all(part.startswith("Dr. Ito") and part.endswith("Jan. 5.") for part in chunks.split(text, parts=6))


def _calls(work: Callable[[], object]) -> int:
    """Return how many functions the work calls."""
    counted = 0

    def count(*_: object) -> None:
        nonlocal counted
        counted += 1

    sys.setprofile(count)
    try:
        work()
    finally:
        sys.setprofile(None)
    return counted


HOSTILE = ('"', "«", "(", "x", ". ", "A. ", "1.\n", " (", "。」", "«“([", '    "a" ', "- \n", "ก ", "«a. »b ")


@pytest.mark.parametrize("unit", HOSTILE)
def test_work_grows_with_the_text_and_not_faster(unit: str) -> None:
    once, thrice = (_calls(lambda size=size: spans(unit * size)) for size in (2000, 6000))  # type: ignore[misc]
    assert thrice <= 3.2 * once


@pytest.mark.no_cover  # a million passes through what the other texts cover: tracing them takes most of the time
@pytest.mark.parametrize("unit", [".", " ", "\n", *HOSTILE])
def test_half_a_megabyte_of_anything_is_read(unit: str) -> None:
    """A rule that looks back or ahead without a bound does not come to an end here."""
    text = unit * (500_000 // len(unit))
    assert without_spaces(*(text[start:end] for start, end in spans(text))) == without_spaces(text)
