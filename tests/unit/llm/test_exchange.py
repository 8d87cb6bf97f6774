"""The way out: proxies that the environment names, and bodies of any size; over real HTTP."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import pytest

from app.llm.base import ModelError
from app.llm.exchange import proxy_of
from tests.unit.llm.asking import ask, make
from tests.unit.llm.hostile import GOOD

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (len(GOOD), GOOD)
NAMES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")


@pytest.fixture(autouse=True)
def _no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in NAMES:
        for one in (name, name.upper()):
            monkeypatch.delenv(one, raising=False)


@dataclass
class Heard:
    """What a server of ours was sent."""

    port: int = 0
    heads: list[str] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)


@asynccontextmanager
async def listening(*, keeps: bool = False) -> AsyncIterator[Heard]:
    """Serve a good answer to whatever comes, and remember it; `keeps`: connections stay open."""
    heard = Heard()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(asyncio.IncompleteReadError):
            while not heard.heads or keeps:
                head = (await reader.readuntil(b"\r\n\r\n")).decode()
                size = next(line for line in head.lower().splitlines() if line.startswith("content-length:"))
                heard.heads.append(head)
                heard.bodies.append(await reader.readexactly(int(size.split(":")[1])))
                writer.write(ANSWER)
                await writer.drain()
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        heard.port = server.sockets[0].getsockname()[1]
        yield heard


async def said_to(base_url: str, text: str = "ok") -> str:
    model = make(base_url)
    try:
        return (await model.complete(ask(text))).text
    finally:
        await model.close()


@pytest.mark.parametrize("name", ["http_proxy", "HTTP_PROXY", "all_proxy"])
async def test_a_provider_is_asked_through_the_proxy(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if name == "HTTP_PROXY":
        monkeypatch.delenv("REQUEST_METHOD", raising=False)
    async with listening() as proxy:
        monkeypatch.setenv(name, f"http://somebody:p%40ss@127.0.0.1:{proxy.port}")
        assert await said_to("http://models.test/v1") == "fine"
    assert proxy.heads[0].startswith("POST http://models.test/v1/chat/completions HTTP/1.1\r\n")
    who = base64.b64encode(b"somebody:p@ss").decode()
    assert f"Proxy-Authorization: Basic {who}\r\n" in proxy.heads[0]


async def test_a_proxy_without_a_scheme_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    async with listening() as proxy:
        monkeypatch.setenv("http_proxy", f"127.0.0.1:{proxy.port}")
        assert await said_to("http://models.test/v1") == "fine"
    assert "Proxy-Authorization" not in proxy.heads[0]


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
async def test_no_proxy_stands_before_this_machine(host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    async with listening() as server:
        assert await said_to(f"http://{host}:{server.port}/v1") == "fine"
    assert server.heads[0].startswith("POST /v1/chat/completions ")


@pytest.mark.parametrize(
    ("url", "is_proxied"),
    [
        ("http://models.test/v1", True),
        ("http://inside.test:8080/v1", False),
        ("http://user:pw@a.inside.test/v1", False),
        ("https://models.test/v1", False),  # of https nothing is said
    ],
)
def test_no_proxy_names_what_is_asked_directly(url: str, *, is_proxied: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://proxy.test:3128")
    monkeypatch.setenv("no_proxy", "other.test,inside.test")
    assert (proxy_of(url) is not None) is is_proxied


async def test_a_large_body_arrives_as_it_is() -> None:
    """aiohttp warns of one that it would write at once, and warnings are errors here."""
    text = "ö" * 1_500_000
    async with listening() as server:
        assert await said_to(f"http://127.0.0.1:{server.port}/v1", text) == "fine"
    assert text in json.loads(server.bodies[0])["messages"][0]["content"]


@pytest.mark.parametrize("step", range(8))
async def test_a_request_that_nobody_got_is_sent_again(step: int) -> None:
    """The server closes an idle connection while the next request is on its way to it."""
    async with listening(keeps=True) as server:
        model = make(f"http://127.0.0.1:{server.port}/v1")
        try:
            await model.complete(ask("first"))
            session: Any = model._connection._exchange._session
            [[(kept, _)]] = session.connector._conns.values()
            calling = asyncio.create_task(model.complete(ask("second")))
            for _ in range(step):
                await asyncio.sleep(0)
            kept.transport.close()
            try:
                assert (await calling).text == "fine"
            except ModelError:
                assert len(server.heads) == 2, "it was on its way already: who knows what became of it"
        finally:
            await model.close()
