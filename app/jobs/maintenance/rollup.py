"""The rollup of the scheduler: adds up what ended by minute, and what it cost by day."""

from app.core.database import Database
from app.jobs.repository import costs, rollups

ROLL_UP_EVERY_S = 10.0
MOST_BATCHES = 40  # of 50,000 history lines in one pass: many more than jobs can write


async def roll_up(database: Database) -> None:
    """Add what is not in the sums yet; to be called every 10 seconds. Several schedulers count nothing twice."""
    await rollups.roll_up(database)
    for _ in range(MOST_BATCHES):
        if not await costs.roll_up(database):
            break
