"""The schema for a part of a text: the same fields, each of which that part may leave open."""

from collections.abc import Mapping
from typing import Any

from app.processors.schema_words import Schema

# What speaks of the whole alone: how many there must be, which go together, which of several forms it has.
_OF_THE_WHOLE = frozenset(
    [
        *(
            "required",
            "minProperties",
            "maxProperties",
            "dependentRequired",
            "dependentSchemas",
            "minItems",
            "maxItems",
        ),
        *(
            "uniqueItems",
            "minContains",
            "maxContains",
            "contains",
            "allOf",
            "anyOf",
            "oneOf",
            "not",
            "if",
            "then",
            "else",
        ),
    ]
)


def of_a_part(schema: Mapping[str, Any]) -> Schema:
    """Return the schema of an object of which a part of the text may say nothing, or only some fields."""
    kept: Schema = {word: value for word, value in schema.items() if word not in _OF_THE_WHOLE}
    fields = schema.get("properties")
    if isinstance(fields, Mapping):
        kept["properties"] = {name: _open(field) for name, field in fields.items()}
    return kept


def all_named(schema: Mapping[str, Any]) -> Schema:
    """Return the schema of a part with every field required: null says that there is nothing, silence says nothing."""
    fields = schema.get("properties")
    if not isinstance(fields, Mapping):
        return dict(schema)
    inner = {name: all_named(field) if isinstance(field, Mapping) else field for name, field in fields.items()}
    return {**schema, "properties": inner, "required": [*fields]}


def _open(field: Any) -> Any:
    """Return the schema of a field that may be null."""
    if not isinstance(field, Mapping):
        return field
    kind = field.get("type")
    kinds = kind if isinstance(kind, list) else [kind]
    if "object" in kinds and isinstance(field.get("properties"), Mapping):
        return {**of_a_part(field), "type": ["object", "null"]}
    if kind is None or "const" in field or not {"anyOf", "oneOf", "allOf", "not", "if"}.isdisjoint(field):
        about = {word: field[word] for word in ("title", "description") if word in field}
        return {**about, "anyOf": [dict(field), {"type": "null"}]}
    if "array" in kinds:
        field = {word: value for word, value in field.items() if word not in _OF_THE_WHOLE}
    opened: Schema = {**field, "type": [*(one for one in kinds if one != "null"), "null"]}
    if "enum" in field and None not in field["enum"]:
        opened["enum"] = [*field["enum"], None]
    return opened
