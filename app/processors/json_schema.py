"""The JSON Schema of what a caller wants extracted: made from a list of fields, or checked and flattened.

A schema comes from outside and decides how much work checking an answer is. So only known words are let in (no regular
expressions), references are written out (no loops, no doublings, nothing remote), and size and depth are bounded.
"""

import json
from collections.abc import Iterable, Mapping
from itertools import islice
from typing import Any

import jsonschema

from app.processors.json_answer import Fault

MAX_SCHEMA_CHARS = 20_000
MAX_DEPTH = 12
MAX_NODES = 500
MAX_FIELDS = 100

Schema = dict[str, Any]

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
_MAPS = frozenset({"properties", "dependentSchemas"})
_LISTS = frozenset({"allOf", "anyOf", "oneOf", "prefixItems"})
_SINGLES = frozenset({"items", "additionalProperties", "contains", "not", "if", "then", "else"})
_ANNOTATIONS = frozenset({"title", "description"})
_VALUES = frozenset(
    [
        "type",
        "enum",
        "const",
        "required",
        "format",
        "minimum",
        "maximum",
        "exclusiveMinimum",
        "exclusiveMaximum",
        "multipleOf",
        "minLength",
        "maxLength",
        "minItems",
        "maxItems",
        "uniqueItems",
        "minContains",
        "maxContains",
        "minProperties",
        "maxProperties",
        "dependentRequired",
    ]
)
_DROPPED = frozenset(
    ["$schema", "$id", "$anchor", "$comment", "$defs", "definitions", "default", "examples", "example", "deprecated"]
)
_MAX_ERRORS = 100
_MAX_FAULTS = 5
_FORMATS = jsonschema.FormatChecker(formats=["date", "email", "ipv4", "ipv6", "uuid"])


def normalize(given: Mapping[str, Any]) -> Schema:
    """Return a self-contained JSON Schema of an object.

    `given` is a JSON Schema, or maps field names to type names or schemas; such a field is required, and null when the
    text does not hold it. Raises: ValueError with a sentence that says what is wrong.
    """
    if len(json.dumps(given)) > MAX_SCHEMA_CHARS:
        msg = f"the schema is larger than {MAX_SCHEMA_CHARS:,} characters"
        raise ValueError(msg)
    is_schema = isinstance(given.get("properties"), Mapping) or "$schema" in given or "$ref" in given
    schema = _Flattener(given).run() if is_schema else _from_fields(given)
    if schema.setdefault("type", "object") != "object":
        msg = "the schema must describe an object"
        raise ValueError(msg)
    try:
        jsonschema.Draft202012Validator.check_schema(schema)
    except jsonschema.SchemaError as error:
        msg = f"not a JSON Schema: {error.message[:200]} (at {error.json_path})"
        raise ValueError(msg) from None
    return schema


def faults_in(value: object, schema: Mapping[str, Any]) -> list[Fault]:
    """Return up to five things that are wrong with a value, those of the outermost parts first; none when it fits."""
    errors = list(islice(validator(schema).iter_errors(value), _MAX_ERRORS))
    errors.sort(key=jsonschema.exceptions.relevance, reverse=True)
    told = (jsonschema.exceptions.best_match([error]) for error in errors[:_MAX_FAULTS])
    return [Fault(error.message, pointer=_pointer(error.absolute_path)) for error in told]


def validator(schema: Mapping[str, Any]) -> jsonschema.Draft202012Validator:
    """Return what checks values against a schema, the formats included that can be checked without a network."""
    return jsonschema.Draft202012Validator(schema, format_checker=_FORMATS)


def _pointer(path: Iterable[str | int]) -> str:
    """Return a JSON Pointer. Source: RFC 6901."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in path)


def _from_fields(given: Mapping[str, Any]) -> Schema:
    if not 1 <= len(given) <= MAX_FIELDS:
        msg = f"name 1 to {MAX_FIELDS} fields, or give a JSON Schema with `properties`"
        raise ValueError(msg)
    properties = {name: _field(name, kind) for name, kind in given.items()}
    return {"type": "object", "properties": properties, "required": [*given], "additionalProperties": False}


def _field(name: str, kind: object) -> Schema:
    if isinstance(kind, Mapping):
        return _Flattener(kind).run()
    found = _TYPES.get(kind.strip().lower()) if isinstance(kind, str) else None
    if found is None:
        msg = f"the type of {name!r} must be one of {', '.join(_TYPES)}, or a JSON Schema"
        raise ValueError(msg)
    return {**found, "type": [found["type"], "null"]}


class _Flattener:
    """Copies one schema, with its references written out."""

    def __init__(self, root: Mapping[str, Any]) -> None:
        """Start at the schema that references point into."""
        self._root = root
        self._nodes = 0

    def run(self) -> Schema:
        """Return the copy. Raises: ValueError."""
        return self._flat(self._root, 0)

    def _flat(self, node: Mapping[str, Any], depth: int) -> Schema:
        self._nodes += 1
        if depth > MAX_DEPTH or self._nodes > MAX_NODES:
            msg = f"the schema is deeper than {MAX_DEPTH} levels, refers to itself, or has more than {MAX_NODES} parts"
            raise ValueError(msg)
        if "$ref" in node:
            beside = {word: value for word, value in node.items() if word != "$ref"}
            return self._flat({**self._target(node["$ref"]), **beside}, depth + 1)
        kept = {word: value for word, value in node.items() if word not in _DROPPED}
        if unknown := kept.keys() - _MAPS - _LISTS - _SINGLES - _VALUES - _ANNOTATIONS:
            msg = f"`{min(unknown)[:60]}` is not supported in a schema"
            raise ValueError(msg)
        return rebuild(kept, lambda child: self._flat(child, depth + 1) if isinstance(child, Mapping) else child)

    def _target(self, reference: object) -> Mapping[str, Any]:
        if not isinstance(reference, str) or not reference.startswith("#"):
            msg = "a `$ref` may only point into the schema itself (#/$defs/...)"
            raise ValueError(msg)
        target: Any = self._root
        for part in reference[1:].strip("/").split("/"):
            if part:
                name = part.replace("~1", "/").replace("~0", "~")
                target = target.get(name) if isinstance(target, Mapping) else None
        if not isinstance(target, Mapping):
            msg = f"`$ref` {reference[:100]!r} points nowhere"
            raise ValueError(msg)  # noqa: TRY004 - it is the value that is wrong
        return target


def rebuild(node: Schema, visit: Any) -> Schema:
    """Return the node with `visit` applied to each of its sub-schemas; what has the wrong form stays as it is."""
    copy = dict(node)
    for word, value in node.items():
        if word in _MAPS and isinstance(value, Mapping):
            copy[word] = {name: visit(child) for name, child in value.items()}
        elif word in _LISTS and isinstance(value, list):
            copy[word] = [visit(child) for child in value]
        elif word in _SINGLES:
            copy[word] = visit(value)
    return copy
