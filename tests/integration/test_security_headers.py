"""What tells browsers to run, keep and pass on nothing stands on every answer: whatever route, status and process."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest
from fastapi import FastAPI

from app.core.settings import Settings
from app.frontend import create_app as create_frontend
from tests.conftest import TOKEN
from tests.integration.routes import OPEN, of_the_application, of_the_document, url_of

PAGE = {"Accept": "text/html"}
REVALIDATED = {"/docs", "/redoc", "/docs/assets/index.css"}


def assert_guarded(answer: httpx2.Response, *, kept: str = "no-store") -> None:
    """Each header once, since browsers take what stands there twice for the stricter or for none."""
    for name, value in (
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "no-referrer"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cache-control", kept),
    ):
        assert answer.headers.get_list(name) == [value], f"{answer.request.method} {answer.request.url}"
    (policy,) = answer.headers.get_list("content-security-policy")
    assert "frame-ancestors 'none'" in policy
    assert "base-uri 'none'" in policy
    assert "unsafe" not in policy.partition("script-src")[2].partition(";")[0]


async def test_on_every_route_known_or_not(app: FastAPI, anonymous: httpx2.AsyncClient) -> None:
    routes = {(method, url_of(path)) for method, path in of_the_application(app.routes) if method != "HEAD"}
    routes |= {(method, url_of(path)) for method, path in of_the_document(app)}
    for method, url in routes | OPEN:
        for headers in ({}, {"X-Service-Token": TOKEN}):
            answer = await anonymous.request(method, url, headers=headers)
            assert_guarded(answer, kept="no-cache" if url in REVALIDATED else "no-store")


ERRORS = [
    ("GET", "/api/v1/nothing", 404),
    ("PUT", "/api/v1/jobs", 405),
    ("OPTIONS", "/api/v1/jobs", 204),
    ("GET", "/docs/assets/nothing.js", 404),
    ("GET", "/api/v1/jobs?limit=0", 422),
    ("GET", "/broken", 500),
    ("GET", "/assets/nothing.js", 404),
    ("GET", "/" + "a" * 300, 404),
]


async def test_on_every_error(app: FastAPI, client: httpx2.AsyncClient) -> None:
    @app.get("/broken")
    async def broken() -> None:
        raise RuntimeError

    for method, path, status in ERRORS:
        answer = await client.request(method, path)
        assert answer.status_code == status, answer.text
        assert_guarded(answer)


async def test_on_a_body_that_is_too_large(client: httpx2.AsyncClient) -> None:
    assert_guarded(await client.post("/api/v1/jobs", content=b"x" * 2_000_000))


async def test_the_documentation_runs_its_own_scripts_alone(anonymous: httpx2.AsyncClient) -> None:
    policy = (await anonymous.get("/docs")).headers["content-security-policy"]
    scripts = policy.partition("script-src")[2].partition(";")[0].split()
    assert scripts[0] == "'self'"
    assert [one[:8] for one in scripts[1:]] == ["'sha256-"]


@pytest.fixture
async def browser(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[httpx2.AsyncClient]:
    (tmp_path / "index.html").write_text("<!doctype html><title>Headrace</title>")
    monkeypatch.setattr("app.web.mount_web.__defaults__", (tmp_path,))
    app = create_frontend(settings.model_copy(update={"api_port": 1}))
    async with (
        app.router.lifespan_context(app),
        httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://headrace.test") as client,
    ):
        yield client


@pytest.mark.parametrize(
    ("path", "status", "kept"), [("/", 200, "no-cache"), ("/nothing.js", 404, "no-store"), ("/live", 502, "no-store")]
)
async def test_on_the_answers_of_the_interface_s_server(
    browser: httpx2.AsyncClient, path: str, status: int, kept: str
) -> None:
    answer = await browser.get(path)
    assert answer.status_code == status
    assert_guarded(answer, kept=kept)
