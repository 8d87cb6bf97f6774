"""Under a path of a proxy: routes are the same whether the proxy takes it off or not, and every link has it."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI
from starlette.types import Receive, Scope, Send

from app.core import problems
from app.core.database import Database
from app.core.root_path import RootPath
from app.core.routes import Routes
from app.core.settings import Settings, SettingsError, load_settings
from app.local.signin import make_link
from app.web import mount_web
from tests.conftest import TOKEN
from tests.rig.applications import started

ROOT = "/tools/headrace"
JOBS = "/api/v1/jobs"
JOB = {"type": "echo", "input": {"message": "hello"}}


@pytest.fixture
async def client(settings: Settings, database: Database) -> AsyncIterator[httpx2.AsyncClient]:
    async with started(settings.model_copy(update={"root_path": ROOT, "body_max_bytes": 2000})) as app:
        transport = httpx2.ASGITransport(app, raise_app_exceptions=False)
        headers = {"X-Service-Token": TOKEN}
        async with httpx2.AsyncClient(transport=transport, base_url="http://headrace.test", headers=headers) as client:
            yield client


async def test_the_api_works_with_and_without_the_path_and_its_links_have_it(client: httpx2.AsyncClient) -> None:
    keyed = {"Idempotency-Key": "once"}
    answers = [await client.post(f"{root}{JOBS}", json=JOB, headers=keyed) for root in (ROOT, "")]
    assert [one.status_code for one in answers] == [202, 202]
    assert answers[1].headers["idempotency-replayed"] == "true", "it is one and the same route"
    location = answers[0].headers["location"]
    assert location.startswith(f"{ROOT}{JOBS}/")
    assert (
        (await client.get(location)).status_code == (await client.get(location.removeprefix(ROOT))).status_code == 200
    )
    await client.post(f"{JOBS}/", json=JOB)
    for root in (ROOT, ""):
        listed = await client.get(f"{root}{JOBS}", params={"limit": 1})
        assert listed.headers["link"].startswith(f"<{ROOT}{JOBS}?limit=1&cursor=")
        assert (await client.get(f"{root}{JOBS}?nope=1")).json()["code"] == "unknown_parameter"
        assert (await client.get(f"{root}/api/nothing")).json()["instance"] == f"{ROOT}/api/nothing"
        assert (await client.post(f"{root}{JOBS}", content=b" " * 3000)).status_code == 413
        assert (await client.head(f"{root}/live")).status_code == 200
        assert (await client.put(f"{root}{JOBS}")).headers["allow"] == "GET, HEAD, OPTIONS, POST"
    uploaded = await client.post("/api/v1/files", files={"file": ("a.txt", b"hello")})
    assert uploaded.headers["location"].startswith(f"{ROOT}/api/v1/files/")
    pruned = await client.post("/api/v1/admin/prune", json={"dry_run": False})
    assert pruned.headers["location"].startswith(f"{ROOT}/api/v1/dead-letters/actions/")


async def test_all_is_as_closed_as_without_it(client: httpx2.AsyncClient) -> None:
    del client.headers["X-Service-Token"]
    for path in (f"{ROOT}{JOBS}", JOBS, f"{ROOT}{ROOT}{JOBS}/../jobs", f"{ROOT}/v1/x", f"{ROOT}/metrics", "/metrics"):
        assert (await client.get(path)).status_code in {401, 404}, path
    for path in (f"{ROOT}/live", "/ready", f"{ROOT}/docs", "/openapi.json"):
        assert (await client.get(path)).status_code == 200, path


@pytest.mark.parametrize(("scheme", "name"), [("http", "headrace_session"), ("https", "__Secure-headrace_session")])
async def test_a_session_is_of_its_path_alone(client: httpx2.AsyncClient, scheme: str, name: str) -> None:
    del client.headers["X-Service-Token"]
    site = f"{scheme}://headrace.test"
    signed_in = await client.post(f"{site}{ROOT}/api/v1/session", json={"token": TOKEN}, headers={"Origin": site})
    cookie = signed_in.headers["set-cookie"]
    assert cookie.startswith(f"{name}_")
    assert f"Path={ROOT};" in cookie
    assert (await client.get(f"{site}{ROOT}/api/v1/session")).status_code == 200
    signed_out = await client.delete(f"{site}{ROOT}/api/v1/session", headers={"Origin": site})
    assert all(f"Path={ROOT};" in line for line in signed_out.headers.get_list("set-cookie"))
    assert (await client.get(f"{site}{ROOT}/api/v1/session")).status_code == 401


async def test_the_documentation_names_addresses_under_it(client: httpx2.AsyncClient) -> None:
    document = (await client.get("/openapi.json")).json()
    assert [server["url"] for server in document["servers"]] == [ROOT]
    for path in ("/docs", "/redoc"):
        page = await client.get(path)
        assert f"{ROOT}/openapi.json" in page.text
        for address in page.text.split('src="')[1:]:
            asset = await client.get(address.partition('"')[0])
            assert address.startswith(f"{ROOT}/")
            assert (asset.status_code, "javascript" in asset.headers["content-type"]) == (200, True)


async def test_the_page_and_its_files_are_found_under_it(tmp_path: Path) -> None:
    (tmp_path / "assets").mkdir()
    (tmp_path / "assets" / "a.js").write_text("1")
    (tmp_path / "index.html").write_text('<meta content="/"><script src="/assets/a.js"></script><a href="//other/">')
    app = FastAPI()
    problems.install(app, Routes(app))
    mount_web(app, tmp_path)
    app.add_middleware(RootPath, root_path=ROOT)
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://headrace.test") as browser:
        for path in (ROOT, f"{ROOT}/", f"{ROOT}/jobs/1", "/jobs"):
            page = await browser.get(path, headers={"Accept": "text/html"})
            assert f'<meta content="{ROOT}/"><script src="{ROOT}/assets/a.js">' in page.text
        assert (await browser.get(f"{ROOT}/assets/a.js")).text == (await browser.get("/assets/a.js")).text == "1"


async def never(*_: object) -> Any:
    """Neither receive nor send."""


async def test_a_path_that_only_begins_alike_is_another_one() -> None:
    seen: list[str] = []

    async def see(scope: Scope, _receive: Receive, _send: Send) -> None:
        seen.append(scope["path"])

    for path in ("/ab", "/a/b", "/a", "/b"):
        await RootPath(see, root_path="/a")({"type": "http", "path": path}, never, never)
    assert seen == ["/a/ab", "/a/b", "/a", "/a/b"]


@pytest.mark.parametrize("given", ["headrace", "/a//b", "/a b", "/../x", "https://h/x", "/api", "/jobs/x", "/docs/"])
def test_what_cannot_be_such_a_path_is_refused_by_name(given: str) -> None:
    with pytest.raises(SettingsError, match="ROOT_PATH"):
        load_settings(root_path=given)


@pytest.mark.parametrize(
    ("public_url", "root_path", "shown"),
    [
        ("", "/x/", "http://127.0.0.1:8000/x"),
        ("https://h.test", "/x", "https://h.test/x"),
        ("https://h.test/x/", "/x", "https://h.test/x"),
        ("https://h.test/", "", "https://h.test"),
    ],
)
async def test_links_that_sign_in_have_it(settings: Settings, public_url: str, root_path: str, shown: str) -> None:
    found = load_settings(public_url=public_url, root_path=root_path, redis_url=settings.redis_url)
    assert (await make_link(found)).startswith(f"{shown}/signin?code=")


def test_a_public_address_under_another_path_is_refused() -> None:
    with pytest.raises(SettingsError, match=r"PUBLIC_URL: .*ROOT_PATH=/x"):
        load_settings(public_url="https://h.test/x")
