"""Pages of other origins: those of the list may ask, with what is no cookie; all others find what was there before."""

from collections.abc import AsyncIterator

import httpx2
import pytest
from fastapi import FastAPI

from app.core.settings import Settings, SettingsError, load_settings
from tests.conftest import TOKEN
from tests.integration.guessing import JOBS, SESSION, process
from tests.rig.people import SERVICE

TOOLS, OTHER = "https://tools.example.org", "http://localhost:3000"
ALLOW, EXPOSE = "access-control-allow-origin", "access-control-expose-headers"
ASKED = {
    "Access-Control-Request-Method": "POST",
    "Access-Control-Request-Headers": "authorization,content-type,x-stainless-os",
}
STRANGERS = (
    "https://evil.example",
    "null",
    "https://tools.example.org.evil.example",
    "https://eviltools.example.org",
    "http://tools.example.org",
    "https://tools.example.org:8443",
    "HTTPS://tools.example.org/",
    f"{TOOLS}, https://evil.example",
)


@pytest.fixture
async def api(settings: Settings, app: FastAPI) -> AsyncIterator[httpx2.AsyncClient]:
    async with process(settings, cors_origins=(TOOLS, OTHER), requests_per_minute_of_address=20) as client:
        yield client


@pytest.mark.parametrize("path", [JOBS, f"{JOBS}/01a2007e-55ab-75a9-938d-01e576015f74/cancel", "/health", "/nothing"])
async def test_a_preflight_needs_no_credential(api: httpx2.AsyncClient, path: str) -> None:
    answer = await api.options(path, headers={"Origin": TOOLS, **ASKED})
    assert (answer.status_code, answer.headers[ALLOW], answer.headers["vary"]) == (204, TOOLS, "Origin")
    assert {"POST", "PATCH", "DELETE"} <= set(answer.headers["access-control-allow-methods"].split(", "))
    assert answer.headers["access-control-allow-headers"] == "*, Authorization"
    assert int(answer.headers["access-control-max-age"]) > 0
    assert "access-control-allow-credentials" not in answer.headers
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("origin", [TOOLS, OTHER])
async def test_answers_and_refusals_can_be_read_by_pages_of_the_list(api: httpx2.AsyncClient, origin: str) -> None:
    asked = {"Origin": origin}
    answers = [
        await api.get(JOBS, headers=SERVICE | asked),
        await api.get(JOBS, headers=asked),
        await api.post(JOBS, json={"type": "unknown"}, headers=SERVICE | asked),
        await api.post(JOBS, content=b"x" * 2_000_000, headers=SERVICE | asked),
        *[await api.get(JOBS, headers=asked) for _ in range(20)],
    ]
    assert {one.status_code for one in answers} == {200, 401, 422, 413, 429}
    for one in answers:
        assert (one.headers.get_list(ALLOW), one.headers[EXPOSE]) == ([origin], "*")
        assert "Origin" in one.headers["vary"]
        assert "access-control-allow-credentials" not in one.headers


@pytest.mark.parametrize("origin", STRANGERS)
async def test_no_other_origin_is_let_in(api: httpx2.AsyncClient, origin: str) -> None:
    for answer in (
        await api.options(JOBS, headers={"Origin": origin, **ASKED}),
        await api.get(JOBS, headers=SERVICE | {"Origin": origin}),
    ):
        assert not [name for name in answer.headers if name.startswith("access-control")]
        assert answer.headers["vary"] == "Origin", "else a cache gives it to a page of the list"
    assert (await api.options(JOBS, headers={"Origin": origin, **ASKED})).status_code == 401


async def test_a_cache_hears_of_the_list_without_an_origin_too(api: httpx2.AsyncClient) -> None:
    answer = await api.get("/docs")
    assert "Origin" in answer.headers["vary"]
    assert ALLOW not in answer.headers


async def test_a_page_of_the_list_signs_nobody_in(api: httpx2.AsyncClient) -> None:
    answer = await api.post(SESSION, json={"token": TOKEN}, headers={"Origin": TOOLS})
    assert (answer.status_code, answer.json()["code"]) == (403, "foreign_origin")
    assert "set-cookie" not in answer.headers


async def test_without_a_list_nothing_is_said(client: httpx2.AsyncClient) -> None:
    for answer in (
        await client.get(JOBS, headers={"Origin": TOOLS}),
        await client.options(JOBS, headers={"Origin": TOOLS, **ASKED}),
    ):
        assert not [name for name in answer.headers if name.startswith("access-control")]
        assert "vary" not in answer.headers


def test_the_list_is_of_origins_as_browsers_send_them() -> None:
    given = " https://Tools.example.org:443,http://localhost:3000 ,http://[2001:db8::1]:8080,"
    assert load_settings(cors_origins=given).cors_origins == (TOOLS, OTHER, "http://[2001:db8::1]:8080")
    assert load_settings(cors_origins="").cors_origins == ()


@pytest.mark.parametrize(
    "wrong",
    [
        "*",
        "null",
        "tools.example.org",
        "https://*.example.org",
        "https://tools.example.org/",
        "https://tools.example.org/path",
        "https://tools.example.org?",
        "https://tools.example.org#",
        "https://tools.example.org:",
        "https://tools.example.org:0",
        "https://me:secret@tools.example.org",
        "ftp://tools.example.org",
        "https://a b.example.org",
        "https://",
    ],
)
def test_what_is_no_origin_is_refused_by_name(wrong: str) -> None:
    with pytest.raises(SettingsError, match=r"^CORS_ORIGINS: .*no origin.*http\(s\)://host\[:port\]") as raised:
        load_settings(cors_origins=f"{TOOLS},{wrong}")
    assert len(raised.value.lines) == 1
