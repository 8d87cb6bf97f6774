"""An API whose catalogue has two providers, one of which is played."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest
from fastapi import FastAPI
from redis.asyncio import Redis

from app.core.application_state import part_of
from app.core.database import Database
from app.core.settings import Settings
from app.governor.providers import Providers
from tests.conftest import TOKEN
from tests.integration.governor.played_provider import PlayedProvider, playing
from tests.rig.applications import started

CATALOGUE = """
[providers.played]
base_url = "{url}"
api_key_env = "PLAYED_KEY"
quota = "60/min,20000tok/min"

[providers.sim]
kind = "simulated"

[models.small]
provider = "played"
model = "small-1"
context_tokens = 8192
price = {{input = 0.15, output = 0.6}}

[models.large]
provider = "played"
model = "large-1"
vision = true
quota = "5/10s"

[models.pretend]
provider = "sim"

[aliases]
default = ["small", "large"]
quick = ["small", "pretend"]
"""


@pytest.fixture
async def provider(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[PlayedProvider]:
    """The provider named `played`, whose answers may take their time."""
    monkeypatch.setattr("app.llm.check.TIMEOUT_S", 60.0)
    async with playing() as played:
        yield played


@pytest.fixture
def governed(settings: Settings, provider: PlayedProvider, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Settings with the catalogue above."""
    monkeypatch.setenv("PLAYED_KEY", "sk-played-0123456789")
    path = tmp_path / "providers.toml"
    path.write_text(CATALOGUE.format(url=provider.url))
    return settings.model_copy(update={"providers_file": path})


@pytest.fixture
async def app(governed: Settings, database: Database, redis: Redis) -> AsyncIterator[FastAPI]:
    """The application, started; no worker and no scheduler run beside it."""
    async with started(governed) as app:
        yield app


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[httpx2.AsyncClient]:
    """A client with the service token."""
    transport = httpx2.ASGITransport(app, raise_app_exceptions=False)
    headers = {"X-Service-Token": TOKEN}
    async with httpx2.AsyncClient(transport=transport, base_url="http://headrace.test", headers=headers) as client:
        yield client


@pytest.fixture
def providers(app: FastAPI) -> Providers:
    """The API's own view of the providers."""
    return part_of(app, Providers)
