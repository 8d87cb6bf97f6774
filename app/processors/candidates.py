"""What a text offers as the value of a field, so that a small model chooses instead of making something up."""

import re
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

from app.processors.evidence import Evidence
from app.processors.fitting import Fitter, as_json
from app.processors.months import is_calendar
from app.processors.schema_check import Checks, fits

MAX_CHOICES = 150

# Bounded before its first digit or its @: a long word without one is read once, and not from each of its letters.
_CODE = re.compile(r"[\w+/@-]{0,80}\d[\w/@.-]*(?: [\d-]{2,})*|\S{1,80}@\S+")
_NAME = re.compile(r"\b[^\W\d_a-zß-ÿ][\w'’-]*(?:(?: & | |\. )[^\W\d_a-zß-ÿ][\w'’-]*)*")  # noqa: RUF001 - an apostrophe
_CLAUSE = re.compile(r"[.,;:!?()]\s+|\s{2,}|\n|[.:)]$")
_MIN_CODE_DIGITS = 5
_MAX_CLAUSE_CHARS = 80
_MAX_DIGITS = 18


def with_choices(text: str, schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return the schema with each of its plain fields limited to the values that fit it and stand in the text, or null.

    Of figures and dates only those are offered whose meaning is certain. A field that may not be null stays as it is
    when the text offers nothing, and so does a list of strings.
    """
    return _fields_with_choices(Evidence(text), text, schema)


def _fields_with_choices(evidence: Evidence, text: str, schema: Mapping[str, Any]) -> dict[str, Any]:
    fields = {name: _with_choices(evidence, text, field) for name, field in schema.get("properties", {}).items()}
    return {**schema, "properties": fields}


def _with_choices(evidence: Evidence, text: str, field: Any) -> Any:
    if not isinstance(field, Mapping) or "enum" in field or "const" in field:
        return field
    if "properties" in field:
        return _fields_with_choices(evidence, text, field)
    items = field.get("items")
    if isinstance(items, Mapping):
        is_text = items.get("type") == "string" and "format" not in items
        return field if is_text else {**field, "items": _with_choices(evidence, text, items)}
    return _choices(evidence, text, field)


def _choices(evidence: Evidence, text: str, field: Mapping[str, Any]) -> Mapping[str, Any]:
    kind = field.get("type")
    kinds = [one for one in (kind if isinstance(kind, list) else [kind]) if one != "null"]
    if len(kinds) != 1 or kinds[0] not in {"string", "number", "integer"}:
        return field
    checks, fitter = Checks(), Fitter(evidence)
    offered = dict.fromkeys(_offered(evidence, text, kinds[0], is_date=field.get("format") == "date"))
    fitting = (value for value in offered if fits(fitter.fit(value, field), field, checks))
    found = list(islice(fitting, MAX_CHOICES))
    if fits(None, field, checks):
        return {"enum": [*found, None]}
    return {"enum": found} if found else field


def _offered(evidence: Evidence, text: str, kind: object, *, is_date: bool) -> Iterator[Any]:
    if kind == "string" and is_date:
        return (written for written, _ in evidence.dates if evidence.day(written))
    if kind == "string":
        return _strings(text)
    if kind == "integer":
        return (int(number) for number in _numbers(evidence) if number == int(number))
    return _numbers(evidence)


def _numbers(evidence: Evidence) -> Iterator[int | float]:
    for number in evidence.numbers:
        value = evidence.value(number)
        if value is not None and len(value.as_tuple().digits) <= _MAX_DIGITS:
            yield as_json(value)


def _strings(text: str) -> Iterator[str]:
    """Yield names, then codes such as order numbers, then clauses."""
    for match in _NAME.finditer(text):
        before = text[: match.start()].rstrip(" ")
        is_first = not before or before[-1] in ".!?\n:"
        name = match[0].strip(" .")
        if (" " in name or not is_first) and not is_calendar(name):
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
