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


# What a schema means the same without, but for being less strict: an answer is checked for them anyway.
OPTIONAL_KEYWORDS = _LIMITS | {"additionalProperties", "minItems", "maxItems", "minLength", "maxLength", "pattern"}


def keywords_of(schema: object) -> frozenset[str]:
    """Return the words of JSON Schema that a schema uses, at any level; names of properties are none."""
    return frozenset(word for node in _all_nodes(schema) for word in node)


def without_keywords(schema: Mapping[str, Any], words: frozenset[str]) -> Mapping[str, Any]:
    """Return a schema without some words, at every level."""
    if not words:
        return schema
    return {word: _inner(word, value, words) for word, value in schema.items() if word not in words}


def _inner(word: str, value: Any, words: frozenset[str]) -> Any:
    if word == "properties" and isinstance(value, Mapping):
        return {name: _inner("items", one, words) for name, one in value.items()}
    if word in {"items", "additionalProperties"} and isinstance(value, Mapping):
        return without_keywords(value, words)
    if word in {"anyOf", "allOf", "oneOf", "prefixItems"} and isinstance(value, list):
        return [_inner("items", one, words) for one in value]
    return value


def _all_nodes(node: object) -> Iterator[Mapping[str, Any]]:
    if not isinstance(node, Mapping):
        return
    yield node
    inner = [*_values(node.get("properties")), node.get("items"), node.get("additionalProperties")]
    for word in ("anyOf", "allOf", "oneOf", "prefixItems"):
        found = node.get(word)
        inner += found if isinstance(found, list) else []
    for one in inner:
        yield from _all_nodes(one)


def _values(value: object) -> list[Any]:
    return list(value.values()) if isinstance(value, Mapping) else []


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
