"""What a value that does not fit may cost: counted, not timed."""

import functools
import json
import tracemalloc
from collections import Counter
from typing import Any

import pytest

from app.processors import schema_check
from app.processors.evidence import Evidence
from app.processors.json_schema import faults_in, normalize
from app.processors.schema_check import Checks
from app.processors.wrappings import value_of


def _count(monkeypatch: pytest.MonkeyPatch, owner: Any, name: str) -> Counter[str]:
    """Count the calls of a function from here on."""
    counted: Counter[str] = Counter()
    real = getattr(owner, name)

    @functools.wraps(real)
    def counting(*args: Any, **kwargs: Any) -> Any:
        counted[name] += 1
        return real(*args, **kwargs)

    monkeypatch.setattr(owner, name, counting)
    return counted


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
    counted = _count(monkeypatch, Checks, "key")
    items = [{"n": number, "x": [number]} for number in range(3000)]
    assert faults_in({"f": items}, normalize({"properties": {"f": {"type": "array", "uniqueItems": True}}})) == []
    assert counted["key"] == len(items)


@pytest.mark.parametrize("last", [499, {"a": [499]}])
def test_a_value_is_looked_for_in_an_enum_by_one_key(monkeypatch: pytest.MonkeyPatch, last: Any) -> None:
    counted = _count(monkeypatch, Checks, "key")
    offered = [number if isinstance(last, int) else {"a": [number]} for number in range(500)]
    assert faults_in({"f": [last] * 3000}, normalize({"properties": {"f": {"items": {"enum": offered}}}})) == []
    assert counted["key"] == len(offered) + 3000


def test_each_branch_of_a_choice_is_looked_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    field: dict[str, Any] = {"type": "string"}
    for _ in range(10):
        field = {"oneOf": [field]}
    counted = _count(monkeypatch, Checks, "spend")
    assert faults_in({"f": 3}, normalize({"properties": {"f": field}}))
    assert counted["spend"] < 20


BRANCHES = {"anyOf": [{"type": "string", "minLength": number + 5} for number in range(200)]}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ({"items": {"not": BRANCHES}}, ["xx"] * 5000),
        ({"items": {"not": {"oneOf": [BRANCHES, {"type": "null"}]}}}, ["xx"] * 5000),
        ({"contains": BRANCHES}, ["xx"] * 5000),
        ({"not": {"propertyNames": {"not": BRANCHES}}}, {f"n{number}": 1 for number in range(5000)}),
        ({"items": {"if": BRANCHES, "then": {"type": "null"}}}, ["xx"] * 5000),
        ({"items": {"dependentRequired": {f"n{number}": ["x"] for number in range(1000)}}}, [{}] * 50_000),
        ({"items": {"properties": {f"n{number}": True for number in range(400)}}}, [{}] * 50_000),
        ({"items": {"patternProperties": {f"^{number}": True for number in range(20)}}}, [{"a": 1}] * 5000),
        ({"anyOf": [{"uniqueItems": True, "minItems": 20_000}] * 200}, [[number] * 10 for number in range(5000)]),
    ],
)
def test_what_a_schema_multiplies_ends_at_a_limit(
    monkeypatch: pytest.MonkeyPatch, field: dict[str, Any], value: object
) -> None:
    monkeypatch.setattr(schema_check, "MAX_WORK", 10_000)
    counted = _count(monkeypatch, Checks, "spend")
    (fault,) = faults_in({"f": value}, normalize({"properties": {"f": field}}))
    assert fault.message == "the value is too large to be checked against this schema"
    assert counted["spend"] <= 10_001


def test_an_answer_has_one_limit_for_all_of_its_readings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schema_check, "MAX_WORK", 3000)
    counted = _count(monkeypatch, Checks, "spend")
    branches = [{"type": "object", "properties": {"x": {"minLength": 9}}, "required": ["x"]}] * 50
    schema = normalize({"properties": {"f": {"items": {"anyOf": branches}}}, "required": ["f"]})
    answer = json.dumps([{"g": [{"x": "a"}] * 500}, {"h": [{"x": "a"}] * 500}])
    assert value_of(answer, schema, Evidence(""))[1]
    assert counted["spend"] <= 2 * 3001 + 2000  # of the check and of what fits beforehand; each attempt after that ends


def test_an_ordinary_large_answer_is_far_from_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    row = {f"c{number}": {"type": ["string", "null"], "maxLength": 50} for number in range(10)}
    checks = Checks()
    schema = normalize({"properties": {"rows": {"type": "array", "items": {"properties": row, "required": [*row]}}}})
    rows = [dict.fromkeys(row, "a value")] * 2000
    assert faults_in({"rows": rows}, schema, checks) == []
    assert checks.work_left > schema_check.MAX_WORK * 0.9


@pytest.mark.parametrize(
    ("step", "value", "is_one"),
    [
        (0.01, 19.99, True),
        (0.01, 1.001, False),
        (0.1, 0.3, True),
        (3, 9, True),
        (3, 10, False),
        (2, 4.0, True),
        (1e-300, 1e300, True),
        (1e300, 1e-300, False),
        (0.5, 10**300, True),
        (0.01, True, True),
        (0.01, "x", True),
    ],
)
def test_a_multiple_is_one_as_people_count(step: float, value: object, is_one: bool) -> None:
    schema = normalize({"properties": {"f": {"multipleOf": step}}})
    assert (faults_in({"f": value}, schema) == []) is is_one


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
