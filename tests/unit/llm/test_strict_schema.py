from typing import Any

import pytest

from app.llm.base import Ask, Limits, Message
from app.llm.dialect import Dialect
from app.llm.request import request
from app.llm.strict_schema import is_strict


def having(field: Any, **changes: Any) -> dict[str, Any]:
    closed = {"type": "object", "properties": {"a": field}, "required": ["a"], "additionalProperties": False}
    return {**closed, **changes}


STRING = {"type": "string"}


@pytest.mark.parametrize(
    "schema",
    [
        having(STRING),
        having({"type": ["string", "null"], "format": "date"}),
        having({"type": "string", "enum": ["x", "y"]}),
        having({"type": "integer", "minimum": 1, "maximum": 3}),
        having({"type": "array", "items": having(STRING), "maxItems": 3}),
        having({"anyOf": [STRING, {"type": "null"}]}),
    ],
)
def test_a_closed_object_of_required_fields_is_strict(schema: dict[str, Any]) -> None:
    assert is_strict(schema)


@pytest.mark.parametrize(
    "schema",
    [
        {},
        STRING,
        having(STRING, additionalProperties=True),
        having(STRING, required=[]),
        having(STRING, properties={"a": STRING, "b": STRING}),
        {"type": "object", "additionalProperties": False},
        having({"type": "object"}),
        having({}),
        having(True),
        having({"enum": ["x"]}),
        having({"type": "string", "maxLength": 3}),
        having({"type": "string", "format": "colour"}),
        having({"type": "array"}),
        having({"type": "array", "items": True}),
        having({"anyOf": [STRING, {"type": "object"}]}),
        having({"anyOf": [STRING], "type": "string"}),
        having(having(having(having(having(having(STRING)))))),
        having({"type": "string", "enum": [str(number) for number in range(501)]}),
        having({"type": "string", "enum": ["x" * 15_000]}),
    ],
)
def test_what_strict_mode_may_refuse_is_not(schema: dict[str, Any]) -> None:
    assert not is_strict(schema)


@pytest.mark.parametrize(("schema", "strict"), [(having(STRING), True), (having({}), None)])
def test_the_request_says_so(schema: dict[str, Any], *, strict: bool | None) -> None:
    ask = Ask((Message("user", "Hi"),), Limits(10, 10.0), schema)
    found = request(ask, Dialect(), model="gpt-4o-mini")["response_format"]
    assert (found["type"], found["json_schema"]["schema"]) == ("json_schema", schema)
    assert found["json_schema"].get("strict") is strict
