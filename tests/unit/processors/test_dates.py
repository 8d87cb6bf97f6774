import pytest

from app.processors.dates import with_iso_dates

DATE = {"type": "string", "format": "date"}


@pytest.mark.parametrize(
    "text",
    ["11 April 2026", "11 Apr 2026", "11th April 2026", "April 11, 2026", "Saturday, 11 April 2026", "11.04.2026"],
)
def test_a_date_becomes_iso_however_it_is_written(text: str) -> None:
    assert with_iso_dates(text, DATE) == "2026-04-11"


@pytest.mark.parametrize("text", ["2026-04-11", "soon", "", "11/04/2026", "31 April 2026"])
def test_what_is_no_date_for_certain_stays(text: str) -> None:
    assert with_iso_dates(text, DATE) == text


def test_dates_are_found_in_objects_and_lists() -> None:
    schema = {"properties": {"days": {"type": "array", "items": DATE}, "note": {"type": "string"}}}
    given = {"days": ["1 May 2026", None], "note": "1 May 2026", "more": "1 May 2026"}
    assert with_iso_dates(given, schema) == {**given, "days": ["2026-05-01", None]}
