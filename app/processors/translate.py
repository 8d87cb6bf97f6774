"""Translate a text, in parts when it is long, so that no answer is cut off."""

from typing import Annotated

from pydantic import Field, StringConstraints

from app.llm.base import Message
from app.processors import answers
from app.processors.base import Context, JobType, ProcessorError
from app.processors.chunks import BYTES_A_TOKEN, MAX_PARTS, count_for, split
from app.processors.fields import Strict, Text
from app.processors.prompts import as_data, load_prompt

_PROMPT = load_prompt("translate", number=1)
_MAX_PART_BYTES = 12_000
_RESERVED_TOKENS = 300  # for the instruction


class TranslateInput(Strict):
    """The text, and the language wanted."""

    text: Text
    target_language: Annotated[
        str,
        StringConstraints(min_length=2, max_length=40, pattern=r"^\p{L}[\p{L}\p{M} ()'-]*$"),
        Field(title="Target language", description="Its name or code.", examples=["French", "German", "pt-BR"]),
    ]


class TranslateResult(Strict):
    """The text in the other language."""

    translation: str
    target_language: str


async def run(given: TranslateInput, context: Context) -> TranslateResult:
    """Translate part by part. Raises: ProcessorError (context_too_long, invalid_output), ModelError."""
    if reason := _check(given, context.context_tokens):
        raise ProcessorError("context_too_long", reason)
    parts = split(given.text, parts=count_for(given.text, part_bytes=_part_bytes(context.context_tokens)))
    done: list[str] = []
    for part in parts:
        if len(parts) > 1:
            await context.progress(len(done), len(parts), f"part {len(done) + 1} of {len(parts)}")
        done.append(await _translate(part, given.target_language, context))
    return TranslateResult(translation="\n\n".join(done), target_language=given.target_language)


async def _translate(part: str, language: str, context: Context) -> str:
    answer = await context.ask(
        Message("system", _PROMPT.section("translate", target_language=language)),
        Message("user", as_data(part)),
        max_output_tokens=len(part.encode()) // BYTES_A_TOKEN * 2 + 100,
    )
    translation = answers.plain(answer)
    if not translation:
        raise ProcessorError("invalid_output", "the model's answer holds no translation")
    return translation


def _part_bytes(context_tokens: int | None) -> float:
    """Return how much of a text fits beside its translation, which may need twice its tokens."""
    if context_tokens is None:
        return _MAX_PART_BYTES
    return min(_MAX_PART_BYTES, max(1, context_tokens - _RESERVED_TOKENS) * BYTES_A_TOKEN / 4.5)


def _check(given: TranslateInput, context_tokens: int | None) -> str | None:
    parts = count_for(given.text, part_bytes=_part_bytes(context_tokens))
    return (
        None if parts <= MAX_PARTS else f"the text needs {parts:,} parts for this model; at most {MAX_PARTS} are read"
    )


JOB_TYPE = JobType(
    name="translate",
    title="Translate",
    description="Translates a text. Needs a model that knows both languages; the bundled small one hardly does.",
    input_model=TranslateInput,
    result_model=TranslateResult,
    example={"text": "Good morning, the coffee is ready.", "target_language": "French"},
    run=run,
    timeout_s=900,
    prompt=_PROMPT,
    check=_check,
)
