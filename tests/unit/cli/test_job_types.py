"""What a job type takes, by its schema; the built-in ones written down by hand."""

from typing import Any

import pytest

from app.cli import job_types
from app.cli.job_types import JobTypes
from app.processors import registry
from tests.unit.cli.played_api import real_types

FILE_FIELDS = {"file_id", "input_file_path", "pages"}
BY_HAND: dict[str, tuple[str | None, set[str]]] = {
    "classify": ("text", {"text"} | FILE_FIELDS),
    "data_extraction": ("text", {"text"} | FILE_FIELDS),
    "echo": ("message", {"message"}),
    "file": (None, FILE_FIELDS),
    "pdf_extract": (None, {"issue_date", "layout"} | FILE_FIELDS),
    "summarize": ("text", {"text"} | FILE_FIELDS),
    "translate": ("text", {"text", "target_language"} | FILE_FIELDS),
}


def test_the_built_in_types() -> None:
    found = JobTypes(real_types)
    known = {one.name: found.get(one.name) for one in registry.all_types()}
    assert {name: (takes.text, set(takes.texts)) for name, takes in known.items()} == BY_HAND


@pytest.mark.parametrize(
    ("schema", "text"),
    [
        ({"properties": {"text": {"type": "string"}, "why": {"type": "string"}}, "required": ["why"]}, "text"),
        ({"properties": {"text": {"type": "integer"}, "why": {"type": "string"}}, "required": ["why"]}, "why"),
        ({"properties": {"a": {"type": "string"}, "b": {"type": "string"}}, "required": ["a", "b"]}, None),
        ({"properties": {"a": {"type": "string"}, "b": {"type": "number"}}, "required": ["a", "b"]}, "a"),
        ({"properties": {"a": {"type": "string"}}}, None),
        ({"properties": {"a": {"$ref": "#/$defs/A"}}, "required": ["a"], "$defs": {"A": {"type": "string"}}}, "a"),
        ({"properties": {"a": {"anyOf": [{"type": "string"}, {"type": "integer"}]}}, "required": ["a"]}, None),
        ({}, None),
    ],
)
def test_the_field_of_a_text(schema: dict[str, Any], text: str | None) -> None:
    assert job_types.takes(schema).text == text


def test_the_api_is_asked_once() -> None:
    answers = iter([real_types()])
    types = JobTypes(lambda: next(answers))
    assert (types.find("echo") is types.find("echo"), types.find("nothing")) == (True, None)
