"""Says in our words what Pydantic found wrong with a value, and what may be written instead."""

from collections.abc import Iterable, Mapping
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin

from annotated_types import Ge, Gt, Le, Lt
from pydantic import SecretStr
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

SHOWN_CHARS = 80
_PREFIX = "Value error, "
_BOUNDS = {
    "greater_than": "above",
    "greater_than_equal": "at least",
    "less_than": "below",
    "less_than_equal": "at most",
}
# By the beginning of the error's type. Source: Pydantic, "Validation Errors".
_KINDS: Mapping[str, str] = {
    "missing": "not set, and it has no default",
    "int": "write a whole number",
    "float": "write a number",
    "decimal": "write a number",
    "is_instance_of": "write a number",  # in strict mode, of a Decimal
    "finite_number": "write a number",
    "bool": "write true or false",
    "string_too": "write a text of another length",
    "string_unicode": "it is not UTF-8",
    "string": "write a text in quotes",
    "list": 'write a list such as ["small"]',
    "dict": "write a table",
    "model": "write a table",
    "path": "write a path",
}


# The same for what comes as JSON or in an address; these with what Pydantic says beside the type.
_BODY_FORMS: Mapping[str, str] = {
    "literal_error": "write {expected}",
    "enum": "write {expected}",
    "greater_than": "write a number, above {gt}",
    "greater_than_equal": "write a number, at least {ge}",
    "less_than": "write a number, below {lt}",
    "less_than_equal": "write a number, at most {le}",
    "string_too_short": "write at least {min_length} characters",
    "string_too_long": "write at most {max_length} characters",
    "too_short": "name at least {min_length}",
    "too_long": "name at most {max_length}",
    "string_pattern_mismatch": "it does not have the form {pattern}",
}
_BODY_KINDS: Mapping[str, str] = {
    "missing": "it is missing",
    "extra_forbidden": "it is not known here",
    "int": "write a whole number",
    "float": "write a number",
    "decimal": "write a number",
    "is_instance_of": "write a number",
    "finite_number": "write a number",
    "bool": "write true or false",
    "string_unicode": "it is not UTF-8",
    "string_type": "write a text",
    "list": "write a list, such as [1, 2]",
    "tuple": "write a list, such as [1, 2]",
    "dict": "write a JSON object",
    "model": "write a JSON object",
    "uuid": "write an id, such as 01934f6e-0000-7000-8000-000000000000",
    "datetime": "write a time, such as 2026-01-31T09:00:00Z",
    "timezone": "write a time, such as 2026-01-31T09:00:00Z",
    "date": "write a day, such as 2026-01-31",
}


def of_body(error: Mapping[str, Any]) -> str:
    """Return what is wrong with a part of a request, in a few words that say what to write."""
    kind, context = str(error["type"]), error.get("ctx", {})
    if kind in {"value_error", "assertion_error"}:
        return str(error["msg"]).removeprefix(_PREFIX)
    if context.get("min_length") == 1:
        return "it is empty"
    if form := _BODY_FORMS.get(kind):
        return form.format(**{name: plain(one) if isinstance(one, float) else one for name, one in context.items()})
    return next((text for start, text in _BODY_KINDS.items() if kind.startswith(start)), str(error["msg"]))


def sentence(error: ErrorDetails) -> str:
    """Return what is wrong, in a few words; never with the value itself."""
    kind, context = error["type"], error.get("ctx", {})
    if kind in {"value_error", "assertion_error"}:
        return error["msg"].removeprefix(_PREFIX)
    if kind in {"literal_error", "enum"}:
        return f"write {context['expected']}"
    if kind in _BOUNDS:
        (bound,) = context.values()
        return f"write a number, {_BOUNDS[kind]} {plain(bound)}"
    if kind == "too_short":
        return f"name at least {context['min_length']}"
    if kind == "too_long":
        return f"name at most {context['max_length']}"
    return next((text for start, text in _KINDS.items() if kind.startswith(start)), error["msg"])


def expected(field: FieldInfo) -> str:
    """Return what a field takes: `a whole number from 1 to 65535`, `development or production`."""
    kind = field.annotation
    if get_origin(kind) in {Union, UnionType}:
        kind = next(one for one in get_args(kind) if one is not NoneType)
    if get_origin(kind) is Literal:
        return _either(str(one) for one in get_args(kind))
    names = {int: "a whole number", float: "a number", bool: "true or false"}
    name = names.get(kind, "a text")  # type: ignore[arg-type]
    return f"{name}{_range(field.metadata)}" if kind in {int, float} else name


def shown(value: object) -> str:
    """Return a value as an error may show it; nothing of a secret."""
    return "***" if isinstance(value, SecretStr) else repr(str(value)[:SHOWN_CHARS])


def plain(number: Any) -> str:
    """Return a number as people write it: 3, not 3.0."""
    return str(int(number)) if number == int(number) else str(number)


def _either(words: Iterable[str]) -> str:
    *first, last = words
    return f"{', '.join(first)} or {last}" if first else last


def _range(metadata: Iterable[Any]) -> str:
    least = most = ""
    for rule in metadata:
        match rule:
            case Ge():
                least = f" from {plain(rule.ge)}"
            case Gt():
                least = f" above {plain(rule.gt)}"
            case Le():
                most = f" to {plain(rule.le)}"
            case Lt():
                most = f" below {plain(rule.lt)}"
    if " above" in least and most:
        most = f", at most{most.removeprefix(' to')}"
    return f"{least} on" if least.startswith(" from") and not most else f"{least}{most}"
