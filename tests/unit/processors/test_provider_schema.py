import re
from datetime import date, timedelta
from typing import Any

import pytest

from app.processors.json_schema import normalize
from app.processors.provider_schema import MAX_BOUND, for_provider

ANY = {"type": ["string", "number", "boolean", "null"], "maxLength": 80}


def sent(field: Any, *, small: bool = False) -> Any:
    """Return what is sent of a field."""
    return for_provider({"type": "object", "properties": {"a": field}}, small=small)["properties"]["a"]


def test_the_provider_gets_only_words_it_understands() -> None:
    schema = {"type": "object", "title": "T", "properties": {"format": {"type": "string", "minLength": 3}}}
    assert for_provider(schema) == {"type": "object", "properties": {"format": {"type": "string"}}}


def test_the_provider_s_schema_leaves_the_caller_s_as_it_was() -> None:
    schema = normalize({"a": "date", "b": {"type": "array", "items": {"type": "string"}}})
    before = repr(schema)
    for_provider(schema, small=True)
    assert repr(schema) == before


@pytest.mark.parametrize(
    "field",
    [
        {"type": "integer", "minimum": 1, "maximum": 5},
        {"type": "number", "exclusiveMinimum": 0, "multipleOf": 0.5},
        {"type": "string", "format": "date"},
        {"type": "string", "enum": ["a", "b"]},
        {"type": "array", "items": {"type": "integer"}, "minItems": 1, "maxItems": 3},
        {"const": 3},
        {"anyOf": [{"type": "string"}, {"type": "null"}]},
        {"type": "object", "properties": {"b": {"type": "string"}}, "required": ["b"], "additionalProperties": False},
    ],
)
def test_what_a_provider_can_keep_is_sent(field: object) -> None:
    assert sent(field) == field


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        (True, {}),
        (False, {}),
        ({"oneOf": [{"type": "string"}, {"type": "null"}]}, {"anyOf": [{"type": "string"}, {"type": "null"}]}),
        ({"allOf": [{"type": "string"}], "title": "x"}, {"type": "string"}),
        ({"properties": {"b": True}, "anyOf": [{"required": ["b"]}]}, {"properties": {"b": {}}}),
        ({"type": "string", "enum": []}, {"type": "string"}),
        ({"type": "string", "pattern": "^a"}, {"type": "string"}),
        ({"type": ["string", "null"], "pattern": "^a"}, {"type": ["string", "null"]}),
        ({"patternProperties": {"^a": {}}, "additionalProperties": False}, {}),
        ({"type": "array", "prefixItems": [{}], "items": False}, {"type": "array"}),
        ({"type": "string", "format": "colour"}, {"type": "string"}),
        ({"type": "integer", "minimum": 0, "maximum": 10 * MAX_BOUND}, {"type": "integer", "minimum": 0}),
        ({"type": "integer", "minimum": 5, "maximum": 4}, {"type": "integer"}),
        ({"type": "integer", "exclusiveMinimum": 5, "maximum": 4}, {"type": "integer"}),
        ({"type": "array", "items": {}, "minItems": 5000}, {"type": "array", "items": {}}),
        ({"type": "array", "items": {}, "minItems": 3, "maxItems": 2}, {"type": "array", "items": {}}),
    ],
)
def test_what_a_provider_fails_or_hangs_on_is_not(field: object, expected: object) -> None:
    assert sent(field) == expected


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        (True, ANY),
        ({}, ANY),
        ({"type": "string"}, {"type": "string", "maxLength": 80}),
        ({"type": "string", "maxLength": 9}, {"type": "string", "maxLength": 9}),
        ({"type": "string", "minLength": 90}, {"type": "string", "minLength": 90, "maxLength": 90}),
        ({"type": "string", "minLength": 9, "maxLength": 8}, {"type": "string", "maxLength": 80}),
        ({"type": "string", "minLength": 5000}, {"type": "string", "maxLength": 80}),
        ({"type": "array"}, {"type": "array", "items": ANY, "maxItems": 20}),
        ({"type": "object"}, {"type": "object", "properties": {}, "additionalProperties": ANY}),
        ({"type": "string", "format": "email"}, {"type": "string", "format": "email"}),
        ({"type": "string", "enum": ["x" * 90]}, {"type": "string", "enum": ["x" * 90]}),
        (
            {"type": "object", "properties": {"b": {"const": 1}}, "required": ["c"]},
            {
                "type": "object",
                "properties": {"c": ANY, "b": {"const": 1}},
                "required": ["c"],
                "additionalProperties": False,
            },
        ),
    ],
)
def test_a_small_model_gets_an_end_to_everything(field: object, expected: object) -> None:
    assert sent(field, small=True) == expected


def test_fields_stay_in_their_order() -> None:
    schema = {"type": "object", "properties": {"b": {"const": 1}, "a": {"const": 2}}, "required": ["a", "b", "c"]}
    assert list(for_provider(schema, small=True)["properties"]) == ["b", "a", "c"]


def test_a_small_model_can_only_write_days_that_exist() -> None:
    for kind in ("string", ["string", "null"]):
        field = sent({"type": kind, "format": "date"}, small=True)
        assert "format" not in field
        pattern = re.compile(field["pattern"])
        days = [date(1999, 1, 1) + timedelta(days=number) for number in range(2200)]
        assert all(pattern.search(day.isoformat()) for day in days)
        for wrong in ("2026-02-29", "2026-02-30", "2026-04-31", "2026-00-10", "2026-13-01", "0000-01-01", "26-1-1"):
            assert not pattern.search(wrong)
