"""Answers as real models give them: each row is what a provider sent and what it is worth."""

import json
from typing import Any

import pytest

from app.llm.base import Usage
from app.llm.usage import MAX_TOKENS
from tests.unit.llm.answers import PAID, error_of, piece, read, said


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
