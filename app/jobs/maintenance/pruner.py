"""The pruner of the scheduler: deletes what has been kept for long enough."""

from app.core.database import Database
from app.core.settings import Settings
from app.jobs.repository import costs, maintenance

PRUNE_EVERY_S = 60.0
MINUTES_KEPT_S = 7 * 86_400.0
COSTS_KEPT_S = 800 * 86_400.0
DAY_S = 86_400.0


async def prune(database: Database, settings: Settings) -> None:
    """Delete what has been kept for long enough; to be called every minute, beside everything that must not wait."""
    kept_s = settings.retention_days * DAY_S
    while len(await maintenance.prune(database, kept_s=kept_s)) == maintenance.BATCH:
        pass
    await maintenance.prune_records(database, kept_s=kept_s, minutes_kept_s=MINUTES_KEPT_S)
    await costs.prune(database, kept_s=COSTS_KEPT_S)
