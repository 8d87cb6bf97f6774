"""For which host a request is: each names one, and only one. Source: RFC 9112, 3.2."""

import json

import pytest

from tests.unit.core.served.conftest import Client, Served


@pytest.mark.parametrize(
    "hosts",
    [
        pytest.param(b"", id="none"),
        pytest.param(b"Host: h\r\nHost: h\r\n", id="the same twice"),
        pytest.param(b"Host: a\r\nX: 1\r\nhost: b\r\n", id="two"),
        pytest.param(b"Host: a b\r\n", id="a blank"),
        pytest.param(b"Host: a/b\r\n", id="a path"),
        pytest.param(b"Host: user@h\r\n", id="a user"),
        pytest.param(b"Host: h:80:90\r\n", id="two ports"),
        pytest.param(b"Host: h:x\r\n", id="a port of letters"),
        pytest.param(b"Host: \xc3\xa4\r\n", id="letters that are none"),
        pytest.param(b"Host: [::1\r\n", id="half an address"),
    ],
)
async def test_a_request_that_names_not_one_host_is_refused(served: Served, hosts: bytes) -> None:
    for version in (b"1.1", b"1.0") if hosts else (b"1.1",):
        client = await served.connect()
        status, headers, content = await client.ask(b"GET /live HTTP/%b\r\n%b\r\n" % (version, hosts))
        assert (status, headers["connection"], json.loads(content)["code"]) == (400, "close", "malformed_request")
        assert "Host" in json.loads(content)["detail"]


@pytest.mark.parametrize(
    "host",
    [b"h", b"h:8000", b"127.0.0.1:80", b"[::1]:80", b"[fe80::1%25eth0]", b"a_b.example.com.", b"%41", b"", b"h:"],
)
async def test_every_form_of_a_host_is_served(client: Client, host: bytes) -> None:
    assert (await client.ask(b"GET /echo HTTP/1.1\r\nHost: %b\r\n\r\n" % host))[0] == 200


@pytest.mark.parametrize(
    "request_",
    [
        pytest.param(b"GET /echo HTTP/1.0\r\n\r\n", id="an old client"),
        pytest.param(b"GET http://h/echo HTTP/1.1\r\nHost: h\r\n\r\n", id="a whole address"),
        pytest.param(
            b"POST /echo HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: h2c\r\nContent-Length: 2\r\n\r\nhi",
            id="an offer",
        ),
    ],
)
async def test_what_needs_none_or_has_one_is_served(client: Client, request_: bytes) -> None:
    assert (await client.ask(request_))[0] == 200


async def test_one_without_is_told_so_after_the_answers_before(client: Client) -> None:
    await client.send(b"GET /echo HTTP/1.1\r\nHost: h\r\n\r\nGET /echo HTTP/1.1\r\n\r\n")
    assert [(await client.answer())[0] for _ in range(2)] == [200, 400]
