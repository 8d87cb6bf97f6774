"""The sentences of a summary have the passages that they come from; what the text does not say has none."""

import pytest

from app.processors.places import PageSpan
from app.processors.statements import FOUND, statements

FIRST = "The mill was built in 1784 by Jonas Hale. It ground barley until 1963."
SECOND = (
    "In 2025 the board spent 1,240,000 euros on a new turbine, which is 15 per cent more efficient.\n"
    "The flood of March damaged the weir. Repairs took eleven weeks. Ms Olusoga chairs the board since 2019."
)
TEXT = f"{FIRST}\n\n{SECOND}"
PAGES = (PageSpan(1, 0, len(FIRST)), PageSpan(2, len(FIRST) + 2, len(TEXT)))


def test_a_sentence_of_the_text_has_its_exact_place() -> None:
    (found,) = statements("Repairs took  eleven weeks.", TEXT, PAGES)
    assert found.score == 1.0
    assert (found.page, SECOND[found.start : found.end]) == (2, "Repairs took eleven weeks.")
    assert TEXT[found.text_start : found.text_end] == found.quote == "Repairs took eleven weeks."


@pytest.mark.parametrize(
    ("said", "page", "quote"),
    [
        ("Constructed in 1784 by Jonas Hale, the mill ground barley until 1963.", 1, FIRST),
        ("A turbine costing 1.240.000 euros is 15% more efficient.", 2, SECOND.partition("\n")[0]),
        ("A flood damaged the weir in March, and repairs took eleven weeks.", 2, None),
        ("The board is chaired by Olusoga.", 2, "Ms Olusoga chairs the board since 2019."),
    ],
)
def test_a_sentence_in_other_words_has_its_passage(said: str, page: int, quote: str | None) -> None:
    (found,) = statements(said, TEXT, PAGES)
    assert FOUND <= found.score < 1
    assert found.page == page
    assert quote is None or found.quote == quote


@pytest.mark.parametrize(
    "said",
    [
        "The mill employs a hundred people and exports flour to France.",
        "The mill was built in 1786 by Jonas Hale.",
        "In 2025 the board spent 1,340,000 euros on a new turbine, which is 15 per cent more efficient.",
        "Nothing of the kind.",
    ],
)
def test_what_the_text_does_not_say_has_no_place(said: str) -> None:
    (found,) = statements(said, TEXT, PAGES)
    assert (found.page, found.start, found.text_end, found.quote) == (None, None, None, None)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("水車は1784年に建てられた。川の水で回る。村の学校に電気を送る。", "水車は川の水で回る。"),
        ("Die Mühle wurde 1784 erbaut. Sie mahlte Gerste bis 1963.", "Bis 1963 mahlte die Mühle Gerste."),
        ("Мельницу построили в 1784 году. Она молола ячмень.", "Мельница построена в 1784 году."),
    ],
)
def test_other_scripts_are_compared_as_well(text: str, said: str) -> None:
    (found,) = statements(said, text)
    assert found.quote
    assert found.page is None


def test_a_summary_s_cut_sentence_is_found_by_what_there_is_of_it() -> None:
    (found,) = statements("In 2025 the board spent 1,240,000 euros on a …", TEXT, PAGES)
    assert (found.score, found.page) == (1.0, 2)


def test_an_empty_summary_has_no_statements() -> None:
    assert statements("", TEXT) == []


def test_a_whole_book_is_searched() -> None:
    text = "".join(
        f"Chapter {n} tells of the mill and the river, and of house {n * 7 + 20_000}.\n\n" for n in range(20_000)
    )
    (found,) = statements("The river and house 91400 are told of.", text)
    assert found.quote == "Chapter 10200 tells of the mill and the river, and of house 91400."
