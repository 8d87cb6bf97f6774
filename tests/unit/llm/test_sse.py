"""Events out of bytes, however they are cut."""

from collections.abc import AsyncIterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.llm import sse

ROWS: list[tuple[bytes, list[tuple[str, tuple[str, ...]]]]] = [
    (b"data: a\n\ndata: b\n\n", [("", ("a",)), ("", ("b",))]),
    (b"data:a\r\n\r\ndata: b\r\n\r\n", [("", ("a",)), ("", ("b",))]),
    (b"data: a\r\rdata: b\r\r", [("", ("a",)), ("", ("b",))]),
    (b"\xef\xbb\xbfdata: a\n\n", [("", ("a",))]),
    (b": ping\n\n:\n\ndata: a\n\n", [("", ("a",))]),
    (b"event: error\ndata: {\ndata: }\n\n", [("error", ("{", "}"))]),
    (b"id: 7\nretry: 1\nevent: message\ndata: a\n\n", [("message", ("a",))]),
    (b"data: a", [("", ("a",))]),
    (b"error: broken\n\n", [("error", ("broken",))]),
    ("data: a\u2028b\u2029c\u0085d\x0be\n\n".encode(), [("", ("a\u2028b\u2029c\u0085d\x0be",))]),
    (b"event: x\n\ndata: a\n\n", [("", ("a",))]),
    (b"", []),
]


async def collect(raw: bytes, step: int) -> list[tuple[str, tuple[str, ...]]]:
    async def chunks() -> AsyncIterator[bytes]:
        for at in range(0, len(raw), step):
            yield raw[at : at + step]

    return [(one.name, one.data) async for one in sse.events(chunks())]


@pytest.mark.parametrize("step", [1, 2, 3, 7, 1000])
@pytest.mark.parametrize(("raw", "expected"), ROWS)
async def test_events_are_the_same_however_they_are_cut(
    raw: bytes, expected: list[tuple[str, tuple[str, ...]]], step: int
) -> None:
    assert await collect(raw, step) == expected


async def test_a_line_without_an_end_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sse, "MAX_LINE_CHARS", 100)
    with pytest.raises(sse.EndlessLineError):
        await collect(b"data: " + b"x" * 200, 10)


@given(
    st.lists(st.text(st.characters(exclude_characters="\r\n", exclude_categories=["Cs"]), min_size=1), max_size=5),
    st.integers(1, 9),
)
async def test_any_text_in_a_line_arrives_as_it_is(texts: list[str], step: int) -> None:
    raw = "".join(f"data: {text}\n\n" for text in texts).encode()
    assert await collect(raw, step) == [("", (text,)) for text in texts]
