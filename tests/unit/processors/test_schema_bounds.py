"""What a value that does not fit may cost: counted, not timed."""

import json
import tracemalloc
from collections import Counter
from typing import Any

import pytest

from app.processors import schema_check
from app.processors.json_schema import faults_in, normalize

CHOICE = {"anyOf": [{"type": "array", "items": {"type": "integer"}}, {"type": "null"}]}
NESTED: dict[str, Any] = {"type": "array", "items": CHOICE}
ROWS = {"type": "array", "items": {"type": "object", "required": ["a"], "additionalProperties": False}}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        (CHOICE, ["x"] * 40_000),
        (NESTED, [["x"] * 40_000]),
        ({"anyOf": [CHOICE] * 50}, ["x"] * 40_000),
        ({"oneOf": [ROWS] * 20}, [{"b": 1}] * 10_000),
        ({"allOf": [{"type": "null"}] * 100}, ["x"] * 40_000),
        ({"enum": ["a"]}, ["x"] * 40_000),
        ({"type": "object", "additionalProperties": False}, {f"name {n}": 1 for n in range(10_000)}),
        ({"type": "array", "uniqueItems": True}, [{"a": 1}] * 10_000),
    ],
)
def test_the_faults_of_a_large_value_are_few_and_short(field: dict[str, Any], value: object) -> None:
    schema = normalize({"type": "object", "properties": {"f": field}})
    tracemalloc.start()
    try:
        faults = faults_in({"f": value}, schema)
        peak_bytes = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert faults
    assert peak_bytes < 5_000_000


def test_items_are_compared_by_one_key_each(monkeypatch: pytest.MonkeyPatch) -> None:
    counted: Counter[str] = Counter()
    key = schema_check._key

    def counting(value: Any) -> bytes:
        counted["keys"] += 1
        return key(value)

    monkeypatch.setattr(schema_check, "_key", counting)
    items = [{"n": number, "x": [number]} for number in range(3000)]
    assert faults_in({"f": items}, normalize({"properties": {"f": {"type": "array", "uniqueItems": True}}})) == []
    assert counted["keys"] == len(items)


def test_patterns_have_a_budget(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schema_check, "MAX_PATTERN_WORK", 5000)
    schema = normalize({"properties": {"f": {"items": {"type": "string", "pattern": "^a+$"}}}})
    assert faults_in({"f": ["aaa"] * 5}, schema) == []
    assert "too long to be checked" in faults_in({"f": ["aaa"] * 5000}, schema)[0].message


def test_a_long_message_keeps_its_ends() -> None:
    (fault,) = faults_in({"f": ["x"] * 10_000}, normalize({"properties": {"f": {"type": "null"}}}))
    assert fault.message.startswith("['x'")
    assert fault.message.endswith("is not of type 'null'")
    assert len(json.dumps(fault.message)) < 500
