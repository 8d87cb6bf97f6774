"""All SQL of the statistics that no room keeps: what PostgreSQL says of its own clients."""

from sqlalchemy import text

from app.core.database import Database

# A vacuum's own transaction holds up nobody, so only those of clients count.
_OLDEST_TRANSACTION = text("""
    SELECT coalesce(extract(epoch FROM clock_timestamp() - min(xact_start)), 0)::float AS age_s FROM pg_stat_activity
    WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid()
""")


async def oldest_transaction_s(database: Database) -> float:
    """Return for how many seconds a client has held a transaction of this database open; 0: none."""
    row = await database.row(_OLDEST_TRANSACTION)
    return float(row.age_s) if row else 0.0
