"""Which values each word of a JSON Schema takes: looked at word by word, in one pass over the schema.

The library's own check walks a meta-schema for each word, compares all members of a list with each other, and took
seconds for schemas of a few kilobytes. Source: the meta-schemas of draft 2020-12.
"""

import math
from collections.abc import Callable, Mapping
from typing import Any, Final

from app.processors.schema_words import LISTS, MAPS, SINGLES

TYPES: Final = ("string", "number", "integer", "boolean", "object", "array", "null")
MAX_NUMBER: Final = 1.7976931348623157e308

Form = tuple[Callable[[Any], bool], str]


def fault_of(word: str, value: object) -> str | None:
    """Return what the value of a word must be, None when it is that; the insides of its schemas are not looked at."""
    fits, wanted = FORMS[word]
    return None if fits(value) else wanted


def _is_schema(value: object) -> bool:
    return isinstance(value, Mapping | bool)


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _is_number(value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return not (isinstance(value, float) and math.isnan(value)) and abs(value) <= MAX_NUMBER


def _is_step(value: Any) -> bool:
    return _is_number(value) and value > 0


def _is_count(value: Any) -> bool:
    return _is_number(value) and value >= 0 and value == int(value)


def _are_names(value: object) -> bool:
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        return False
    return len(set(value)) == len(value)


def _is_type(value: Any) -> bool:
    if isinstance(value, str):
        return value in TYPES
    return bool(value) and _are_names(value) and set(TYPES).issuperset(value)


def _are_needs(value: object) -> bool:
    return isinstance(value, Mapping) and all(map(_are_names, value.values()))


_NUMBER: Form = (_is_number, "a number below 1e308")
_COUNT: Form = (_is_count, "a whole number from 0 on")
_TEXT: Form = (_is_text, "a string")

FORMS: Final[Mapping[str, Form]] = {
    **dict.fromkeys(
        MAPS,
        (
            lambda value: isinstance(value, Mapping) and all(map(_is_schema, value.values())),
            "an object whose members are schemas",
        ),
    ),
    **dict.fromkeys(
        LISTS,
        (
            lambda value: isinstance(value, list) and bool(value) and all(map(_is_schema, value)),
            "a list of schemas with at least one",
        ),
    ),
    **dict.fromkeys(SINGLES, (_is_schema, "a schema")),
    **dict.fromkeys(["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"], _NUMBER),
    **dict.fromkeys(["minLength", "maxLength", "minItems", "maxItems", "minContains", "maxContains"], _COUNT),
    **dict.fromkeys(["minProperties", "maxProperties"], _COUNT),
    **dict.fromkeys(["format", "pattern", "title", "description"], _TEXT),
    "type": (_is_type, f"one of {', '.join(TYPES)}, or a list of different ones"),
    "enum": (lambda value: isinstance(value, list), "a list of values"),
    "const": (lambda _: True, "any value"),
    "multipleOf": (_is_step, "a number above 0 and below 1e308"),
    "required": (_are_names, "a list of different names"),
    "dependentRequired": (_are_needs, "an object whose members are lists of different names"),
    "uniqueItems": (lambda value: isinstance(value, bool), "true or false"),
}
