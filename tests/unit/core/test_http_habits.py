"""What HEAD leaves undone, and how an Accept header is read."""

from collections.abc import AsyncIterator

import httpx2
import pytest
from fastapi import FastAPI
from fastapi.responses import StreamingResponse

from app.core.accept import Accept
from app.core.http_habits import Habits

HTML, JSON = ("text/html",), ("application/json",)


async def test_head_makes_no_body_that_nobody_reads() -> None:
    app, made, closed = FastAPI(), [], []

    @app.get("/large")
    async def large() -> StreamingResponse:
        async def blocks() -> AsyncIterator[bytes]:
            try:
                for number in range(1000):
                    made.append(number)
                    yield b"x" * 1000
            finally:
                closed.append(True)

        return StreamingResponse(blocks(), headers={"Content-Length": "1000000"})

    habits = Habits(app, api=("/",))
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(habits), base_url="http://headrace.test") as client:
        answer = await client.head("/large")
    assert (answer.status_code, answer.headers["content-length"], answer.content) == (200, "1000000", b"")
    assert made == []


@pytest.mark.parametrize(
    ("lines", "names", "prefers"),
    [
        (["text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"], True, True),
        (["*/*"], False, False),
        ([], False, False),
        (["application/json, text/plain, */*"], False, False),
        (["application/json, text/html;q=0.5"], True, False),
        (["application/json, text/html"], True, False),
        (["text/html, application/json"], True, True),
        (["application/json;q=0.4", "TEXT/HTML ; Q=0.9"], True, True),
        (["text/html;q=0, */*"], False, False),
        (["text/html;q=high"], True, True),
        ([",,;;, text/html"], True, True),
    ],
)
def test_a_page_is_for_who_names_html_first(lines: list[str], names: bool, prefers: bool) -> None:
    accept = Accept(lines)
    assert (accept.names(HTML), accept.names(HTML) and accept.prefers(HTML, JSON)) == (names, prefers)


@pytest.mark.parametrize(
    ("lines", "takes"),
    [([], True), (["*/*"], True), (["text/*;q=0.1"], True), (["image/png"], False), (["*/*, text/html;q=0"], False)],
)
def test_wildcards_take_what_they_cover(lines: list[str], takes: bool) -> None:
    assert Accept(lines).takes("text/html") is takes
