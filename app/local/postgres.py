"""The embedded PostgreSQL: its process, its readiness, its databases; its files are the matter of postgres_files."""

import signal
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import asyncpg

from app.local import postgres_files as files
from app.local.process import ProcessSpec

HOST = "127.0.0.1"
USER = files.USER
STATUS_LINE = 7  # of postmaster.pid, counted from 0. Source: PostgreSQL, miscadmin.h, LOCK_FILE_LINE_PM_STATUS
MAX_CONNECTIONS = 200
NOT_DURABLE = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


@dataclass(frozen=True, slots=True)
class Postgres:
    """A PostgreSQL server below `data_dir`; `durable=False` switches fsync off (for tests)."""

    data_dir: Path
    port: int
    password: str
    durable: bool = True

    def prepare(self) -> None:
        """Create the cluster on the first start, and give its user this password. Raises: LocalError."""
        files.prepare(self.data_dir, self.password, durable=self.durable)

    def spec(self) -> ProcessSpec:
        """Return the server's process; call `prepare` before. Raises: LocalError when the wheel is missing."""
        place = files.locate(self.data_dir)
        options = (word for key, value in self._options() for word in ("-c", f"{key}={value}"))
        return ProcessSpec(
            name="postgres",
            argv=(str(place.program / "bin" / "postgres"), "-D", str(place.cluster), *options),
            ready=self._is_ready,
            bare=True,
            user=place.account,
            port=self.port,
            stop_signal=signal.SIGINT,  # SIGTERM would wait for every client
            pdeathsig=signal.SIGQUIT,  # at once; the next start recovers. SIGKILL would leave its children
            grace_s=20.0,
        )

    def url(self, database: str) -> str:
        """Return SQLAlchemy's URL of a database, with the password."""
        return f"postgresql+asyncpg://{USER}:{quote(self.password, safe='')}@{HOST}:{self.port}/{database}"

    async def create_database(self, name: str) -> None:
        """Create a database unless it is there; the name is taken as an identifier, not as SQL."""
        connection = await asyncpg.connect(  # nosemgrep: certificate-not-checked - on this machine
            host=HOST,
            port=self.port,
            user=USER,
            password=self.password,
            database="postgres",
            timeout=10,
            ssl=False,  # else asyncpg looks for keys in the home folder
        )
        try:
            if not await connection.fetchval("SELECT true FROM pg_database WHERE datname = $1", name):
                quoted = name.replace('"', '""')
                await connection.execute(f'CREATE DATABASE "{quoted}"')  # nosemgrep: formatted-sql - quoted
        finally:
            await connection.close()

    def _options(self) -> Iterator[tuple[str, str]]:
        yield "listen_addresses", HOST
        yield "port", str(self.port)
        yield "unix_socket_directories", ""
        yield "max_connections", str(MAX_CONNECTIONS)
        yield "timezone", "UTC"
        yield "log_timezone", "UTC"
        yield "log_line_prefix", ""
        yield "log_error_verbosity", "terse"  # else it tells the whole row that a constraint refused
        yield "log_checkpoints", "off"
        yield from () if self.durable else NOT_DURABLE.items()

    def _is_ready(self, pid: int) -> bool:
        """Read the status that the postmaster writes for pg_ctl; a file left by an earlier one has another pid."""
        try:
            lines = (files.locate(self.data_dir).cluster / "postmaster.pid").read_text().splitlines()
        except OSError:
            return False
        return len(lines) > STATUS_LINE and lines[0] == str(pid) and lines[STATUS_LINE].strip() == "ready"
