"""Values that a model copied out of a text: dates made ISO, and what the text does not hold taken out."""

import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

_DATE_FORMS = ("%d %B %Y", "%d %b %Y", "%B %d %Y", "%b %d %Y", "%d.%m.%Y", "%Y/%m/%d", "%Y%m%d")
_ORDINAL = re.compile(r"(?<=\d)(st|nd|rd|th)\b", re.IGNORECASE)
_WEEKDAY = re.compile(r"^(mon|tues?|wed(nes)?|thu(rs)?|fri|sat(ur)?|sun)(day)?\b\.?", re.IGNORECASE)
_NUMBER = re.compile(r"\d[\d,.' \u00a0]*")
_NOT_WORD = re.compile(r"[\W_]+")


def with_iso_dates(value: Any, schema: object) -> Any:
    """Return the value with every string that its schema calls a date in the form 2026-04-11, where it can be read."""
    if not isinstance(schema, Mapping):
        return value
    if isinstance(value, str) and schema.get("format") == "date":
        return _iso(value)
    if isinstance(value, dict):
        inner = schema.get("properties", {})
        return {name: with_iso_dates(item, inner.get(name)) for name, item in value.items()}
    if isinstance(value, list):
        return [with_iso_dates(item, schema.get("items")) for item in value]
    return value


def without_invented(found: Mapping[str, Any], schema: Mapping[str, Any], text: str) -> dict[str, Any]:
    """Return the fields with null for each that may be null and whose value does not occur in the text."""
    properties = schema.get("properties", {})
    words, numbers = f" {_words(text)} ", _numbers(text)
    return {
        name: value if _occurs(value, words, numbers) or not _may_be_null(properties.get(name)) else None
        for name, value in found.items()
    }


def _iso(text: str) -> str:
    plain = _ORDINAL.sub("", _WEEKDAY.sub("", text.strip())).replace(",", " ")
    plain = " ".join(plain.split())
    for form in _DATE_FORMS:
        try:
            return datetime.strptime(plain, form).date().isoformat()  # noqa: DTZ007 - a date has no zone
        except ValueError:
            continue
    return text


def _may_be_null(schema: object) -> bool:
    kind = schema.get("type") if isinstance(schema, Mapping) else None
    return isinstance(kind, list) and "null" in kind


def _occurs(value: object, words: str, numbers: frozenset[float]) -> bool:
    if isinstance(value, str):
        return f" {_words(value)} " in words or _is_date_of(value, numbers)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return True
    return abs(value) in numbers


def _is_date_of(value: str, numbers: frozenset[float]) -> bool:
    try:
        found = date.fromisoformat(value)
    except ValueError:
        return False
    return found.year in numbers and found.day in numbers


def _words(text: str) -> str:
    return _NOT_WORD.sub(" ", text.casefold()).strip()


def _numbers(text: str) -> frozenset[float]:
    """Return every number of the text, read with a point and with a comma as the decimal mark."""
    found: set[float] = set()
    for match in _NUMBER.findall(text):
        plain = match.rstrip(" ,.'").replace(" ", "").replace("\u00a0", "").replace("'", "")
        readings = {plain.replace(",", ""), plain.replace(".", "").replace(",", "."), *re.findall(r"\d+", match)}
        for reading in readings:
            if reading.count(".") <= 1:
                found.add(float(reading))
    return frozenset(found)
