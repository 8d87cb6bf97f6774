"""Connections to PostgreSQL that are not what they were: other hosts, a pooler between, statements that went stale."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import asyncpg
import pytest
from sqlalchemy import text
from sqlalchemy.engine import make_url

from app.core.database import Database
from app.core.database_errors import is_away
from app.core.database_reasons import reason
from tests.rig.ports import free_port

ONE = text("SELECT 1 AS found")
PREPARED = text("SELECT count(*) FROM pg_prepared_statements")
LIMITS = text("SELECT current_setting('statement_timeout') || current_setting('idle_in_transaction_session_timeout')")


@pytest.fixture
async def open_at(database_url: str) -> AsyncIterator[Callable[..., Database]]:
    """Make a function that opens the test database by other hosts or parameters."""
    opened: list[Database] = []

    def do(*, hosts: str = "127.0.0.1:{port}", query: str = "") -> Database:
        at = make_url(database_url)
        place = hosts.format(port=at.port, dead=free_port())
        url = f"postgres://{at.username}:{at.password}@{place}/{at.database}?{query}"
        opened.append(Database(url, application_name="tests", pool_size=2))
        return opened[-1]

    yield do
    for one in opened:
        await one.close()


@pytest.mark.parametrize("hosts", ["127.0.0.1:{dead},127.0.0.1:{port}", "127.0.0.1:{dead},localhost:{port}"])
@pytest.mark.parametrize("more", ["", "&target_session_attrs=read-write", "&target_session_attrs=primary"])
async def test_the_first_host_that_will_do_is_taken(hosts: str, more: str, open_at: Any) -> None:
    assert await open_at(hosts=hosts, query=f"connect_timeout=3{more}").rows(ONE) == [(1,)]


async def test_a_host_that_says_nothing_is_left_after_its_time(open_at: Any) -> None:
    writers: list[asyncio.StreamWriter] = []
    silent = await asyncio.start_server(lambda _, writer: writers.append(writer), "127.0.0.1", 0)
    port = silent.sockets[0].getsockname()[1]
    assert await open_at(hosts=f"127.0.0.1:{port}," + "127.0.0.1:{port}", query="connect_timeout=1").rows(ONE) == [(1,)]
    silent.close()
    for writer in writers:
        writer.close()


async def test_no_host_that_takes_writes_is_an_outage_and_is_told(open_at: Any) -> None:
    query = "target_session_attrs=read-write&options=-cdefault_transaction_read_only%3Don"
    with pytest.raises(Exception, match="target") as raised:
        await open_at(query=query).rows(ONE)
    assert is_away(raised.value)
    assert "no host is PostgreSQL's primary" in reason(raised.value)


@pytest.mark.parametrize("query", ["sslmode=prefer", "sslmode=allow", "sslmode=disable", ""])
async def test_a_server_without_tls_is_reached_where_it_may_be(query: str, open_at: Any) -> None:
    assert await open_at(query=query).rows(ONE) == [(1,)]


async def test_a_pooler_is_given_nothing_to_keep(open_at: Any) -> None:
    database = open_at(query="pgbouncer=true")
    assert database.is_pooled
    assert (await database.rows(LIMITS))[0][0] == "00"
    for _ in range(3):
        assert await database.rows(text("SELECT CAST(:one AS int) AS found"), {"one": 1}) == [(1,)]
    async with database.begin() as connection:
        assert (await connection.execute(LIMITS)).scalar_one() == "12s30s"
        assert (await connection.execute(PREPARED)).scalar_one() == 0
    assert (await database.rows(LIMITS))[0][0] == "00"


async def test_a_pooler_is_noticed_by_the_number_of_its_process(open_at: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asyncpg.Connection, "get_server_pid", lambda _: 1)
    database = open_at()
    assert await database.rows(ONE) == [(1,)]
    assert database.is_pooled
    assert (await database.rows(PREPARED))[0][0] == 0


async def test_a_pooler_that_refuses_parameters_of_a_session_is_noticed(
    open_at: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = asyncpg.connect
    asked: list[tuple[dict[str, str], int | None]] = []

    async def connect(*, server_settings: dict[str, str], **more: Any) -> Any:
        asked.append((server_settings, more.get("statement_cache_size")))
        if "statement_timeout" in server_settings:
            raise asyncpg.ProtocolViolationError("unsupported startup parameter: statement_timeout")
        return await real(server_settings=server_settings, **more)

    monkeypatch.setattr("app.core.database_connect.asyncpg.connect", connect)
    database = open_at()
    assert await database.rows(ONE) == [(1,)]
    assert database.is_pooled
    # without a cache asyncpg sends a statement with its preparation, as one message
    assert asked[-1] == ({"application_name": "tests"}, 0)


@pytest.mark.parametrize("how", ["DEALLOCATE ALL", "DISCARD ALL"])
async def test_a_statement_that_is_gone_is_prepared_again(how: str, open_at: Any) -> None:
    database = open_at()
    await database.rows(ONE)
    async with database.engine.connect() as connection:
        raw: Any = await connection.get_raw_connection()
        await raw.driver_connection.execute(how)
    assert await database.rows(ONE) == [(1,)]


async def test_a_statement_whose_table_has_changed_is_prepared_again(open_at: Any, database: Database) -> None:
    own = open_at()
    everything = text("SELECT * FROM stale_example")
    await database.rows(text("CREATE TABLE stale_example (a int)"))
    try:
        await own.rows(everything)
        await database.rows(text("ALTER TABLE stale_example ALTER a TYPE text, ADD b int"))
        assert await own.rows(everything) == []
    finally:
        await database.rows(text("DROP TABLE stale_example"))


async def test_a_stale_statement_in_a_transaction_is_an_outage(open_at: Any) -> None:
    database = open_at()
    async with database.begin() as connection:
        await connection.execute(ONE)
        raw: Any = await connection.get_raw_connection()
        await raw.driver_connection.execute("DEALLOCATE ALL")
    with pytest.raises(Exception, match="does not exist") as raised:
        async with database.begin() as connection:
            await connection.execute(ONE)
    assert is_away(raised.value)
    async with database.begin() as connection:
        assert (await connection.execute(ONE)).scalar_one() == 1


async def test_a_server_that_became_read_only_is_an_outage_and_is_left(open_at: Any) -> None:
    database = open_at(query="options=-cdefault_transaction_read_only%3Don")
    before = (await database.rows(text("SELECT pg_backend_pid() AS found")))[0].found
    with pytest.raises(Exception, match="read-only") as raised:
        await database.rows(text("DELETE FROM jobs"))
    assert is_away(raised.value)
    after = (await database.rows(text("SELECT pg_backend_pid() AS found")))[0].found
    assert after != before, "another connection may find the new primary"
