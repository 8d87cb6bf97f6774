"""The tables as a stream: read in one snapshot while all runs, written in one transaction that is there or not.

By PostgreSQL's own COPY, so that no pg_dump of the right version is needed.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg
from alembic import command
from psycopg import sql
from sqlalchemy import Connection, create_engine, text
from sqlalchemy.exc import DBAPIError

from app.core.database_connect import libpq_arguments
from app.core.database_reasons import reason
from app.core.database_url import parse
from app.core.settings import Settings
from app.ops.backup.archive import BackupError
from app.ops.health import schema_version

CHUNK_BYTES = 8_000_000
LOCK_TIMEOUT_S = 10
# What belongs to processes and clients of now, and the tallies, which are made anew; sessions and tokens are signed
# with a key that a backup need not have, and a link that was used since would work once more.
LEFT_OUT = frozenset({"workers", "sessions", "refresh_tokens", "one_time_links", "job_tallies"})
_COLUMNS = """
    SELECT c.relname, array_agg(a.attname::text ORDER BY a.attnum) FROM pg_class c
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
    WHERE c.relkind = 'r' AND c.relnamespace = to_regnamespace(current_schema()) GROUP BY 1
"""
_SEQUENCES = """
    SELECT c.relname, a.attname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attidentity <> ''
    WHERE c.relkind = 'r' AND c.relnamespace = to_regnamespace(current_schema())
"""
_TALLY = """
    INSERT INTO job_tallies (status, type, queue, count)
    SELECT status, type, queue, count(*) FROM jobs GROUP BY status, type, queue
"""
_OTHERS = """
    SELECT DISTINCT split_part(application_name, ' ', 1) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid() AND application_name ~ '^headrace-(api|worker|sched)'
