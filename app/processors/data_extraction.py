"""Extract data from a text as a JSON object that fits the caller's schema."""

import json
from collections.abc import Mapping
from functools import cache
from typing import Annotated, Any

from pydantic import AfterValidator, Field, JsonValue

from app.llm.base import Message
from app.processors import answers
from app.processors.base import Context, JobType, ProcessorError, is_small
from app.processors.candidates import held_to
from app.processors.dates import with_iso_dates
from app.processors.fields import Strict, Text, too_long
from app.processors.json_schema import Schema, fault_in, for_provider, normalize
from app.processors.prompts import load_prompt, quoted

_PROMPT = load_prompt("data_extraction", number=1)
_SHOWN_ANSWER_CHARS = 4000
_SMALL_STRING_CHARS = 80
_MAX_TOKENS = 4096


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
            description="A type for each field (string, number, integer, boolean, date, list), or a JSON Schema.",
            examples=[{"invoice_number": "string", "due_date": "date", "total": "number"}],
        ),
    ]


class DataExtractionResult(Strict):
    """The object, checked against the schema."""

    data: dict[str, JsonValue]


async def run(given: DataExtractionInput, context: Context) -> DataExtractionResult:
    """Ask once, and once more with the fault named. Raises: ProcessorError (invalid_output), ModelError."""
    schema = normalize(given.wanted)
    sent = for_provider(schema)
    if is_small(context.context_tokens):
        sent = for_provider(held_to(given.text, schema), max_string_chars=_SMALL_STRING_CHARS)
    messages = [*_example(), Message("user", _question(given.text, schema))]
    answer = await context.ask(*messages, schema=sent, max_output_tokens=_MAX_TOKENS)
    found, fault = _read(answer, schema)
    if fault:
        messages += [
            Message("assistant", answer[:_SHOWN_ANSWER_CHARS] or "-"),
            Message("user", _PROMPT.section("repair", fault=fault)),
        ]
        found, fault = _read(await context.ask(*messages, schema=sent, max_output_tokens=_MAX_TOKENS), schema)
    if fault:
        raise ProcessorError("invalid_output", f"the model's answer does not fit the schema: {fault}")
    return DataExtractionResult(data=found)


def _read(answer: str, schema: Schema) -> tuple[dict[str, Any], str | None]:
    """Return the object and what is wrong with it."""
    try:
        found = answers.loads(answer)
    except ValueError as error:
        return {}, str(error)
    if not isinstance(found, dict):
        return {}, "the answer is no JSON object"
    found = with_iso_dates(found, schema)
    return found, fault_in(found, schema)


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
    description="Reads named fields out of a text and returns them as a JSON object that fits the schema.",
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
