"""Summarise a text of any length; `file` uses the same code.

A large model writes the summary, part by part when the text is longer than its context. A small one, which would make
things up, picks the most important sentence of each part: a JSON schema holds it to the text's own sentences.
"""

import json
from typing import Annotated

from pydantic import Field

from app.llm.base import Message
from app.processors import answers
from app.processors.base import Context, JobType, ProcessorError, is_small
from app.processors.chunks import BYTES_A_TOKEN, MAX_PARTS, count_for, split
from app.processors.fields import Strict, Text
from app.processors.prompts import as_data, load_prompt
from app.processors.sentences import MAX_SENTENCE_CHARS, is_finished, sentences, within, without_repeats

DEFAULT_MAX_WORDS = 120

_PROMPT = load_prompt("summarize", number=1)
_RESERVED_TOKENS = 1200  # of a context: for the instruction and the answer
_UNEVEN = 1.4  # parts are cut at sentences, so that some are larger than others
_PART_WORDS = 200
_PICK_PART_BYTES = 6000  # a small model reads a part of this size in about 8 s, and slower the longer it is
_PICK_WORDS = 20  # about the length of a sentence
_PICK_MIN_WORDS = 8  # shorter ones are mostly headings and interjections
_PICK_MAX_TOKENS = MAX_SENTENCE_CHARS
_PICK_KEY = "summary"


class SummarizeInput(Strict):
    """The text, and how long its summary may be."""

    text: Text
    max_words: Annotated[
        int | None, Field(title="Words at most", description="The summary is never longer.", ge=10, le=1000)
    ] = None


class SummarizeResult(Strict):
    """The summary."""

    summary: str


async def run(given: SummarizeInput, context: Context) -> SummarizeResult:
    """Summarise the text."""
    return SummarizeResult(summary=await summarize(given.text, context, max_words=given.max_words))


async def summarize(text: str, context: Context, *, max_words: int | None = None) -> str:
    """Return a summary of at most `max_words` words (120 unless told).

    Raises: ProcessorError (context_too_long, invalid_output), ModelError.
    """
    if reason := too_long(text, context.context_tokens):
        raise ProcessorError("context_too_long", reason)
    words = max_words or DEFAULT_MAX_WORDS
    work = _pick if is_small(context.context_tokens) else _write
    summary = await work(text, context, words)
    if not summary:
        raise ProcessorError("invalid_output", "the model's answer holds no summary")
    return summary


def too_long(text: str, context_tokens: int | None) -> str | None:
    """Return why a text is too long even when it is read in 40 parts, or None."""
    parts = 1 if context_tokens is None else count_for(text, part_bytes=_part_bytes(context_tokens))
    if parts <= MAX_PARTS:
        return None
    return f"the text needs {parts:,} parts of the model's context of {context_tokens:,} tokens; at most {MAX_PARTS} are read"


async def _write(text: str, context: Context, max_words: int) -> str:
    section = "write"
    rest = text
    while True:
        parts = 1 if context.context_tokens is None else count_for(rest, part_bytes=_part_bytes(context.context_tokens))
        if parts == 1:
            return await _write_one(section, rest, context, max_words)
        found: list[str] = []
        for part in split(rest, parts=parts):
            await context.progress(len(found), parts, f"part {len(found) + 1} of {parts}")
            found.append(await _write_one("write", part, context, max(max_words, _PART_WORDS)))
        rest, section = "\n\n".join(found), "merge"


async def _write_one(section: str, text: str, context: Context, max_words: int) -> str:
    answer = await context.ask(
        Message("system", _PROMPT.section(section, max_words=max_words)),
        Message("user", as_data(text)),
        max_output_tokens=max_words * 4 + 100,  # four tokens a word, for scripts that need many
    )
    return within(without_repeats(answers.plain(answer)), max_words=max_words)


async def _pick(text: str, context: Context, max_words: int) -> str:
    wanted = max(1, min(max_words // _PICK_WORDS, len(_candidates(text)) // 3))
    rest = text
    while True:
        parts = split(rest, parts=min(MAX_PARTS, max(wanted, count_for(rest, part_bytes=_PICK_PART_BYTES))))
        found: list[str] = []
        for part in parts:
            await context.progress(len(found), len(parts), f"part {len(found) + 1} of {len(parts)}")
            found.append(await _pick_one(part, context))
        rest = without_repeats(" ".join(one if is_finished(one) else f"{one}." for one in found))
        if len(parts) <= wanted:
            return within(rest, max_words=max_words)


async def _pick_one(part: str, context: Context) -> str:
    answer = await context.ask(
        Message("system", _PROMPT.section("pick")),
        Message("user", as_data(part)),
        schema={
            "type": "object",
            "properties": {_PICK_KEY: {"type": "string", "enum": _candidates(part)}},
            "required": [_PICK_KEY],
            "additionalProperties": False,
        },
        max_output_tokens=_PICK_MAX_TOKENS,
    )
    try:
        return str(json.loads(answer)[_PICK_KEY])
    except (ValueError, LookupError, TypeError):
        return without_repeats(answers.plain(answer))  # a provider that ignores schemas


def _candidates(text: str) -> list[str]:
    """Return the sentences worth picking, each once."""
    found = list(dict.fromkeys(sentences(text)))
    return [sentence for sentence in found if len(sentence.split()) >= _PICK_MIN_WORDS] or found


def _part_bytes(context_tokens: int) -> float:
    return max(1, context_tokens - _RESERVED_TOKENS) * BYTES_A_TOKEN / _UNEVEN


def _check(given: SummarizeInput, context_tokens: int | None) -> str | None:
    return too_long(given.text, context_tokens)


JOB_TYPE = JobType(
    name="summarize",
    title="Summarize",
    description="Says in few words what a text says. Long texts are read in parts.",
    input_model=SummarizeInput,
    result_model=SummarizeResult,
    example={
        "text": "The mill was built in 1784. It ground barley until 1963 and now makes electricity.",
        "max_words": 50,
    },
    run=run,
    timeout_s=900,
    prompt=_PROMPT,
    check=_check,
)
