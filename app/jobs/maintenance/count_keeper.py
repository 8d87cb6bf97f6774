"""Keeps the stored count of all jobs up to date; for the scheduler process."""

from app.core.database import Database
from app.jobs.repository import counts

COUNT_EVERY_S = 1.0
RECOUNT_S = 10.0  # whatever the mark says: delayed jobs become due, and statistics of deletions come late


async def tick(database: Database) -> None:
    """Count when the stored count is over and something has changed; of several schedulers one counts."""
    stored = await counts.read(database)
    if stored is not None and stored.checked_age_s < min(stored.kept_s, RECOUNT_S):
        return
    mark = await counts.read_mark(database)
    if stored is not None and stored.mark == mark and stored.age_s < RECOUNT_S:
        await counts.confirm(database)
    elif stored is None or stored.age_s >= stored.kept_s:
        async with database.begin() as connection:
            if await counts.lock(connection):
                await counts.store(connection, await counts.count(connection), mark=mark)
