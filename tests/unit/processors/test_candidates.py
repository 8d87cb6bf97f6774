from typing import Any

import pytest

from app.processors.candidates import MAX_CHOICES, held_to
from app.processors.json_schema import normalize

TEXT = """Hi, this is Tom Reed from flat 12B. My kitchen tap has been dripping since Monday, 4 May 2026.
Call 0161 496 0123 or tom@reed.example. Ticket BS-2026-0417; paid 1,250.50 GBP for 3 visits."""


def choices(kind: str, text: str = TEXT) -> list[Any]:
    field: list[Any] = held_to(text, normalize({"a": kind}))["properties"]["a"]["enum"]
    return field


@pytest.mark.parametrize(
    "value",
    ["Tom Reed", "12B", "0161 496 0123", "tom@reed.example", "BS-2026-0417", "GBP", "this is Tom Reed from flat 12B"],
)
def test_names_codes_and_clauses_are_offered(value: str) -> None:
    assert value in choices("string")


@pytest.mark.parametrize("value", ["Monday", "May", "Hi", "My", "3", "2026"])
def test_days_first_words_and_bare_numbers_are_not(value: str) -> None:
    assert value not in choices("string")


def test_dates_and_numbers_are_offered_as_the_text_writes_them() -> None:
    assert choices("date") == ["4 May 2026", None]
    assert {3, 1250.5} <= set(choices("number"))
    assert 1250.5 not in choices("integer")


def test_a_text_without_any_leaves_null_only() -> None:
    assert choices("date", "nothing here") == [None]


def test_the_choices_are_bounded() -> None:
    assert len(choices("number", " ".join(str(number) for number in range(1000)))) == MAX_CHOICES + 1


def test_a_field_that_may_not_be_null_is_held_too() -> None:
    held = held_to(TEXT, {"type": "object", "properties": {"a": {"type": "integer"}}})
    assert None not in held["properties"]["a"]["enum"]


@pytest.mark.parametrize(
    "field",
    [
        {"type": ["string", "null"], "enum": ["a", None]},
        {"const": 3},
        {"type": "object", "properties": {}},
        {"type": "boolean"},
        {"anyOf": [{"type": "string"}]},
        {"type": "string", "format": "date"},
        True,
    ],
)
def test_what_is_no_plain_field_or_has_no_offer_stays(field: object) -> None:
    schema = {"type": "object", "properties": {"a": field}}
    assert held_to("nothing here", schema) == schema
