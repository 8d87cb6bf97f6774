"""What judging a schema may cost: counted, not timed."""

import json
from collections.abc import Iterator
from typing import Any

import jsonschema
import pytest

from app.processors import flattening, json_schema
from app.processors.data_extraction import DataExtractionInput
from app.processors.flattening import Budget, Flattener
from app.processors.json_schema import normalize
from app.processors.schema_form import FORMS
from app.processors.schema_words import KNOWN


@pytest.fixture(autouse=True)
def _nothing_remembered() -> Iterator[None]:
    json_schema._judged.cache_clear()
    flattening._judged.cache_clear()
    yield
    json_schema._judged.cache_clear()


@pytest.fixture
def nodes(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The depths of the sub-schemas that were looked at."""
    looked_at: list[int] = []
    take = Budget.take_node

    def counting(self: Budget, depth: int) -> None:
        looked_at.append(depth)
        take(self, depth)

    monkeypatch.setattr(Budget, "take_node", counting)
    return looked_at


def test_a_batch_judges_one_schema_once(nodes: list[int]) -> None:
    schema = {"type": "object", "properties": {f"f{number}": {"type": "string"} for number in range(20)}}
    for number in range(1000):
        DataExtractionInput.model_validate({"text": f"text {number}", "schema": dict(schema)})
    assert len(nodes) == 21


def test_a_refusal_is_remembered_too(nodes: list[int]) -> None:
    for _ in range(5):
        with pytest.raises(ValueError, match="must be one of string"):
            normalize({"properties": {"a": {"type": "strin"}}})
    assert len(nodes) == 2


def test_what_we_make_of_field_names_is_not_judged(nodes: list[int]) -> None:
    normalize({f"field_{number}": "string" for number in range(20)})
    assert nodes == []


def test_the_order_of_fields_makes_another_schema() -> None:
    assert list(normalize({"a": "string", "b": "string"})["properties"]) == ["a", "b"]
    assert list(normalize({"b": "string", "a": "string"})["properties"]) == ["b", "a"]


def test_the_number_of_remembered_schemas_is_bounded() -> None:
    for number in range(200):
        normalize({f"f{number}": "string"})
    assert json_schema._judged.cache_info().currsize == json_schema.REMEMBERED


NINE: dict[str, Any] = {"$defs": {"a": {"anyOf": [{"$ref": "#/$defs/b"}] * 9}, "b": {"anyOf": [{}] * 9}}}


@pytest.mark.parametrize(
    "given",
    [
        {"properties": {"a": {"anyOf": [True] * 3000}}},
        {f"f{number}": {**NINE, "$ref": "#/$defs/a"} for number in range(60)},
        {"$defs": {"a": {"allOf": [{"$ref": "#/$defs/a"}] * 2}}, "properties": {"a": {"$ref": "#/$defs/a"}}},
        {"properties": {"a": {"dependentSchemas": {f"n{number}": {} for number in range(1000)}}}},
        {"properties": {f"n{number}": {"oneOf": [{"const": number}, {"not": {}}]} for number in range(400)}},
    ],
)
def test_a_schema_has_one_limit_of_parts_however_it_is_put_together(given: dict[str, Any], nodes: list[int]) -> None:
    with pytest.raises(ValueError, match="more than 500 parts"):
        normalize(given)
    assert len(nodes) <= 501


def test_what_references_multiply_has_a_limit(nodes: list[int]) -> None:
    wide = {"enum": [f"value {number}" for number in range(900)]}
    with pytest.raises(ValueError, match="larger than 100,000 characters"):
        normalize({"$defs": {"a": wide}, "properties": {f"p{number}": {"$ref": "#/$defs/a"} for number in range(100)}})
    assert len(nodes) < 30


@pytest.mark.parametrize(
    ("patterns", "why"),
    [
        ([rf"^\p{{L}}{{1,{number}}}$" for number in range(20, 30)], "too large together"),
        (["|".join(f"a{number}" for number in range(2000))], "longer than 4,000 characters"),
        (["(a{1000}){1000}"], "invalid repetition size"),
        (["((((((a{10}){10}){10}){10}){10}){10})"], "not supported"),
    ],
)
def test_patterns_have_a_limit_together(patterns: list[str], why: str) -> None:
    with pytest.raises(ValueError, match=why):
        normalize({"properties": {f"p{number}": {"pattern": one} for number, one in enumerate(patterns)}})


def test_a_pattern_is_compiled_once() -> None:
    for number in range(50):
        normalize({"properties": {f"p{number}": {"pattern": "^once$"}, "q": {"patternProperties": {"^once$": {}}}}})
    assert flattening._judged.cache_info().misses == 1


@pytest.mark.parametrize("number", [float("inf"), float("nan")])
def test_a_number_that_is_none_is_refused(number: float) -> None:
    with pytest.raises(ValueError, match="beyond 1e308"):
        normalize({"properties": {"a": {"minimum": number}}})


@pytest.mark.parametrize("word", ["minimum", "exclusiveMaximum", "multipleOf", "maxLength"])
def test_a_number_beyond_all_floats_is_refused(word: str) -> None:
    with pytest.raises(ValueError, match=f"`{word}` at properties/a must be"):
        normalize({"properties": {"a": {word: 10**400}}})


def test_each_word_has_its_form() -> None:
    assert FORMS.keys() == KNOWN


VALUES: list[Any] = [
    *(None, True, False, 0, 1, -1, 2.0, 1.5, -0.5, "", "a", "string", [], [1], ["a"], ["a", "a"], ["string", "null"]),
    *(["string", "string"], ["strin"], [{}], [True], [{}, 3], {}, {"a": {}}, {"a": 3}, {"a": ["b"]}, {"a": ["b", "b"]}),
    *([["a"], ["b"]], {"a": True}, [None], {"a": []}),
]


@pytest.mark.parametrize("word", sorted(KNOWN))
@pytest.mark.parametrize("value", VALUES, ids=json.dumps)
def test_a_word_takes_what_the_meta_schema_lets_it(word: str, value: Any) -> None:
    if (word == "items" and isinstance(value, list)) or (word.startswith("exclusive") and isinstance(value, bool)):
        pytest.skip("an older dialect, which is translated")
    try:
        jsonschema.Draft202012Validator.check_schema({word: value})
    except jsonschema.SchemaError:
        with pytest.raises(ValueError, match=r"."):
            Flattener({word: value}, Budget()).run()
    else:
        assert FORMS[word][0](value)
