"""The application with a folder of its own and a limit that is soon reached."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from redis.asyncio import Redis

from app.core.database import Database
from app.core.settings import Settings
from tests.integration.uploads.sending import MAX_BYTES
from tests.rig.applications import started


@pytest.fixture
def own_settings(settings: Settings, tmp_path: Path) -> Settings:
    """Settings with a folder of their own and a limit that is soon reached."""
    return settings.model_copy(update={"data_dir": tmp_path, "file_upload_max_bytes": MAX_BYTES})


@pytest.fixture
async def app(own_settings: Settings, database: Database, redis: Redis) -> AsyncIterator[FastAPI]:
    """The application with these settings, started."""
    async with started(own_settings) as app:
        yield app


@pytest.fixture
def folder(own_settings: Settings) -> Path:
    """Where the files lie."""
    return own_settings.uploads_dir
