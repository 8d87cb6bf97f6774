"""Extract data from a text as a JSON object, or an array, that fits the caller's schema."""

import json
from collections.abc import Mapping
from functools import cache
from typing import Annotated, Any

from pydantic import AfterValidator, Field, JsonValue

from app.llm.base import Message
from app.processors.base import Context, JobType, is_small
from app.processors.candidates import held_to
from app.processors.fields import Strict, Text, too_long
from app.processors.json_schema import normalize
from app.processors.prompts import load_prompt, quoted
from app.processors.schema_words import Schema
from app.processors.sent_schema import for_provider
from app.processors.small_extract import comparison, with_money
from app.processors.structured import ask_for

_PROMPT = load_prompt("data_extraction", number=1)
_MEANINGS = load_prompt("classify", number=1)
_MAX_TOKENS = 4096
_LIST = "items"


def _check_schema(given: dict[str, Any]) -> dict[str, Any]:
    normalize(given)
    return given


class DataExtractionInput(Strict):
    """The text, and the shape of what is wanted."""

    text: Text
    wanted: Annotated[
        dict[str, Any],
        AfterValidator(_check_schema),
        Field(
            alias="schema",
            title="Schema",
            description="A type for each field (string, number, integer, boolean, date, list), or a JSON Schema of an"
            " object or an array.",
            examples=[{"invoice_number": "string", "due_date": "date", "total": "number"}],
        ),
    ]


class DataExtractionResult(Strict):
    """The object, or the array, checked against the schema."""

    data: dict[str, JsonValue] | list[JsonValue]


async def run(given: DataExtractionInput, context: Context) -> DataExtractionResult:
    """Ask, and once more with the faults named. Raises: ProcessorError (invalid_output), ModelError."""
    wanted = normalize(given.wanted)
    is_list = wanted["type"] == "array"
    schema = _in_object(wanted) if is_list else wanted
    small = is_small(context.context_tokens)
    compared = comparison(given.text, schema, _MEANINGS) if small else None
    data = await ask_for(
        context,
        [*_example(), Message("user", _question(given.text, schema), comparison=compared)],
        schema,
        sent=for_provider(with_money(given.text, held_to(given.text, schema)), small=True) if small else None,
        repair=lambda _, faults: _PROMPT.section("repair", fault=faults),
        max_output_tokens=_MAX_TOKENS,
        text=given.text,
    )
    return DataExtractionResult(data=data[_LIST] if is_list else data)


def _in_object(schema: Schema) -> Schema:
    """Return the schema of an object around an array: most providers are held to objects only."""
    return {"type": "object", "properties": {_LIST: schema}, "required": [_LIST], "additionalProperties": False}


@cache
def _example() -> tuple[Message, ...]:
    """Return the start of the conversation, with one example: it doubles what a small model gets right."""
    schema = normalize(json.loads(_PROMPT.section("example_schema")))
    return (
        Message("system", _PROMPT.section("system")),
        Message("user", _question(_PROMPT.section("example_text"), schema)),
        Message("assistant", _PROMPT.section("example_answer")),
    )


def _question(text: str, schema: Schema) -> str:
    return _PROMPT.section("ask", text=quoted(text), fields=_fields(schema))


def _fields(schema: Schema) -> str:
    """Return the fields in words, which a small model follows better than a schema."""
    return "\n".join(f"- {name}: {_kind(value)}" for name, value in schema.get("properties", {}).items())


def _kind(schema: object) -> str:
    if not isinstance(schema, Mapping):
        return "any value"
    if "properties" in schema or "anyOf" in schema or isinstance(schema.get("items"), Mapping):
        return f"JSON of this schema: {json.dumps(for_provider(schema))}"
    kind = schema.get("type", "any value")
    kinds = [str(word) for word in (kind if isinstance(kind, list) else [kind]) if word != "null"]
    word = "date" if schema.get("format") == "date" else " or ".join(kinds)
    if choices := schema.get("enum"):
        word += " out of " + ", ".join(json.dumps(choice) for choice in choices)
    about = schema.get("description")
    return f"{word} ({about})" if about else word


def _check(given: DataExtractionInput, context_tokens: int | None) -> str | None:
    return too_long(given.text, context_tokens)


JOB_TYPE = JobType(
    name="data_extraction",
    title="Extract data",
    description="Reads named fields out of a text and returns them as JSON that fits the schema.",
    input_model=DataExtractionInput,
    result_model=DataExtractionResult,
    example={
        "text": "Invoice BS-2026-0417, due on 11 April 2026, total 5,132.40 GBP.",
        "schema": {"invoice_number": "string", "due_date": "date", "total": "number"},
    },
    run=run,
    prompt=_PROMPT,
    check=_check,
)
