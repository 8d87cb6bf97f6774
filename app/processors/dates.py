"""Values that a model copied out of a text, made what their schema says: dates become ISO dates."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

_DATE_FORMS = ("%d %B %Y", "%d %b %Y", "%B %d %Y", "%b %d %Y", "%d.%m.%Y", "%Y/%m/%d", "%Y%m%d")
_ORDINAL = re.compile(r"(?<=\d)(st|nd|rd|th)\b", re.IGNORECASE)
_WEEKDAY = re.compile(r"^(mon|tues?|wed(nes)?|thu(rs)?|fri|sat(ur)?|sun)(day)?\b\.?", re.IGNORECASE)


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


def _iso(text: str) -> str:
    plain = _ORDINAL.sub("", _WEEKDAY.sub("", text.strip())).replace(",", " ")
    plain = " ".join(plain.split())
    for form in _DATE_FORMS:
        try:
            return datetime.strptime(plain, form).date().isoformat()  # noqa: DTZ007 - a date has no zone
        except ValueError:
            continue
    return text
