"""Words of older dialects, of OpenAPI and of generators."""

from typing import Any

import pytest

from app.processors.json_schema import faults_in, normalize


def normal(field: dict[str, Any], **more: Any) -> Any:
    return normalize({"type": "object", "properties": {"a": field}, **more})["properties"]["a"]


def fits(value: object, field: dict[str, Any]) -> bool:
    return not faults_in({"a": value}, normalize({"type": "object", "properties": {"a": field}}))


@pytest.mark.parametrize(
    "word",
    [
        *("readOnly", "writeOnly", "deprecated", "example", "examples", "default", "discriminator", "xml"),
        *("externalDocs", "contentMediaType", "contentEncoding", "contentSchema", "$vocabulary", "$dynamicAnchor"),
        *("x-order", "x-enum-varnames", "X-Internal", "ui:widget", "enumNames", "propertyOrdering", "errorMessage"),
    ],
)
@pytest.mark.parametrize("value", [True, {"propertyName": "kind", "mapping": {"a": "#/$defs/A"}}, "text", [1]])
def test_what_only_tells_of_a_value_is_taken_and_left_out(word: str, value: object) -> None:
    assert normal({"type": "string", word: value}) == {"type": "string"}


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        ({"type": "string"}, {"type": ["string", "null"]}),
        ({"type": ["string", "null"]}, {"type": ["string", "null"]}),
        ({"type": "string", "title": "T", "maxLength": 3}, {"title": "T", "type": ["string", "null"], "maxLength": 3}),
        ({"type": "string", "enum": ["a"]}, {"anyOf": [{"type": "string", "enum": ["a"]}, {"type": "null"}]}),
        ({"enum": ["a"], "title": "T"}, {"title": "T", "anyOf": [{"enum": ["a"]}, {"type": "null"}]}),
        ({"anyOf": [{"const": 1}]}, {"anyOf": [{"anyOf": [{"const": 1}]}, {"type": "null"}]}),
        ({"allOf": [{"$ref": "#/$defs/P"}]}, {"anyOf": [{"allOf": [{"type": "integer"}]}, {"type": "null"}]}),
        ({"$ref": "#/$defs/P"}, {"type": ["integer", "null"]}),
        ({"title": "T"}, {"title": "T"}),
    ],
)
def test_nullable_allows_null(field: dict[str, Any], expected: object) -> None:
    assert normal({**field, "nullable": True}, **{"$defs": {"P": {"type": "integer"}}}) == expected
    assert normal({**field, "nullable": False}, **{"$defs": {"P": {"type": "integer"}}}) == normal(
        field, **{"$defs": {"P": {"type": "integer"}}}
    )


def test_a_field_may_be_named_nullable() -> None:
    schema = {"type": "object", "properties": {"nullable": {"type": "boolean"}, "x-y": {"type": "string"}}}
    assert normalize(schema) == schema


@pytest.mark.parametrize(
    ("field", "good", "bad"),
    [
        ({"type": "number", "minimum": 3, "exclusiveMinimum": True}, 4, 3),
        ({"type": "number", "maximum": 3, "exclusiveMaximum": True}, 2, 3),
        ({"type": "number", "maximum": 3, "exclusiveMaximum": False}, 3, 4),
        ({"items": [{"type": "integer"}], "additionalItems": {"type": "string"}}, [1, "x"], [1, 2]),
        ({"items": [{"type": "integer"}, {"type": "string"}]}, [1, "x", None], ["x", 1]),
        ({"dependencies": {"b": ["c"], "d": {"required": ["e"]}}}, {"b": 1, "c": 2}, {"b": 1}),
        ({"dependencies": {"b": ["c"], "d": {"required": ["e"]}}}, {"d": 1, "e": 2}, {"d": 1}),
        ({"type": "object", "properties": {"b": {}}, "unevaluatedProperties": False}, {"b": 1}, {"c": 1}),
        ({"type": "object", "propertyNames": {"maxLength": 2}}, {"ab": 1}, {"abc": 1}),
        ({"type": "object", "patternProperties": {"^n_": {"type": "number"}}}, {"n_a": 1, "b": "x"}, {"n_a": "x"}),
        ({"patternProperties": {"^n_": {}}, "additionalProperties": False}, {"n_a": 1}, {"n_a": 1, "b": 2}),
        ({"patternProperties": {"^n_": {}}, "additionalProperties": {"const": 1}}, {"n_a": 9, "b": 1}, {"b": 2}),
        ({"type": "string", "pattern": r"^(?!^[-+.]*$)[+-]?0*\d*\.?\d*$"}, "5132.40", "."),
        ({"type": "string", "format": "duration", "pattern": "^P(?:x|(?!.*W)y)"}, "P3D", 3),
        ({"type": "array", "uniqueItems": True}, [1, True, "1", [1], {"a": 1}], [1, 1.0]),
        ({"type": "array", "uniqueItems": True}, [{"a": 1}, {"a": 2}], [{"a": 1, "b": 2.0}, {"b": 2, "a": 1}]),
        ({"oneOf": [{"type": "number"}, {"type": "integer"}]}, 1.5, 1),
    ],
)
def test_a_word_is_checked(field: dict[str, Any], good: object, bad: object) -> None:
    assert fits(good, field)
    assert not fits(bad, field)


@pytest.mark.parametrize(
    "given",
    [
        {"type": "array", "items": {"type": "object", "properties": {"a": {"type": "string"}}}},
        {"type": ["array", "null"], "items": {"type": "string"}},
        {"type": "array", "prefixItems": [{"type": "string"}]},
        {"$ref": "#/$defs/L", "$defs": {"L": {"type": "array", "items": {}}}},
    ],
)
def test_the_whole_may_be_an_array(given: dict[str, Any]) -> None:
    assert normalize(given)["type"] == "array"


@pytest.mark.parametrize(
    "given",
    [
        {"type": "object", "additionalProperties": {"type": "number"}},
        {"anyOf": [{"properties": {"a": {"const": 1}}}, {"properties": {"b": {"const": 1}}}]},
        {"type": "object", "nullable": True, "properties": {"a": {"type": "string"}}},
        {"type": "object", "patternProperties": {"^a": {"type": "string"}}},
    ],
)
def test_a_schema_without_named_fields_is_one_too(given: dict[str, Any]) -> None:
    found = normalize(given)
    assert found["type"] == "object"
    assert {word for word in given if word != "nullable"} <= found.keys()


@pytest.mark.parametrize(
    "given", [{"type": "string", "items": "list"}, {"type": "array"}, {"items": {"type": "array"}}]
)
def test_fields_may_be_named_like_words_of_a_schema(given: dict[str, Any]) -> None:
    assert list(normalize(given)["properties"]) == list(given)
