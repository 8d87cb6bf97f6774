"""Counts all jobs anew, on demand."""

from app.core.database import Database
from app.core.settings import Settings
from app.jobs.repository import counts

COUNT_FOR_S = 600.0  # at most: some seconds for ten million jobs


async def recount(settings: Settings) -> int:
    """Make the counts those of the table; return how many jobs there are. Raises: whatever PostgreSQL does."""
    url = settings.database_url.get_secret_value()
    database = Database(url, application_name="headrace-recount", pool_size=1, statement_timeout_s=COUNT_FOR_S)
    try:
        async with database.begin() as connection:
            await counts.recount(connection)
        return sum(one.count for one in await counts.read(database))
    finally:
        await database.close()
