"""Extract from a text that is longer than a model reads at once: part by part, made one object by code."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.llm.base import Message
from app.processors.base import Context, ProcessorError
from app.processors.concurrently import each_with_progress
from app.processors.in_threads import in_thread
from app.processors.json_answer import Fault
from app.processors.json_schema import faults_in
from app.processors.merging import Found, Merged, merge
from app.processors.partial_schema import all_named, of_a_part
from app.processors.places import Span
from app.processors.schema_words import Schema
from app.processors.structured import ask_for
from app.processors.value_places import ValueFinder

_AROUND_CHARS = 300  # of a value, when the model is asked which one is meant
_BEGINNING_CHARS = 1500
_MAX_EXCERPT_CHARS = 6000


@dataclass(frozen=True, slots=True)
class Asking:
    """How the model is asked: `messages` makes the conversation for a text, `sent` what it is held to there."""

    messages: Callable[[str, Schema], Sequence[Message]]
    sent: Callable[[str, Schema], Mapping[str, Any] | None]
    repair: Callable[[str, str], str]
    max_output_tokens: int


async def extract_parts(
    text: str, parts: Sequence[Span], schema: Schema, finder: ValueFinder, *, asking: Asking, context: Context
) -> tuple[Merged, list[Fault]]:
    """Return what the parts say together, and what is wrong with it.

    Each part is asked for all fields and may leave any open. Where that leaves fields wrong, or contradicted ones that
    must be there, the model is asked once more for those, with the places where they stand.
    Raises: ProcessorError (invalid_output), ModelError, NotAdmitted.
    """
    open_schema = of_a_part(schema)
    named = all_named(open_schema)

    async def one(span: Span) -> Mapping[str, Any]:
        part = text[span[0] : span[1]]
        found: Mapping[str, Any] = await _ask(part, open_schema, named, asking, context)
        return found

    said = await each_with_progress(parts, one, context)
    merged = await in_thread(merge, said, lambda found, name: finder.is_in(found.value, name, found.part))
    await in_thread(_settle_nulls, merged.data, schema)
    faults = await in_thread(faults_in, merged.data, schema)
    names = _to_settle(merged, faults, schema)
    if names:
        await _settle(text, names, schema, merged, finder=finder, asking=asking, context=context)
        faults = await in_thread(faults_in, merged.data, schema)
    return merged, faults


async def _ask(text: str, schema: Schema, named: Schema, asking: Asking, context: Context) -> Any:
    return await ask_for(
        context,
        asking.messages(text, named),
        schema,
        sent=await in_thread(asking.sent, text, named),
        repair=asking.repair,
        max_output_tokens=asking.max_output_tokens,
        text=text,
        keep=True,
    )


def _settle_nulls(data: Any, schema: Mapping[str, Any]) -> None:
    """Leave out what no part says, but where it must be there and may be null."""
    fields = schema.get("properties")
    if not isinstance(data, dict) or not isinstance(fields, Mapping):
        return
    required = schema.get("required", ())
    for name, field in fields.items():
        if data.get(name) is not None:
            _settle_nulls(data[name], field if isinstance(field, Mapping) else {})
        elif name in required and not faults_in(None, field if isinstance(field, Mapping) else {}):
            data[name] = None
        elif name in required and isinstance(field, Mapping) and not faults_in([], field):
            data[name] = []
        else:
            data.pop(name, None)


def _to_settle(merged: Merged, faults: Sequence[Fault], schema: Mapping[str, Any]) -> list[str]:
    """Return the fields of the whole that are wrong or missing, or contradicted and required."""
    fields, required = schema.get("properties", {}), schema.get("required", ())
    wrong = {fault.pointer.split("/")[1] for fault in faults if fault.pointer}
    missing = {name for name in required if name not in merged.data}
    contradicted = {pointer.split("/")[1] for pointer in merged.conflicts}
    wanted = wrong | missing | (contradicted & set(required))
    return [name for name in fields if name.replace("~", "~0").replace("/", "~1") in wanted or name in wanted]


async def _settle(
    text: str,
    names: Sequence[str],
    schema: Schema,
    merged: Merged,
    *,
    finder: ValueFinder,
    asking: Asking,
    context: Context,
) -> None:
    """Ask once which values are meant, and take them over; an answer that is none leaves everything as it is."""
    asked = {
        "type": "object",
        "properties": {name: schema["properties"][name] for name in names},
        "required": [name for name in names if name in schema.get("required", ())],
        "additionalProperties": False,
    }
    conflicts = {pointer: found for pointer, found in merged.conflicts.items() if pointer.split("/")[1] in names}
    excerpt = await in_thread(_excerpt, text, conflicts, finder)
    try:
        chosen = await _ask(excerpt, asked, asked, asking, context)
    except ProcessorError as error:
        if error.code != "invalid_output":
            raise
        return
    for name, value in chosen.items():
        if value is not None and not isinstance(merged.data.get(name), list):
            merged.data[name] = value
    for pointer, found in conflicts.items():
        _put_first(found, _at(merged.data, pointer), pointer, merged)


def _excerpt(text: str, conflicts: Mapping[str, Sequence[Found]], finder: ValueFinder) -> str:
    """Return the beginning of the text, and what stands around each of the values that contradict each other."""
    spans = [(0, _BEGINNING_CHARS)]
    for pointer, found in conflicts.items():
        places = (finder.place(one.value, pointer, one.part) for one in found)
        spans += [
            (max(0, one.text_start - _AROUND_CHARS), min(len(text), one.text_end + _AROUND_CHARS))
            for one in places
            if one
        ]
    return "\n[…]\n".join(text[start:end] for start, end in dict.fromkeys(spans))[:_MAX_EXCERPT_CHARS]


def _at(data: Any, pointer: str) -> Any:
    for name in pointer.split("/")[1:]:
        data = data.get(name.replace("~1", "/").replace("~0", "~")) if isinstance(data, Mapping) else None
    return data


def _put_first(found: list[Found], chosen: Any, pointer: str, merged: Merged) -> None:
    """Put the value that was chosen before the others; a value that no part says is from no part."""
    at = next((number for number, one in enumerate(found) if one.value == chosen), None)
    if at is None:
        merged.parts.pop(pointer, None)
        return
    found.insert(0, found.pop(at))
    merged.parts[pointer] = found[0].part
