"""Check values against a normalized JSON Schema, within bounds that neither the schema nor the value can widen.

Of the library's words those are replaced that cost more than a pass over the value: patterns go to RE2 with a budget,
`uniqueItems`, `enum` and `const` compare by keys, a choice looks at each branch once and keeps a few of its errors, and
messages do not hold whole values. What a schema multiplies (branches of branches for each item of a list) is counted,
and ends at a limit: nobody can stop a thread.
"""

import hashlib
import json
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from itertools import islice
from typing import Any

import jsonschema
from jsonschema.exceptions import ValidationError

from app.processors.patterns import compile_pattern

MAX_BRANCH_ERRORS = 10
MAX_MESSAGE_CHARS = 1000
MAX_PATTERN_WORK = 200_000_000  # instructions times bytes, about a second at worst
MAX_WORK = 1_000_000  # words of the schema at places of the value, about five seconds

_CHARS_A_STEP = 200  # of a message or a compared value: as much work as one word
_NAMES_A_STEP = 20
_FORMATS = ("date", "email", "ipv4", "ipv6", "uuid")

Check = Callable[..., Iterator[ValidationError] | None]


class TooMuchWorkError(Exception):
    """The work that was allowed for checking is used up, and nothing is known about the value."""


class Checks(jsonschema.FormatChecker):
    """The formats that can be checked without a network, what is compiled once, and the work that is left."""

    def __init__(self) -> None:
        """Begin with the whole budget: an object for each answer, whatever is checked of it."""
        super().__init__(formats=_FORMATS)
        self._offered: dict[int, tuple[object, frozenset[Hashable]]] = {}
        self._pattern_work_left = MAX_PATTERN_WORK
        self.work_left = MAX_WORK

    def spend(self, work: int) -> None:
        """Count work. Raises: TooMuchWorkError once there is none left."""
        self.work_left -= work
        if self.work_left < 0:
            raise TooMuchWorkError

    def matches(self, pattern: str, text: str) -> bool | None:
        """Say whether a pattern occurs in a text, None when the budget does not allow to find out."""
        self.spend(1)
        compiled = compile_pattern(pattern)
        self._pattern_work_left -= compiled.size * len(text)
        return compiled.matches(text) if self._pattern_work_left >= 0 else None

    def offers(self, values: Sequence[Any], wanted: Any) -> bool:
        """Say whether a value is one of an `enum`, whose keys are made once."""
        known = self._offered.get(id(values))
        if known is None:
            self.spend(len(values))
            known = self._offered[id(values)] = (values, frozenset(map(self.key, values)))  # kept: its id stays its own
        return self.key(wanted) in known[1]

    def key(self, value: Any) -> Hashable:
        """Return what equal values have in common: 1 and 1.0 are equal, 1 and true are not, nor does order matter."""
        match value:
            case str():
                return value
            case bool() | None:
                return (value,)
            case int() | float():
                return (0, value)
        text = json.dumps(_plain(value), sort_keys=True)
        self.spend(len(text) // _CHARS_A_STEP)
        return hashlib.blake2b(text.encode(), digest_size=16).digest()


def validator(schema: Mapping[str, Any], checks: Checks | None = None) -> jsonschema.Draft202012Validator:
    """Return what checks values against a normalized schema; it raises TooMuchWorkError when `checks` is used up."""
    made: jsonschema.Draft202012Validator = _Bounded(schema, format_checker=checks or Checks())
    return made


def fits(value: Any, schema: Any, checks: Checks) -> bool:
    """Say whether a value fits a schema, which may be true or false; no once the work that is allowed is used up."""
    try:
        return bool(validator(schema, checks).is_valid(value))
    except TooMuchWorkError:
        return False


def _any_of(validator: Any, branches: Sequence[Any], instance: Any, _schema: Any) -> Iterator[ValidationError]:
    context = []
    for place, branch in enumerate(branches):
        errors = list(islice(validator.descend(instance, branch, schema_path=place), MAX_BRANCH_ERRORS))
        if not errors:
            return
        context += errors
    yield ValidationError(f"{instance!r} is not valid under any of the given schemas", context=context)


def _one_of(validator: Any, branches: Sequence[Any], instance: Any, _schema: Any) -> Iterator[ValidationError]:
    context, fitting = [], 0
    for place, branch in enumerate(branches):
        errors = list(islice(validator.descend(instance, branch, schema_path=place), MAX_BRANCH_ERRORS))
        context += errors
        fitting += not errors
    if not fitting:
        yield ValidationError(f"{instance!r} is not valid under any of the given schemas", context=context)
    elif fitting > 1:
        yield ValidationError(f"{instance!r} is valid under more than one of the given schemas")


def _enum(validator: Any, values: Any, instance: Any, _schema: Any) -> Iterator[ValidationError]:
    if not validator.format_checker.offers(values, instance):
        yield ValidationError(f"{instance!r} is not one of {values!r}")


def _const(validator: Any, value: Any, instance: Any, _schema: Any) -> Iterator[ValidationError]:
    if validator.format_checker.key(value) != validator.format_checker.key(instance):
        yield ValidationError(f"{value!r} was expected")


def _multiple_of(_validator: Any, step: Any, instance: Any, _schema: Any) -> Iterator[ValidationError]:
    """Count as people do: 19.99 is a multiple of 0.01, which it is not between binary fractions."""
    if isinstance(instance, bool) or not isinstance(instance, int | float):
        return
    if (Fraction(Decimal(repr(instance))) / Fraction(Decimal(repr(step)))).denominator != 1:
        yield ValidationError(f"{instance!r} is not a multiple of {step!r}")


def _unique(validator: Any, wanted: Any, instance: Any, _schema: Any) -> Iterator[ValidationError]:
    if wanted and isinstance(instance, list):
        validator.format_checker.spend(len(instance))
        seen = {validator.format_checker.key(item) for item in instance}
        if len(seen) < len(instance):
            yield ValidationError(f"{instance!r} has non-unique elements")


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
            listed, verb = ", ".join(map(repr, extra[:3])), "was" if len(extra) == 1 else "were"
            yield ValidationError(f"Additional properties are not allowed ({listed} {verb} unexpected)")
        return
    for name in extra:
        yield from validator.descend(instance[name], given, path=name)


def _counted(check: Check) -> Check:
    """Return the check with its work counted and its messages cut: the library quotes whole values in them."""

    def checked(validator: Any, value: Any, instance: Any, schema: Any) -> Iterator[ValidationError]:
        spend = validator.format_checker.spend
        spend(1 + (len(value) // _NAMES_A_STEP if isinstance(value, list | dict) else 0))
        for error in check(validator, value, instance, schema) or ():
            if len(error.message) > MAX_MESSAGE_CHARS:
                spend(len(error.message) // _CHARS_A_STEP)
                half = MAX_MESSAGE_CHARS // 2
                error.message = f"{error.message[:half]} … {error.message[-half:]}"
                error.args = ()  # they hold the long one
            yield error

    return checked


_OWN: Mapping[str, Check] = {
    "anyOf": _any_of,
    "oneOf": _one_of,
    "enum": _enum,
    "const": _const,
    "multipleOf": _multiple_of,
    "uniqueItems": _unique,
    "pattern": _pattern,
    "patternProperties": _pattern_properties,
    "additionalProperties": _additional,
}
_extend: Any = jsonschema.validators.extend
_Bounded = _extend(
    jsonschema.Draft202012Validator,
    {word: _counted(check) for word, check in {**jsonschema.Draft202012Validator.VALIDATORS, **_OWN}.items()},
)
