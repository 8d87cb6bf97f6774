"""Requests that come before the answers to those before them: answered in their order, and not without end."""

import asyncio

import pytest

from app.core.connections import Limits
from tests.rig.stack import eventually
from tests.unit.core.served.conftest import Client, Serve, Served

GET = b"GET /echo HTTP/1.1\r\nHost: h\r\n\r\n"
HELD = b"GET /held HTTP/1.1\r\nHost: h\r\n\r\n"


@pytest.mark.parametrize(
    ("last", "status"),
    [
        pytest.param(b"BAD\r\n\r\n", 400, id="what is none"),
        pytest.param(b"GET /echo HTTP/1.1\r\nHost: h\r\nX: " + b"a" * 70_000 + b"\r\n\r\n", 431, id="a large head"),
        pytest.param(
            b"POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n", 400, id="a broken body"
        ),
    ],
)
@pytest.mark.parametrize("before", [1, 3])
async def test_what_is_refused_is_told_after_the_answers_to_all_before(
    serve: Serve, last: bytes, status: int, before: int
) -> None:
    served = await serve(Limits())
    client = await served.connect()
    await client.send(HELD + GET * (before - 1) + last)
    await eventually(lambda: served.state.held == 1, what="the first is at work")
    served.state.go_on.set()
    answers = [await client.answer() for _ in range(before + 1)]
    assert [one[0] for one in answers] == [200] * before + [status]
    assert answers[0][2] == b"held"
    client.writer.write_eof()
    assert await client.is_closed()


async def test_a_client_that_reads_no_answers_is_not_heard_without_end(serve: Serve) -> None:
    served = await serve(Limits(pipelined=4))
    client = await served.connect()
    await client.send(HELD + GET * 500)
    await eventually(lambda: served.state.held == 1, what="the first is at work")
    (connection,) = served.server.server_state.connections
    assert len(connection.pipeline) == 4  # type: ignore[union-attr]
    served.state.go_on.set()
    assert [(await client.answer())[0] for _ in range(6)] == [200] * 5 + [503]


async def test_nothing_is_begun_on_a_connection_that_was_told_to_end(served: Served) -> None:
    client = await served.connect()
    held = served.state.held
    _, headers, _ = await client.ask(b"POST /early HTTP/1.1\r\nHost: h\r\nContent-Length: 100000\r\n\r\n")
    assert headers["connection"] == "close"
    await client.send(b"x" * 99_999, b"x" + HELD)
    assert await client.is_closed()
    await asyncio.sleep(0)
    assert served.state.held == held


async def test_many_are_answered(client: Client) -> None:
    await client.send(GET * 60)
    assert [(await client.answer())[0] for _ in range(60)] == [200] * 60
