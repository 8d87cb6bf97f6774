"""Signing in at a provider that nobody here wrote, which runs as a process of its own."""

import asyncio
import sys
from collections.abc import AsyncIterator
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
from pydantic import SecretStr
from redis.asyncio import Redis

from app.core.database import Database
from app.core.settings import Settings
from tests.rig.oidc import LOGIN, OWN_PAGE, SITE, refusal
from tests.rig.people import ME, process
from tests.rig.ports import free_port
from tests.rig.stack import eventually

ADA = '{"sub": "ada-1", "name": "Ada", "email": "ada@example.org", "email_verified": true, "groups": ["ops"]}'
BOB = '{"sub": "bob-1", "name": "Bob", "email": "bob@example.org", "email_verified": false, "groups": ["ops"]}'
SETTINGS = {
    "oidc_client_id": "headrace",
    "oidc_client_secret": SecretStr("any, since no client is registered there"),
    "oidc_role_claim": "groups",
    "oidc_role_map": "ops=operator",
    "oidc_allowed_domains": ("example.org",),
    "public_url": SITE,
}


@pytest.fixture(scope="module")
async def issuer() -> AsyncIterator[str]:
    """The address of a running provider."""
    port = free_port()
    users = [part for claims in (ADA, BOB) for part in ("--user-claims", claims)]
    started = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "oidc_provider_mock", "--port", str(port), "--require-nonce", "true", *users),
        stderr=asyncio.subprocess.DEVNULL,
    )
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


async def sign_in(browser: httpx2.AsyncClient, subject: str) -> httpx2.Response:
    url = (await browser.get(LOGIN)).headers["location"]
    async with httpx2.AsyncClient() as at_provider:
        assert "Authorize Client" in (await at_provider.get(url)).text
        back = (await at_provider.post(url, data={"sub": subject})).headers["location"]
    assert back.startswith(SITE)
    return await browser.get(back)


async def test_a_user_signs_in_there_and_out(settings: Settings, database: Database, redis: Redis, issuer: str) -> None:
    async with process(settings, oidc_issuer=issuer, **SETTINGS) as browser:
        assert refusal(await sign_in(browser, "ada-1")) is None
        said = (await browser.get(ME)).json()
        assert (said["email"], said["role"]) == ("ada@example.org", "operator")
        assert refusal(await sign_in(browser, "bob-1")) == "sso_email_unverified"
        assert (await browser.get(ME)).json() == said
        url = (await browser.post("/api/v1/auth/oidc/logout", headers=OWN_PAGE)).json()["url"]
        asked = parse_qs(urlsplit(url).query)
        assert asked["id_token_hint"][0].count(".") == 2
        async with httpx2.AsyncClient() as at_provider:
            assert asked["post_logout_redirect_uri"][0] in (await at_provider.get(url)).text
        assert (await browser.get(ME)).status_code == 401
