"""Check values against a normalized JSON Schema, within bounds that neither the schema nor the value can widen.

Of the library's words those are replaced that cost more than a pass over the value: patterns go to RE2 with a budget,
`uniqueItems` compares by keys, a choice keeps a few errors of each branch, and messages do not hold whole values.
"""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

import jsonschema
from jsonschema.exceptions import ValidationError

from app.processors.patterns import Pattern, compile_pattern

MAX_BRANCH_ERRORS = 10
MAX_MESSAGE_CHARS = 1000
MAX_PATTERN_WORK = 200_000_000  # instructions times bytes, about a second at worst

_FORMATS = ("date", "email", "ipv4", "ipv6", "uuid")

Check = Callable[..., Iterator[ValidationError] | None]


class Checks(jsonschema.FormatChecker):
    """The formats that can be checked without a network, the compiled patterns, and the work left for these."""

    def __init__(self) -> None:
        """Begin with the whole budget: an object for each value that is checked."""
        super().__init__(formats=_FORMATS)
        self._patterns: dict[str, Pattern] = {}
        self._work_left = MAX_PATTERN_WORK

    def matches(self, pattern: str, text: str) -> bool | None:
        """Say whether a pattern occurs in a text, None when the budget does not allow to find out."""
        compiled = self._patterns.get(pattern) or self._patterns.setdefault(pattern, compile_pattern(pattern))
        self._work_left -= compiled.size * len(text)
        return compiled.matches(text) if self._work_left >= 0 else None


def validator(schema: Mapping[str, Any]) -> jsonschema.Draft202012Validator:
    """Return what checks values against a normalized schema."""
    made: jsonschema.Draft202012Validator = _Bounded(schema, format_checker=Checks())
    return made


def check_schema(schema: Mapping[str, Any]) -> None:
    """Raise jsonschema.SchemaError for what is no schema; patterns are not its matter."""
    jsonschema.Draft202012Validator.check_schema(schema, format_checker=jsonschema.FormatChecker(formats=()))


def _any_of(validator: Any, branches: Sequence[Any], instance: Any, _schema: Any) -> Iterator[ValidationError]:
    context = []
    for place, branch in enumerate(branches):
        errors = list(islice(validator.descend(instance, branch, schema_path=place), MAX_BRANCH_ERRORS))
        if not errors:
            return
        context += errors
    yield ValidationError(f"{instance!r} is not valid under any of the given schemas", context=context)


def _one_of(validator: Any, branches: Sequence[Any], instance: Any, schema: Any) -> Iterator[ValidationError]:
    fitting = [place for place, one in enumerate(branches) if validator.evolve(schema=one).is_valid(instance)]
    if not fitting:
        yield from _any_of(validator, branches, instance, schema)
    elif len(fitting) > 1:
        yield ValidationError(f"{instance!r} is valid under more than one of the given schemas")


def _unique(_validator: Any, wanted: Any, instance: Any, _schema: Any) -> Iterator[ValidationError]:
    if wanted and isinstance(instance, list):
        seen = {_key(item) for item in instance}
        if len(seen) < len(instance):
            yield ValidationError(f"{instance!r} has non-unique elements")


def _key(value: Any) -> bytes:
    """Return what equal values have in common: 1 and 1.0 are equal, 1 and true are not, nor does order matter."""
    text = json.dumps(_plain(value), sort_keys=True)
    return hashlib.blake2b(text.encode(), digest_size=16).digest()


def _plain(value: Any) -> Any:
    match value:
        case float() if value.is_integer():
            return int(value)
        case list():
            return [_plain(item) for item in value]
        case dict():
            return {name: _plain(item) for name, item in value.items()}
    return value


def _pattern(validator: Any, pattern: str, instance: Any, _schema: Any) -> Iterator[ValidationError]:
    if isinstance(instance, str):
        found = validator.format_checker.matches(pattern, instance)
        if not found:
            what = f"does not match {pattern!r}" if found is False else "is too long to be checked against its pattern"
            yield ValidationError(f"{instance!r} {what}")


def _pattern_properties(validator: Any, given: Any, instance: Any, _schema: Any) -> Iterator[ValidationError]:
    if isinstance(instance, dict):
        for pattern, inner in given.items():
            for name, value in instance.items():
                if validator.format_checker.matches(pattern, name) is not False:
                    yield from validator.descend(value, inner, path=name, schema_path=pattern)


def _additional(validator: Any, given: Any, instance: Any, schema: Any) -> Iterator[ValidationError]:
    if not isinstance(instance, dict) or given is True:
        return
    named, patterns = schema.get("properties", {}), schema.get("patternProperties", {})
    matches = validator.format_checker.matches
    extra = [name for name in instance if name not in named and all(matches(one, name) is False for one in patterns)]
    if given is False:
        if extra:
            told, verb = ", ".join(map(repr, extra[:3])), "was" if len(extra) == 1 else "were"
            yield ValidationError(f"Additional properties are not allowed ({told} {verb} unexpected)")
        return
    for name in extra:
        yield from validator.descend(instance[name], given, path=name)


def _cut(check: Check) -> Check:
    """Return the check with messages that are cut in the middle: the library quotes whole values in them."""

    def checked(validator: Any, value: Any, instance: Any, schema: Any) -> Iterator[ValidationError]:
        for error in check(validator, value, instance, schema) or ():
            if len(error.message) > MAX_MESSAGE_CHARS:
                half = MAX_MESSAGE_CHARS // 2
                error.message = f"{error.message[:half]} … {error.message[-half:]}"
                error.args = ()  # they hold the long one
            yield error

    return checked


_OWN: Mapping[str, Check] = {
    "anyOf": _any_of,
    "oneOf": _one_of,
    "uniqueItems": _unique,
    "pattern": _pattern,
    "patternProperties": _pattern_properties,
    "additionalProperties": _additional,
}
_extend: Any = jsonschema.validators.extend
_Bounded = _extend(
    jsonschema.Draft202012Validator,
    {word: _cut(check) for word, check in {**jsonschema.Draft202012Validator.VALIDATORS, **_OWN}.items()},
)
