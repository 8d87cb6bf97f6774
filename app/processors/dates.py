"""Values that a model copied out of a text, made what their schema says, and days found in a text: ISO dates."""

import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

_DATE_FORMS = ("%d %B %Y", "%d %b %Y", "%B %d %Y", "%b %d %Y", "%d.%m.%Y", "%Y/%m/%d", "%Y%m%d")
_ORDINAL = re.compile(r"(?<=\d)(st|nd|rd|th)\b", re.IGNORECASE)
_WEEKDAY = re.compile(r"^(mon|tues?|wed(nes)?|thu(rs)?|fri|sat(ur)?|sun)(day)?\b\.?", re.IGNORECASE)
_BETWEEN = re.compile(r",|\bof\b|(?<=[a-z])[.-]|-(?=[a-z])|(?<=\d)\.(?= )", re.IGNORECASE)
_SEPT = re.compile(r"\bsept\b", re.IGNORECASE)

_MONTHS = (
    "january february march april may june july august september october november december",
    "januar februar märz april mai juni juli august september oktober november dezember",
    "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
)
_WRITTEN = re.compile(
    r"\b(?P<iso>\d{4}-\d{2}-\d{2})\b|\b(?P<day>\d{1,2})\.(?P<month>\d{1,2})\.(?P<year>\d{4})\b"
    r"|\b(?P<day1>\d{1,2})(?:st|nd|rd|th|er|\.)? (?P<name1>[^\W\d_]{3,10})\.?,? (?P<year1>\d{4})\b"
    r"|\b(?P<name2>[^\W\d_]{3,10})\.? (?P<day2>\d{1,2})(?:st|nd|rd|th)?,? (?P<year2>\d{4})\b",
    re.IGNORECASE,
)


def find_date(text: str) -> str | None:
    """Return the first day that a text names with its year, as 2026-04-11: in English, German, French or figures."""
    return next(filter(None, map(_written, _WRITTEN.finditer(text))), None)


def _written(match: re.Match[str]) -> str | None:
    part = {name.rstrip("12"): value for name, value in match.groupdict().items() if value}
    month = int(part["month"]) if "month" in part else _month(part.get("name", ""))
    try:
        found = date.fromisoformat(part["iso"]) if "iso" in part else date(int(part["year"]), month, int(part["day"]))
    except ValueError:
        return None
    return found.isoformat()


def _month(name: str) -> int:
    """Return the month of a name or of its start, 0 for none."""
    start = name.casefold()
    numbered = ((number, month) for names in _MONTHS for number, month in enumerate(names.split(), start=1))
    return next((number for number, month in numbered if start and month.startswith(start)), 0)


def with_iso_dates(value: Any, schema: object) -> Any:
    """Return the value with every string that its schema calls a date in the form 2026-04-11, where it can be read."""
    if not isinstance(schema, Mapping):
        return value
    if isinstance(value, str) and _is_date(schema):
        return _iso(value)
    if isinstance(value, dict):
        inner, other = schema.get("properties", {}), schema.get("additionalProperties")
        return {name: with_iso_dates(item, inner.get(name, other)) for name, item in value.items()}
    if isinstance(value, list):
        return [with_iso_dates(item, schema.get("items")) for item in value]
    return value


def _is_date(schema: Mapping[str, Any]) -> bool:
    return any(isinstance(one, Mapping) and one.get("format") == "date" for one in (schema, *schema.get("anyOf", ())))


def _iso(text: str) -> str:
    plain = _BETWEEN.sub(" ", _ORDINAL.sub("", _WEEKDAY.sub("", text.strip())))
    plain = " ".join(_SEPT.sub("sep", plain).split())
    for form in _DATE_FORMS:
        try:
            return datetime.strptime(plain, form).date().isoformat()  # noqa: DTZ007 - a date has no zone
        except ValueError:
            continue
    return text
