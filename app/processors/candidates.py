"""What a text offers as the value of a field, so that a small model chooses instead of making something up."""

import re
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

from app.processors.dates import with_iso_dates
from app.processors.schema_check import validator

MAX_CHOICES = 150

_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*"
_DATE = re.compile(
    rf"\b\d{{1,2}}(?:st|nd|rd|th)?\.?(?: of)?[ -]{_MONTH}\.?,?[ -]\d{{4}}\b"
    rf"|\b{_MONTH}\.? \d{{1,2}}(?:st|nd|rd|th)?,? \d{{4}}\b"
    r"|\b\d{4}-\d{2}-\d{2}\b|\b\d{4}/\d{1,2}/\d{1,2}\b|\b\d{1,2}\.\d{1,2}\.\d{4}\b",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"(?<![\w.-])-?\d[\d,]*(?:\.\d+)?(?![\w-])")
_CODE = re.compile(r"[\w+/@-]*\d[\w/@.-]*(?: [\d-]{2,})*|\S+@\S+")
_NAME = re.compile(r"\b[^\W\d_a-zß-ÿ][\w'’-]*(?:(?: & | |\. )[^\W\d_a-zß-ÿ][\w'’-]*)*")  # noqa: RUF001 - an apostrophe
_CLAUSE = re.compile(r"[.,;:!?()]\s+|\s{2,}|\n|[.:)]$")
_CALENDAR = re.compile(rf"(?:{_MONTH}|(?:mon|tues|wednes|thurs|fri|satur|sun)day)", re.IGNORECASE)
_MIN_CODE_DIGITS = 5
_MAX_CLAUSE_CHARS = 80
_MAX_DIGITS = 18


def held_to(text: str, schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return the schema with each of its plain fields held to the values that fit it and the text offers, or null.

    A field that may not be null stays as it is when the text offers nothing, and so does a list of strings.
    """
    fields = {name: _held(text, field) for name, field in schema.get("properties", {}).items()}
    return {**schema, "properties": fields}


def _held(text: str, field: Any) -> Any:
    if not isinstance(field, Mapping) or "enum" in field or "const" in field:
        return field
    if "properties" in field:
        return held_to(text, field)
    items = field.get("items")
    if isinstance(items, Mapping):
        is_text = items.get("type") == "string" and "format" not in items
        return field if is_text else {**field, "items": _held(text, items)}
    return _choices(text, field)


def _choices(text: str, field: Mapping[str, Any]) -> Mapping[str, Any]:
    kind = field.get("type")
    kinds = [one for one in (kind if isinstance(kind, list) else [kind]) if one != "null"]
    if len(kinds) != 1 or kinds[0] not in {"string", "number", "integer"}:
        return field
    check = validator(field)
    offered = dict.fromkeys(_offered(text, kinds[0], is_date=field.get("format") == "date"))
    fitting = (value for value in offered if check.is_valid(with_iso_dates(value, field)))
    found = list(islice(fitting, MAX_CHOICES))
    if check.is_valid(None):
        return {"enum": [*found, None]}
    return {"enum": found} if found else field


def _offered(text: str, kind: object, *, is_date: bool) -> Iterator[Any]:
    if kind == "string" and is_date:
        return (match[0] for match in _DATE.finditer(text))
    if kind == "string":
        return _strings(text)
    if kind in {"number", "integer"}:
        return (number for number in _numbers(text) if kind == "number" or isinstance(number, int))
    return iter(())


def _numbers(text: str) -> Iterator[int | float]:
    for match in _NUMBER.finditer(_DATE.sub(" ", text)):
        plain = match[0].replace(",", "")
        if len(plain) > _MAX_DIGITS:
            continue
        yield float(plain) if "." in plain else int(plain)


def _strings(text: str) -> Iterator[str]:
    """Yield names, then codes such as order numbers, then clauses."""
    for match in _NAME.finditer(text):
        before = text[: match.start()].rstrip(" ")
        is_first = not before or before[-1] in ".!?\n:"
        name = match[0].strip(" .")
        if (" " in name or not is_first) and not _CALENDAR.fullmatch(name):
            yield name
    for match in _CODE.finditer(text):
        code = match[0].strip(".,;:/-")
        digits = sum(char.isdigit() for char in code)
        if "@" in code or any(char.isalpha() for char in code) or (digits >= _MIN_CODE_DIGITS and "." not in code):
            yield code
    for clause in _CLAUSE.split(text):
        words = clause.strip(" .,;:")
        if " " in words and len(words) <= _MAX_CLAUSE_CHARS:
            yield words
