"""TLS that a URL asks for is spoken by every library, or nothing is said at all."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import psycopg
import pytest
from redis.exceptions import ConnectionError as RedisConnectionError
from sqlalchemy import text
from sqlalchemy.engine import make_url

from app.core import broker
from app.core.database import Database
from app.core.database_connect import libpq_arguments
from app.core.database_reasons import reason
from app.core.database_url import parse
from app.core.redis import connect
from app.core.settings import Settings
from tests.rig.proxy import Proxy
from tests.rig.tls import CA, is_encrypted, tls_before

ONE = text("SELECT 1")


@pytest.fixture
async def redis_line(redis_url: str) -> AsyncIterator[Proxy]:
    async with tls_before(make_url(redis_url).port or 0) as line:
        yield line


@pytest.fixture
async def database_line(database_url: str) -> AsyncIterator[Proxy]:
    async with tls_before(make_url(database_url).port or 0, asks=True) as line:
        yield line


@pytest.fixture
def ping(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Make a function that pings by Celery's connection, in the way of a worker."""

    def do(url: str) -> None:
        from pydantic import SecretStr

        changed = settings.model_copy(update={"redis_url": SecretStr(url)})
        monkeypatch.setattr(broker, "get_settings", lambda: changed)
        app = broker._Application("tried")
        app.add_defaults(broker._configuration)
        with app.connection_for_write() as connection:
            channel: Any = connection.default_channel
            channel.client.ping()
            channel._create_client().ping()

    return do


def _at(url: str, line: Proxy, scheme: str, query: str) -> str:
    password = make_url(url).password
    return f"{scheme}://:{password}@127.0.0.1:{line.port}/0{query}"


@pytest.mark.parametrize("query", [f"?ssl_ca_certs={CA}", "?ssl_cert_reqs=none"])
async def test_rediss_is_tls_for_the_api_and_for_celery(
    query: str, redis_url: str, redis_line: Proxy, ping: Callable[[str], None]
) -> None:
    url = _at(redis_url, redis_line, "rediss", query)
    client = connect(url, timeout_s=30)
    assert await client.ping()
    await client.aclose()
    await asyncio.to_thread(ping, url)
    assert len(redis_line.heard) >= 2
    assert all(is_encrypted(heard) for heard in redis_line.heard)


async def test_bare_rediss_trusts_no_certificate_of_strangers_and_says_nothing(
    redis_url: str, redis_line: Proxy, ping: Callable[[str], None]
) -> None:
    url = _at(redis_url, redis_line, "rediss", "")
    client = connect(url, timeout_s=30)
    with pytest.raises(RedisConnectionError, match="CERTIFICATE_VERIFY_FAILED"):
        await client.ping()
    await client.aclose()
    with pytest.raises(Exception, match="CERTIFICATE_VERIFY_FAILED"):
        await asyncio.to_thread(ping, url)
    assert redis_line.heard
    assert all(is_encrypted(heard) for heard in redis_line.heard)


@pytest.mark.parametrize(
    "query", ["sslmode=require", f"sslmode=verify-ca&sslrootcert={CA}", f"sslmode=verify-full&sslrootcert={CA}"]
)
async def test_sslmode_is_tls_for_the_api_and_for_migrations(
    query: str, database_url: str, database_line: Proxy
) -> None:
    url = _database(database_url, database_line, query)
    database = Database(url, application_name="tests", pool_size=1)
    assert await database.rows(ONE) == [(1,)]
    await database.close()
    assert await asyncio.to_thread(_migrates, url) == (1,)
    assert len(database_line.heard) == 2
    assert all(is_encrypted(heard) for heard in database_line.heard)


async def test_verify_full_trusts_no_certificate_of_strangers_and_says_nothing(
    database_url: str, database_line: Proxy
) -> None:
    url = _database(database_url, database_line, "sslmode=verify-full")
    database = Database(url, application_name="tests", pool_size=1)
    with pytest.raises(OSError, match="CERTIFICATE_VERIFY_FAILED") as raised:
        await database.rows(ONE)
    await database.close()
    assert "sslrootcert" in reason(raised.value)
    with pytest.raises(psycopg.OperationalError, match="certificate verify failed"):
        await asyncio.to_thread(_migrates, url)
    assert all(is_encrypted(heard) for heard in database_line.heard)


@pytest.mark.parametrize("mode", ["require", "verify-full"])
async def test_a_server_without_tls_hears_nothing_that_was_to_be_encrypted(mode: str, database_url: str) -> None:
    line = Proxy(make_url(database_url).port or 0)
    await line.mend()
    url = _database(database_url, line, f"sslmode={mode}&sslrootcert={CA}")
    database = Database(url, application_name="tests", pool_size=1)
    with pytest.raises(OSError, match="rejected SSL") as raised:
        await database.rows(ONE)
    await database.close()
    await line.cut()
    assert "does not speak TLS" in reason(raised.value)
    assert all(is_encrypted(heard) for heard in line.heard)


def _migrates(url: str) -> object:
    with psycopg.connect(**libpq_arguments(parse(url))) as connection:
        return connection.execute("SELECT 1").fetchone()


def _database(url: str, line: Proxy, query: str) -> str:
    at = make_url(url).set(drivername="postgresql", host="127.0.0.1", port=line.port)
    return f"{at.render_as_string(hide_password=False)}?{query}"
