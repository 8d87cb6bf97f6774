"""A stack with short leases and a broker of its own, which a test may kill."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from pydantic import SecretStr

from app.core.database import Database
from app.core.settings import Settings
from tests.rig.ports import free_port
from tests.rig.stack import Stack, running

LEASE_S = 5.0
Record = Callable[[str, object], None]


def pytest_configure(config: pytest.Config) -> None:
    """Register the mark by which a test says which case of the fault plan it is."""
    config.addinivalue_line("markers", "case(number, fault, expectation): a line of docs/reliability.md")


@pytest.fixture
def record(record_property: Callable[[str, object], None]) -> Record:
    """Write down a figure of a test: its name and its value."""
    return record_property


def with_own_broker(settings: Settings) -> Settings:
    """Return settings of a stack that may be hurt: short times, and a broker on a port of its own."""
    return settings.model_copy(
        update={
            "redis_url": SecretStr(f"redis://:only-for-tests@127.0.0.1:{free_port()}/0"),
            "lease_s": LEASE_S,
            "grace_s": 2.0,
            "retry_scale": 0.02,
        }
    )


@pytest.fixture
async def stack(settings: Settings, database: Database, tmp_path: Path) -> AsyncIterator[Stack]:
    """An empty stack; its processes find an empty database and, once started, an empty broker."""
    async with running(with_own_broker(settings), tmp_path) as started:
        yield started
