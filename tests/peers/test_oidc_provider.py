"""Signing in at `oidc-provider`, which is certified, demands PKCE, and takes the secret as RFC 6749 writes it alone."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urljoin, urlsplit

import httpx2
import pytest
from pydantic import SecretStr
from redis.asyncio import Redis

from app.core.database import Database
from app.core.settings import Settings
from tests.peers.conftest import PEERS
from tests.rig.oidc import CALLBACK, LOGIN, OWN_PAGE, SITE, refusal
from tests.rig.people import ME, process
from tests.rig.ports import free_port
from tests.rig.stack import eventually

pytestmark = pytest.mark.peers
SECRET = "a secret & 100% of it: +/="
SCRIPT = Path(__file__).with_name("oidc_provider.mjs")


@pytest.fixture
async def issuer(tmp_path: Path) -> AsyncIterator[str]:
    """The address of a running provider."""
    port = free_port()
    script = shutil.copy(SCRIPT, tmp_path)  # beside its packages, where Node looks for them
    (tmp_path / "node_modules").symlink_to(PEERS / "node_modules")
    started = await asyncio.create_subprocess_exec("node", str(script), str(port), SITE + CALLBACK, SECRET)
    url = f"http://127.0.0.1:{port}"

    async def answers() -> bool:
        async with httpx2.AsyncClient() as client:
            try:
                return (await client.get(f"{url}/.well-known/openid-configuration")).is_success
            except httpx2.HTTPError:
                return False

    await eventually(answers)
    yield url
    started.terminate()
    await started.wait()


async def approve(at_provider: httpx2.AsyncClient, url: str) -> str:
    """Sign in and agree as a person would, and return where the browser is sent back."""
    answer = await at_provider.get(url)
    for form in ({"prompt": "login", "login": "ada", "password": "x"}, {"prompt": "consent"}):
        page = urljoin(url, answer.headers["location"])
        assert "/interaction/" in page, page
        answer = await at_provider.post(page, data=form)
        answer = await at_provider.get(urljoin(url, answer.headers["location"]))
    return str(answer.headers["location"])


async def test_a_user_signs_in_there_and_out(settings: Settings, database: Database, redis: Redis, issuer: str) -> None:
    given: dict[str, Any] = {
        "oidc_issuer": issuer,
        "oidc_client_id": "headrace",
        "oidc_client_secret": SecretStr(SECRET),
        "oidc_role_claim": "groups",
        "oidc_role_map": "ops=operator",
        "oidc_allowed_domains": ("example.org",),
        "public_url": SITE,
    }
    async with process(settings, **given) as browser, httpx2.AsyncClient() as at_provider:
        back = await approve(at_provider, (await browser.get(LOGIN)).headers["location"])
        assert parse_qs(urlsplit(back).query)["iss"] == [issuer]
        assert refusal(await browser.get(back)) is None
        said = (await browser.get(ME)).json()
        assert (said["email"], said["role"]) == ("ada@example.org", "operator")
        url = (await browser.post("/api/v1/auth/oidc/logout", headers=OWN_PAGE)).json()["url"]
        page = await at_provider.get(url)
        assert page.status_code == 200, page.text
        assert "sign-out" in page.text.lower()
