"""Limits by address behind a proxy and the interface's process: browser, proxy, frontend, API; the last two real."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest
from redis.asyncio import Redis

from app.core.settings import Settings
from tests.conftest import TOKEN
from tests.rig.stack import Stack, frontend, running

JOBS, SESSION, SESSIONS = "/api/v1/jobs", "/api/v1/session", "/api/v1/admin/sessions"
BROWSER, OTHER = "203.0.113.9", "203.0.113.10"
OUTER = "127.0.0.1/32,10.0.0.0/8"  # the proxies of both processes: this machine, and one more before it
PER_MINUTE = 6
LIMITED = {"REQUESTS_PER_MINUTE_OF_ADDRESS": str(PER_MINUTE)}


@pytest.fixture
async def stack(settings: Settings, redis: Redis, tmp_path: Path) -> AsyncIterator[Stack]:
    async with running(settings, tmp_path) as started:
        yield started


class Browser:
    """Asks through a proxy, which writes at the right end of X-Forwarded-For from where the request came to it."""

    def __init__(self, client: httpx2.AsyncClient) -> None:
        self._client = client
        self._own = str(client.base_url).rstrip("/")

    async def ask(self, forwarded: str, **said: str) -> int:
        """Ask without a credential."""
        self._client.cookies.clear()
        return (await self._client.get(JOBS, headers={"X-Forwarded-For": forwarded, **said})).status_code

    async def sign_in(self, forwarded: str, *, scheme: str = "http") -> httpx2.Response:
        headers = {
            "Origin": self._own.replace("http", scheme, 1),
            "X-Forwarded-For": forwarded,
            "X-Forwarded-Proto": scheme,
        }
        return await self._client.post(SESSION, json={"token": TOKEN}, headers=headers)


async def test_each_browser_has_a_limit_of_its_own(stack: Stack) -> None:
    trusting = {"TRUSTED_PROXIES": OUTER}
    api = await stack.api(**trusting, **LIMITED)
    async with frontend(stack, api.base_url.port or 0, **trusting) as client:
        browser = Browser(client)
        # What a browser writes itself stands to the left; a second proxy of ours to the right.
        written = [f"198.51.100.{number}, {BROWSER}, 10.0.0.7" for number in range(PER_MINUTE + 1)]
        assert [await browser.ask(one) for one in written] == [401] * PER_MINUTE + [429]
        assert (await browser.sign_in(BROWSER)).status_code == 429
        assert await browser.ask(f"::ffff:{BROWSER}") == 429, "the same in IPv6"
        assert (await browser.sign_in(f"{BROWSER}, {OTHER}")).status_code == 204
        networks = [f"2001:db8:1:2::{number:x}" for number in range(PER_MINUTE + 1)]
        assert [await browser.ask(one) for one in networks] == [401] * PER_MINUTE + [429], "one customer has a /64"
        assert await browser.ask("2001:db8:1:3::1") == 401
        assert {one["address"] for one in (await api.get(SESSIONS)).json()["items"]} == {OTHER}


async def test_the_scheme_is_that_of_the_browser_too(stack: Stack) -> None:
    trusting = {"TRUSTED_PROXIES": OUTER}
    api = await stack.api(**trusting)
    async with frontend(stack, api.base_url.port or 0, **trusting) as client:
        browser = Browser(client)
        over_tls = await browser.sign_in(BROWSER, scheme="https")
        assert over_tls.headers["set-cookie"].startswith("__Host-")
        assert "Secure" not in (await browser.sign_in(BROWSER)).headers["set-cookie"]


@pytest.mark.parametrize("believing", ["frontend", "api", "none"])
async def test_a_process_that_trusts_nobody_believes_nothing(stack: Stack, believing: str) -> None:
    """Each process looks at its own peer: what the one before it may not say, it does not say either."""
    api = await stack.api(**({"TRUSTED_PROXIES": OUTER} if believing == "api" else {}), **LIMITED)
    of_frontend = {"TRUSTED_PROXIES": OUTER} if believing == "frontend" else {}
    async with frontend(stack, api.base_url.port or 0, **of_frontend) as client:
        browser = Browser(client)
        written = [f"198.51.100.{number}" for number in range(PER_MINUTE + 1)]
        assert [await browser.ask(one) for one in written] == [401] * PER_MINUTE + [429]
        forged = {"Forwarded": f"for={BROWSER};proto=https", "X-Forwarded-Host": "evil.test"}
        assert await browser.ask(BROWSER, **forged) == 429
