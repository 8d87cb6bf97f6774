"""The JSON Schema of what a caller wants extracted: made from a list of fields, or checked and flattened.

A schema comes from outside and decides how much work checking an answer is. So only known words are let in, patterns
only where RE2 can check them, references are written out (no loops, no doublings, nothing remote), and size and depth
are bounded.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from itertools import islice
from typing import Any

import jsonschema

from app.processors.json_answer import Fault
from app.processors.patterns import PatternError, compile_pattern
from app.processors.schema_check import check_schema, validator
from app.processors.schema_words import KNOWN, LISTS, MAPS, SINGLES, Schema, modern

MAX_SCHEMA_CHARS = 20_000
MAX_DEPTH = 12
MAX_NODES = 500
MAX_FIELDS = 100
MAX_PATTERNS = 20

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
_MAX_ERRORS = 100
_MAX_FAULTS = 5
_ROOTS = ("object", "array")
_STRUCTURE = frozenset({"items", "prefixItems", "additionalProperties", "patternProperties", "propertyNames"})
_CHOICES = frozenset({"allOf", "anyOf", "oneOf"})
_NAMED_FORMATS = frozenset(
    ["date", "time", "date-time", "duration", "email", "hostname", "ipv4", "ipv6", "uri", "uuid"]
)


def normalize(given: Mapping[str, Any]) -> Schema:
    """Return a self-contained JSON Schema of an object or an array.

    `given` is a JSON Schema, or maps field names to type names or schemas; such a field is required, and null when the
    text does not hold it. Raises: ValueError with a sentence that says what is wrong.
    """
    if len(json.dumps(given)) > MAX_SCHEMA_CHARS:
        msg = f"the schema is larger than {MAX_SCHEMA_CHARS:,} characters"
        raise ValueError(msg)
    schema = _Flattener(_root(given)).run() if _is_schema(given) else _from_fields(given)
    if schema.setdefault("type", "object") not in _ROOTS:
        msg = "the schema must describe an object or an array"
        raise ValueError(msg)
    try:
        check_schema(schema)
    except jsonschema.SchemaError as error:
        msg = f"not a JSON Schema: {error.message[:200]} (at {error.json_path})"
        raise ValueError(msg) from None
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


def faults_in(value: object, schema: Mapping[str, Any]) -> list[Fault]:
    """Return up to five things that are wrong with a value, those of the outermost parts first; none when it fits."""
    errors = list(islice(validator(schema).iter_errors(value), _MAX_ERRORS))
    errors.sort(key=jsonschema.exceptions.relevance, reverse=True)
    told = (jsonschema.exceptions.best_match([error]) for error in errors[:_MAX_FAULTS])
    return [Fault(error.message, pointer=_pointer(error.absolute_path)) for error in told]


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
    """Copies one schema, with its references written out and in the words of one dialect."""

    def __init__(self, root: Mapping[str, Any]) -> None:
        """Start at the schema that references point into."""
        self._root = root
        self._nodes = 0
        self._patterns: set[str] = set()

    def run(self) -> Schema:
        """Return the copy. Raises: ValueError."""
        return self._flat(self._root, ())

    def _flat(self, node: Mapping[str, Any], path: tuple[str, ...]) -> Schema:
        self._nodes += 1
        if len(path) > 2 * MAX_DEPTH or self._nodes > MAX_NODES:
            msg = f"the schema is deeper than {MAX_DEPTH} levels, refers to itself, or has more than {MAX_NODES} parts"
            raise ValueError(msg)
        if "$ref" in node:
            beside = {word: value for word, value in node.items() if word != "$ref"}
            return self._flat({**self._target(node["$ref"]), **beside}, (*path, "$ref", ""))
        kept = modern(node)
        if unknown := kept.keys() - KNOWN:
            msg = f"`{min(unknown)[:60]}` is not supported in a schema"
            raise ValueError(msg)
        self._check_patterns(kept, path)
        return rebuild(kept, lambda child, at: self._flat(child, (*path, *at)) if isinstance(child, Mapping) else child)

    def _check_patterns(self, node: Schema, path: tuple[str, ...]) -> None:
        """Refuse what RE2 cannot check; beside a format that says the same, such a pattern is left out."""
        named = node.get("patternProperties")
        for word, pattern in [("pattern", node.get("pattern")), *(("patternProperties", one) for one in named or ())]:
            if not isinstance(pattern, str) or pattern in self._patterns:
                continue
            try:
                compile_pattern(pattern)
            except PatternError as error:
                if word == "pattern" and node.get("format") in _NAMED_FORMATS:
                    del node["pattern"]
                    continue
                place = "/".join(name for name in path if name)
                msg = f"`{word}` {pattern[:60]!r} at {place or 'the top'} is not supported: {error}"
                raise ValueError(msg) from None
            self._patterns.add(pattern)
        if len(self._patterns) > MAX_PATTERNS:
            msg = f"the schema has more than {MAX_PATTERNS} different patterns"
            raise ValueError(msg)

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


Visit = Callable[[Any, tuple[str, ...]], Any]


def rebuild(node: Schema, visit: Visit) -> Schema:
    """Return the node with `visit` applied to each of its sub-schemas; what has the wrong form stays as it is.

    `visit` is given the sub-schema and the two names that lead to it, such as ("properties", "total").
    """
    copy = dict(node)
    for word, value in node.items():
        if word in MAPS and isinstance(value, Mapping):
            copy[word] = {name: visit(child, (word, name)) for name, child in value.items()}
        elif word in LISTS and isinstance(value, list):
            copy[word] = [visit(child, (word, str(place))) for place, child in enumerate(value)]
        elif word in SINGLES:
            copy[word] = visit(value, (word, ""))
    return copy
