"""What is read of a provider's answers is bounded, whatever it sends; over real HTTP."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from app.llm import loading
from app.llm.base import Completion, ModelError
from app.llm.exchange import certificates
from app.llm.reading import MAX_ANSWER_BYTES, MAX_ERROR_BYTES, AnswerError, pieces
from app.llm.transport import client
from tests.unit.llm.asking import ask, make
from tests.unit.llm.hostile import GOOD, Hostile, bomb, hostile


@pytest.fixture
async def server() -> AsyncIterator[Hostile]:
    async with hostile() as found:
        yield found


async def call(server: Hostile, name: str, *, stream: bool = False, timeout_s: float = 60) -> Completion:
    model = make(server.url(name), stream=stream)
    try:
        return await model.complete(ask("ok", timeout_s=timeout_s))
    finally:
        await model.close()


async def error_of(server: Hostile, name: str, *, stream: bool = False, timeout_s: float = 60) -> ModelError:
    with pytest.raises(ModelError) as caught:
        await call(server, name, stream=stream, timeout_s=timeout_s)
    return caught.value


@pytest.mark.parametrize(
    "name",
    [
        "good",
        "gzip",
        "x-gzip",
        "deflate",
        "deflate-raw",
        "members",
        "trailing",
        "twice",
        "identity",
        "bytewise",
        "charset",
    ],
)
async def test_an_answer_is_unpacked(server: Hostile, name: str) -> None:
    assert (await call(server, name)).text == "fine"


async def test_certificates_are_read_once_and_before_the_first_call(
    server: Hostile, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Reading them keeps the loop for 30 ms or more, and so many providers would do it once each."""
    certificates.cache_clear()
    monkeypatch.setattr(loading, "_loaded", set())
    await loading.load()
    assert certificates.cache_info().currsize == 1
    for _ in range(2):
        await call(server, "good")
    assert certificates.cache_info()[:2] == (2, 1), "two models' connections have what was read"


async def test_a_stream_is_read(server: Hostile) -> None:
    assert (await call(server, "stream", stream=True)).text == "fine"


async def test_only_what_can_be_bounded_is_asked_for(server: Hostile) -> None:
    await call(server, "good")
    assert [line for line in server.heads[0].lower().splitlines() if line.startswith("accept-encoding")] == [
        "accept-encoding: gzip, deflate"
    ]


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("brotli", "it is packed in a way that was not asked for (br)"),
        ("thrice", "it is packed in a way that was not asked for (gzip, gzip, gzip)"),
        ("broken", "it cannot be unpacked"),
        ("big", "it is too large"),
        ("declared", "it is too large"),
        ("bomb", "it is too large"),
        ("bomb-deflate", "it is too large"),
        ("bomb-twice", "it is too large"),
    ],
)
async def test_an_answer_beyond_the_limits_says_why(server: Hostile, name: str, why: str) -> None:
    error = await error_of(server, name)
    assert (error.kind, error.message) == ("bad_response", f"the model provider's answer is no completion: {why}")


@pytest.mark.parametrize("name", ["line", "line-packed"])
async def test_a_line_without_end_is_not_read_to_it(server: Hostile, name: str) -> None:
    error = await error_of(server, name, stream=True)
    assert error.message.endswith(("one of its lines is too large", "it has a line without an end"))


async def test_lines_without_end_are_not_read_to_it(server: Hostile) -> None:
    assert (await error_of(server, "lines", stream=True)).message.endswith("it is too large")


@pytest.mark.parametrize("name", ["header-long", "header-many", "header-endless"])
async def test_headers_beyond_the_limits_are_no_answer(server: Hostile, name: str) -> None:
    assert (await error_of(server, name)).kind == "bad_response"


@pytest.mark.parametrize("name", ["error", "error-gzip", "error-deflate", "error-hang"])
async def test_an_error_is_judged_by_its_body(server: Hostile, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.llm.exchange.ERROR_BODY_S", 0.3)
    error = await error_of(server, name)
    assert (error.kind, error.status) == ("content_refused", 400)
    assert error.message.endswith(": the reason")


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("error-brotli", "provider_rejected"),
        ("error-broken", "provider_rejected"),
        ("error-charset", "provider_rejected"),
        ("error-big", "unavailable"),
        ("error-bomb", "unavailable"),
        ("error-drip", "unavailable"),
        ("error-cut", "rate_limited"),
    ],
)
async def test_an_error_whose_body_cannot_be_read_is_judged_by_its_status(
    server: Hostile, name: str, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.llm.exchange.ERROR_BODY_S", 0.3)
    assert (await error_of(server, name)).kind == kind


async def test_the_beginning_of_a_large_error_is_kept(server: Hostile) -> None:
    assert ": the reason xxx" in (await error_of(server, "error-bomb")).message.replace('{"message": "', "")
    http = client(make(server.url("error-bomb"))._connection.provider, base_url=server.url("error-bomb"))
    async with http:
        answer = await http.get("models")
        assert len(answer.content) == MAX_ERROR_BYTES


async def test_a_cut_error_keeps_its_headers(server: Hostile) -> None:
    assert (await error_of(server, "error-cut")).retry_after_s == 3.0


async def test_a_drip_ends_with_the_call_s_time(server: Hostile) -> None:
    assert (await error_of(server, "drip", timeout_s=0.3)).kind == "timeout"


async def test_no_cookie_is_kept(server: Hostile) -> None:
    model = make(server.url("cookie"))
    for _ in range(2):
        assert (await model.complete(ask("ok"))).text == "fine"
    await model.close()
    assert len(server.heads) == 2
    assert not any("cookie" in head.lower().replace("/cookie/", "") for head in server.heads)


async def at_once() -> AsyncIterator[bytes]:
    """A bomb that is here already, so that nothing is waited for."""
    yield bomb(200)


async def test_others_have_their_turn_while_a_bomb_is_unpacked() -> None:
    turns = 0

    async def tick() -> None:
        nonlocal turns
        while True:
            await asyncio.sleep(0)
            turns += 1

    ticking = asyncio.create_task(tick())
    before = turns
    with pytest.raises(AnswerError, match="it is too large"):
        async for _ in pieces(at_once(), "gzip", MAX_ANSWER_BYTES):
            pass
    ticking.cancel()
    assert turns - before >= 20


async def test_a_cancelled_call_is_cancelled_while_an_error_is_read(server: Hostile) -> None:
    calling = asyncio.create_task(error_of(server, "error-hang"))
    async with asyncio.timeout(10):
        while not server.heads:  # noqa: ASYNC110 - what a server has seen
            await asyncio.sleep(0.01)
    calling.cancel()
    with pytest.raises(asyncio.CancelledError):
        await calling


async def test_a_connection_that_was_to_be_closed_is_not_used_again() -> None:
    """Python's own http.server, for one, closes it without saying so in its answer."""
    opened = 0

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal opened
        opened += 1
        head = await reader.readuntil(b"\r\n\r\n")
        size = next(line for line in head.lower().splitlines() if line.startswith(b"content-length:"))
        await reader.readexactly(int(size.split(b":")[1]))
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(GOOD))
        writer.write(GOOD)
        await reader.read()  # open as long as the other side leaves it open
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as listening:
        model = make(f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}/v1", stream=True)
        try:
            for _ in range(3):
                assert (await model.complete(ask("ok", timeout_s=5))).text == "fine"
        finally:
            await model.close()
    assert opened == 3
