"""Answers as real models give them: each row is what a provider sent and what it is worth."""

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.llm.answer import Answer
from app.llm.base import Completion, ModelError, Usage
from app.llm.usage import MAX_TOKENS

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


@pytest.mark.parametrize(
    ("message", "text", "reasoning"),
    [
        ({"content": "yes", "reasoning_content": "hm"}, "yes", "hm"),
        ({"content": "yes", "reasoning": "hm"}, "yes", "hm"),
        ({"content": "yes", "reasoning": {"content": "hm"}}, "yes", "hm"),
        (
            {"content": "yes", "reasoning": "hm", "reasoning_details": [{"type": "reasoning.text", "text": "hm"}]},
            "yes",
            "hm",
        ),
        ({"content": "yes", "thinking": "hm"}, "yes", "hm"),
        ({"content": "<think>hm</think>yes"}, "yes", "hm"),
        ({"content": "<think>b</think>yes", "reasoning_content": "a"}, "yes", "a\n\nb"),
        ({"content": [{"type": "text", "text": "ye"}, {"type": "text", "text": "s"}]}, "yes", ""),
        ({"content": [{"type": "output_text", "text": "yes"}]}, "yes", ""),
        ({"content": ["ye", "s"]}, "yes", ""),
        ({"content": {"type": "text", "text": "yes"}}, "yes", ""),
        (
            {
                "content": [
                    {"type": "thinking", "thinking": [{"type": "text", "text": "hm"}]},
                    {"type": "text", "text": "yes"},
                ]
            },
            "yes",
            "hm",
        ),
        ({"content": [{"type": "thinking", "thinking": "hm"}, {"text": "yes"}]}, "yes", "hm"),
        (
            {
                "content": [
                    {"type": "reasoning", "text": "hm"},
                    {"type": "text", "text": "yes"},
                    {"type": "refusal", "refusal": ""},
                ]
            },
            "yes",
            "hm",
        ),
        ({"content": "yes", "refusal": "no"}, "yes", ""),
    ],
)
async def test_text_and_thoughts_come_apart_whatever_their_form(
    message: dict[str, Any], text: str, reasoning: str
) -> None:
    found = await read(said(**message))
    assert (found.text, found.reasoning) == (text, reasoning)
    streamed = await read(piece(**message) + piece("stop") + "data: [DONE]\n\n", is_stream=True)
    assert (streamed.text, streamed.reasoning) == (text, reasoning)


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        *(
            (word, "stop")
            for word in ("stop", "STOP", "end_turn", "eos_token", "stop_sequence", "COMPLETE", "tool_calls")
        ),
        *((word, "length") for word in ("length", "max_tokens", "MAX_TOKENS", "model_length", "max_output_tokens")),
        ("FINISH_REASON_MAX_TOKENS", "length"),
        ("model_context_window_exceeded", "length"),
        *((word, "length") for word in ("maxTokens", "max_new_tokens", "truncated", "stop_length", "output-limit")),
        *((word, "stop") for word in ("stop_token", "eos_found", "finished", "no_more_to_say")),
    ],
)
async def test_a_cut_answer_says_so(word: str, expected: str) -> None:
    assert (await read(said(word, content="Half a sen"))).finish_reason == expected
    streamed = await read(piece(content="Half a sen") + piece(word), is_stream=True)
    assert streamed.finish_reason == expected


@pytest.mark.parametrize(
    ("word", "kind"),
    [
        ("error", "bad_response"),
        ("network_error", "bad_response"),
        ("abort", "bad_response"),
        ("insufficient_system_resource", "bad_response"),
        ("content_filter", "content_refused"),
        ("SAFETY", "content_refused"),
        ("RECITATION", "content_refused"),
        ("refusal", "content_refused"),
        *((word, "bad_response") for word in ("server_error", "interrupted", "MALFORMED_RESPONSE", "evicted")),
        *(
            (word, "content_refused")
            for word in ("contentFilter", "content-filter", "moderation", "blocked", "LANGUAGE")
        ),
    ],
)
async def test_an_answer_that_was_broken_off_or_withheld_is_none(word: str, kind: str) -> None:
    error = await error_of(said(word, content="Half a sen", usage=PAID))
    assert (error.kind, error.text, error.usage) == (kind, "Half a sen", Usage(1000, 600))


@pytest.mark.parametrize(
    "content", [None, "", "  \n", [], "<think>never to its end", [{"type": "thinking", "thinking": "x"}]]
)
async def test_who_thinks_until_the_room_ends_has_given_no_answer_and_says_why(content: object) -> None:
    usage = {**PAID, "completion_tokens_details": {"reasoning_tokens": 600}}
    error = await error_of(said("length", content=content, usage=usage))
    assert error.kind == "output_truncated"
    assert "thinking" in error.message
    assert "600" in error.message
    assert error.usage == Usage(1000, 600, 0, 600)


