"""Settle enum fields of an answer by comparing texts: the meaning of each is a vector that a small model computes.

Source: https://platform.openai.com/docs/api-reference/embeddings
"""

import json
import math
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from app.llm.base import Ask, Comparison, Completion, Spending, Usage
from app.llm.minilm import MODEL_NAME

if TYPE_CHECKING:
    import openai

PIECE_CHARS = 400  # below the 512 tokens that the model reads at once, whatever the script
MAX_PIECES = 4

Vector = tuple[float, ...]


async def settle(ask: Ask, client: "openai.AsyncOpenAI", provider: str) -> tuple[Ask, Completion | None]:
    """Return the question with the fields of its last message's comparison held to one value each.

    With them comes the whole answer when the schema has no other fields. `client` asks the server of embeddings.
    It costs nothing: the server is the bundled model's. Raises: openai's and httpx's errors; ValueError for an answer
    that is none.
    """
    compared, schema = ask.messages[-1].comparison, ask.schema or {}
    if compared is None:
        return ask, None
    found, usage = await _settled(compared, client, ask.headers)
    fields = schema.get("properties", {})
    if fields.keys() == found.keys():
        return ask, Completion(json.dumps(found), provider, MODEL_NAME, "stop", usage)
    ask.spent(Spending(provider, MODEL_NAME, usage, Decimal(0)))
    pinned = {name: {**fields[name], "enum": [value]} for name, value in found.items() if name in fields}
    return replace(ask, schema={**schema, "properties": {**fields, **pinned}}), None


async def _settled(
    compared: Comparison, client: "openai.AsyncOpenAI", headers: Mapping[str, str]
) -> tuple[dict[str, str], Usage]:
    pieces = textwrap.wrap(compared.text[: PIECE_CHARS * MAX_PIECES], PIECE_CHARS, break_on_hyphens=False)
    phrases = {phrase for values in compared.fields.values() for said in values.values() for phrase in said}
    vectors, usage = await _embedded([*pieces, *sorted(phrases)], client, headers)
    meant = _mean([vectors[piece] for piece in pieces])
    found = {}
    for name, values in compared.fields.items():
        likeness = {value: max(_dot(meant, vectors[one]) for one in said) for value, said in values.items()}
        found[name] = max(likeness, key=likeness.__getitem__)
    return found, usage


async def _embedded(
    texts: Sequence[str], client: "openai.AsyncOpenAI", headers: Mapping[str, str]
) -> tuple[dict[str, Vector], Usage]:
    create: Any = client.embeddings.create  # typed by too many overloads
    answer = await create(model=MODEL_NAME, input=list(texts), encoding_format="float", extra_headers=dict(headers))
    try:
        vectors = {texts[one.index]: tuple(map(float, one.embedding)) for one in answer.data}
        used = int(answer.usage.prompt_tokens)
    except (AttributeError, IndexError, TypeError) as error:  # the client does not check what it was sent
        raise ValueError("it is no list of embeddings") from error
    if len(vectors) < len(set(texts)):
        raise ValueError("not every text has an embedding")
    return vectors, Usage(used, 0)


def _mean(vectors: Sequence[Vector]) -> Vector:
    """Return the direction between some vectors, of length 1."""
    summed = [sum(column) for column in zip(*vectors, strict=True)]
    length = math.sqrt(sum(one * one for one in summed)) or 1.0
    return tuple(one / length for one in summed)


def _dot(one: Vector, other: Vector) -> float:
    return sum((a * b for a, b in zip(one, other, strict=True)), 0.0)
