"""The frontend process before a real API, and before a server that sends what the test tells it, byte for byte."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from pathlib import Path

import httpx2
import pytest

from app.core.settings import Settings
from app.main import create_app
from tests.conftest import TOKEN
from tests.rig.ports import free_port
from tests.rig.stack import Stack, eventually, frontend, running

JOB = {"type": "echo", "input": {"message": "hello"}}
ENDED = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"
Answer = Callable[[asyncio.StreamWriter], Awaitable[None]]


class Upstream:
    """Reads one request from each connection and answers it with `answer`."""

    def __init__(self) -> None:
        self.port = free_port()
        self.asked: list[bytes] = []
        self.answer: Answer = self.ok
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)

    async def stop(self) -> None:
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()

    @staticmethod
    async def ok(writer: asyncio.StreamWriter) -> None:
        writer.write(ENDED)

    def head(self) -> list[bytes]:
        return self.asked[-1].partition(b"\r\n\r\n")[0].split(b"\r\n")

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            with suppress(asyncio.IncompleteReadError):  # who connected may ask for nothing
                await self._answer_one(reader, writer)
        finally:
            writer.close()

    async def _answer_one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        if b"100-continue" in head:
            writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        length = next(
            (int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")), 0
        )
        self.asked.append(head + await reader.readexactly(length))
        await self.answer(writer)
        await writer.drain()


@pytest.fixture
async def stack(settings: Settings, tmp_path: Path) -> AsyncIterator[Stack]:
    async with running(settings, tmp_path) as started:
        yield started


@pytest.fixture
async def upstream() -> AsyncIterator[Upstream]:
    server = Upstream()
    await server.start()
    yield server
    await server.stop()


@pytest.fixture
async def browser(stack: Stack, upstream: Upstream) -> AsyncIterator[httpx2.AsyncClient]:
    async with frontend(stack, upstream.port) as client:
        yield client


async def test_a_browser_signs_in_and_works_through_it(stack: Stack) -> None:
    trusting = {"TRUSTED_PROXIES": "127.0.0.1"}
    api = await stack.api(**trusting)
    async with frontend(stack, api.base_url.port or 0, **trusting) as client:
        own = {"Origin": str(client.base_url).rstrip("/")}
        assert (await client.get("/api/v1/jobs")).status_code == 401
        assert (await client.post("/api/v1/session", json={"token": TOKEN}, headers=own)).status_code == 204
        assert (await client.post("/api/v1/jobs", json=JOB, headers=own)).status_code == 202
        forged = await client.post("/api/v1/jobs", json=JOB, headers={"Origin": "http://evil.test"})
        assert (forged.status_code, forged.json()["code"]) == (403, "foreign_origin")
        large = await client.post("/api/v1/jobs", content=b"x" * 2_000_000, headers=own)
        assert (large.status_code, large.json()["code"]) == (413, "body_too_large")
        assert "swagger" in (await client.get("/docs")).text
        assert (await client.get("/health")).json()["parts"]["postgresql"]["status"] == "ok"
        # What a proxy before it says of the browser arrives at the API, and no more than that.
        behind = {"X-Forwarded-For": "198.51.100.1, 203.0.113.9", "X-Forwarded-Proto": "https"}
        behind["Origin"] = own["Origin"].replace("http:", "https:")
        answer = await client.post("/api/v1/session", json={"token": TOKEN}, headers=behind)
        assert answer.headers["set-cookie"].startswith("__Host-")
        assert (await api.get("/api/v1/admin/sessions")).json()["items"][0]["address"] == "203.0.113.9"


async def test_a_request_goes_on_as_it_came(browser: httpx2.AsyncClient, upstream: Upstream) -> None:
    headers = {
        "Host": "headrace.test",
        "Connection": "keep-alive, X-Private",
        "X-Private": "1",
        "Keep-Alive": "timeout=5",
        "TE": "trailers",
        "X-Forwarded-For": "10.0.0.1",
        "Accept-Encoding": "br",
    }
    await browser.put("/api/v1/a%2Fb%20c?x=1&y=%C3%A9", content=b'{"a": 1}', headers=headers)
    first, *lines = upstream.head()
    sent = {line.partition(b":")[0].lower(): line.partition(b":")[2].strip() for line in lines}
    assert first == b"PUT /api/v1/a%2Fb%20c?x=1&y=%C3%A9 HTTP/1.1"
    assert upstream.asked[-1].endswith(b'\r\n\r\n{"a": 1}')
    assert sent[b"host"] == sent[b"x-forwarded-host"] == b"headrace.test"
    assert sent[b"x-forwarded-for"] == b"127.0.0.1"
    assert sent[b"x-forwarded-proto"] == b"http"
    assert sent[b"accept-encoding"] == b"br"
    assert not sent.keys() & {b"x-private", b"keep-alive", b"te"}


async def test_an_answer_comes_back_as_it_was(browser: httpx2.AsyncClient, upstream: Upstream) -> None:
    async def answer(writer: asyncio.StreamWriter) -> None:
        writer.write(
            b"HTTP/1.1 202 Accepted\r\nContent-Length: 6\r\nContent-Encoding: br\r\nLocation: /api/v1/jobs/1\r\n"
            b"Set-Cookie: a=1\r\nSet-Cookie: b=2\r\nConnection: close, X-Private\r\nX-Private: 1\r\n\r\npacked"
        )

    upstream.answer = answer
    async with browser.stream("POST", "/api/v1/jobs") as answered:
        assert b"".join([part async for part in answered.aiter_raw()]) == b"packed"
    assert (answered.status_code, answered.headers["location"]) == (202, "/api/v1/jobs/1")
    assert answered.headers["content-encoding"] == "br"
    assert answered.headers.get_list("set-cookie") == ["a=1", "b=2"]
    assert "x-private" not in answered.headers
    assert len(answered.headers.get_list("date")) == 1
    upstream.answer = upstream.ok
    browser.cookies.clear()
    await browser.get("/api/v1/jobs")
    assert not [line for line in upstream.head() if line.lower().startswith(b"cookie")], "no browser gets another's"


async def test_a_stream_is_passed_on_as_it_comes_and_ends_with_its_reader(
    browser: httpx2.AsyncClient, upstream: Upstream
) -> None:
    left = asyncio.Event()

    async def answer(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: 1\n\n")
        try:
            while True:
                await writer.drain()
                await asyncio.sleep(0.02)
                writer.write(b": ping\n\n")
        except OSError:
            left.set()

    upstream.answer = answer
    async with browser.stream("GET", "/api/v1/stream") as answered:
        assert b"data: 1" in await anext(answered.aiter_raw())
        assert not left.is_set()
    await eventually(left.is_set, what="the API sees that the reader is gone")


async def test_an_answer_that_breaks_off_does_not_look_whole(browser: httpx2.AsyncClient, upstream: Upstream) -> None:
    async def answer(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n")

    upstream.answer = answer
    with pytest.raises(httpx2.RemoteProtocolError):
        await browser.get("/api/v1/jobs")


async def test_without_the_api_it_says_so_and_goes_on_when_it_is_back(
    browser: httpx2.AsyncClient, upstream: Upstream
) -> None:
    await upstream.stop()
    away = await browser.get("/api/v1/jobs")
    assert (away.status_code, away.headers["content-type"]) == (502, "application/problem+json")
    assert away.json()["code"] == "api_unreachable"
    await upstream.start()
    assert (await browser.get("/api/v1/jobs")).text == "ok"


async def test_it_needs_no_secret_and_no_database(settings: Settings) -> None:
    from app.frontend import create_app as create_frontend

    create_frontend(Settings())
    with pytest.raises(Exception, match="not set"):
        create_app(Settings())