"""


@dataclass(frozen=True, slots=True)
class Table:
    """One table of a backup; `columns` are those that are stored."""

    name: str
    columns: tuple[str, ...]


@contextmanager
def snapshot(settings: Settings) -> Iterator[psycopg.Connection]:
    """Yield a connection that sees one moment only. Raises: BackupError when PostgreSQL cannot be used."""
    with _backup_errors(), psycopg.connect(**_arguments(settings)) as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        connection.read_only = True
        yield connection


def revision_of(connection: psycopg.Connection) -> str:
    """Return the migration that the tables are at. Raises: BackupError when this version does not know it."""
    if connection.execute("SELECT to_regclass('alembic_version')").fetchone() == (None,):
        raise BackupError("the database has no tables: there is nothing to save")
    row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    revision = str(row[0]) if row else ""
    if revision not in schema_version.known_revisions():
        raise BackupError(f"the tables are at migration {revision}, which is newer than this version: use that one")
    return revision


def tables_of(connection: psycopg.Connection) -> list[Table]:
    """Return what is saved, in an order in which it can be written."""
    found: dict[str, list[str]] = dict(connection.execute(_COLUMNS).fetchall())
    names = [name for name in schema_version.tables() if name in found.keys() - LEFT_OUT]
    return [Table(name, tuple(found[name])) for name in names]


def read(connection: psycopg.Connection, table: Table) -> Iterator[bytes]:
    """Yield the rows of a table as COPY writes them, in pieces of some megabytes."""
    statement = sql.SQL("COPY {} ({}) TO STDOUT").format(sql.Identifier(table.name), _columns(table))
    piece = bytearray()
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for row in copy:
            piece += row
            if len(piece) >= CHUNK_BYTES:
                yield bytes(piece)
                piece.clear()
    if piece:
        yield bytes(piece)


class Target:
    """A database that is being restored, in one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        raw: Any = connection.connection.driver_connection
        self._raw: psycopg.Connection = raw

    def refuse_unless_free(self, *, replace: bool) -> None:
        """Refuse a database that processes of ours use, and one with jobs or files. Raises: BackupError."""
        if others := [str(row[0]) for row in self._raw.execute(_OTHERS)]:
            raise BackupError(f"{', '.join(others)} still run on this database: stop all processes first")
        has_rows = any(self._count(name) for name in ("jobs", "files"))
        if has_rows and not replace:
            raise BackupError(
                "there are jobs or files in this stack: --replace deletes all of it, and restores the backup"
            )

    def make(self, revision: str) -> None:
        """Drop the tables that are there, and make those of a revision, empty."""
        names = [*schema_version.tables(), "alembic_version"]
        listed = sql.SQL(", ").join(map(sql.Identifier, names))
        self._raw.execute(sql.SQL("DROP TABLE IF EXISTS {} CASCADE").format(listed))
        self.migrate(revision)
        for table in tables_of(self._raw):  # what a migration itself has put there
            self._raw.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier(table.name)))
        self._raw.execute("ALTER TABLE jobs DISABLE TRIGGER USER")  # it would keep a copy of every row until the end

    def refuse_strange(self, saved: Iterable[Table]) -> None:
        """Refuse tables and columns that the tables of the backup's own time have not. Raises: BackupError."""
        known = {table.name: frozenset(table.columns) for table in tables_of(self._raw)}
        for table in saved:
            names = known.get(table.name, frozenset())
            strange = [f"{table.name}.{one}" for one in table.columns if one not in names]
            if strange:
                raise BackupError(
                    f"the backup has {strange[0] if names else f'a table {table.name}'}, which no Headrace saves there:"
                    " nothing was restored"
                )

    def migrate(self, revision: str) -> None:
        """Migrate up to a revision, within the transaction."""
        config = schema_version.alembic_config()
        config.attributes["connection"] = self._connection
        command.upgrade(config, revision)

    @contextmanager
    def writing(self, table: Table) -> Iterator[Callable[[bytes], None]]:
        """Yield what takes a table's pieces, one after another."""
        statement = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(table.name), _columns(table))
        with self._raw.cursor() as cursor, cursor.copy(statement) as copy:
            yield copy.write

    def forget_files(self, ids: Sequence[str]) -> None:
        """Delete the rows of files that were deleted while the backup was made."""
        self._raw.execute("DELETE FROM files WHERE id = ANY(%s::uuid[])", (list(ids),))

    def finish(self, counts: dict[str, int]) -> None:
        """Let new rows be numbered after the old ones. Raises: BackupError when rows are missing."""
        for name, count in counts.items():
            if self._count(name) != count:
                raise BackupError(f"{name} has not the {count} rows of the backup: nothing was restored")
        for table, column in self._raw.execute(_SEQUENCES).fetchall():
            statement = "SELECT setval(pg_get_serial_sequence({0}, {1}), coalesce(max({2}), 0) + 1, false) FROM {3}"
            parts = sql.Literal(table), sql.Literal(column), sql.Identifier(column), sql.Identifier(table)
            self._raw.execute(sql.SQL(statement).format(*parts))
        self._raw.execute("ALTER TABLE jobs ENABLE TRIGGER USER")
        if self._exists("job_tallies"):
            self._raw.execute(_TALLY)

    def _exists(self, name: str) -> bool:
        return self._raw.execute("SELECT to_regclass(%s)", (name,)).fetchone() != (None,)

    def _count(self, name: str) -> int:
        if not self._exists(name):
            return 0
        row = self._raw.execute(sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(name))).fetchone()
        return int(row[0]) if row else 0


@contextmanager
def target(settings: Settings) -> Iterator[Target]:
    """Yield the database to restore into; what was done is there when the block ends well, else nothing of it."""
    arguments = _arguments(settings)
    engine = create_engine("postgresql+psycopg://", creator=lambda: psycopg.connect(**arguments))
    try:
        with _backup_errors(), engine.begin() as connection:
            # nosemgrep: formatted-sql - our own number
            connection.execute(text(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT_S}s'"))
            yield Target(connection)
    finally:
        engine.dispose()


def _arguments(settings: Settings) -> dict[str, Any]:
    address = parse(settings.need("database_url").database_url.get_secret_value())
    return {**libpq_arguments(address), "application_name": "headrace-backup"}


def _columns(table: Table) -> sql.Composed:
    return sql.SQL(", ").join(map(sql.Identifier, table.columns))


@contextmanager
def _backup_errors() -> Iterator[None]:
    try:
        yield
    except (psycopg.Error, DBAPIError) as error:
        cause = error.orig if isinstance(error, DBAPIError) else error
        if isinstance(cause, psycopg.errors.LockNotAvailable):
            raise BackupError("somebody uses the tables: stop all of Headrace, and look who else does") from None
        if isinstance(cause, psycopg.DataError | psycopg.IntegrityError):
            msg = f"the rows of the backup do not fit their tables ({type(cause).__name__}): nothing was restored"
            raise BackupError(msg) from None
        raise BackupError(f"{reason(error)} ({type(cause).__name__})") from None
