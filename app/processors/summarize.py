"""Summarise a text or a file of any length; `file` uses the same code.

A large model writes the summary, part by part when the text is longer than its context. A small one, which would make
things up, picks the most important sentence of each part: a JSON schema holds it to the text's own sentences.
"""

import asyncio
import math
from functools import partial
from typing import Annotated

from pydantic import Field

from app.llm.base import Message
from app.processors import answers, cut
from app.processors.base import Context, JobType, ProcessorError, is_small
from app.processors.chunks import MAX_PARTS, count_for, part_bytes, split
from app.processors.concurrently import each_with_progress
from app.processors.fields import Strict
from app.processors.inputs import TextOrFile
from app.processors.prompts import as_data, load_prompt
from app.processors.sentences import MAX_SENTENCE_CHARS, ended, within, without_repeats, worth_picking
from app.processors.source import Source, SourceInfo, read_source
from app.processors.statements import Statement, statements

DEFAULT_MAX_WORDS = 120

_PROMPT = load_prompt("summarize", number=1)
_INSTRUCTION_TOKENS = 200
_TOKENS_A_WORD = 4  # enough for scripts that need many
_PART_WORDS = 200
_ROUNDS = 4  # of merging; by then nothing that can shrink is left
PICK_PART_BYTES = 6000  # a small model reads a part of this size in about 8 s, and slower the longer it is
_PICK_WORDS = 20  # about the length of a sentence
_PICK_TOKENS = 2 * MAX_SENTENCE_CHARS
_PICK_KEY = "summary"
_SHORT_CHARS = 2000  # are looked through in a millisecond; a thread would cost as much


class SummarizeInput(TextOrFile):
    """The text or the file, and how long its summary may be."""

    max_words: Annotated[
        int | None, Field(title="Words at most", description="The summary is never longer.", ge=10, le=1000)
    ] = None


class SummarizeResult(Strict):
    """The summary, where each of its sentences stands in the text, and what was read of a file."""

    summary: str
    statements: tuple[Statement, ...] = ()
    source: SourceInfo | None = None


async def run(given: SummarizeInput, context: Context) -> SummarizeResult:
    """Summarise the text. Raises: ProcessorError (those of `read_source` and `summarize`), ModelError."""
    source = await read_source(given, context)
    with cut.kept(lambda text: SummarizeResult(summary=answers.plain(text), source=source.info)):
        summary = await summarize(source.text, context, max_words=given.max_words)
    return SummarizeResult(summary=summary, statements=await with_places(summary, source), source=source.info)


async def with_places(summary: str, source: Source) -> tuple[Statement, ...]:
    """Return the sentences of a summary, each with the place in the source that says it."""
    if len(source.text) <= _SHORT_CHARS:
        return tuple(statements(summary, source.text, source.pages))
    return tuple(await asyncio.to_thread(statements, summary, source.text, source.pages))


async def summarize(text: str, context: Context, *, max_words: int | None = None) -> str:
    """Return a summary of at most `max_words` words (120 unless told).

    Raises: ProcessorError (context_too_long, invalid_output), ModelError.
    """
    words = max_words or DEFAULT_MAX_WORDS
    if reason := too_long(text, context.context_tokens, max_words=words):
        raise ProcessorError("context_too_long", reason)
    work = _pick if is_small(context.context_tokens) else _write
    summary = await work(text, context, words)
    if not summary:
        raise ProcessorError("invalid_output", "the model's answer holds no summary")
    return summary


def too_long(text: str, context_tokens: int | None, *, max_words: int | None = None) -> str | None:
    """Return why a text is too long even when it is read in 1,000 parts, or None."""
    parts = count_for(text, part_bytes=_fitting(context_tokens, max_words or DEFAULT_MAX_WORDS))
    if parts <= MAX_PARTS:
        return None
    return f"the text needs {parts:,} parts for a context of {context_tokens:,} tokens; at most {MAX_PARTS:,} are read"


def _fitting(context_tokens: int | None, max_words: int) -> float:
    """Return the size in bytes of parts that fit beside instruction and answer."""
    if context_tokens is None:
        return math.inf
    answer_tokens = _PICK_TOKENS if is_small(context_tokens) else _answer_tokens(max(max_words, _PART_WORDS))
    return part_bytes(context_tokens - _INSTRUCTION_TOKENS - answer_tokens)


def _answer_tokens(words: int) -> int:
    return words * _TOKENS_A_WORD + 100


async def _write(text: str, context: Context, max_words: int) -> str:
    rest, section = text, "write"
    for _ in range(_ROUNDS):
        parts = count_for(rest, part_bytes=_fitting(context.context_tokens, max_words))
        if parts == 1:
            return await _write_one(section, rest, context=context, max_words=max_words, keep=rest is not text)
        words = max(_PART_WORDS, max_words // parts)
        pieces = await asyncio.to_thread(split, rest, parts=parts)
        work = partial(_write_one, "write", context=context, max_words=words, keep=True)
        found = await each_with_progress(pieces, work, context)
        rest, section = "\n\n".join(found), "merge"
    return within(rest, max_words=max_words)


async def _write_one(section: str, text: str, *, context: Context, max_words: int, keep: bool) -> str:
    answer = await context.ask(
        Message("system", _PROMPT.section(section, max_words=max_words)),
        Message("user", as_data(text)),
        max_output_tokens=_answer_tokens(max_words),
        keep=keep,
    )
    return within(without_repeats(answers.plain(answer)), max_words=max_words)


async def _pick(text: str, context: Context, max_words: int) -> str:
    candidates = await asyncio.to_thread(worth_picking, text)
    wanted = max(1, min(max_words // _PICK_WORDS, len(candidates) // 3))
    size = min(PICK_PART_BYTES, _fitting(context.context_tokens, max_words))
    rest = text
    for _ in range(_ROUNDS):
        count = min(MAX_PARTS, max(wanted, count_for(rest, part_bytes=size)))
        parts = await asyncio.to_thread(split, rest, parts=count)
        found = await each_with_progress(
            parts,
            partial(_pick_one, context=context, max_words=max_words, keep=len(parts) > 1 or rest is not text),
            context,
        )
        whole = worth_picking("\n\n".join(found))  # a part without a whole sentence adds nothing to those that have one
        rest = without_repeats(" ".join(map(ended, whole)))
        if len(parts) <= wanted:
            break
    return within(rest, max_words=max_words)


async def _pick_one(part: str, *, context: Context, max_words: int, keep: bool) -> str:
    offered = worth_picking(part, max_words=max_words)
    answer = await context.ask(
        Message("system", _PROMPT.section("pick")),
        Message("user", as_data(part)),
        schema={
            "type": "object",
            "properties": {_PICK_KEY: {"type": "string", "enum": offered}},
            "required": [_PICK_KEY],
            "additionalProperties": False,
        },
        max_output_tokens=_PICK_TOKENS,
        keep=keep,
    )
    said = answers.plain(answer)
    return next((one for one in offered if one == said or one in said), None) or without_repeats(said)


def _check(given: SummarizeInput, context_tokens: int | None) -> str | None:
    return too_long(given.text, context_tokens, max_words=given.max_words) if given.text else None


JOB_TYPE = JobType(
    name="summarize",
    title="Summarize",
    description="Says in few words what a text or a file says. Long ones are read in parts, up to whole books.",
    input_model=SummarizeInput,
    result_model=SummarizeResult,
    example={
        "text": "The mill was built in 1784. It ground barley until 1963 and now makes electricity.",
        "max_words": 50,
    },
    run=run,
    timeout_s=3600,
    prompt=_PROMPT,
    check=_check,
)
