"""Put a text into one category: one of the caller's, or a short label of the model's own."""

import json
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Annotated, Any

from pydantic import AfterValidator, Field, StringConstraints

from app.llm.base import Message
from app.processors import answers
from app.processors.base import Context, JobType, is_small
from app.processors.fields import Strict, Text, too_long
from app.processors.json_answer import Fault, loads
from app.processors.prompts import load_prompt, quoted
from app.processors.sent_schema import for_provider
from app.processors.small_classify import comparison
from app.processors.structured import ask_for

MAX_CATEGORY_CHARS = 100
MAX_LABEL_CHARS = 60

_PROMPT = load_prompt("classify", number=1)
_SMALL_MODEL_MARK = " "  # a word that follows a space is a token of its own: that makes small models better at this
_NOT_WORD = re.compile(r"[\W_]+")


def _normal(text: str) -> str:
    return _NOT_WORD.sub(" ", text.casefold()).strip()


def _check_unique(categories: list[str]) -> list[str]:
    if len({_normal(category) or category for category in categories}) < len(categories):
        msg = "categories must differ in more than case and punctuation"
        raise ValueError(msg)
    return categories


Category = Annotated[
    str, StringConstraints(min_length=1, max_length=MAX_CATEGORY_CHARS, strip_whitespace=True, pattern=r"\S")
]


Categories = Annotated[list[Category], Field(min_length=2, max_length=50), AfterValidator(_check_unique)]


class ClassifyInput(Strict):
    """The text, and the categories to choose from."""

    text: Text
    categories: Annotated[
        Categories | None,
        Field(
            title="Categories",
            description="Two to fifty to choose from; without them the model makes up a short label.",
            examples=[["billing", "bug", "question"]],
        ),
    ] = None


class ClassifyResult(Strict):
    """The category, written as the caller wrote it."""

    category: str


async def run(given: ClassifyInput, context: Context) -> ClassifyResult:
    """Ask, and once more when the answer is no category. Raises: ProcessorError (invalid_output), ModelError."""
    categories = given.categories
    small = is_small(context.context_tokens)
    mark = _SMALL_MODEL_MARK if small else ""
    compared = (
        comparison(given.text, categories, _PROMPT, field="category", mark=mark) if small and categories else None
    )
    question = Message("user", _question(given.text, categories), comparison=compared)
    found = await ask_for(
        context,
        [*_examples(free=categories is None, mark=mark), question],
        _schema(categories, ""),
        sent=for_provider(_schema(categories, mark), small=small),
        read=lambda answer: _read(answer, categories),
        repair=lambda answer, _: _repair(answer, categories),
        max_output_tokens=MAX_CATEGORY_CHARS,
    )
    return ClassifyResult(category=found["category"])


def _read(answer: str, categories: Sequence[str] | None) -> Mapping[str, Any]:
    category = find(answer, categories)
    if category is None:
        raise Fault(f"{answer.strip()[:80]!r} is no category", pointer="/category")
    return {"category": category}


def _repair(answer: str, categories: Sequence[str] | None) -> str:
    if categories is None:
        return _PROMPT.section("repair_free")
    return _PROMPT.section("repair", categories=_listed(categories), answer=answer[:MAX_CATEGORY_CHARS])


def _question(text: str, categories: Sequence[str] | None) -> str:
    if categories is None:
        return _PROMPT.section("free", text=quoted(text))
    return _PROMPT.section("ask", text=quoted(text), categories=_listed(categories))


def _listed(categories: Sequence[str]) -> str:
    return "\n".join(f"- {category}" for category in categories)


@lru_cache
def _examples(*, free: bool, mark: str) -> tuple[Message, ...]:
    """Return the start of the conversation: a small model classifies twice as well after some examples."""
    messages = [Message("system", _PROMPT.section("system"))]
    for line in _PROMPT.section("free_examples" if free else "examples").splitlines():
        text, *listed, category = (part.strip() for part in line.split("|"))
        categories = listed[0].split(", ") if listed else None
        messages += [
            Message("user", _question(text, categories)),
            Message("assistant", json.dumps({"category": mark + category})),
        ]
    return tuple(messages)


def find(answer: str, categories: Sequence[str] | None) -> str | None:
    """Return the category that an answer names, or None.

    Case and punctuation do not matter; a sentence counts when it names exactly one of the categories. Without
    categories, a label is at most 60 characters long.
    """
    said = _said(answer)
    if categories is None:
        label = answers.plain(said).strip(" .!\n")
        return label if label and len(label) <= MAX_LABEL_CHARS and "\n" not in label else None
    wanted = _normal(said)
    exact = [category for category in categories if _normal(category) == wanted or category == said.strip()]
    if exact:
        return exact[0]
    named = [category for category in categories if _normal(category) and f" {_normal(category)} " in f" {wanted} "]
    return named[0] if len(named) == 1 else None


def _said(answer: str) -> str:
    """Return the value of a JSON answer, else the answer itself."""
    if "{" not in answer:
        return answer
    try:
        found = loads(answer)
    except ValueError:
        return answer
    value = found.get("category") if isinstance(found, Mapping) else None
    return value if isinstance(value, str) else ""


def _schema(categories: Sequence[str] | None, mark: str) -> Mapping[str, Any]:
    value: dict[str, Any] = {"type": "string"}
    value |= {"enum": [mark + category for category in categories]} if categories else {"maxLength": MAX_LABEL_CHARS}
    return {
        "type": "object",
        "properties": {"category": value},
        "required": ["category"],
        "additionalProperties": False,
    }


def _check(given: ClassifyInput, context_tokens: int | None) -> str | None:
    return too_long(given.text, context_tokens)


JOB_TYPE = JobType(
    name="classify",
    title="Classify",
    description="Puts a text into one of the given categories, or names one itself.",
    input_model=ClassifyInput,
    result_model=ClassifyResult,
    example={"text": "I was charged twice this month.", "categories": ["billing", "bug", "question"]},
    run=run,
    prompt=_PROMPT,
    check=_check,
)
