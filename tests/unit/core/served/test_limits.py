"""What strangers may send before they are known, how long it may take, and how many of them there may be."""

import json
import resource

import pytest

from app import frontend
from app.core.connections import Limits
from app.core.http_server import affordable
from app.core.settings import Settings, SettingsError
from tests.rig.stack import eventually
from tests.unit.core.served.conftest import Client, Serve, Served

GET = b"GET /echo HTTP/1.1\r\nHost: h\r\n"
SMALL = Limits(head_bytes=2000, head_count=20)
CHUNKED = b"POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"


async def refused(client: Client, *parts: bytes) -> int:
    """Send until the answer comes; return its status."""
    status, headers, content = await client.ask(*parts)
    assert (headers["content-type"], headers["connection"]) == ("application/problem+json", "close")
    assert headers["x-content-type-options"] == "nosniff"
    assert json.loads(content)["status"] == status
    return status


@pytest.mark.parametrize(
    "parts",
    [
        pytest.param([GET + b"X: " + b"a" * 3000 + b"\r\n\r\n"], id="one long header"),
        pytest.param([GET, b"X: ", *[b"a" * 300] * 20], id="one that never ends"),
        pytest.param([GET, *[b"X: " + b"a" * 100 + b"\r\n"] * 40], id="headers without end"),
        pytest.param([GET + b"X: 1\r\n" * 30 + b"\r\n"], id="many small ones"),
        pytest.param([b"GET /" + b"a" * 3000 + b" HTTP/1.1\r\nHost: h\r\n\r\n"], id="a long address"),
        pytest.param([CHUNKED + b"1\r\na\r\n0\r\n", *[b"X: " + b"a" * 100 + b"\r\n"] * 40], id="trailers without end"),
        pytest.param([CHUNKED + b"1;", *[b"a" * 100] * 40], id="an extension of a chunk without end"),
    ],
)
async def test_heads_are_limited(serve: Serve, parts: list[bytes]) -> None:
    client = await (await serve(SMALL)).connect()
    assert await refused(client, *parts) == 431


async def test_a_body_in_the_smallest_chunks_is_no_head(serve: Serve) -> None:
    client = await (await serve(SMALL)).connect()
    _, _, content = await client.ask(CHUNKED + b"1\r\na\r\n" * 5000 + b"0\r\nX-Service-Token: stolen\r\n\r\n")
    seen = json.loads(content)
    assert (seen["bytes"], seen["headers"].get("x-service-token")) == (5000, None), "trailers are no headers"


@pytest.mark.parametrize(
    "garbage", [b"\x16\x03\x01\x02\x00" * 9, b"GET / HTTP/9.9\r\n\r\n", GET + b"X: \x1b[31m\r\n\r\n"]
)
async def test_what_is_no_http_is_answered_as_a_problem(client: Client, garbage: bytes) -> None:
    assert await refused(client, garbage) == 400


async def test_a_head_that_does_not_end_is_given_up(served: Served, client: Client) -> None:
    await client.send(GET)
    served.let_time_pass(Limits().head_s - 1)
    answer = await client.ask(b"\r\n")
    assert answer[0] == 200
    await client.send(GET)
    await eventually(lambda: _waits_for(served, "HEAD"), what="the head has begun")
    served.let_time_pass(Limits().head_s + 1)
    assert (await client.answer())[0] == 408
    client.writer.write_eof()
    assert await client.is_closed()


def _waits_for(served: Served, name: str) -> int:
    return next(len(found) for phase, found in served.server._connections._waiting.items() if phase.name == name)


async def test_an_idle_connection_is_closed_without_a_word(served: Served, client: Client) -> None:
    await client.ask(GET + b"\r\n")
    served.let_time_pass()
    assert await client.is_closed()


async def test_a_body_that_stalls_is_given_up_and_the_application_hears_of_it(serve: Serve) -> None:
    served = await serve(Limits())
    client = await served.connect()
    served.state.go_on.set()
    await client.send(b"POST /late HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\n123")
    await eventually(lambda: _waits_for(served, "BODY"), what="the request is there")
    served.let_time_pass(Limits().pause_s + 1)
    assert (await client.answer())[0] == 408
    await eventually(lambda: served.state.gone == 1, what="the application hears of it")