@pytest.mark.parametrize(
    "raw",
    [
        said(content="", usage=PAID),
        said(content=None, usage=PAID),
        said(content=None, reasoning="only thoughts", usage=PAID),
        {"choices": [], "usage": PAID},
        {"choices": [{"error": {"code": 502, "message": "upstream"}, "finish_reason": "error"}], "usage": PAID},
        {"error": {"message": "broken"}, "usage": PAID},
    ],
)
async def test_what_was_paid_is_known_though_the_answer_cannot_be_used(raw: object) -> None:
    assert (await error_of(raw)).usage == Usage(1000, 600)


async def test_an_error_inside_the_choice_is_the_provider_s_fault() -> None:
    raw = {"choices": [{"message": {"content": "half"}, "error": {"code": 502, "message": "upstream"}}]}
    assert (await error_of(raw)).kind == "unavailable"


@pytest.mark.parametrize(
    ("usage", "expected"),
    [
        ({"prompt_tokens": 10.0, "completion_tokens": 3.0}, Usage(10, 3)),
        ({"prompt_tokens": "10", "completion_tokens": "3"}, Usage(10, 3)),
        ({"input_tokens": 10, "output_tokens": 3}, Usage(10, 3)),
        ({"input_tokens": 10, "output_tokens": 3, "cache_read_input_tokens": 4}, Usage(10, 3, 4)),
        ({"prompt_tokens": 10, "completion_tokens": 3, "total_tokens": 20}, Usage(10, 10, 0, 7)),
        ({"prompt_tokens": 10, "completion_tokens": 3, "total_tokens": 13}, Usage(10, 3)),
        (
            {"prompt_tokens": 10, "completion_tokens": 9, "completion_tokens_details": {"reasoning_tokens": 5}},
            Usage(10, 9, 0, 5),
        ),
        (
            {"prompt_tokens": 10, "completion_tokens": 9, "output_tokens_details": {"reasoning_tokens": "5"}},
            Usage(10, 9, 0, 5),
        ),
        ({"prompt_tokens": 10, "completion_tokens": 3, "reasoning_tokens": 30}, Usage(10, 3, 0, 3)),
        ({"prompt_tokens": "1,010", "completion_tokens": "3"}, Usage(1010, 3)),
        ({"promptTokenCount": 10, "candidatesTokenCount": 3}, Usage(10, 3)),
        ({"input_token_count": 10, "generated_token_count": 3}, Usage(10, 3)),
        ({"billed_units": {"input_tokens": 10, "output_tokens": 3}}, Usage(10, 3)),
        ({"prompt_tokens": True, "completion_tokens": float("nan")}, Usage(0, 0)),
        ({"prompt_tokens": float("inf"), "completion_tokens": "many"}, Usage(0, 0)),
        ({"prompt_tokens": 10**400, "completion_tokens": 1e300}, Usage(MAX_TOKENS, MAX_TOKENS)),
    ],
)
async def test_tokens_are_read_under_every_name(usage: object, expected: Usage) -> None:
    assert (await read(said(content="yes", usage=usage))).usage == expected
    streamed = piece(content="yes") + f"data: {json.dumps({'choices': [], 'usage': usage})}\n\n" + "data: [DONE]\n\n"
    assert (await read(streamed, is_stream=True)).usage == expected


async def test_groq_s_streams_have_their_usage_elsewhere() -> None:
    last = {"choices": [{"delta": {}, "finish_reason": "stop"}], "x_groq": {"usage": PAID}}
    assert (await read(piece(content="yes") + f"data: {json.dumps(last)}\n\n", is_stream=True)).usage == Usage(
        1000, 600
    )


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (piece(content="yes") + "data: [DONE]\n\n", "yes"),
        (piece(content="yes") + piece("stop"), "yes"),
        (piece(content="a\u2028b\u2029c\u0085d") + piece("stop"), "a\u2028b\u2029c\u0085d"),
        ('data: {"choices": [{"delta":\ndata: {"content": "yes"}}]}\n\ndata: [DONE]\n\n', "yes"),
        (piece(content="ye").rstrip("\n") + "\n" + piece(content="s").rstrip("\n") + "\ndata: [DONE]\n", "yes"),
        (": ping\n\n" * 3 + piece(content="yes") + ": ping\n\n" + piece("stop"), "yes"),
        (piece(content="yes").replace("\n", "\r\n") + "data: [DONE]\r\n\r\n", "yes"),
        (piece(content="yes").replace("\n", "\r") + "data: [DONE]\r\r", "yes"),
        (json.dumps(said(content="yes")), "yes"),  # a server that does not stream
        # MiniMax repeats the whole in its last event.
        (piece(content="ye") + piece(content="s") + f"data: {json.dumps(said(content='yes'))}\n\n", "yes"),
    ],
)
async def test_a_stream_is_whole_by_either_sign(raw: str, text: str) -> None:
    assert (await read(raw, is_stream=True)).text == text


