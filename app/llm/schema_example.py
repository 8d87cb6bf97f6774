"""A small valid instance of a JSON Schema, made without a model."""

from collections.abc import Mapping
from typing import Any

Schema = Mapping[str, Any]

_SCALARS: Mapping[str, Any] = {"string": "text", "integer": 1, "number": 1.5, "boolean": True, "null": None}
_FORMATS: Mapping[str, str] = {"date": "2026-01-31", "date-time": "2026-01-31T12:00:00Z"}


def minimal_instance(schema: Schema) -> Any:
    """Return a value that fits: first choices, required properties only, the smallest numbers and lengths allowed."""
    return _build(schema, schema)


def _build(schema: object, root: Schema) -> Any:
    if not isinstance(schema, Mapping):  # `true`
        return "text"
    if "const" in schema or "default" in schema:
        return schema.get("const", schema.get("default"))
    if schema.get("enum"):
        return schema["enum"][0]
    if "$ref" in schema:
        return _build(_follow(schema["$ref"], root), root)
    for word in ("anyOf", "oneOf", "allOf"):
        if schema.get(word):
            return _build(schema[word][0], root)
    return _typed(schema, root)


def _typed(schema: Schema, root: Schema) -> Any:
    kind = schema.get("type") or ("object" if "properties" in schema else "string")
    kind = kind[0] if isinstance(kind, list) else kind
    if kind == "object":
        properties = schema.get("properties", {})
        return {name: _build(properties.get(name, True), root) for name in schema.get("required", properties)}
    if kind == "array":
        return [_build(schema.get("items", True), root) for _ in range(schema.get("minItems", 0))]
    return _scalar(kind, schema)


def _scalar(kind: str, schema: Schema) -> Any:
    if kind == "string":
        text = _FORMATS.get(schema.get("format", ""), "text")
        return text.ljust(schema.get("minLength", 0), ".")[: schema.get("maxLength", len(text) + 10_000)]
    return schema.get("minimum", _SCALARS[kind])


def _follow(reference: str, root: Schema) -> Schema:
    target: Any = root
    for part in reference.removeprefix("#").strip("/").split("/"):
        target = target[part] if part else target
    return target if isinstance(target, Mapping) else {}
