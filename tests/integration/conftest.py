"""The API in this process, over HTTP as a client sees it."""

from collections.abc import AsyncIterator

import httpx2
import pytest
from fastapi import FastAPI
from redis.asyncio import Redis

from app.core.database import Database
from app.core.settings import Settings
from tests.conftest import TOKEN
from tests.rig.applications import started


@pytest.fixture
async def app(settings: Settings, database: Database, redis: Redis) -> AsyncIterator[FastAPI]:
    """The application, started; no worker and no scheduler run beside it."""
    async with started(settings) as app:
        yield app


@pytest.fixture
async def anonymous(app: FastAPI) -> AsyncIterator[httpx2.AsyncClient]:
    """A client without a credential."""
    transport = httpx2.ASGITransport(app, raise_app_exceptions=False)
    async with httpx2.AsyncClient(transport=transport, base_url="http://headrace.test") as client:
        yield client


@pytest.fixture
async def client(anonymous: httpx2.AsyncClient) -> httpx2.AsyncClient:
    """A client with the service token."""
    anonymous.headers["X-Service-Token"] = TOKEN
    return anonymous
