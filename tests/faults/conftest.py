"""A stack with short leases and a broker of its own, which a test may kill."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from pydantic import SecretStr

from app.core.database import Database
from app.core.settings import Settings
from tests.faults.report import Cases, Report
from tests.rig.ports import free_port
from tests.rig.stack import Stack, running

LEASE_S = 5.0
RESCUED_WITHIN_S = 6.0  # of the end of a lease
Record = Callable[[str, object], None]


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options of `make test-faults-full`."""
    group = parser.getgroup("faults")
    group.addoption("--report", type=Path, default=None, help="write what was seen as a table to this file")
    group.addoption("--torture", type=Path, default=None, help="the JSON of a torture run, for the report")
    group.addoption("--upgrade-from", default="d51772a", help="the commit that test_upgrade replaces and goes back to")
    group.addoption("--nemesis-s", type=float, default=40.0, help="how long the random faults last, in seconds")


def pytest_configure(config: pytest.Config) -> None:
    """Register the report, and what hands it the cases of all tests, those of other folders too."""
    config.pluginmanager.register(Cases())
    target = config.getoption("--report", default=None)
    if target is not None and not hasattr(config, "workerinput"):  # with xdist the controller writes it
        config.pluginmanager.register(Report(target, config.getoption("--torture", default=None)))


@pytest.fixture
def record(request: pytest.FixtureRequest) -> Record:
    """Write down a figure of a test: its name and its value."""

    def append(name: str, value: object) -> None:
        request.node.user_properties.append((name, str(value)))

    return append


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
