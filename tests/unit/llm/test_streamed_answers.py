"""Streams as real models send them: what makes one whole, what keeps it alive, and that any bytes can be read."""

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.llm.answer import Answer
from app.llm.base import Completion, ModelError
from app.llm.usage import MAX_TOKENS
from tests.unit.llm.answers import error_of, piece, read, said


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
