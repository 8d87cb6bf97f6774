"""Fixtures of all tests: real PostgreSQL migrated by Alembic, real Valkey, and nothing but loopback."""

import socket
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.config import Config
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from redis.asyncio import Redis
from sqlalchemy import text

from app.auth.caller import SERVICE_OWNER_ID
from app.core.database import Base, Database
from app.core.redis import connect
from app.core.settings import Settings, load_settings
from app.local.postgres import Postgres
from app.local.test_servers import database_servers
from app.local.valkey import Valkey
from tests.rig.ports import free_port

ROOT = Path(__file__).parents[1]
TEST_DATABASE = "headrace_test"
PASSWORD = "only-for-tests-0123456789"
TOKEN = "service-token-only-for-tests-0123456789"
SECRET_KEY = "secret-key-only-for-tests-0123456789abcdef"
REDIS_WITHIN_S = 60.0

# How long an example takes says something of the machine, and nothing of what is tried.
hypothesis_settings.register_profile(
    "tests", hypothesis_settings(), deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
hypothesis_settings.load_profile("tests")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes long, then with files of many tests, so that no process ends long before another."""
    tests_of = Counter(item.nodeid.partition("::")[0] for item in items)
    items.sort(key=lambda item: (item.get_closest_marker("first") is None, -tests_of[item.nodeid.partition("::")[0]]))


@pytest.fixture(scope="session", autouse=True)
def _loopback_only() -> Iterator[None]:
    """Refuse every connection to another machine."""
    original = socket.socket.connect

    def connect_checked(self: socket.socket, address: Any) -> None:
        if self.family in {socket.AF_INET, socket.AF_INET6} and address[0] not in {"127.0.0.1", "::1", "localhost"}:
            pytest.fail(f"a test tried to connect to {address[0]}")
        original(self, address)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", connect_checked)
        yield


@pytest.fixture(scope="session", autouse=True)
def _patient_with_redis() -> Iterator[None]:
    """Let the application, where it runs in the tests' process, not take a machine that is busy for an outage."""
    assert connect.__kwdefaults__ is not None
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(connect.__kwdefaults__, "timeout_s", REDIS_WITHIN_S)
        yield


@pytest.fixture(scope="session")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Postgres, Valkey]]:
    """PostgreSQL and Valkey of this test process."""
    data_dir = tmp_path_factory.mktemp("servers")
    with database_servers(data_dir, free_port(), free_port(), PASSWORD) as started:
        yield started


@pytest.fixture(scope="session")
def alembic_ini() -> Config:
    """Alembic as the application uses it."""
    return Config(ROOT / "alembic.ini")


@pytest.fixture(scope="session")
async def database_url(servers: tuple[Postgres, Valkey], alembic_ini: Config) -> str:
    """The URL of a migrated database, whose name ends in _test."""
    await servers[0].create_database(TEST_DATABASE)
    url = servers[0].url(TEST_DATABASE)
    assert url.endswith("_test")
    alembic_ini.set_main_option("sqlalchemy.url", url)
    command.upgrade(alembic_ini, "head")
    return url


@pytest.fixture(scope="session")
def redis_url(servers: tuple[Postgres, Valkey]) -> str:
    """The URL of this test process's Valkey."""
    return servers[1].url


@pytest.fixture(scope="session")
def settings(database_url: str, redis_url: str, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Settings of a whole stack against the test servers; a test changes them with `model_copy`."""
    return load_settings(
        data_dir=tmp_path_factory.mktemp("data"),
        database_url=database_url,
        redis_url=redis_url,
        service_token=TOKEN,
        secret_key=SECRET_KEY,
        providers_file="/dev/null",
        llm_provider="simulated",
        retry_scale=0.02,
    )


@pytest.fixture(scope="session")
async def open_database(settings: Settings) -> AsyncIterator[Database]:
    """One pool for all tests of this process."""
    database = Database(settings.database_url.get_secret_value(), application_name="tests")
    yield database
    await database.close()


# Those that have been written to since they were emptied, or whose numbers have been drawn.
USED = text(
    """
    SELECT quote_ident(relname) FROM pg_class AS used
    WHERE relkind = 'r' AND relname::text = ANY(:names) AND (
        pg_relation_size(used.oid) > 0
        OR EXISTS (
            SELECT FROM pg_depend JOIN pg_sequence ON seqrelid = objid
            WHERE refobjid = used.oid AND pg_sequence_last_value(seqrelid) IS NOT NULL
        )
    )
    """
)
# Here the service account stays, which a migration has put there.
OF_THE_SERVICE = ("team_members", "teams", "users")
# Triggers let the audit log only grow, but for what a superuser says is another server's doing.
IS_ANOTHER_S = "SET LOCAL session_replication_role = replica"
DELETE_USERS = text(
    """
    WITH teams_gone AS (DELETE FROM teams WHERE id <> :service)
    DELETE FROM users WHERE id <> :service
    """
)


async def empty(database: Database) -> None:
    """Delete every row; refuses any database that is not a test's. To truncate what is empty takes as long."""
    names = [table.name for table in Base.metadata.sorted_tables if table.name not in OF_THE_SERVICE]
    async with database.begin() as connection:
        name = (await connection.execute(text("SELECT current_database()"))).scalar_one()
        assert name.endswith("_test")
        if used := (await connection.execute(USED, {"names": names})).scalars().all():
            await connection.execute(text(IS_ANOTHER_S))
            await connection.execute(text(f"TRUNCATE {', '.join(used)} RESTART IDENTITY CASCADE"))
            await connection.execute(text("SET LOCAL session_replication_role = origin"))
        await connection.execute(DELETE_USERS, {"service": SERVICE_OWNER_ID})


@pytest.fixture
async def database(open_database: Database) -> Database:
    """The database, empty: commits are real, since races are what is tested."""
    await empty(open_database)
    return open_database


@pytest.fixture
async def redis(redis_url: str) -> AsyncIterator[Redis]:
    """Valkey, empty."""
    client = connect(redis_url)
    await client.flushall()
    yield client
    await client.aclose()
