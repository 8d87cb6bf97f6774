"""Who takes no answer holds no place for ever: neither in the count of connections nor as an open file."""

import asyncio
import socket

import pytest
import uvloop

from app.core.connections import Limits, Phase
from tests.rig.stack import eventually
from tests.unit.core.served.conftest import LARGE_BYTES, Serve, Served, serving

KINDS = [
    pytest.param(b"GET /whole HTTP/1.1\r\nHost: h\r\n\r\n", id="an answer that was written at once"),
    pytest.param(b"GET /whole HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n", id="the last answer"),
    pytest.param(b"GET /whole HTTP/1.0\r\n\r\n", id="the answer to an old client"),
    pytest.param(b"GET /streamed HTTP/1.1\r\nHost: h\r\n\r\n", id="an answer in parts"),
    pytest.param(
        b"POST /streamed HTTP/1.1\r\nHost: h\r\nContent-Length: 300000\r\n\r\n" + b"x" * 200_000,
        id="an answer beside a body that is not read",
    ),
    pytest.param(b"GET /echo HTTP/1.1\r\nHost: h\r\n\r\nGET /streamed HTTP/1.1\r\nHost: h\r\n\r\n" * 3, id="in a row"),
]


async def asks(served: Served, request: bytes) -> socket.socket:
    """Send a request, and read nothing; return once the line takes no more of the answer."""
    line = socket.socket()
    line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    line.setblocking(False)
    await asyncio.get_running_loop().sock_connect(line, ("127.0.0.1", served.port))
    served.stack.callback(line.close)
    before = sending(served)
    await asyncio.get_running_loop().sock_sendall(line, request)
    await eventually(lambda: sending(served) == before + 1, what="the line is full")
    return line


def sending(served: Served) -> int:
    return len(served.server._connections._waiting[Phase.SENDING])


@pytest.mark.parametrize("request_", KINDS)
async def test_who_reads_nothing_is_given_up(serve: Serve, request_: bytes) -> None:
    served = await serve(Limits())
    await asks(served, request_)
    served.let_time_pass(Limits().taken_s - 1)
    assert len(served.server.server_state.connections) == 1
    served.let_time_pass(Limits().taken_s + 1)
    await eventually(lambda: not served.server.server_state.connections, what="it has ended")
    assert len(served.server._connections) == 0


@pytest.mark.parametrize("request_", KINDS)
async def test_who_reads_nothing_makes_room(serve: Serve, request_: bytes) -> None:
    served = await serve(Limits(max_connections=2))
    for _ in range(2):
        await asks(served, request_)
    client = await served.connect()
    assert (await client.ask(b"GET /echo HTTP/1.1\r\nHost: h\r\n\r\n"))[0] == 200
    await eventually(lambda: len(served.server.server_state.connections) == 2, what="one has ended")


def test_an_application_ends_well_when_its_client_made_room(caplog: pytest.LogCaptureFixture) -> None:
    async def check() -> None:
        async with serving(Limits(max_connections=1)) as served:
            await asks(served, b"GET /whole HTTP/1.1\r\nHost: h\r\n\r\n" * 10)
            client = await served.connect()
            assert (await client.ask(b"GET /echo HTTP/1.1\r\nHost: h\r\n\r\n"))[0] == 200
            await eventually(lambda: not served.server.server_state.tasks, what="both have ended")

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:  # as it is served
        runner.run(check())
    assert [one.getMessage() for one in caplog.records if "Exception" in one.getMessage()] == []


async def test_who_reads_slowly_gets_all(serve: Serve) -> None:
    served = await serve(Limits())
    line = await asks(served, b"GET /streamed HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
    got = 0
    while part := await asyncio.get_running_loop().sock_recv(line, 1 << 20):
        got += len(part)
        if got % 3 == 0 and sending(served):
            served.let_time_pass(Limits().taken_s - 1)
    assert got > LARGE_BYTES


async def test_a_connection_goes_on_when_its_answer_was_taken(serve: Serve) -> None:
    served = await serve(Limits())
    line = await asks(served, b"GET /whole HTTP/1.1\r\nHost: h\r\n\r\n")
    loop, got = asyncio.get_running_loop(), b""
    while b"\r\n\r\n" not in got or len(got.partition(b"\r\n\r\n")[2]) < LARGE_BYTES:
        got += await loop.sock_recv(line, 1 << 20)
    await eventually(lambda: len(served.server._connections._waiting[Phase.IDLE]) == 1, what="it waits for the next")
    await loop.sock_sendall(line, b"GET /echo HTTP/1.1\r\nHost: h\r\n\r\n")
    assert (await loop.sock_recv(line, 100)).startswith(b"HTTP/1.1 200")
