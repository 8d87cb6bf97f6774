"""Where values stand in a text, in whatever form it writes them."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.processors.places import PageSpan, Place, TextSearch, place

TEXT = (
    "Invoice BS-2026-0417 of Ana\n  Lima, due on 11 April 2026: 5,132.40 GBP (5.132,40), 5 132,40 €."
    " 3 chairs, “bananas”.\n"
    "1.249,- for 5 million people; ٣٤٥ STRASSE 03/05/2026 and 令和8年5月3日, since '26; 0.50 or .5, 12,34,567 rupees"
)


def words(wanted: str) -> list[str]:
    return [TEXT[start:end] for start, end in TextSearch(TEXT).words(wanted)]


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ("bs-2026-0417", ["BS-2026-0417"]),
        ("ana lima", ["Ana\n  Lima"]),
        ("Ana", ["Ana"]),
        ("banana", []),
        ('"bananas"', ["“bananas”"]),
        ("strasse", ["STRASSE"]),
        ("日", ["日"]),
        ("", []),
        ("nobody", []),
    ],
)
def test_words_are_found_whole_whatever_their_spaces_and_capitals(wanted: str, found: list[str]) -> None:
    assert words(wanted) == found


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ("5132.4", ["5,132.40", "5.132,40", "5 132,40"]),
        ("5132.40", ["5,132.40", "5.132,40", "5 132,40"]),
        ("5132", []),
        ("1249", ["1.249,-"]),
        ("5000000", ["5 million"]),
        ("345", ["٣٤٥"]),
        ("0.5", ["0.50", ".5"]),
        ("1234567", ["12,34,567"]),
        ("-5132.4", ["5,132.40", "5.132,40", "5 132,40"]),
        ("7", []),
        ("1e300", []),
        ("1e-300", []),
    ],
)
def test_numbers_are_found_in_any_form(wanted: str, found: list[str]) -> None:
    assert [TEXT[start:end] for start, end in TextSearch(TEXT).numbers(Decimal(wanted))] == found


@pytest.mark.parametrize(
    ("day", "found"),
    [
        (date(2026, 4, 11), ["11 April 2026"]),
        (date(2026, 5, 3), ["03/05/2026", "令和8年5月3日"]),
        (date(2026, 3, 5), ["03/05/2026"]),
        (date(2026, 4, 12), []),
    ],
)
def test_days_are_found_in_any_form(day: date, found: list[str]) -> None:
    assert [TEXT[start:end] for start, end in TextSearch(TEXT).days(day)] == found


def test_a_search_may_be_held_to_a_part() -> None:
    search = TextSearch("one two. one three 7. one 7")
    assert [*search.words("one", (5, 15))] == [(9, 12)]
    assert [*search.numbers(Decimal(7), (21, 27))] == [(26, 27)]


@given(st.lists(st.text(st.characters(codec="utf-8"), min_size=1, max_size=9), min_size=1, max_size=30), st.data())
def test_what_was_taken_out_of_a_text_is_found_where_it_stands(parts: list[str], data: st.DataObject) -> None:
    text = " ".join(parts)
    words = text.split()
    wanted = data.draw(st.sampled_from(words)) if words else ""
    for start, end in TextSearch(text).words(wanted):
        assert text[start:end].lower().split() or not wanted
        assert 0 <= start < end <= len(text)


def test_a_place_counts_in_its_page_and_in_the_whole() -> None:
    text = "First page.\n\nSecond  page, with more."
    pages = (PageSpan(3, 0, 11), PageSpan(7, 13, 37))
    assert place(text, pages, (21, 26)) == Place(
        page=7, start=8, end=13, text_start=21, text_end=26, quote="page,"[:4] + ","
    )
    assert place(text, (), (0, 5)) == Place(page=None, start=0, end=5, text_start=0, text_end=5, quote="First")


def test_a_long_quote_is_cut() -> None:
    found = place("word " * 200, (), (0, 1000))
    assert (len(found.quote) <= 300, found.quote.endswith(" …"), found.end) == (True, True, 1000)
