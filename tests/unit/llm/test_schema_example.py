from typing import Any

import jsonschema
import pytest

from app.llm.schema_example import minimal_instance

STRING = {"type": "string"}


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        ({"const": 3}, 3),
        ({"type": "string", "default": "x"}, "x"),
        ({"enum": ["a", "b"]}, "a"),
        (STRING, "text"),
        ({"type": "integer"}, 1),
        ({"type": "number"}, 1.5),
        ({"type": "boolean"}, True),
        ({"type": "null"}, None),
        ({"type": ["integer", "null"]}, 1),
        ({"type": "integer", "minimum": 7}, 7),
        ({"type": "string", "minLength": 6}, "text.."),
        ({"type": "string", "maxLength": 2}, "te"),
        ({"type": "string", "format": "date"}, "2026-01-31"),
        ({"type": "string", "format": "date-time"}, "2026-01-31T12:00:00Z"),
        ({"type": "array", "items": STRING}, []),
        ({"type": "array", "items": STRING, "minItems": 2}, ["text", "text"]),
        ({"type": "array", "minItems": 1}, ["text"]),
        ({"type": "object", "properties": {"a": STRING, "b": STRING}, "required": ["b"]}, {"b": "text"}),
        ({"properties": {"a": STRING}}, {"a": "text"}),
        ({"type": "object"}, {}),
        ({"type": "object", "required": ["a"]}, {"a": "text"}),
        ({"properties": {"a": True}}, {"a": "text"}),
        ({"anyOf": [{"type": "integer"}, STRING]}, 1),
        ({"oneOf": [STRING]}, "text"),
        ({"allOf": [STRING]}, "text"),
        ({}, "text"),
        ({"properties": {"a": {"$ref": "#/$defs/A"}}, "$defs": {"A": {"type": "integer"}}}, {"a": 1}),
        ({"properties": {"a": {"$ref": "#/$defs/A"}}, "$defs": {"A": True}}, {"a": "text"}),
    ],
)
def test_the_smallest_value_fits(schema: dict[str, Any], value: object) -> None:
    assert minimal_instance(schema) == value
    jsonschema.validate(value, schema)
