import pytest

from app.processors.dates import find_date
from app.processors.evidence import Evidence
from app.processors.fitting import Fitter

DATE = {"type": "string", "format": "date"}


def with_iso_dates(value: object, schema: object) -> object:
    return Fitter(Evidence("")).fit(value, schema)


@pytest.mark.parametrize(
    "text",
    [
        *("11 April 2026", "11 Apr 2026", "11th April 2026", "April 11, 2026", "Saturday, 11 April 2026", "11.04.2026"),
        *("11th of April 2026", "11. April 2026", "Apr. 11, 2026", "11-Apr-2026", "2026/04/11", "20260411"),
    ],
)
def test_a_date_becomes_iso_however_it_is_written(text: str) -> None:
    assert with_iso_dates(text, DATE) == "2026-04-11"


@pytest.mark.parametrize("text", ["3 Sept 2026", "Sept. 3, 2026", "Thursday 3 September, 2026"])
def test_september_has_a_long_short_form(text: str) -> None:
    assert with_iso_dates(text, DATE) == "2026-09-03"


@pytest.mark.parametrize("text", ["2026-04-11", "soon", "", "11/04/2026", "31 April 2026"])
def test_what_is_no_date_for_certain_stays(text: str) -> None:
    assert with_iso_dates(text, DATE) == text


def test_dates_are_found_in_objects_and_lists() -> None:
    schema = {"properties": {"days": {"type": "array", "items": DATE}, "note": {"type": "string"}}}
    given = {"days": ["1 May 2026", None], "note": "1 May 2026", "more": "1 May 2026"}
    assert with_iso_dates(given, schema) == {**given, "days": ["2026-05-01", None]}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Saturday, 14 March 2026 · No. 4,127", "2026-03-14"),
        ("Mar. 14, 2026", "2026-03-14"),
        ("March 14th, 2026", "2026-03-14"),
        ("Sonnabend, 14. März 2026", "2026-03-14"),
        ("Samedi 1er août 2026", "2026-08-01"),
        ("14.3.2026", "2026-03-14"),
        ("2026-03-14", "2026-03-14"),
        ("31 February 2026, then 1 Dec 2026", "2026-12-01"),
        ("14 March", None),
        ("14 Marble 2026", None),
        ("No. 4,127", None),
        ("", None),
    ],
)
def test_the_first_day_with_its_year_is_found(text: str, found: str | None) -> None:
    assert find_date(text) == found


def test_dates_are_found_behind_a_choice_and_in_fields_without_a_name() -> None:
    schema = {"properties": {"a": {"anyOf": [DATE, {"type": "null"}]}}, "additionalProperties": DATE}
    assert with_iso_dates({"a": "1 May 2026", "b": "2 May 2026"}, schema) == {"a": "2026-05-01", "b": "2026-05-02"}
