"""The JSON Schema of what a caller wants extracted: made from a list of fields, or checked and flattened.

A schema comes from outside and decides how much work checking an answer is. So only known words are let in, patterns
only where RE2 can check them, references are written out (no loops, no doublings, nothing remote), and size and depth
are bounded.
"""

import json
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from functools import lru_cache
from itertools import islice
from typing import Any

import jsonschema

from app.processors.flattening import Budget, Flattener
from app.processors.json_answer import Fault
from app.processors.schema_check import Checks, TooMuchWorkError, validator
from app.processors.schema_words import KNOWN, Schema

MAX_SCHEMA_CHARS = 20_000
MAX_FIELDS = 100
REMEMBERED = 64  # verdicts about schemas; a batch usually has one

_TYPES: Mapping[str, Schema] = {
    "string": {"type": "string"},
    "integer": {"type": "integer"},
    "number": {"type": "number"},
    "boolean": {"type": "boolean"},
    "date": {"type": "string", "format": "date"},
    "array": {"type": "array", "items": {"type": "string"}},
    "list": {"type": "array", "items": {"type": "string"}},
    "object": {"type": "object"},
}
_SYNONYMS: Mapping[str, str] = {
    **dict.fromkeys(["float", "double", "decimal", "numeric", "money", "currency"], "number"),
    **dict.fromkeys(["text", "str", "varchar", "enum"], "string"),
    **dict.fromkeys(["datetime", "date-time", "timestamp"], "date"),
    **dict.fromkeys(["dict", "map", "json"], "object"),
    **dict.fromkeys(["int", "long", "bigint"], "integer"),
}
SHOWN_CHARS = 40
_MAX_ERRORS = 100
_MAX_FAULTS = 5
_ROOTS = ("object", "array")
_STRUCTURE = frozenset({"items", "prefixItems", "additionalProperties", "patternProperties", "propertyNames"})
_CHOICES = frozenset({"allOf", "anyOf", "oneOf"})


def normalize(given: Mapping[str, Any]) -> Schema:
    """Return a self-contained JSON Schema of an object or an array.

    `given` is a JSON Schema, or maps field names to type names or schemas; such a field is required, and null when the
    text does not hold it. What was judged before is not judged again: the schema that comes back is shared and must not
    be changed. Raises: ValueError with a sentence that says what is wrong.
    """
    try:
        text = json.dumps(given, allow_nan=False)
    except RecursionError:
        raise ValueError("the schema is nested too deeply") from None
    except ValueError:
        raise ValueError("the schema holds NaN, infinity, or a number beyond 1e308") from None
    if len(text) > MAX_SCHEMA_CHARS:
        msg = f"the schema is larger than {MAX_SCHEMA_CHARS:,} characters"
        raise ValueError(msg)
    found = _judged(text)
    if isinstance(found, str):
        raise ValueError(found)  # noqa: TRY004 - it is the reason
    return found


@lru_cache(maxsize=REMEMBERED)
def _judged(text: str) -> Schema | str:
    """Return the schema, or what is wrong with it; by its text, which tells its content and the order of its names."""
    given = json.loads(text)
    try:
        schema = Flattener(_root(given), Budget()).run() if _is_schema(given) else _from_fields(given)
    except ValueError as error:
        return str(error)
    if schema.setdefault("type", "object") not in _ROOTS:
        return "the schema must describe an object or an array"
    return schema


def _is_schema(given: Mapping[str, Any]) -> bool:
    """Say whether this is a JSON Schema rather than a map of field names to types."""
    if isinstance(given.get("properties"), Mapping) or "$schema" in given or "$ref" in given:
        return True
    if any(isinstance(given.get(word), list) for word in _CHOICES):
        return True
    return _kind(given.get("type")) in _ROOTS and any(
        isinstance(given[word], Mapping | list | bool) for word in _STRUCTURE & given.keys()
    )


def _root(given: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the schema for what is asked for: a value, although its type may allow null."""
    node = {word: value for word, value in given.items() if word != "nullable"}
    kind = _kind(given.get("type"))
    return {**node, "type": kind} if kind in _ROOTS else node


def _kind(given: object) -> object:
    """Return the one type beside null, or what is given."""
    kinds = [kind for kind in given if kind != "null"] if isinstance(given, list) else [given]
    return kinds[0] if len(kinds) == 1 else given


def faults_in(value: object, schema: Mapping[str, Any], checks: Checks | None = None) -> list[Fault]:
    """Return up to five things that are wrong with a value, those of the outermost parts first; none when it fits.

    `checks` bounds the work for several values together.
    """
    try:
        errors = list(islice(validator(schema, checks).iter_errors(value), _MAX_ERRORS))
    except TooMuchWorkError:
        return [Fault("the value is too large to be checked against this schema")]
    errors.sort(key=jsonschema.exceptions.relevance, reverse=True)
    best = (jsonschema.exceptions.best_match([error]) for error in errors[:_MAX_FAULTS])
    return [Fault(error.message, pointer=_pointer(error.absolute_path)) for error in best]


def _pointer(path: Iterable[str | int]) -> str:
    """Return a JSON Pointer. Source: RFC 6901."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in path)


def _from_fields(given: Mapping[str, Any]) -> Schema:
    if not 1 <= len(given) <= MAX_FIELDS:
        msg = f"name 1 to {MAX_FIELDS} fields, or give a JSON Schema with `properties`"
        raise ValueError(msg)
    budget = Budget()
    properties = {name: _field(name, kind, budget) for name, kind in given.items()}
    return {"type": "object", "properties": properties, "required": [*given], "additionalProperties": False}


def _field(name: str, kind: object, budget: Budget) -> Schema:
    if isinstance(kind, Mapping):
        try:
            return Flattener(kind, budget).run("properties", name)
        except ValueError as error:
            if not KNOWN.isdisjoint(kind):
                raise
            msg = f'{error}; the fields of {name!r} go into {{"type": "object", "properties": {{...}}}}'
            raise ValueError(msg) from None
    word = kind.strip().lower() if isinstance(kind, str) else ""
    found = _TYPES.get(word)
    if found is None:
        msg = f"the type of {name!r} must be one of {', '.join(_TYPES)}, or a JSON Schema{_hint(kind, word)}"
        raise ValueError(msg)
    return {**found, "type": [found["type"], "null"]}


def _hint(kind: object, word: str) -> str:
    """Return what may be meant by a type that is none, behind a comma."""
    if isinstance(kind, list):
        return ', not a list; for a list of objects: {"type": "array", "items": {"type": "object", ...}}'
    if not word:
        return f", not {json.dumps(kind)[:SHOWN_CHARS]}"
    plain = word.rstrip("?").partition("|")[0].strip()
    if plain != word and plain in _TYPES:
        return f", not {word[:SHOWN_CHARS]!r}: write {plain}; what a text does not hold is null anyway"
    near = [_SYNONYMS[word]] if word in _SYNONYMS else get_close_matches(word, _TYPES, n=1)
    return f", not {word[:SHOWN_CHARS]!r}" + (f"; did you mean {near[0]}?" if near else "")
