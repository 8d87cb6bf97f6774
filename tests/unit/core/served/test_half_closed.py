"""A client that says that it sends no more hears the answers to what it has asked; one that went away is noticed."""

import asyncio
import json
import socket
from collections.abc import Callable

import pytest
import uvloop

from app.core.connections import Limits, Phase
from tests.rig.stack import eventually
from tests.unit.core.served.conftest import LARGE_BYTES, Client, Serve, Served, serving

ECHO = b"GET /echo HTTP/1.1\r\nHost: h\r\n\r\n"
HELD = b"GET /held HTTP/1.1\r\nHost: h\r\n\r\n"
POST = b"POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\n"
LOOPS = [pytest.param(asyncio.new_event_loop, id="asyncio"), pytest.param(uvloop.new_event_loop, id="uvloop")]


async def ends(client: Client, request: bytes = b"") -> None:
    """Send the last request of a connection."""
    await client.send(request)
    client.writer.write_eof()


def half_closed(served: Served) -> int:
    return len(served.server._connections._waiting[Phase.HALF_CLOSED])


@pytest.mark.parametrize("loop_factory", LOOPS)
@pytest.mark.parametrize("row", [b"", ECHO, ECHO * 3, POST + b"hello" + ECHO], ids=["alone", "two", "four", "a body"])
def test_what_was_asked_is_answered(loop_factory: Callable[[], asyncio.AbstractEventLoop], row: bytes) -> None:
    async def check() -> None:
        async with serving(Limits()) as served:
            client = await served.connect()
            await ends(client, HELD + row)
            await eventually(lambda: row or half_closed(served) == 1, what="its end was heard")
            served.state.go_on.set()
            assert (await client.answer())[2] == b"held"
            for _ in range(row.count(b"Host:")):
                assert (await client.answer())[0] == 200
            assert await client.is_closed()
            await eventually(lambda: len(served.server._connections) == 0, what="it has ended")

    with asyncio.Runner(loop_factory=loop_factory) as runner:
        runner.run(check())


async def test_a_whole_body_is_read_and_answered(client: Client) -> None:
    await ends(client, POST + b"hello")
    assert json.loads((await client.answer())[2])["bytes"] == 5
    assert await client.is_closed()


async def test_a_long_answer_comes_whole(client: Client) -> None:
    await ends(client, b"GET /streamed HTTP/1.1\r\nHost: h\r\n\r\n")
    assert len((await client.answer())[2]) == LARGE_BYTES
    assert await client.is_closed()


@pytest.mark.parametrize(
    "rest",
    [b"", b"GET /echo HT", b"GET /echo HTTP/1.1\r\nHost: h\r\nX:", POST + b"he"],
    ids=["", "line", "head", "body"],
)
async def test_what_did_not_come_whole_is_never_begun(serve: Serve, rest: bytes) -> None:
    served = await serve(Limits())
    client = await served.connect()
    await ends(client, rest)
    assert await client.is_closed()
    client = await served.connect()
    await ends(client, HELD + rest)
    await eventually(lambda: served.state.held == 1, what="the first is at work")
    served.state.go_on.set()
    assert (await client.answer())[2] == b"held"
    assert await client.is_closed()
    assert len(served.server._connections) == 0


async def test_the_application_hears_that_a_body_does_not_come(serve: Serve) -> None:
    served = await serve(Limits())
    served.state.go_on.set()
    await ends(await served.connect(), b"POST /late HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\n123")
    await eventually(lambda: served.state.gone == 1, what="the application hears of it")


async def test_a_refusal_is_told_too(serve: Serve) -> None:
    served = await serve(Limits())
    client = await served.connect()
    await ends(client, HELD + b"BAD\r\n\r\n")
    await eventually(lambda: served.state.held == 1, what="the first is at work")
    served.state.go_on.set()
    assert [(await client.answer())[0] for _ in range(2)] == [200, 400]
    assert await client.is_closed()


@pytest.mark.parametrize("path", [b"/held", b"/streamed", b"/whole"])
@pytest.mark.parametrize("loop_factory", LOOPS)
def test_one_that_went_away_is_noticed_when_it_is_answered(
    loop_factory: Callable[[], asyncio.AbstractEventLoop], path: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    async def check() -> None:
        async with serving(Limits()) as served:
            with socket.create_connection(("127.0.0.1", served.port)) as line:
                line.sendall(b"GET %b HTTP/1.1\r\nHost: h\r\n\r\n" % path)
            if path == b"/held":
                await eventually(lambda: half_closed(served) == 1, what="its end was heard")
            served.state.go_on.set()
            await eventually(lambda: not served.server.server_state.connections, what="it is noticed")
            await eventually(lambda: not served.server.server_state.tasks, what="nobody works for it")
            assert len(served.server._connections) == 0

    with asyncio.Runner(loop_factory=loop_factory) as runner:
        runner.run(check())
    assert [one.getMessage() for one in caplog.records if "Exception" in one.getMessage()] == []


async def test_one_that_takes_no_answer_is_given_up(serve: Serve) -> None:
    served = await serve(Limits())
    client = await served.connect()
    client.writer.transport.pause_reading()  # type: ignore[attr-defined]  # it is a transport that reads
    await ends(client, b"GET /whole HTTP/1.1\r\nHost: h\r\n\r\n")
    await eventually(lambda: len(served.server._connections._waiting[Phase.SENDING]) == 1, what="the line is full")
    served.let_time_pass(Limits().taken_s + 1)
    await eventually(lambda: not served.server.server_state.connections, what="it has ended")


async def test_one_that_may_be_gone_makes_room(serve: Serve) -> None:
    served = await serve(Limits(max_connections=2))
    at_work = await served.connect()
    await at_work.send(HELD)
    leaving = await served.connect()
    await ends(leaving, HELD)
    await eventually(lambda: half_closed(served) == 1, what="its end was heard")
    assert (await (await served.connect()).ask(ECHO))[0] == 200
    served.state.go_on.set()
    assert (await at_work.answer())[2] == b"held"


@pytest.mark.parametrize("is_last", [False, True])
async def test_work_for_one_who_waits_alone_may_ask(serve: Serve, *, is_last: bool) -> None:
    served = await serve(Limits())
    client = await served.connect()
    await client.send(b"GET /wanted HTTP/1.1\r\nHost: h\r\n\r\n")
    if is_last:
        client.writer.write_eof()
        await eventually(lambda: half_closed(served) == 1, what="its end was heard")
    served.state.go_on.set()
    assert (await client.answer())[2] == (b"perhaps" if is_last else b"yes")
