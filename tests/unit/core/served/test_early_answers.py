"""An answer that comes before the end of its request arrives, and the connection goes on or ends as it should."""

import asyncio
import gc
import json
import weakref

import pytest

from app.core.connections import Limits
from tests.rig.stack import eventually
from tests.unit.core.served.conftest import Client, Serve, Served

POST = b"POST /early HTTP/1.1\r\nHost: h\r\n"
LARGE = b"x" * 4_000_000


@pytest.mark.parametrize(
    "request_",
    [
        pytest.param(POST + b"Content-Length: 4000000\r\n\r\n" + LARGE, id="of known length"),
        pytest.param(POST + b"Transfer-Encoding: chunked\r\n\r\n3d0900\r\n" + LARGE + b"\r\n0\r\n\r\n", id="in chunks"),
    ],
)
async def test_who_sends_all_before_he_reads_gets_the_answer(served: Served, request_: bytes) -> None:
    for _ in range(4):
        client = await served.connect()
        status, headers, _ = await client.ask(request_)
        assert (status, headers["connection"]) == (413, "close")
        assert await client.is_closed()


async def test_who_stops_sending_gets_it_too(client: Client) -> None:
    status, headers, _ = await client.ask(POST + b"Content-Length: 4000000\r\n\r\n" + LARGE[:1000])
    assert (status, headers["connection"]) == (413, "close")
    client.writer.write_eof()
    assert await client.is_closed()


async def test_after_a_small_body_the_connection_goes_on(client: Client) -> None:
    status, headers, _ = await client.ask(POST + b"Content-Length: 10\r\n\r\n")
    assert (status, headers.get("connection")) == (413, None)
    _, _, content = await client.ask(b"0123456789GET /echo HTTP/1.1\r\nHost: h\r\n\r\n")
    assert json.loads(content)["bytes"] == 0


async def test_who_waits_for_leave_to_send_is_answered_and_never_taken_for_the_next_request(client: Client) -> None:
    status, headers, _ = await client.ask(POST + b"Content-Length: 10\r\nExpect: 100-continue\r\n\r\n")
    assert (status, headers["connection"]) == (413, "close")
    client.writer.write_eof()
    assert await client.is_closed()


async def test_leave_to_send_is_given_when_the_body_is_wanted(client: Client) -> None:
    await client.send(b"POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n")
    assert await client.reader.readuntil(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
    _, _, content = await client.ask(b"hello")
    assert json.loads(content)["bytes"] == 5


async def test_nobody_is_heard_for_ever(serve: Serve) -> None:
    served = await serve(Limits(linger_bytes=100_000))
    endless = await served.connect()
    with pytest.raises(ConnectionError):
        await endless.send(POST + b"Content-Length: 99999999999\r\n\r\n", *[LARGE] * 100)
    slow = await served.connect()
    assert (await slow.ask(POST + b"Content-Length: 99999999999\r\n\r\n"))[0] == 413
    served.let_time_pass()
    assert await asyncio.wait_for(slow.is_closed(), 60)


async def test_nothing_is_left_of_it_when_the_connection_has_ended(serve: Serve) -> None:
    served = await serve(Limits())
    client = await served.connect()
    (connection,) = served.server.server_state.connections
    gc.collect()
    gc.disable()
    try:
        await client.ask(POST + b"Content-Length: 4000000\r\n\r\n" + LARGE)
        request = weakref.ref(getattr(connection, "cycle"))  # noqa: B009
        assert getattr(request(), "body") == b""  # noqa: B009
        await client.is_closed()
        await eventually(lambda: not served.server.server_state.connections, what="it has ended")
        await eventually(lambda: request() is None, what="nothing is left")
    finally:
        gc.enable()
