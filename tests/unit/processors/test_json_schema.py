from typing import Any

import pytest

from app.processors.json_schema import MAX_FIELDS, fault_in, for_provider, normalize

PERSON = {"type": "object", "properties": {"name": {"type": "string"}}, "required": ["name"]}


@pytest.mark.parametrize(
    ("kind", "field"),
    [
        ("string", {"type": ["string", "null"]}),
        (" Integer ", {"type": ["integer", "null"]}),
        ("number", {"type": ["number", "null"]}),
        ("boolean", {"type": ["boolean", "null"]}),
        ("date", {"type": ["string", "null"], "format": "date"}),
        ("list", {"type": ["array", "null"], "items": {"type": "string"}}),
        ("array", {"type": ["array", "null"], "items": {"type": "string"}}),
        ("object", {"type": ["object", "null"]}),
        ({"type": "string", "enum": ["a"]}, {"type": "string", "enum": ["a"]}),
    ],
)
def test_a_field_is_written_out(kind: object, field: dict[str, Any]) -> None:
    assert normalize({"a": kind})["properties"] == {"a": field}


def test_the_fields_are_all_required_and_no_others_allowed() -> None:
    found = normalize({"a": "string", "b": "number"})
    assert (found["required"], found["additionalProperties"]) == (["a", "b"], False)


def test_a_full_schema_is_kept() -> None:
    assert normalize(PERSON) == PERSON


def test_a_full_schema_without_a_type_is_an_object() -> None:
    assert normalize({"properties": {"a": {"type": "string"}}})["type"] == "object"


def test_what_only_documents_a_schema_is_dropped() -> None:
    assert normalize({**PERSON, "$schema": "https://json-schema.org/x", "$id": "x", "examples": [1]}) == PERSON


def test_a_property_may_be_named_like_a_dropped_word() -> None:
    schema = {"type": "object", "properties": {"default": {"type": "string"}, "$id": {"type": "string"}}}
    assert normalize(schema) == schema


def test_a_reference_is_written_out() -> None:
    given = {"properties": {"a": {"$ref": "#/$defs/P"}}, "$defs": {"P": PERSON}}
    assert normalize(given) == {"type": "object", "properties": {"a": PERSON}}


def test_a_reference_at_the_top_is_written_out() -> None:
    assert normalize({"$ref": "#/$defs/P", "$defs": {"P": PERSON}}) == PERSON


def test_words_beside_a_reference_win() -> None:
    given = {"properties": {"a": {"$ref": "#/$defs/P", "title": "A"}}, "$defs": {"P": {**PERSON, "title": "P"}}}
    assert normalize(given)["properties"]["a"]["title"] == "A"


def test_a_reference_s_escapes_are_read() -> None:
    given = {"properties": {"a": {"$ref": "#/$defs/x~1y~0z"}}, "$defs": {"x/y~z": {"type": "string"}}}
    assert normalize(given)["properties"]["a"] == {"type": "string"}


def test_lists_of_schemas_are_written_out() -> None:
    given = {"properties": {"a": {"anyOf": [{"$ref": "#/$defs/P"}, {"type": "null"}]}}, "$defs": {"P": PERSON}}
    assert normalize(given)["properties"]["a"] == {"anyOf": [PERSON, {"type": "null"}]}


def _nested(depth: int) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "string"}
    for _ in range(depth):
        schema = {"type": "object", "properties": {"a": schema}}
    return schema


def _doubling() -> dict[str, Any]:
    defs: dict[str, Any] = {"d0": {"type": "string"}}
    for level in range(1, 11):
        half = {"$ref": f"#/$defs/d{level - 1}"}
        defs[f"d{level}"] = {"anyOf": [half, half]}
    return {"properties": {"a": {"$ref": "#/$defs/d10"}}, "$defs": defs}


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"properties": {"a": {"$ref": "https://example.org/a.json"}}}, "only point into"),
        ({"properties": {"a": {"$ref": "file:///etc/passwd"}}}, "only point into"),
        ({"$ref": "other.json#/a"}, "only point into"),
        ({"properties": {"a": {"$ref": 3}}}, "only point into"),
        ({"properties": {"a": {"$ref": "#/$defs/none"}}}, "points nowhere"),
        ({"properties": {"a": {"$ref": "#/properties/a/$ref/x"}}}, "points nowhere"),
        ({"properties": {"a": {"$ref": "#"}}}, "refers to itself"),
        ({"$ref": "#"}, "refers to itself"),
        (_nested(13), "deeper than"),
        (_doubling(), "deeper than"),
        ({"properties": {"a": {"type": "string", "pattern": "(a+)+$"}}}, "`pattern` is not supported"),
        ({"properties": {"a": {}}, "patternProperties": {"x": {}}}, "`patternProperties` is not supported"),
        ({"properties": {"a": {"$dynamicRef": "#a"}}}, "not supported"),
        ({"type": "array", "properties": {"a": {}}}, "must describe an object"),
        ({"properties": {"a": {"type": "strin"}}}, "not a JSON Schema"),
        ({"properties": {"a": {"minLength": "3"}}}, "not a JSON Schema"),
        ({"properties": {"a": "string"}}, "not a JSON Schema"),
        ({}, "name 1 to"),
        ({f"f{number}": "string" for number in range(MAX_FIELDS + 1)}, "name 1 to"),
        ({"a": "text"}, "must be one of"),
        ({"a": 3}, "must be one of"),
        ({"a": {"type": "string", "description": "x" * 20_000}}, "larger than"),
    ],
)
def test_a_schema_that_cannot_be_checked_safely_is_refused(given: dict[str, Any], why: str) -> None:
    with pytest.raises(ValueError, match=why):
        normalize(given)


@pytest.mark.parametrize(
    ("value", "fault"),
    [
        ({"a": "x", "d": "2026-04-11"}, None),
        ({"a": None, "d": None}, None),
        ({"a": "x", "d": "11 April"}, "$.d: '11 April' is not a 'date'"),
        ({"a": 3, "d": None}, "$.a: 3 is not of type 'string', 'null'"),
        ({"a": "x"}, "$: 'd' is a required property"),
        ([], "$: [] is not of type 'object'"),
    ],
)
def test_a_fault_is_named_with_its_place(value: object, fault: str | None) -> None:
    assert fault_in(value, normalize({"a": "string", "d": "date"})) == fault


def test_the_provider_gets_only_words_it_understands() -> None:
    schema = {"type": "object", "title": "T", "properties": {"format": {"type": "string", "minLength": 3}}}
    assert for_provider(schema) == {"type": "object", "properties": {"format": {"type": "string"}}}


def test_the_provider_s_schema_leaves_the_caller_s_as_it_was() -> None:
    schema = normalize({"a": "date"})
    for_provider(schema)
    assert schema["properties"]["a"]["format"] == "date"


def test_true_stands_for_any_value() -> None:
    assert for_provider({"properties": {"a": True}, "items": {"minItems": 1}}) == {
        "properties": {"a": True},
        "items": {},
    }
