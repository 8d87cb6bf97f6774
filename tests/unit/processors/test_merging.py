"""What parts of a text say is made one object."""

from typing import Any

import pytest

from app.processors.json_schema import faults_in, normalize
from app.processors.merging import Found, merge, same
from app.processors.partial_schema import all_named, of_a_part


def nowhere(_: Found, __: str) -> bool:
    return False


@pytest.mark.parametrize(
    ("said", "data"),
    [
        ([{"a": None, "b": 1}, {"a": "x", "b": None}], {"a": "x", "b": 1}),
        ([{"a": None}, {}], {"a": None}),
        ([{"a": ["x", "y"]}, {"a": None}, {"a": ["Y.", "z"]}], {"a": ["x", "y", "z"]}),
        ([{"a": [{"n": 1.0}]}, {"a": [{"n": 1}, {"n": 2}]}], {"a": [{"n": 1.0}, {"n": 2}]}),
        ([{"a": {"b": None, "c": 1}}, {"a": {"b": 2, "c": 1.0}}], {"a": {"b": 2, "c": 1}}),
        ([{"a": True}, {"a": None}], {"a": True}),
    ],
)
def test_parts_complete_each_other(said: list[dict[str, Any]], data: dict[str, Any]) -> None:
    merged = merge(said, nowhere)
    assert (merged.data, merged.conflicts) == (data, {})


def test_values_remember_their_part() -> None:
    merged = merge([{"a": None, "l": ["x"]}, {"a": {"b/c": 2}, "l": ["x", "y"]}], nowhere)
    assert merged.parts == {"/a/b~1c": 1, "/l/0": 0, "/l/1": 1}


def test_of_a_contradiction_the_value_that_most_parts_say_wins_and_the_others_are_kept() -> None:
    merged = merge([{"a": "x"}, {"a": "y"}, {"a": "Y"}, {"a": None}], nowhere)
    assert merged.data == {"a": "y"}
    assert [one.value for one in merged.conflicts["/a"]] == ["y", "x"]
    assert merged.parts["/a"] == 1


def test_of_a_contradiction_the_value_that_stands_in_its_text_wins() -> None:
    merged = merge([{"a": 1}, {"a": 1}, {"a": 2}], lambda found, name: (found.value, found.part, name) == (2, 2, "a"))
    assert merged.data == {"a": 2}


SCHEMA = normalize(
    {
        "type": "object",
        "required": ["id", "lines", "who"],
        "properties": {
            "id": {"type": "string", "minLength": 1},
            "kind": {"type": "string", "enum": ["a", "b"]},
            "lines": {
                "type": "array",
                "minItems": 3,
                "items": {"type": "object", "required": ["n"], "properties": {"n": {"type": "number"}}},
            },
            "who": {"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}}},
            "either": {"anyOf": [{"type": "string"}, {"type": "number"}]},
        },
        "anyOf": [{"required": ["kind"]}, {"required": ["either"]}],
    }
)


@pytest.mark.parametrize(
    "part",
    [
        {},
        {"id": None, "kind": None, "lines": None, "who": None, "either": None},
        {"lines": [{"n": 1}], "who": {"name": None}},
        {"lines": [], "who": {}, "either": 5, "kind": "b"},
    ],
)
def test_a_part_may_leave_open_what_the_whole_may_not(part: dict[str, Any]) -> None:
    assert faults_in(part, SCHEMA)
    assert faults_in(part, of_a_part(SCHEMA)) == []


@pytest.mark.parametrize("part", [{"id": ""}, {"kind": "c"}, {"lines": [{}]}, {"lines": "x"}, {"either": True}])
def test_what_a_part_says_must_fit(part: dict[str, Any]) -> None:
    assert faults_in(part, of_a_part(SCHEMA))


def test_a_part_is_asked_for_every_field() -> None:
    named = all_named(of_a_part(SCHEMA))
    assert named["required"] == ["id", "kind", "lines", "who", "either"]
    assert named["properties"]["who"]["required"] == ["name"]


@pytest.mark.parametrize("depth", [4, 60])
def test_what_is_compared_grows_with_the_value_alone(depth: int) -> None:
    value: Any = 'a "word"'
    for _ in range(depth):
        value = {"a": [value]}
    assert len(same(value)) < 20 * depth