async def test_a_body_that_waits_for_us_has_all_the_time(serve: Serve) -> None:
    served = await serve(Limits())
    client = await served.connect()
    await client.send(b"POST /late HTTP/1.1\r\nHost: h\r\nContent-Length: 200000\r\n\r\n", b"x" * 150_000)
    await eventually(lambda: _waits_for(served, "BODY"), what="the request is there")
    await eventually(
        lambda: all(one.flow.read_paused for one in served.server.server_state.connections),  # type: ignore[union-attr]
        what="no more is read",
    )
    served.let_time_pass()
    served.state.go_on.set()
    assert (await client.ask(b"x" * 50_000))[2] == b"200000"


async def test_the_one_that_waits_longest_makes_room(serve: Serve) -> None:
    served = await serve(Limits(max_connections=3))
    first, second, third = [await served.connect() for _ in range(3)]
    await first.ask(GET + b"\r\n")  # so that the second has waited longest
    fourth = await served.connect()
    assert await second.is_closed()
    for client in (first, third, fourth):
        assert (await client.ask(GET + b"\r\n"))[0] == 200


async def test_where_all_are_at_work_probes_have_spare_places_and_others_hear_later(serve: Serve) -> None:
    served = await serve(Limits(max_connections=2, spare_connections=2, probes=frozenset({"/live"})))
    for _ in range(2):
        await (await served.connect()).send(b"GET /held HTTP/1.1\r\nHost: h\r\n\r\n")
    await eventually(lambda: served.state.held == 2, what="both are at work")
    status, headers, _ = await (await served.connect()).ask(GET + b"\r\n")
    assert (status, headers["retry-after"], headers["connection"]) == (503, "1", "close")
    status, headers, _ = await (await served.connect()).ask(b"GET /live HTTP/1.1\r\nHost: h\r\n\r\n")
    assert (status, headers["connection"]) == (200, "close")
    served.state.go_on.set()
    assert (await served.clients[0].answer())[2] == b"held"


async def test_2000_idle_connections_leave_room(serve: Serve) -> None:
    served = await serve(Limits(max_connections=100))
    for _ in range(300):
        await served.connect()
    assert (await (await served.connect()).ask(GET + b"\r\n"))[0] == 200
    assert len(served.server._connections) <= 100


@pytest.mark.parametrize(
    ("limits", "wanted", "explicit", "fitting", "raised_to"),
    [
        pytest.param((1024, 524_288), 4096, False, 4096, 8448, id="raised as far as needed"),
        pytest.param((20_000, 20_000), 4096, True, 4096, None, id="nothing to do"),
        pytest.param((1024, 1024), 4096, False, 384, None, id="fewer where no more may be"),
        pytest.param((1024, 4096), 4096, True, None, None, id="refused by name where it was asked for"),
        pytest.param((256, resource.RLIM_INFINITY), 4096, True, 4096, 8448, id="no limit"),
    ],
)
def test_connections_need_files(
    monkeypatch: pytest.MonkeyPatch,
    limits: tuple[int, int],
    wanted: int,
    explicit: bool,
    fitting: int | None,
    raised_to: int | None,
) -> None:
    raised: list[int] = []
    monkeypatch.setattr(resource, "getrlimit", lambda _: limits)
    monkeypatch.setattr(resource, "setrlimit", lambda _, pair: raised.append(pair[0]))
    settings = Settings(http_max_connections=wanted) if explicit else Settings()
    if fitting is None:
        with pytest.raises(SettingsError, match=r"HTTP_MAX_CONNECTIONS: 4096 .* 4096 are allowed"):
            affordable(settings)
        return
    assert affordable(settings) == fitting
    assert raised == ([raised_to] if raised_to else [])


def test_clients_give_idle_connections_up_first() -> None:
    assert Limits().idle_s > 600, "the longest of the well-known ones, Google's load balancers"
    assert Limits().idle_s / 2 > frontend.KEPT_S
