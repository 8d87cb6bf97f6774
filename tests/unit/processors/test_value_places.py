"""The values of an extraction have their places."""

from typing import Any

import pytest

from app.processors import value_places
from app.processors.places import PageSpan, TextSearch
from app.processors.value_places import MAX_PLACES, ValueFinder

FIRST = "Invoice BS-2026-0417 for Ana Lima. Subtotal 4,277.00 GBP, total 5,132.40 GBP, deposit 5,132.40 GBP."
SECOND = (
    "Due on 11 April 2026.\n| item | qty | price |\n| oak chair | 3 | 120.00 |\n| table | 1 | 940.50 |\n"
    "| lamp | 3 | 12.00 |\nThe goods stay the property of the seller until they are paid in full."
)
TEXT = f"{FIRST}\n\n{SECOND}"
PAGES = (PageSpan(1, 0, len(FIRST)), PageSpan(2, len(FIRST) + 2, len(TEXT)))


def finder(*parts: tuple[int, int]) -> ValueFinder:
    return ValueFinder(TextSearch(TEXT), PAGES, parts or ((0, len(TEXT)),))


@pytest.mark.parametrize(
    ("name", "value", "page", "quote"),
    [
        ("number", "BS-2026-0417", 1, "BS-2026-0417"),
        ("customer", "ana lima", 1, "Ana Lima"),
        ("total", 5132.4, 1, "5,132.40"),
        ("subtotal", 4277, 1, "4,277.00"),
        ("due", "2026-04-11", 2, "11 April 2026"),
        ("terms", "The goods remain the seller's property until paid in full", 2, SECOND.rpartition("\n")[2]),
        ("line", {"item": "lamp", "qty": 3, "price": 12.0}, 2, "lamp | 3 | 12.00"),
        ("order", {"line": ["table", 940.5]}, 2, "table | 1 | 940.50"),
    ],
)
def test_a_value_is_found_as_the_text_writes_it(name: str, value: Any, page: int, quote: str) -> None:
    found = finder().places({name: value})[f"/{name}"]
    assert found is not None
    assert (found.page, found.quote) == (page, quote)
    assert (FIRST, SECOND)[page - 1][found.start : found.end] == TEXT[found.text_start : found.text_end] == quote


@pytest.mark.parametrize("value", [None, True, 99, "nobody", "2026-04-12", "2026-13-99", {}, [], {"a": None}])
def test_what_does_not_stand_there_has_no_place(value: Any) -> None:
    assert finder().places({"a": value}) == {"/a": None}


def test_of_equal_values_the_one_behind_the_field_s_name_is_meant() -> None:
    found = finder().places({"total": 5132.4, "depositPaid": 5132.4})
    assert found["/total"] is not None
    assert found["/depositPaid"] is not None
    assert found["/total"].end < found["/depositPaid"].start


def test_a_value_is_first_looked_for_in_its_part() -> None:
    in_part = finder((0, 0), (TEXT.index("| lamp"), len(TEXT)))
    found = in_part.places({"qty": 3}, {"/qty": 1})["/qty"]
    assert found is not None
    assert found.text_start > TEXT.index("lamp")
    elsewhere = in_part.places({"total": 5132.4}, {"/total": 1})["/total"]
    assert elsewhere is not None, "it is looked for in the whole then"


def test_each_item_of_a_list_has_its_place() -> None:
    assert [*finder().places({"a/b": ["oak chair", "lamp"], "n": 1})] == ["/a~1b/0", "/a~1b/1", "/n"]
    assert [*finder().places([{"item": "lamp"}, 5])] == ["/0", "/1"]


def test_places_are_bounded() -> None:
    assert len(finder().places(["x"] * (MAX_PLACES + 5))) == MAX_PLACES


def test_a_large_document_is_searched_for_so_many_values_that_it_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(value_places, "_MAX_SEARCHED_CHARS", 10 * len(TEXT))
    wanted = {f"f{number}": 5132.4 if number % 2 else "Ana Lima" for number in range(20)}
    found = [place is not None for place in finder().places(wanted).values()]
    assert found == [True] * 4 + [False] * 16
