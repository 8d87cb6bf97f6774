"""The expirer of the scheduler: fails jobs whose deadline passed while they waited."""

from app.core import metrics
from app.core.database import Database
from app.core.logging import get_logger
from app.jobs.maintenance.batches import in_batches
from app.jobs.repository import maintenance

EXPIRE_EVERY_S = 5.0
_log = get_logger(__name__)


async def expire(database: Database) -> None:
    """Fail what is too late; to be called every 5 seconds."""
    async for row in in_batches(lambda: maintenance.expire(database)):
        metrics.EXPIRED.inc()
        _log.warning("expired", job_id=str(row.id), job_type=row.type)
