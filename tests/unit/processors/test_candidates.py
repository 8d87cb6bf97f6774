# ruff: noqa: RUF001 - signs of other scripts
from typing import Any

import pytest

from app.processors.candidates import MAX_CHOICES, with_choices
from app.processors.json_schema import normalize

TEXT = """Hi, this is Tom Reed from flat 12B. My kitchen tap has been dripping since Monday, 4 May 2026.
Call 0161 496 0123 or tom@reed.example. Ticket BS-2026-0417; paid 1,250.50 GBP for 3 visits."""


def choices(kind: str, text: str = TEXT) -> list[Any]:
    field: list[Any] = with_choices(text, normalize({"a": kind}))["properties"]["a"]["enum"]
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
    found = with_choices(TEXT, {"type": "object", "properties": {"a": {"type": "integer"}}})
    assert None not in found["properties"]["a"]["enum"]


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
    assert with_choices("nothing here", schema) == schema


def test_only_what_fits_the_field_is_offered() -> None:
    text = "Paid -3, 5 and 700 on 31 April 2026 and 30 April 2026."
    fields = {
        "n": {"type": ["integer", "null"], "minimum": 0, "maximum": 100},
        "d": {"type": "string", "format": "date"},
        "s": {"type": ["null", "string"], "maxLength": 4},
    }
    found = with_choices(text, {"type": "object", "properties": fields})["properties"]
    assert found["n"] == {"enum": [5, None]}
    assert found["d"] == {"enum": ["30 April 2026"]}
    assert found["s"] == {"enum": ["Paid", None]} or found["s"] == {"enum": [None]}


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
    found = with_choices(TEXT, schema)["properties"]
    assert found["rows"]["items"]["properties"]["day"] == {"enum": ["4 May 2026"]}
    assert 3 in found["rows"]["items"]["properties"]["n"]["enum"]
    assert found["names"] == schema["properties"]["names"]


@pytest.mark.parametrize(
    ("text", "offered"),
    [
        ("Gesamtbetrag: 105,91 EUR", [105.91]),
        ("Total : 230,00 €", [230]),
        ("Summe 1.249,00 EUR, Anzahlung 500,- EUR", [1249, 500]),
        ("À payer : 1 250,50 € pour 3 chaises", [1250.5, 3]),
        ("À payer : 1\u202f250 € pour 3 chaises", [1250, 3]),
        ("Rechnungstotal CHF 1’249.50", [1249.5]),
        ("Amount due: ₹ 1,23,456.00", [123456]),
        ("Invoice total $5,132.40, paid 12%", [5132.4, 12]),
        ("Razem do zapłaty: 1 249,99 zł", [1249.99]),
        ("Totale fattura € 1.249, IVA 274,78", [1249, 274.78]),
        ("Die Rechnung über 1.249 EUR ist fällig", [1249]),
        ("Balance (1,249.00) and −5", [1249, -5]),
        ("合計 ¥12,000（税込）", [12000]),
        ("المجموع ١٢٣٫٥", [123.5]),
        ("1.249 EUR", []),
        ("x 1.249", []),
        ("Room 3 250 guests", [3, 250]),
        ("The call 0161 496 0123 cost 3", [161, 496, 123, 3]),
        ("Order A4-12, flat 12B, v1.2.3, at 14:30", []),
        ("105,91EUR and EUR7", [105.91, 7]),
    ],
)
def test_numbers_are_offered_as_the_text_means_them(text: str, offered: list[float]) -> None:
    assert choices("number", text) == [*offered, None]


@pytest.mark.parametrize(
    ("text", "offered"),
    [
        ("Payable le 7 avril 2026", ["7 avril 2026"]),
        ("Fällig am 3. März 2026.", ["3. März 2026"]),
        ("Vence el 5 de mayo de 2026", ["5 de mayo de 2026"]),
        ("Termin: 3 maja 2026 r.", ["3 maja 2026"]),
        ("Оплатить до 3 мая 2026 г.", ["3 мая 2026"]),
        ("支払期限：2026年3月5日", ["2026年3月5日"]),
        ("Sent 25/04/2026, due 03/05/2026", ["25/04/2026", "03/05/2026"]),
        ("Due 03/05/2026", []),
        ("Due 31 April 2026", []),
    ],
)
def test_dates_are_offered_where_they_are_certain(text: str, offered: list[str]) -> None:
    assert choices("date", text) == [*offered, None]


def test_whole_amounts_are_offered_to_integers() -> None:
    assert choices("integer", "230,00 €, 1.249,50 € und 3 Stück") == [230, 3, None]
