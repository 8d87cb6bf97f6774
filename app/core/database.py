"""PostgreSQL: the engine, and its two ways to run a statement."""

import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any
from weakref import WeakSet

from sqlalchemy import Executable, MetaData, Table, event, text
from sqlalchemy.exc import DBAPIError, DisconnectionError, InvalidatePoolError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.pool import ConnectionPoolEntry, QueuePool
from sqlalchemy.util import await_only

from app.core import metrics, timing
from app.core.clock import monotonic_s
from app.core.database_connect import Connector
from app.core.database_errors import ERROR_KINDS, READ_ONLY_SQLSTATE, count, is_stale, mark, sqlstate
from app.core.database_url import parse

POOL_TIMEOUT_S = 5
STATEMENT_TIMEOUT_S = 10  # a line may be dead without a word; then this is how long its user waits
SERVER_LATER_S = 2
IDLE_IN_TRANSACTION_S = 30
PING_TIMEOUT_S = 2
IDLE_CHECK_S = 6.0  # longer than what is done every 5 seconds
_IDLE_SINCE = "idle_since_s"
_MADE_AT = "made_at_s"


class Base(DeclarativeBase):
    """The base of every table; constraint names follow one pattern, so that migrations can name them."""

    metadata = MetaData(
        naming_convention={
            "ix": "%(table_name)s_%(column_0_N_name)s",
            "uq": "%(table_name)s_%(column_0_N_name)s_key",
            "ck": "%(table_name)s_%(constraint_name)s_check",
            "fk": "%(table_name)s_%(column_0_N_name)s_fkey",
            "pk": "%(table_name)s_pkey",
        }
    )


def table_of(model: type[Base]) -> Table:
    """Return the table of a model, for statements in Core."""
    table = model.__table__
    assert isinstance(table, Table)  # noqa: S101 - no model of ours maps anything else
    return table


@dataclass(frozen=True, slots=True)
class PoolState:
    """Connections of a pool: open, of those in use, at most; and who waits for one."""

    open: int
    in_use: int
    waiting: int
    max: int


