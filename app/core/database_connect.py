"""What asyncpg and psycopg are given for one DATABASE_URL, and how a connection is opened.

A pooler that hands out a server for each transaction (PgBouncer) knows neither start-up parameters nor statements that
were prepared in another transaction. It is noticed, and asked for neither.
"""

import random
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import asyncpg
from asyncpg.exceptions import (
    FeatureNotSupportedError,
    InterfaceError,
    InvalidAuthorizationSpecificationError,
    ProtocolViolationError,
    TargetServerAttributeNotMatched,
)

from app.core.database_url import DatabaseAddress


def libpq_arguments(address: DatabaseAddress) -> dict[str, Any]:
    """Return psycopg's arguments; what could come from an environment variable is said, if only as empty."""
    given: dict[str, Any] = {
        "host": ",".join(host for host, _ in address.hosts),
        "port": ",".join(str(port) for _, port in address.hosts),
        "hostaddr": "",
        "user": address.user,
        "dbname": address.database,
        "connect_timeout": address.connect_timeout_s,
        "application_name": address.application_name or "headrace-migrate",
        "options": address.options,
        "client_encoding": "utf8",
        "target_session_attrs": address.target_session_attrs,
        "load_balance_hosts": address.load_balance_hosts,
        **address.tls.libpq(),
        "prepare_threshold": None,  # a pooler would not find them again
    }
    given |= {"password": address.password} if address.password else {}
    return given | ({"passfile": address.passfile} if address.passfile else {})


def asyncpg_arguments(address: DatabaseAddress) -> dict[str, Any]:
    """Return asyncpg's arguments for any of the hosts, without those of a session."""
    tls = address.tls
    files = {} if tls.sslmode.enforced else {"sslcert": tls.sslcert, "sslkey": tls.sslkey or tls.sslcert}
    return {
        # What asyncpg makes itself, where TLS is left to the server, takes files from here alone.
        "dsn": f"postgresql://?{urlencode(files)}" if tls.sslcert and files else None,
        "user": address.user,
        "password": address.password,
        "passfile": address.passfile or None,
        "database": address.database,
        "ssl": address.tls.context(),
        "direct_tls": address.tls.sslnegotiation == "direct",
        "timeout": address.connect_timeout_s,
        "target_session_attrs": address.target_session_attrs,
    }


class Connector:
    """Opens connections to the first host that will do; `pooled` tells whether a pooler stands between."""

    def __init__(
        self, address: DatabaseAddress, *, application_name: str, settings: dict[str, str], command_timeout_s: float
    ) -> None:
        """Open nothing yet. `settings` are those of a session, which a pooler is not asked for."""
        self.pooled = address.pgbouncer
        self._address = address
        self._settings = settings
        self._arguments = {**asyncpg_arguments(address), "command_timeout": command_timeout_s}
        self._session = {"application_name": address.application_name or application_name}
        if address.options:
            self._session["options"] = address.options

    async def open(self) -> Any:
        """Return a connection of asyncpg. Raises: what the last host said."""
        errors: list[Exception] = []
        for host, port in self._hosts():
            try:
                return await self._open(host, port)
            except InvalidAuthorizationSpecificationError:  # libpq, too, asks nobody else then
                raise
            except TargetServerAttributeNotMatched as error:
                errors.append(ConnectionError(str(error)))  # to asyncpg it is a fault of the program's
            except (OSError, TimeoutError, asyncpg.PostgresError, InterfaceError) as error:
                errors.append(error)
        raise errors[-1]

    def _hosts(self) -> Iterator[tuple[str, int]]:
        hosts = list(self._address.hosts)
        if self._address.load_balance_hosts == "random":
            random.shuffle(hosts)
        yield from hosts

    async def _open(self, host: str, port: int) -> Any:
        if not self.pooled:
            try:
                connection = await self._connect(host, port, self._session | self._settings)
            except (ProtocolViolationError, FeatureNotSupportedError) as error:
                if "parameter" not in str(error) and "option" not in str(error):
                    raise
                self.pooled = True  # "unsupported startup parameter"
            else:
                if await _is_direct(connection):
                    return connection
                self.pooled = True
                connection.terminate()
        return await self._connect(host, port, self._session, statement_cache_size=0)

    async def _connect(self, host: str, port: int, session: dict[str, str], **more: Any) -> Any:
        return await asyncpg.connect(host=host, port=port, server_settings=session, **self._arguments, **more)


async def _is_direct(connection: Any) -> bool:
    """Say whether the server itself answers: a pooler gives a number of its own for the process that serves us.

    Asked by the simple protocol, which takes one message and prepares nothing.
    """
    try:
        pid = connection.get_server_pid()
        tag: str = await connection.execute(f"SELECT 1 WHERE pg_catalog.pg_backend_pid() = {pid:d}", timeout=5)
    except BaseException:
        connection.terminate()
        raise
    return tag == "SELECT 1"
