"""Extract data from a text or a file as a JSON object, or an array, that fits the caller's schema."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Annotated, Any

from pydantic import AfterValidator, Field, JsonValue

from app.llm.base import Message
from app.processors.base import Context, JobType, ProcessorError, is_small
from app.processors.candidates import with_choices
from app.processors.chunks import MAX_PARTS, bytes_of, count_for, part_bytes, spans, tokens_of
from app.processors.extract_parts import Asking, extract_parts
from app.processors.fields import Strict
from app.processors.in_threads import in_thread
from app.processors.inputs import TextOrFile
from app.processors.json_schema import normalize
from app.processors.merging import Merged
from app.processors.places import Place, Span, TextSearch
from app.processors.prompts import load_prompt, quoted
from app.processors.provider_schema import for_provider
from app.processors.schema_words import Schema
from app.processors.small_extract import comparison, with_money
from app.processors.source import Source, SourceInfo, read_source
from app.processors.structured import ask_for
from app.processors.value_places import ValueFinder

_PROMPT = load_prompt("data_extraction", number=1)
_MEANINGS = load_prompt("classify", number=1)
_MAX_TOKENS = 4096
_LEAST_TOKENS = 100  # of a part, or the schema is too large for the model
_WHOLE_BYTES = 120_000  # a longer text is read in parts even where it fits: of a long one models leave items out
_PART_BYTES = 48_000
_SMALL_PART_BYTES = 6000
_LIST = "items"


def _check_schema(given: dict[str, Any]) -> dict[str, Any]:
    normalize(given)
    return given


class DataExtractionInput(TextOrFile):
    """The text or the file, and the shape of what is wanted."""

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


class Alternative(Strict):
    """A value that some part of a long text says, and where."""

    value: JsonValue
    place: Place | None


class Conflict(Strict):
    """A field, by JSON Pointer, of which the parts of a long text say different things; the first one was taken."""

    pointer: str
    alternatives: tuple[Alternative, ...]


class DataExtractionResult(Strict):
    """The object, or the array, checked against the schema, and where each value stands.

    `places` has each field of an object and each item of a list, by JSON Pointer, at most 1,000: null where the value
    stands nowhere in the text. `source` is what was read of a file.
    """

    data: dict[str, JsonValue] | list[JsonValue]
    places: dict[str, Place | None] = Field(default_factory=dict)
    conflicts: tuple[Conflict, ...] = ()
    source: SourceInfo | None = None


async def run(given: DataExtractionInput, context: Context) -> DataExtractionResult:
    """Ask, and once more with the faults named; a long text part by part.

    Raises: ProcessorError (invalid_output, context_too_long, those of `read_source`), ModelError.
    """
    source = await read_source(given, context)
    wanted = normalize(given.wanted)
    is_list = wanted["type"] == "array"
    schema = _in_object(wanted) if is_list else wanted
    if reason := _too_long(source.text, schema, context.context_tokens):
        raise ProcessorError("context_too_long", reason)
    parts = await asyncio.to_thread(_parts, source.text, schema, context.context_tokens)
    finder = ValueFinder(await asyncio.to_thread(TextSearch, source.text), source.pages, parts)
    if len(parts) == 1:
        merged = Merged(await _whole(source.text, schema, context))
    else:
        asking = _asking(context)
        merged, faults = await extract_parts(source.text, parts, schema, finder, asking=asking, context=context)
        if faults:
            message = f"What the parts of the text say cannot be used together: {faults[0]}"
            partial = await _result(merged, source, finder, is_list=is_list)
            raise ProcessorError("invalid_output", message, pointer=faults[0].pointer, partial=partial)
    return await _result(merged, source, finder, is_list=is_list)


async def _result(merged: Merged, source: Source, finder: ValueFinder, *, is_list: bool) -> DataExtractionResult:
    def find() -> DataExtractionResult:
        conflicts = [
            Conflict(
                pointer=_outer(pointer, is_list=is_list),
                alternatives=tuple(
                    Alternative(value=one.value, place=finder.place(one.value, pointer, one.part)) for one in found
                ),
            )
            for pointer, found in merged.conflicts.items()
        ]
        places = finder.places(merged.data, merged.parts)
        return DataExtractionResult(
            data=merged.data.get(_LIST, []) if is_list else merged.data,
            places={_outer(pointer, is_list=is_list): place for pointer, place in places.items()},
            conflicts=tuple(conflicts),
            source=source.info,
        )

    return await in_thread(find)


def _outer(pointer: str, *, is_list: bool) -> str:
    """Return the pointer into what the caller gets: an array without the object around it."""
    return pointer.removeprefix(f"/{_LIST}") if is_list else pointer


async def _whole(text: str, schema: Schema, context: Context) -> Any:
    small = is_small(context.context_tokens)
    compared = comparison(text, schema, _MEANINGS) if small else None
    sent = await in_thread(_small_schema, text, schema) if small else None
    return await ask_for(
        context,
        [*_example(), Message("user", _question(text, schema), comparison=compared)],
        schema,
        sent=sent,
        repair=_repair,
        max_output_tokens=_MAX_TOKENS,
        text=text,
    )


def _asking(context: Context) -> Asking:
    small = is_small(context.context_tokens)
    return Asking(
        messages=lambda text, schema: [*_example(), Message("user", _question(text, schema))],
        sent=lambda text, schema: _small_schema(text, schema) if small else for_provider(schema, small=False),
        repair=_repair,
        max_output_tokens=_answer_tokens(context.context_tokens),
    )


def _small_schema(text: str, schema: Schema) -> Mapping[str, Any]:
    return for_provider(with_money(text, with_choices(text, schema)), small=True)


def _repair(_: str, faults: str) -> str:
    return _PROMPT.section("repair", fault=faults)


def _answer_tokens(context_tokens: int | None) -> int:
    return _MAX_TOKENS if context_tokens is None else max(1, min(_MAX_TOKENS, context_tokens // 4))


def _free_tokens(schema: Schema, context_tokens: int) -> int:
    """Return how many tokens are left for a text beside instruction, example, fields and answer."""
    around = sum(tokens_of(one.content) for one in _example()) + tokens_of(_question("", schema))
    return context_tokens - around - _answer_tokens(context_tokens)


def _too_long(text: str | None, schema: Schema, context_tokens: int | None) -> str | None:
    if context_tokens is None:
        return None
    free = _free_tokens(schema, context_tokens)
    if free < _LEAST_TOKENS:
        return f"the schema and the answer leave no room for a text in a context of {context_tokens:,} tokens"
    parts = count_for(text or "", part_bytes=part_bytes(free))
    if parts <= MAX_PARTS:
        return None
    return f"the text needs {parts:,} parts for a context of {context_tokens:,} tokens; at most {MAX_PARTS:,} are read"


def _parts(text: str, schema: Schema, context_tokens: int | None) -> Sequence[Span]:
    """Return the spans of the text that are read one by one; one when all of it fits."""
    size = len(text.encode())
    free = None if context_tokens is None else _free_tokens(schema, context_tokens)
    if size <= (_WHOLE_BYTES if free is None else min(_WHOLE_BYTES, bytes_of(free))):
        return [(0, len(text))]
    wanted = _SMALL_PART_BYTES if is_small(context_tokens) else _PART_BYTES
    largest = max(wanted, size / MAX_PARTS)
    return spans(text, parts=count_for(text, part_bytes=largest if free is None else min(largest, part_bytes(free))))


def _in_object(schema: Schema) -> Schema:
    """Return the schema of an object around an array: most providers take objects only."""
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
    """Refuse what is too long whatever the fields are; the rest is known when they are put into words."""
    return _too_long(given.text, {}, context_tokens)


JOB_TYPE = JobType(
    name="data_extraction",
    title="Extract data",
    description="Reads named fields out of a text or a file, however long, and returns them as JSON that fits the"
    " schema, each with its place.",
    input_model=DataExtractionInput,
    result_model=DataExtractionResult,
    example={
        "text": "Invoice BS-2026-0417, due on 11 April 2026, total 5,132.40 GBP.",
        "schema": {"invoice_number": "string", "due_date": "date", "total": "number"},
    },
    run=run,
    timeout_s=3600,
    prompt=_PROMPT,
    check=_check,
    checked_in_thread=True,
)
