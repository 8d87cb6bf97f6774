"""All SQL of the doctor: what a PostgreSQL server says of itself, and of our tables in it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text

from app.core.database import Database
from app.core.rows import read, read_all


@dataclass(frozen=True, kw_only=True, slots=True)
class Server:
    """A server as our user finds it. `most` connections are for all, `role_most` for this user (-1: no limit)."""

    version: str
    number: int
    encoding: str
    is_standby: bool
    is_read_only: bool
    username: str
    name: str
    schema: str
    may_create: bool
    now: datetime
    is_tls: bool
    most: int
    role_most: int
    others: int  # connections of clients that are none of ours
    has_workers: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class TableRights:
    """What our user may do with one of our tables."""

    name: str
    is_ours: bool
    may_write: bool


_ABOUT = text(
    """
    SELECT current_setting('server_version') AS version, current_setting('server_version_num')::int AS number,
      current_setting('server_encoding') AS encoding, pg_is_in_recovery() AS is_standby,
      current_setting('default_transaction_read_only') = 'on' AS is_read_only,
      current_user AS username, current_database() AS name, coalesce(current_schema(), '') AS schema,
      coalesce(has_schema_privilege(current_schema(), 'CREATE'), false) AS may_create, clock_timestamp() AS now,
      coalesce((SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()), false) AS is_tls,
      current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int AS most,
      (SELECT rolconnlimit FROM pg_roles WHERE rolname = current_user) AS role_most,
      (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'
        AND application_name NOT LIKE 'headrace%') AS others,
      (SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'headrace-worker %') > 0 AS has_workers
    """
)
_TABLES = text(
    """
    SELECT c.relname AS name, pg_has_role(c.relowner, 'USAGE') AS is_ours,
      has_table_privilege(c.oid, 'SELECT, INSERT') AND has_table_privilege(c.oid, 'UPDATE')
        AND has_table_privilege(c.oid, 'DELETE') OR c.relname = 'audit_log' AND has_table_privilege(c.oid, 'INSERT')
        AS may_write
    FROM pg_class c WHERE c.relkind IN ('r', 'p') AND c.relnamespace = to_regnamespace(current_schema())
      AND c.relname = ANY(:names) ORDER BY 1
    """
)


async def read_server(database: Database) -> Server:
    """Return what the server says of itself."""
    return read(Server, await database.row(_ABOUT))


async def find_tables(database: Database, names: Sequence[str]) -> Sequence[TableRights]:
    """Return those of some tables that are there."""
    return read_all(TableRights, await database.rows(_TABLES, {"names": list(names)}))
