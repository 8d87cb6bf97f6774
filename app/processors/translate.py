"""Translate a text or a file, in parts when it is long, so that no answer is cut off."""

import asyncio
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Annotated

from pydantic import Field, StringConstraints

from app.llm.base import Message
from app.processors import answers, cut
from app.processors.base import Context, JobType, ProcessorError
from app.processors.chunks import count_for, split, tokens_of
from app.processors.fields import Strict
from app.processors.inputs import TextOrFile
from app.processors.prompts import as_data, load_prompt
from app.processors.source import SourceInfo, read_source

_PROMPT = load_prompt("translate", number=1)
# A translation may need twice its text's tokens, and must fit below LLM_MAX_OUTPUT_TOKENS, or its end would be missing.
_PART_BYTES = 960
_MAX_PARTS = 2000
# A code (pt_BR, es-419, zh-Hans-CN, sr_RS@latin) or a name with more about it in brackets: never a sentence.
_LANGUAGE = (
    r"^(?:[A-Za-z]{2,8}(?:[-_][A-Za-z0-9]{1,8}){0,5}(?:\.[A-Za-z0-9-]{1,10})?(?:@[A-Za-z]{1,12})?"
    r"|\p{L}[\p{L}\p{M} '’·/-]*(?: ?[(（][\p{L}\p{M} '’,，·-]+[)）])?)$"  # noqa: RUF001 - of several scripts
)


class TranslateInput(TextOrFile):
    """The text or the file, and the language wanted."""

    target_language: Annotated[
        str,
        StringConstraints(min_length=2, max_length=40, pattern=_LANGUAGE),
        Field(
            title="Target language", description="Its name or code.", examples=["French", "German", "pt-BR", "es-419"]
        ),
    ]


class TranslateResult(Strict):
    """The text in the other language, and what was read of a file."""

    translation: str
    target_language: str
    source: SourceInfo | None = None


async def run(given: TranslateInput, context: Context) -> TranslateResult:
    """Translate part by part.

    Raises: ProcessorError (invalid_output, file_too_large, those of `read_source`), ModelError.
    """
    source = await read_source(given, context)
    if reason := _too_long(source.text):
        raise ProcessorError("file_too_large", reason)
    parts = await asyncio.to_thread(split, source.text, parts=count_for(source.text, part_bytes=_PART_BYTES))
    done: list[str] = []

    def result(*more: str) -> TranslateResult:
        said = chain.from_iterable(zip(_gaps(source.text, parts), (*done, *more), strict=False))
        return TranslateResult(translation="".join(said), target_language=given.target_language, source=source.info)

    for part in parts:
        if len(parts) > 1:
            await context.progress(len(done), len(parts), f"part {len(done) + 1} of {len(parts)}")
        with cut.kept(result):
            done.append(await _translate(part, given.target_language, context, keep=len(parts) > 1))
    return result()


def _gaps(text: str, parts: Sequence[str]) -> Iterator[str]:
    """Yield what stands before each part: nothing before the first, else a space or a paragraph's end."""
    end = 0
    for number, part in enumerate(parts):
        start = text.index(part, end)
        gap = text[end:start]
        yield "" if not number or not gap else "\n\n" if "\n" in gap else " "
        end = start + len(part)


async def _translate(part: str, language: str, context: Context, *, keep: bool) -> str:
    answer = await context.ask(
        Message("system", _PROMPT.section("translate", target_language=language)),
        Message("user", as_data(part)),
        max_output_tokens=2 * tokens_of(part) + 100,
        keep=keep,
    )
    translation = answers.plain(answer, source=part)
    if not translation:
        raise ProcessorError("invalid_output", "the model's answer holds no translation")
    return translation


def _too_long(text: str) -> str | None:
    parts = count_for(text, part_bytes=_PART_BYTES)
    return None if parts <= _MAX_PARTS else f"the text needs {parts:,} parts; at most {_MAX_PARTS:,} are translated"


def _check(given: TranslateInput, _context_tokens: int | None) -> str | None:
    return _too_long(given.text) if given.text else None


JOB_TYPE = JobType(
    name="translate",
    title="Translate",
    description="Translates a text or a file. Needs a model that knows both languages: the bundled one hardly does.",
    input_model=TranslateInput,
    result_model=TranslateResult,
    example={"text": "Good morning, the coffee is ready.", "target_language": "French"},
    run=run,
    timeout_s=3600,
    prompt=_PROMPT,
    check=_check,
)
