"""Offers to speak another protocol are ignored, and the body is kept."""

import json

import pytest

from tests.unit.core.served.conftest import Client

H2C = b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA\r\n"
OFFERS = [
    pytest.param(H2C, id="h2c, as curl and Java offer it"),
    pytest.param(b"upgrade: h2c\r\nconnection: HTTP2-Settings,Upgrade\r\n", id="in small letters"),
    pytest.param(b"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: AAAA\r\n", id="websocket"),
    pytest.param(b"Connection: keep-alive, Upgrade\r\nUpgrade: TLS/1.2, foo/2\r\n", id="what nobody knows"),
    pytest.param(b"Upgrade: h2c\r\n", id="without the connection's word"),
]
BODIES = [
    pytest.param(b"Content-Length: 5\r\n\r\nhello", 5, id="of known length"),
    pytest.param(b"Transfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n", 5, id="in chunks"),
    pytest.param(b"\r\n", 0, id="none"),
]


@pytest.mark.parametrize("offer", OFFERS)
@pytest.mark.parametrize(("body", "length"), BODIES)
async def test_an_offer_is_ignored_and_the_body_kept(client: Client, offer: bytes, body: bytes, length: int) -> None:
    request = b"POST /echo?x=1 HTTP/1.1\r\nHost: h\r\n" + offer + body
    for parts in ([request], [request[: -len(body)], body], [request[at : at + 7] for at in range(0, len(request), 7)]):
        status, headers, content = await client.ask(*parts)
        seen = json.loads(content)
        assert (status, seen["bytes"], seen["method"]) == (200, length, "POST")
        assert "upgrade" not in headers
        assert "http2-settings" not in seen["headers"]
        assert "upgrade" not in seen["headers"].get("connection", "").lower()
        assert seen["headers"]["host"] == "h"


async def test_what_follows_is_the_next_request(client: Client) -> None:
    one = b"POST /echo HTTP/1.1\r\nHost: h\r\n" + H2C + b"Content-Length: 2\r\n\r\nok"
    await client.send(one * 2 + b"GET /echo HTTP/1.1\r\nHost: h\r\n" + H2C + b"\r\n")
    assert [json.loads((await client.answer())[2])["bytes"] for _ in range(3)] == [2, 2, 0]


async def test_a_tunnel_is_refused(client: Client) -> None:
    status, headers, content = await client.ask(b"CONNECT evil.test:443 HTTP/1.1\r\nHost: evil.test:443\r\n\r\n")
    assert (status, headers["content-type"]) == (400, "application/problem+json")
    assert json.loads(content)["code"] == "malformed_request"


async def test_http_2_without_asking_is_refused(client: Client) -> None:
    status, _, _ = await client.ask(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"\x00" * 50)
    assert status == 400
