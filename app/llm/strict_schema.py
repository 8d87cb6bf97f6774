"""Which JSON Schemas OpenAI's strict mode takes: it then holds the model to every word of them.

Source: https://platform.openai.com/docs/guides/structured-outputs (supported schemas). Only what is documented for
all models counts here: a schema that is refused fails its job, one that is sent without the mode does not.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

MAX_DEPTH = 5
MAX_ENUM_VALUES = 500
MAX_CHARS = 15_000

_LIMITS = frozenset(["format", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"])
_WORDS = frozenset(["type", "enum", "properties", "required", "additionalProperties", "items", "minItems", "maxItems"])
_FORMATS = frozenset(["date", "time", "date-time", "duration", "email", "hostname", "ipv4", "ipv6", "uuid"])


def is_strict(schema: Mapping[str, Any]) -> bool:
    """Say whether strict mode takes the schema: an object of required fields, and no others, down to the last level."""
    nodes = list(_nodes(schema, 0))
    return (
        schema.get("type") == "object"
        and all(_fits(node, depth) for node, depth in nodes)
        and sum(len(node.get("enum", ())) for node, _ in nodes) <= MAX_ENUM_VALUES
        and len(json.dumps(schema)) <= MAX_CHARS
    )


def _nodes(schema: Any, depth: int) -> Iterator[tuple[Mapping[str, Any], int]]:
    """Yield the schema and those inside it, with how deep they stand; `true` comes as one that fits nowhere."""
    node = schema if isinstance(schema, Mapping) else {}
    yield node, depth
    for child in (*node.get("properties", {}).values(), *node.get("anyOf", ())):
        yield from _nodes(child, depth + 1)
    if "items" in node:
        yield from _nodes(node["items"], depth + 1)


def _fits(node: Mapping[str, Any], depth: int) -> bool:
    if depth > MAX_DEPTH:
        return False
    if "anyOf" in node:
        return node.keys() == {"anyOf"}
    kind = node.get("type", ())
    if not kind or node.keys() - _WORDS - _LIMITS or node.get("format", "date") not in _FORMATS:
        return False
    if "array" in kind and "items" not in node:
        return False
    return "object" not in kind or (
        node.get("additionalProperties") is False
        and bool(node.get("properties"))
        and set(node["properties"]) == set(node.get("required", ()))
    )
