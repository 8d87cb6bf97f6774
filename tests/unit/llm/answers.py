"""Answers as the wire has them, and what is read from them."""

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from app.llm.answer import Answer
from app.llm.base import Completion, ModelError

PAID = {"prompt_tokens": 1000, "completion_tokens": 600}


def said(finish: str | None = "stop", *, usage: object = None, **message: Any) -> dict[str, Any]:
    return {"choices": [{"message": message, "finish_reason": finish}], "usage": usage}


def piece(finish: str | None = None, **delta: Any) -> str:
    return f"data: {json.dumps({'choices': [{'delta': delta, 'finish_reason': finish}]}, ensure_ascii=False)}\n\n"


async def read(raw: object, *, is_stream: bool = False, step: int = 13, **more: Any) -> Completion:
    content = raw if isinstance(raw, bytes) else raw.encode() if isinstance(raw, str) else json.dumps(raw).encode()

    async def chunks() -> AsyncIterator[bytes]:
        for at in range(0, len(content), step):
            yield content[at : at + step]

    return await Answer("one", "small", "", **more).read(chunks(), is_stream=is_stream)


async def error_of(raw: object, *, is_stream: bool = False) -> ModelError:
    with pytest.raises(ModelError) as caught:
        await read(raw, is_stream=is_stream)
    return caught.value
