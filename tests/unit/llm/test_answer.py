"""The JSON of chat completions: what is asked, and what every odd answer is taken for."""

import json
from collections.abc import AsyncIterator, Iterable
from typing import Any

import pytest

from app.llm.answer import MAX_NAME_CHARS, Answer
from app.llm.base import Completion, ModelError, Usage
from app.llm.usage import MAX_TOKENS

GOOD: dict[str, Any] = {"choices": [{"message": {"content": "yes"}, "finish_reason": "stop"}]}


def answer(**changes: Any) -> dict[str, Any]:
    return {**GOOD, **changes}


def said(finish_reason: str | None = "stop", **message: Any) -> dict[str, Any]:
    return {"choices": [{"message": message, "finish_reason": finish_reason}]}


async def read_whole(content: object) -> Completion:
    raw = content if isinstance(content, bytes) else json.dumps(content).encode()

    async def chunks() -> AsyncIterator[bytes]:
        for at in range(0, len(raw), 7):
            yield raw[at : at + 7]

    return await Answer("one", "small", "").read(chunks(), is_stream=False)


async def read_events(documents: Iterable[object], *, step: int = 11) -> Completion:
    lines = [one if isinstance(one, str) else f"data: {json.dumps(one)}" for one in documents]
    raw = "".join(f"{line}\n\n" for line in lines).encode()

    async def chunks() -> AsyncIterator[bytes]:
        for at in range(0, len(raw), step):
            yield raw[at : at + step]

    return await Answer("one", "small", "").read(chunks(), is_stream=True)


def delta(finish_reason: str | None = None, **fields: Any) -> dict[str, Any]:
    return {"choices": [{"delta": fields, "finish_reason": finish_reason}]}


@pytest.mark.parametrize(
    ("usage", "expected"),
    [
        (None, Usage(0, 0, 0)),
        ("many", Usage(0, 0, 0)),
        ({}, Usage(0, 0, 0)),
        ({"prompt_tokens": 10, "completion_tokens": 3}, Usage(10, 3, 0)),
        ({"prompt_tokens": 10, "prompt_tokens_details": {"cached_tokens": 8}}, Usage(10, 0, 8)),
        ({"prompt_tokens": 10, "prompt_tokens_details": {"cached_tokens": 80}}, Usage(10, 0, 10)),
        ({"prompt_tokens": 10, "prompt_tokens_details": None}, Usage(10, 0, 0)),
        ({"prompt_tokens": 10, "prompt_tokens_details": {"cached_tokens": None}}, Usage(10, 0, 0)),
        ({"prompt_tokens": 10, "prompt_cache_hit_tokens": 4}, Usage(10, 0, 4)),
        ({"prompt_tokens": -5, "completion_tokens": "7"}, Usage(0, 7, 0)),
        ({"prompt_tokens": 10**30, "completion_tokens": 10**30}, Usage(MAX_TOKENS, MAX_TOKENS, 0)),
        ({"prompt_tokens": 1.5}, Usage(2, 0, 0)),
    ],
)
async def test_tokens_are_what_the_provider_counted(usage: object, expected: Usage) -> None:
    assert (await read_whole(answer(usage=usage))).usage == expected
    streamed = [delta(content="yes"), delta("stop"), {"choices": [], "usage": usage}, "data: [DONE]"]
    assert (await read_events(streamed)).usage == expected


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"", "bad_response"),
        (b"<!doctype html>", "bad_response"),
        (b"\xff\xfe", "bad_response"),
        (b"[" * 100_000, "bad_response"),
        ([], "bad_response"),
        ("text", "bad_response"),
        (None, "bad_response"),
        ({}, "bad_response"),
        ({"choices": None}, "bad_response"),
        ({"choices": []}, "bad_response"),
        ({"choices": {}}, "bad_response"),
        ({"choices": ["yes"]}, "bad_response"),
        ({"choices": [{}]}, "bad_response"),
        ({"choices": [{"message": "yes"}]}, "bad_response"),
        (said(content=None), "bad_response"),
        (said(content=""), "bad_response"),
        (said(content=None, tool_calls=[{"id": "1"}]), "bad_response"),
        (said("length", content=""), "output_truncated"),
        (said("content_filter", content="half an ans"), "content_refused"),
        (said("content_filter", content=None), "content_refused"),
        (said(content=None, refusal="I can't help with that."), "content_refused"),
        (said(content=None, refusal=""), "bad_response"),
        ({"error": "broken"}, "bad_response"),
        ({"error": {"message": "broken"}}, "bad_response"),
        ({"error": {"code": 502}}, "unavailable"),
        ({"error": {"code": 429}}, "rate_limited"),
        ({"error": {"code": "content_filter"}}, "content_refused"),
        ({"error": ["x"]}, "bad_response"),
    ],
)
async def test_what_is_no_completion_has_its_kind(content: object, kind: str) -> None:
    with pytest.raises(ModelError) as caught:
        await read_whole(content)
    assert caught.value.kind == kind


@pytest.mark.parametrize(
    ("documents", "kind"),
    [
        ([], "bad_response"),
        (["data: [DONE]"], "bad_response"),
        ([": ping", "event: message"], "bad_response"),
        ([delta(content="half")], "bad_response"),
        ([delta("stop")], "bad_response"),
        (["data: {broken"], "bad_response"),
        (["data: []"], "bad_response"),
        ([{"choices": [None]}], "bad_response"),
        ([delta(content="half"), delta("content_filter")], "content_refused"),
        ([delta(refusal="I "), delta(refusal="can't"), delta("stop")], "content_refused"),
        ([delta(content="half"), {"error": {"code": 503}}], "unavailable"),
        ([delta(content="half"), 'error: {"code": 400, "type": "exceed_context_size_error"}'], "context_too_long"),
        ([delta(content=7), delta("stop")], "bad_response"),
    ],
)
async def test_a_stream_that_is_no_completion_has_its_kind(documents: list[object], kind: str) -> None:
    with pytest.raises(ModelError) as caught:
        await read_events(documents)
    assert caught.value.kind == kind


async def test_an_answer_beside_a_refusal_stands() -> None:
    assert (await read_whole(said(content="yes", refusal="no"))).text == "yes"


@pytest.mark.parametrize("error", [None, "", {}, []])
async def test_an_empty_error_is_none(error: object) -> None:
    assert (await read_whole(answer(error=error))).text == "yes"


async def test_names_that_are_none_fall_back() -> None:
    found = await read_whole({"model": 7, "choices": [{"message": {"content": "yes"}, "finish_reason": None}]})
    assert (found.model, found.finish_reason) == ("small", "stop")
    assert (await read_whole(answer(model="x" * 999))).model == "x" * MAX_NAME_CHARS
