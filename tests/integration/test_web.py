"""The built interface as the API serves it, from a small build of the test's own."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest
from fastapi import FastAPI

from app.core import problems
from app.core.routes import Routes
from app.core.security_headers import SecurityHeaders
from app.web import mount_web


@pytest.fixture
def dist(tmp_path: Path) -> Path:
    folder = tmp_path / "dist"
    (folder / "assets").mkdir(parents=True)
    (folder / "index.html").write_text("<!doctype html><title>Headrace</title>")
    (folder / "assets" / "main-1a2b.js").write_text("console.log('plain')")
    (folder / "assets" / "main-1a2b.js.br").write_bytes(b"packed")
    (tmp_path / "secret.txt").write_text("classified")
    return folder


@pytest.fixture
async def browser(dist: Path) -> AsyncIterator[httpx2.AsyncClient]:
    app = FastAPI()
    problems.install(app, Routes(app))
    mount_web(app, dist)
    app.add_middleware(SecurityHeaders)
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://headrace.test") as client:
        yield client


NAVIGATES = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}


@pytest.mark.parametrize("path", ["/", "/jobs", "/jobs/01a2007e", "/signin?code=x"])
async def test_every_page_is_the_page(browser: httpx2.AsyncClient, path: str) -> None:
    answer = await browser.get(path, headers=NAVIGATES)
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-cache")
    assert "Headrace" in answer.text
    policy = answer.headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert answer.headers["x-content-type-options"] == "nosniff"


async def test_assets_are_kept_for_ever_and_come_packed(browser: httpx2.AsyncClient) -> None:
    plain = await browser.get("/assets/main-1a2b.js", headers={"Accept-Encoding": "identity"})
    assert plain.text == "console.log('plain')"
    assert "immutable" in plain.headers["cache-control"]
    assert "javascript" in plain.headers["content-type"]
    async with browser.stream("GET", "/assets/main-1a2b.js", headers={"Accept-Encoding": "gzip, br"}) as packed:
        assert packed.headers["content-encoding"] == "br"
        assert b"".join([part async for part in packed.aiter_raw()]) == b"packed"


@pytest.mark.parametrize(
    "path", ["/api/v1/nothing", "/api", "/v1/nothing", "/healthz", "/assets/gone.js", "/docs/x", "/redoc/x"]
)
async def test_what_is_the_api_s_is_never_the_page(browser: httpx2.AsyncClient, path: str) -> None:
    answer = await browser.get(path, headers=NAVIGATES)
    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")


@pytest.mark.parametrize(
    "accept", ["application/json", "*/*", "application/json, text/plain, */*", "image/png", "text/html;q=0, */*"]
)
async def test_who_does_not_show_the_page_hears_that_there_is_no_route(
    browser: httpx2.AsyncClient, accept: str
) -> None:
    for path in ("/jobs", "/nothing/there", "/favicon.ico"):
        answer = await browser.get(path, headers={"Accept": accept})
        assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")
        assert "/api/v1" in answer.json()["detail"]


async def test_the_first_page_needs_no_name(browser: httpx2.AsyncClient) -> None:
    """A load balancer asks for it with `*/*` or nothing."""
    assert (await browser.get("/", headers={"Accept": "*/*"})).status_code == 200
    assert (await browser.get("/", headers={"Accept": "application/json"})).status_code == 404
    assert (await browser.head("/")).status_code == 200
    assert (await browser.post("/")).status_code == 405
    assert (await browser.options("/")).headers["allow"] == "GET, HEAD, OPTIONS"


@pytest.mark.parametrize("path", ["/../secret.txt", "/%2e%2e/secret.txt", "/assets/..%2f..%2fsecret.txt", "/%00"])
async def test_nothing_outside_the_build_is_served(browser: httpx2.AsyncClient, path: str) -> None:
    assert "classified" not in (await browser.get(path)).text


async def test_a_missing_build_says_what_to_do(tmp_path: Path) -> None:
    app = FastAPI()
    problems.install(app, Routes(app))
    mount_web(app, tmp_path / "none")
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://headrace.test") as client:
        answer = await client.get("/")
    assert answer.status_code == 404
    assert "make run" in answer.json()["detail"]


async def test_a_browser_that_comes_before_the_build_is_told_to_wait(browser: httpx2.AsyncClient, dist: Path) -> None:
    (dist / "index.html").unlink()
    early = await browser.get("/signin?code=x", headers={"Accept": "text/html,*/*;q=0.8"})
    assert (early.status_code, early.headers["retry-after"]) == (503, "2")
    assert 'http-equiv="refresh"' in early.text
    assert (await browser.get("/signin", headers={"Accept": "application/json"})).status_code == 404
