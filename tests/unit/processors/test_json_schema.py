from typing import Any

import pytest

from app.processors.json_schema import MAX_FIELDS, faults_in, normalize

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
        ({"properties": {"a": {"type": "string", "pattern": r"(a)\1"}}}, r"`pattern` '\(a\).*' at properties/a is not"),
        ({"items": {"pattern": "a(?=b)"}, "type": "array"}, "at items is not supported: look-ahead"),
        ({"properties": {"a": {"pattern": "["}}}, r"at properties/a is not supported: missing \]"),
        ({"properties": {"a": {"pattern": "a{1,2000}"}}}, "at properties/a is not supported: invalid repetition"),
        ({"properties": {"a": {"pattern": r"(\p{L}{1,500}x){3}"}}}, "at properties/a is not supported: "),
        ({"properties": {"a": {"pattern": "^(?!a)" * 11}}}, "more than 10 times"),
        ({"properties": {"a": {"$ref": "#/$defs/p"}}, "$defs": {"p": {"pattern": "(?<x)"}}}, "at properties/a/"),
        ({"properties": {"a": {}}, "patternProperties": {"(": {}}}, "`patternProperties` '\\(' at the top is not"),
        ({"properties": {f"f{n}": {"pattern": f"^{n}$"} for n in range(21)}}, "more than 20 different patterns"),
        ({"properties": {"a": {"$dynamicRef": "#a"}}}, "not supported"),
        ({"type": "string", "properties": {"a": {}}}, "must describe an object or an array"),
        ({"properties": {"a": {"unevaluatedProperties": False, "allOf": [{}]}}}, "`unevaluatedProperties` is not"),
        ({"properties": {"a": {"maxlength": 3}}}, "`maxlength` is not supported"),
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
    ("value", "faults"),
    [
        ({"a": "x", "d": "2026-04-11"}, []),
        ({"a": None, "d": None}, []),
        ({"a": "x", "d": "11 April"}, ["at /d: '11 April' is not a 'date'"]),
        ({"a": "x", "d": "2026-02-30"}, ["at /d: '2026-02-30' is not a 'date'"]),
        ({"a": 3, "d": None}, ["at /a: 3 is not of type 'string', 'null'"]),
        ({"a": "x"}, ["'d' is a required property"]),
        ([], ["[] is not of type 'object'"]),
    ],
)
def test_a_fault_is_named_with_its_place(value: object, faults: list[str]) -> None:
    assert [str(fault) for fault in faults_in(value, normalize({"a": "string", "d": "date"}))] == faults


def test_faults_further_in_come_later() -> None:
    schema = normalize({"a": {"type": "array", "items": {"type": "integer"}}, "b": "string"})
    assert [fault.pointer for fault in faults_in({"a": [1, "x"], "b": 3}, schema)] == ["/b", "/a/1"]


def test_the_faults_are_bounded() -> None:
    schema = normalize({"a": {"type": "array", "items": {"type": "integer"}}})
    assert len(faults_in({"a": ["x"] * 10_000}, schema)) == 5


def test_a_pointer_s_signs_are_escaped() -> None:
    inner = {"type": "array", "items": {"type": "object", "properties": {"a/b~c": {"const": 1}}}}
    schema = normalize({"properties": {"~": inner}})
    (fault,) = faults_in({"~": [{}, {"a/b~c": 2}]}, schema)
    assert fault.pointer == "/~0/1/a~1b~0c"


def test_the_fault_of_a_choice_of_schemas_is_the_one_further_in() -> None:
    branches = [{"type": "null"}, {"type": "object", "properties": {"x": {"type": "integer"}}}]
    (fault,) = faults_in({"a": {"x": "y"}}, normalize({"properties": {"a": {"anyOf": branches}}}))
    assert (fault.pointer, fault.message) == ("/a/x", "'y' is not of type 'integer'")


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("nubmer", "must be one of string, integer, .*, or a JSON Schema, not 'nubmer'; did you mean number\\?"),
        ("float", "not 'float'; did you mean number\\?"),
        ("int", "not 'int'; did you mean integer\\?"),
        ("zebra", "or a JSON Schema, not 'zebra'$"),
        ("number?", "not 'number\\?': write number; what a text does not hold is null anyway"),
        ("date | null", "write date; what a text does not hold is null anyway"),
        (["number"], "not a list; for a list of objects: "),
        (None, "not null$"),
        (True, "not true$"),
        ({"name": "string"}, "`name` is not supported in a schema; the fields of 'total' go into "),
    ],
)
def test_a_type_of_the_short_form_that_is_none_says_what_is_allowed(kind: Any, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        normalize({"total": kind})
