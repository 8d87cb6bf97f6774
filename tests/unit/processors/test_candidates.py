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


def test_only_what_fits_the_field_is_offered() -> None:
    text = "Paid -3, 5 and 700 on 31 April 2026 and 30 April 2026."
    fields = {
        "n": {"type": ["integer", "null"], "minimum": 0, "maximum": 100},
        "d": {"type": "string", "format": "date"},
        "s": {"type": ["null", "string"], "maxLength": 4},
    }
    held = held_to(text, {"type": "object", "properties": fields})["properties"]
    assert held["n"] == {"enum": [5, None]}
    assert held["d"] == {"enum": ["30 April 2026"]}
    assert held["s"] == {"enum": ["Paid", None]} or held["s"] == {"enum": [None]}


def test_numbers_of_dates_and_endless_ones_are_not_offered() -> None:
    assert choices("number", f"On 4 May 2026 or 2026-05-05: 12.5 and {'9' * 5000} and {'9' * 400}.5") == [12.5, None]


@pytest.mark.parametrize(
    "written", ["3rd of May 2026", "3. May 2026", "May 3rd, 2026", "Sept. 3, 2026", "03-May-2026", "2026/05/03"]
)
def test_dates_are_found_in_many_forms(written: str) -> None:
    assert choices("date", f"It ends on {written}, at noon.") == [written, None]


def test_fields_further_in_are_held_too() -> None:
    row = {"type": "object", "properties": {"day": {"type": "string", "format": "date"}, "n": {"type": "integer"}}}
    schema = {
        "properties": {"rows": {"type": "array", "items": row}, "names": {"type": "array", "items": {"type": "string"}}}
    }
    held = held_to(TEXT, schema)["properties"]
    assert held["rows"]["items"]["properties"]["day"] == {"enum": ["4 May 2026"]}
    assert 3 in held["rows"]["items"]["properties"]["n"]["enum"]
    assert held["names"] == schema["properties"]["names"]