async def test_a_server_that_streams_unasked_is_read() -> None:
    assert (await read(piece(content="yes") + piece("stop"))).text == "yes"
    assert (await read("\n\n" + json.dumps(said(content="yes")))).text == "yes"


@pytest.mark.parametrize("raw", [piece(content="half"), ": ping\n\n" * 5, "", piece(reasoning="hm")])
async def test_a_stream_without_either_sign_was_cut_and_may_pass(raw: str) -> None:
    assert (await error_of(raw, is_stream=True)).kind == "bad_response"


async def test_white_space_before_an_answer_is_looked_at_once() -> None:
    looked_at = 0

    class Blank(bytes):
        def strip(self, *which: Any) -> bytes:
            nonlocal looked_at
            looked_at += len(self)
            return super().strip(*which)

        def __add__(self, other: bytes) -> "Blank":  # type: ignore[override]
            return Blank(bytes(self) + other)

        def __radd__(self, other: bytes) -> "Blank":
            return Blank(other + bytes(self))

    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(100):
            yield Blank(b" " * 100)
        yield json.dumps(said(content="yes")).encode()

    assert (await Answer("one", "small", "").read(chunks(), is_stream=False)).text == "yes"
    assert looked_at <= 10_000


@pytest.mark.parametrize(
    ("document", "kind"),
    [
        (
            {"base_resp": {"status_code": 1008, "status_msg": "insufficient balance"}, "choices": None},
            "insufficient_credits",
        ),
        ({"base_resp": {"status_code": 1004, "status_msg": "login fail: no key"}}, "auth_failed"),
        ({"error_code": 110, "error_msg": "Access token invalid or no longer valid"}, "auth_failed"),
    ],
)
async def test_an_error_in_an_answer_s_place_is_read_whatever_its_name(document: object, kind: str) -> None:
    assert (await error_of(document)).kind == kind


async def test_an_error_event_says_its_text() -> None:
    raw = piece(content="half") + 'event: error\ndata: {"message": "The moon is in the way", "code": 503}\n\n'
    error = await error_of(raw, is_stream=True)
    assert (error.kind, error.text) == ("unavailable", "half")
    assert "moon" in error.message
    assert "moon" in (await error_of("event: error\ndata: The moon is down\n\n", is_stream=True)).message


async def test_only_what_belongs_to_the_answer_keeps_a_stream_alive() -> None:
    moves: list[str] = []
    answer = Answer("one", "small", "", moved=lambda: moves.append("!"))

    async def chunks() -> AsyncIterator[bytes]:
        for one in (
            ": ping\n\n",
            piece(),
            piece(role="assistant", content=""),
            piece(reasoning="hm"),
            piece(content="y"),
            piece("stop"),
        ):
            yield one.encode()

    await answer.read(chunks(), is_stream=True)
    assert len(moves) == 2


async def outcome(raw: object, *, is_stream: bool) -> Completion | ModelError:
    """Return the answer or the error; whatever else is raised is a fault of ours."""
    try:
        return await read(raw, is_stream=is_stream)
    except ModelError as error:
        return error


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["choices", "message", "delta", "content", "usage", "error", "finish_reason", "text", "type", "x"]
            ),
            inner,
            max_size=5,
        )
    ),
    max_leaves=25,
)


@given(json_values, st.booleans())
async def test_any_document_is_an_answer_or_an_error(document: object, is_stream: bool) -> None:
    raw = json.dumps(document)
    if is_stream:
        raw = f"data: {raw}\n\ndata: [DONE]\n\n"
    found = await outcome(raw, is_stream=is_stream)
    if isinstance(found, ModelError):
        assert len(found.message) <= 500
    else:
        assert found.text.strip()
        assert 0 <= found.usage.completion_tokens <= MAX_TOKENS


@given(st.binary(max_size=200), st.booleans())
async def test_any_bytes_are_an_answer_or_an_error(raw: bytes, is_stream: bool) -> None:
    assert isinstance(await outcome(raw, is_stream=is_stream), Completion | ModelError)
