"""The API is closed: every route without a credential, before a byte of a body is read; open only where it must be."""

import asyncio

import httpx2
import pytest
from fastapi import FastAPI
from starlette.types import Message

from tests.integration.routes import OPEN, of_the_application, of_the_document, url_of

PAGES = ("GET", "/a")  # of the interface
WRONG = [{}, {"X-Service-Token": "wrong"}, {"Authorization": "Bearer wrong"}, {"X-Service-Token": ""}]


async def ask(app: FastAPI, method: str, path: str, **headers: str) -> tuple[int, dict[str, str], int]:
    """Return the status and headers of an answer to a request with a body, and how often its body was asked for."""
    asked: list[Message] = []
    answers: list[Message] = []

    async def receive() -> Message:
        asked.append({"type": "http.request", "body": b"{}", "more_body": True})
        return asked[-1]

    async def send(message: Message) -> None:
        answers.append(message)

    raw = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    raw += [(b"content-type", b"application/json"), (b"content-length", b"99999999")]
    scope = {"type": "http", "method": method, "path": path, "raw_path": path.encode(), "query_string": b""}
    await app({**scope, "headers": raw}, receive, send)
    told = {name.decode(): value.decode() for name, value in answers[0]["headers"]}
    return answers[0]["status"], told, len(asked)


async def test_every_route_needs_a_credential_before_a_byte_of_its_body_is_read(app: FastAPI) -> None:
    routes = {(method, url_of(path)) for method, path in of_the_application(app.routes)}
    routes |= {(method, url_of(path)) for method, path in of_the_document(app)}
    closed = {(method, url) for method, url in routes if method != "HEAD"} - OPEN - {PAGES}
    assert len(closed) >= 40
    for method, url in closed:
        for headers in WRONG:
            status, told, times_read = await ask(app, method, url, **headers)
            assert (status, told.get("www-authenticate")) == (401, "Bearer"), f"{method} {url} is open"
            assert times_read == 0, f"{method} {url} reads before it knows who asks"


async def test_a_route_that_forgets_to_ask_who_calls_is_closed_all_the_same(app: FastAPI) -> None:
    @app.post("/api/v1/forgotten")
    @app.put("/anywhere")
    @app.get("/v1/forgotten")
    async def forgotten() -> str:
        return "secret"

    for method, path in (("POST", "/api/v1/forgotten"), ("PUT", "/anywhere"), ("GET", "/v1/forgotten")):
        assert (await ask(app, method, path))[0] == 401


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("GET", "/api/v1/auth/login", "OPTIONS, POST"),
        ("HEAD", "/api/v1/auth/refresh", "OPTIONS, POST"),
        ("PUT", "/api/v1/auth/register", "OPTIONS, POST"),
        ("DELETE", "/api/v1/auth/logout", "OPTIONS, POST"),
        ("PATCH", "/api/v1/session", "DELETE, GET, HEAD, OPTIONS, POST"),
        ("POST", "/live", "GET, HEAD, OPTIONS"),
        ("DELETE", "/docs", "GET, HEAD, OPTIONS"),
    ],
)
async def test_an_open_path_says_which_methods_it_has(
    anonymous: httpx2.AsyncClient, method: str, path: str, allowed: str
) -> None:
    answer = await anonymous.request(method, path)
    assert (answer.status_code, answer.headers.get("allow")) == (405, allowed)
    options = await anonymous.options(path)
    assert (options.status_code, options.headers.get("allow")) == (204, allowed)


@pytest.mark.parametrize("path", ["/api/v1/nothing", "/v1/nothing", "/api/v1/jobs/", "/metrics/x", "/nowhere"])
async def test_what_is_not_there_is_not_told_to_strangers(app: FastAPI, path: str) -> None:
    status, _, times_read = await ask(app, "POST", path)
    assert (status, times_read) == (401, 0)


async def test_a_stranger_s_body_has_little_time_and_room(
    app: FastAPI, anonymous: httpx2.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    large = await anonymous.post("/api/v1/session", json={"token": "x" * 9000})
    assert large.status_code == 413

    async def trickle() -> Message:
        await asyncio.Event().wait()
        return {}

    monkeypatch.setattr("app.auth.gate.OPEN_BODY_S", 0.01)
    answers: list[Message] = []

    async def send(message: Message) -> None:
        answers.append(message)

    scope = {"type": "http", "method": "POST", "path": "/api/v1/session", "query_string": b""}
    await app({**scope, "headers": [(b"content-type", b"application/json")]}, trickle, send)
    assert answers[0]["status"] == 408


async def test_the_token_is_taken_in_both_headers(client: httpx2.AsyncClient) -> None:
    token = client.headers.pop("X-Service-Token")
    assert (await client.get("/api/v1/jobs", headers={"Authorization": f"Bearer {token}"})).status_code == 200
    assert (await client.get("/api/v1/jobs", headers={"X-Service-Token": token})).status_code == 200
    assert (await client.get("/api/v1/jobs", params={"token": token})).status_code == 401


@pytest.mark.parametrize(
    "path", ["/live", "/ready", "/health", "/docs", "/openapi.json", "/docs/assets/swagger-ui.css"]
)
async def test_probes_and_documentation_are_open(anonymous: httpx2.AsyncClient, path: str) -> None:
    answer = await anonymous.get(path)
    assert answer.status_code == 200
    assert "cdn" not in answer.text[:5000]