class Database:
    """One pool of connections for one process and one event loop."""

    def __init__(
        self,
        url: str,
        *,
        application_name: str,
        pool_size: int = 8,
        statement_timeout_s: float = STATEMENT_TIMEOUT_S,
        plans_anew: bool = False,
    ) -> None:
        """Open nothing yet; connections are made when first needed. Raises: ValueError for what is no URL of one.

        `plans_anew`: PostgreSQL plans each statement by how long the tables are now, instead of keeping a plan that
        was right when hardly anything waited. It takes about a millisecond, and is for who asks seldom.
        """
        self._dead_at_s = float("-inf")  # when a line was last found dead
        self._renewed_at_s = float("-inf")  # what was opened before is replaced when it is next used
        self._waiting = 0
        # For a statement that nobody waits for any more, and cannot be told.
        limits = {
            "statement_timeout": f"{statement_timeout_s + SERVER_LATER_S:g}s",
            "idle_in_transaction_session_timeout": f"{IDLE_IN_TRANSACTION_S}s",
        }
        self._set_limits = text(  # nosemgrep: formatted-sql - our own numbers
            "SELECT " + ", ".join(f"set_config('{name}', '{value}', true)" for name, value in limits.items())
        )
        self._connector = Connector(
            parse(url),
            application_name=application_name,
            settings=limits | ({"plan_cache_mode": "force_custom_plan"} if plans_anew else {}),
            command_timeout_s=statement_timeout_s,
        )
        self.engine = create_async_engine(
            "postgresql+asyncpg://",
            creator=self._connect,
            pool_size=pool_size,
            max_overflow=0,
            pool_timeout=POOL_TIMEOUT_S,
            pool_use_lifo=True,  # so that little work keeps one connection busy, which needs no trying
            isolation_level="AUTOCOMMIT",  # most statements are transactions of their own
            hide_parameters=True,  # an error's text goes to the log, and inputs must not
            json_serializer=partial(json.dumps, allow_nan=False, separators=(",", ":")),
        )
        event.listen(self.engine.sync_engine, "connect", _note_made)
        event.listen(self.engine.sync_engine, "checkin", _note_idle)
        event.listen(self.engine.sync_engine, "checkout", self._check)
        event.listen(self.engine.sync_engine, "close", self._hang_up)
        self._transactional = self.engine.execution_options(isolation_level="READ COMMITTED")
        _all.add(self)
        metrics.begin(metrics.DATABASE_ERRORS, ERROR_KINDS)

    @property
    def pool(self) -> PoolState:
        """How the pool is used now."""
        pool = self.engine.pool
        assert isinstance(pool, QueuePool)  # noqa: S101 - what an asyncio engine has
        in_use = pool.checkedout()
        return PoolState(open=pool.checkedin() + in_use, in_use=in_use, waiting=self._waiting, max=pool.size())

    @property
    def is_pooled(self) -> bool:
        """Whether a pooler such as PgBouncer was noticed, or named, between us and PostgreSQL."""
        return self._connector.pooled

    def _connect(self) -> Any:
        """Open a connection, as SQLAlchemy's dialect has it; what a pooler cannot keep is not kept."""
        dbapi: Any = self.engine.dialect.dbapi
        was_pooled = self._connector.pooled
        made = dbapi.connect(async_creator_fn=self._connector.open)
        if not self._connector.pooled:
            return made
        if not was_pooled:
            self._renew()
        unnamed = {"prepared_statement_cache_size": 0, "prepared_statement_name_func": lambda: ""}
        return dbapi.connect(async_creator_fn=partial(_itself, made.driver_connection), **unnamed)

    def _renew(self) -> None:
        """From now on replace each connection that is open when it is next used."""
        self._renewed_at_s = monotonic_s()

    def _check(self, _: object, record: ConnectionPoolEntry, __: object) -> None:
        """Try a connection that was idle for a while, before it is used; a busy one was tried by its last use."""
        if record.info[_MADE_AT] < self._renewed_at_s:
            raise DisconnectionError
        idle_since_s = record.info.get(_IDLE_SINCE)
        if idle_since_s is None or monotonic_s() - idle_since_s < IDLE_CHECK_S:
            return
        try:
            await_only(record.driver_connection.fetchrow(";", timeout=PING_TIMEOUT_S))  # type: ignore[union-attr]
        except Exception as error:
            self._dead_at_s = monotonic_s()
            raise InvalidatePoolError from error  # the others of its age are no better

    def _hang_up(self, connection: Any, record: ConnectionPoolEntry) -> None:
        """Close a connection that is probably dead without a farewell, which would be waited for."""
        if record.info.get(_IDLE_SINCE, self._dead_at_s) < self._dead_at_s:
            connection.driver_connection.terminate()

    @asynccontextmanager
    async def _connection(self, engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
        """Yield a connection of the pool."""
        timings = timing.current.get()
        asked_s = monotonic_s()
        made = engine.connect()
        self._waiting += 1
        try:
            await made.start()
        finally:
            self._waiting -= 1
        got_s = monotonic_s()
        try:
            yield made
        finally:
            await made.close()
            if timings is not None:
                timings.queue_s += got_s - asked_s
                timings.db_s += monotonic_s() - got_s

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[AsyncConnection]:
        """Yield a connection in a transaction that commits when the block ends well."""
        try:
            async with (
                self._connection(self._transactional) as connection,
                connection.begin(),
                _dropped_on_timeout(connection),
            ):
                if self.is_pooled:
                    await connection.execute(self._set_limits)
                yield connection
        except Exception as error:
            self._note(error)
            raise

    async def rows(self, statement: Executable, parameters: dict[str, Any] | None = None) -> list[Any]:
        """Run one statement as its own transaction, committed when this returns; return its rows."""
        try:
            try:
                return await self._rows(statement, parameters)
            except DBAPIError as error:
                if not is_stale(error):
                    raise
                self._renew()
                return await self._rows(statement, parameters)
        except Exception as error:
            self._note(error)
            raise

    async def _rows(self, statement: Executable, parameters: dict[str, Any] | None) -> list[Any]:
        async with self._connection(self.engine) as connection, _dropped_on_timeout(connection):
            result = await connection.execute(statement, parameters)
            return list(result.all()) if result.returns_rows else []

    def _note(self, error: Exception) -> None:
        """Count an error, mark it as one of the database, and leave a server that was made a standby."""
        mark(error)
        if sqlstate(error) == READ_ONLY_SQLSTATE or is_stale(error):
            self._renew()
        count(error)

    async def row(self, statement: Executable, parameters: dict[str, Any] | None = None) -> Any | None:
        """As `rows`, for at most one row."""
        found = await self.rows(statement, parameters)
        return found[0] if found else None

    async def close(self) -> None:
        """Close every connection."""
        _all.discard(self)
        await self.engine.dispose()


_all: WeakSet[Database] = WeakSet()  # a scheduler has two


def _watched(name: str) -> Callable[[], float]:
    return lambda: sum(getattr(one.pool, name) for one in list(_all))


metrics.DATABASE_OPEN.set_function(_watched("open"))
metrics.DATABASE_IN_USE.set_function(_watched("in_use"))
metrics.DATABASE_WAITING.set_function(_watched("waiting"))
metrics.DATABASE_MAX.set_function(_watched("max"))


@asynccontextmanager
async def _dropped_on_timeout(connection: AsyncConnection) -> AsyncIterator[None]:
    """Drop a connection that did not answer in time: back in the pool, it would make the next one wait as long."""
    try:
        yield
    except TimeoutError as error:
        if not connection.invalidated:  # SQLAlchemy may have seen to it
            raw = await connection.get_raw_connection()
            raw.driver_connection.terminate()  # type: ignore[union-attr]
            await connection.invalidate(error)
        raise


async def _itself(connection: Any) -> Any:
    return connection


def _note_made(_: object, record: ConnectionPoolEntry) -> None:
    record.info[_MADE_AT] = monotonic_s()


def _note_idle(_: object, record: ConnectionPoolEntry) -> None:
    record.info[_IDLE_SINCE] = monotonic_s()
