"""All SQL of the statistics that no room keeps: what PostgreSQL says of its own clients."""

from dataclasses import dataclass

from sqlalchemy import text

from app.core.database import Database
from app.core.rows import read_all

HOLDERS = ("client", "standby", "slot", "prepared")
# A vacuum's own transaction holds up nobody, so only those of clients count.
_OLDEST_TRANSACTION = text("""
    SELECT coalesce(extract(epoch FROM clock_timestamp() - min(xact_start)), 0)::float AS age_s FROM pg_stat_activity
    WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid()
""")
# Of whichever user: PostgreSQL tells these numbers to everybody, and times only to who owns the session.
_OLDEST_SNAPSHOTS = text("""
    SELECT DISTINCT ON (holder) * FROM (
        SELECT CASE WHEN backend_type = 'walsender' THEN 'standby' ELSE 'client' END AS holder,
               concat_ws(' ', 'process', pid, nullif(application_name, '')) AS name,
               greatest(age(backend_xmin), age(backend_xid)) AS transactions
        FROM pg_stat_activity
        WHERE coalesce(datname, current_database()) = current_database() AND pid <> pg_backend_pid()
              AND pid NOT IN (SELECT pid FROM pg_stat_progress_vacuum)
        UNION ALL
        SELECT 'slot', slot_name, age(xmin) FROM pg_replication_slots
        UNION ALL
        SELECT 'prepared', gid, age(transaction) FROM pg_prepared_xacts WHERE database = current_database()
    ) AS held
    WHERE transactions IS NOT NULL ORDER BY holder, transactions DESC
""")


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Who still sees the rows as they were so many transactions ago: no older version of a row is cleaned up."""

    holder: str  # one of HOLDERS
    name: str
    transactions: int


async def oldest_transaction_s(database: Database) -> float:
    """Return for how many seconds a client has held a transaction of this database open; 0: none."""
    row = await database.row(_OLDEST_TRANSACTION)
    return float(row.age_s) if row else 0.0


async def oldest_snapshots(database: Database) -> list[Snapshot]:
    """Return the oldest snapshot of each kind of holder that has one."""
    return read_all(Snapshot, await database.rows(_OLDEST_SNAPSHOTS))
