"""Put a text or a file into one category: one of the caller's, or a short label of the model's own."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Annotated, Any

from pydantic import AfterValidator, Field, StringConstraints

from app.llm.base import Message
from app.processors.base import Context, JobType, ProcessorError, is_small
from app.processors.chunks import bytes_of, tokens_of
from app.processors.excerpt import SAMPLES, excerpt
from app.processors.fields import Strict
from app.processors.inputs import TextOrFile
from app.processors.json_answer import Fault
from app.processors.labels import MAX_LABEL_CHARS, find, normal
from app.processors.prompts import load_prompt, quoted
from app.processors.provider_schema import for_provider
from app.processors.small_classify import comparison
from app.processors.source import Source, SourceInfo, read_source
from app.processors.structured import ask_for

MAX_CATEGORY_CHARS = 100
_LEAST_TOKENS = 100  # of a text, or it is not worth a question

_PROMPT = load_prompt("classify", number=1)
_SMALL_MODEL_MARK = " "  # a word that follows a space is a token of its own: that makes small models better at this


def _check_unique(categories: list[str]) -> list[str]:
    if len({normal(category) or category for category in categories}) < len(categories):
        msg = "categories must differ in more than case and punctuation"
        raise ValueError(msg)
    return categories


Category = Annotated[
    str, StringConstraints(min_length=1, max_length=MAX_CATEGORY_CHARS, strip_whitespace=True, pattern=r"\S")
]


Categories = Annotated[list[Category], Field(min_length=2, max_length=50), AfterValidator(_check_unique)]


class ClassifyInput(TextOrFile):
    """The text or the file, and the categories to choose from."""

    categories: Annotated[
        Categories | None,
        Field(
            title="Categories",
            description="Two to fifty to choose from; without them the model makes up a short label.",
            examples=[["billing", "bug", "question"]],
        ),
    ] = None


class ClassifyResult(Strict):
    """The category, written as the caller wrote it; and what was read of a file, or of a text longer than fits."""

    category: str
    source: SourceInfo | None = None


async def run(given: ClassifyInput, context: Context) -> ClassifyResult:
    """Ask, and once more when the answer is no category.

    Raises: ProcessorError (invalid_output, context_too_long, those of `read_source`), ModelError.
    """
    source = await read_source(given, context)
    categories = given.categories
    small = is_small(context.context_tokens)
    mark = _SMALL_MODEL_MARK if small else ""
    is_numbered = not small and _takes_numbers(categories)
    examples = _examples(free=categories is None, mark=mark, is_numbered=is_numbered)
    around = sum(tokens_of(one.content) for one in examples) + _around(categories)
    text = await _seen(source.text, context.context_tokens, around)
    compared = comparison(text, categories, _PROMPT, field="category", mark=mark) if small and categories else None
    question = _question(text, categories, is_numbered=is_numbered)
    found = await ask_for(
        context,
        [*examples, Message("user", question, comparison=compared)],
        _schema(categories, ""),
        sent=for_provider(_schema(categories, mark), small=small),
        read=lambda answer: _read(answer, categories, is_numbered=is_numbered),
        repair=lambda answer, _: _repair(answer, categories, is_numbered=is_numbered),
        max_output_tokens=MAX_CATEGORY_CHARS,
    )
    return ClassifyResult(category=found["category"], source=_source_info(source, text))


def _around(categories: Sequence[str] | None) -> int:
    """Return how many tokens question and answer need beside the text and the examples."""
    return tokens_of(_question("", categories, is_numbered=True)) + 2 * MAX_CATEGORY_CHARS


async def _seen(text: str, context_tokens: int | None, around: int) -> str:
    """Return the text, or of a long one what fits. Raises: ProcessorError (context_too_long)."""
    if context_tokens is None:
        return text
    free = context_tokens - around
    if free < _LEAST_TOKENS:
        message = (
            f"the question needs {around:,} tokens beside the text, and the model's context holds {context_tokens:,}"
        )
        raise ProcessorError("context_too_long", message)
    return await asyncio.to_thread(excerpt, text, max_bytes=bytes_of(free))


def _source_info(source: Source, seen: str) -> SourceInfo | None:
    """Return what was read, with a note where it was not all of the text."""
    if seen is source.text:
        return source.info
    info = source.info or SourceInfo(kind="text", pages=None, characters=len(source.text), encoding=None)
    share = 100 * len(seen) / len(source.text)
    note = f"classified by its beginning and {SAMPLES} samples, {share:.2g} % of the text"
    return info.model_copy(update={"notes": (*info.notes, note)})


def _takes_numbers(categories: Sequence[str] | None) -> bool:
    """Say whether the categories are given numbers, so that a number is an answer: not if they have figures already."""
    return categories is not None and not any(char.isdigit() for category in categories for char in category)


def _read(answer: str, categories: Sequence[str] | None, *, is_numbered: bool) -> Mapping[str, Any]:
    category = find(answer, categories, is_numbered=is_numbered)
    if category is None:
        raise Fault(f"{answer.strip()[:80]!r} is no category", pointer="/category")
    return {"category": category}


def _repair(answer: str, categories: Sequence[str] | None, *, is_numbered: bool) -> str:
    if categories is None:
        return _PROMPT.section("repair_free")
    listed = _listed(categories, is_numbered=is_numbered)
    return _PROMPT.section("repair", categories=listed, answer=answer[:MAX_CATEGORY_CHARS])


def _question(text: str, categories: Sequence[str] | None, *, is_numbered: bool) -> str:
    if categories is None:
        return _PROMPT.section("free", text=quoted(text))
    return _PROMPT.section("ask", text=quoted(text), categories=_listed(categories, is_numbered=is_numbered))


def _listed(categories: Sequence[str], *, is_numbered: bool) -> str:
    return "\n".join(
        f"{number}. {category}" if is_numbered else f"- {category}"
        for number, category in enumerate(categories, start=1)
    )


@lru_cache
def _examples(*, free: bool, mark: str, is_numbered: bool) -> tuple[Message, ...]:
    """Return the start of the conversation: a small model classifies twice as well after some examples."""
    messages = [Message("system", _PROMPT.section("system"))]
    for line in _PROMPT.section("free_examples" if free else "examples").splitlines():
        text, *listed, category = (part.strip() for part in line.split("|"))
        categories = listed[0].split(", ") if listed else None
        messages += [
            Message("user", _question(text, categories, is_numbered=is_numbered)),
            Message("assistant", json.dumps({"category": mark + category})),
        ]
    return tuple(messages)


def _schema(categories: Sequence[str] | None, mark: str) -> Mapping[str, Any]:
    value: dict[str, Any] = {"type": "string"}
    value |= {"enum": [mark + category for category in categories]} if categories else {"maxLength": MAX_LABEL_CHARS}
    return {
        "type": "object",
        "properties": {"category": value},
        "required": ["category"],
        "additionalProperties": False,
    }


JOB_TYPE = JobType(
    name="classify",
    title="Classify",
    description="Puts a text or a file into one of the given categories, or names one itself. Of what is longer than"
    " the model can read at once, it reads the beginning and samples of the rest.",
    input_model=ClassifyInput,
    result_model=ClassifyResult,
    example={"text": "I was charged twice this month.", "categories": ["billing", "bug", "question"]},
    run=run,
    timeout_s=3600,
    prompt=_PROMPT,
)
