"""A stack with short leases and a broker of its own, which a test may kill."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from app.core.database import Database
from app.core.settings import Settings
from tests.rig.ports import free_port
from tests.rig.stack import Stack, running

LEASE_S = 5.0


@pytest.fixture
async def stack(settings: Settings, database: Database, tmp_path: Path) -> AsyncIterator[Stack]:
    """An empty stack; its processes find an empty database and, once started, an empty broker."""
    own = settings.model_copy(
        update={
            "redis_url": SecretStr(f"redis://:only-for-tests@127.0.0.1:{free_port()}/0"),
            "lease_s": LEASE_S,
            "grace_s": 2.0,
            "retry_scale": 0.02,
        }
    )
    async with running(own, tmp_path) as started:
        yield started
