"""The rescuer of the scheduler: takes jobs back whose worker is lost."""

from app.core import metrics
from app.core.clock import monotonic_s
from app.core.database import Database
from app.core.logging import get_logger
from app.core.settings import Settings
from app.jobs.maintenance.batches import in_batches
from app.jobs.repository import maintenance, workers
from app.jobs.states import Status

RESCUE_EVERY_S = 5.0
GAP_S = 15.0
RESCUED_TO = (Status.PENDING, Status.FAILED, Status.CANCELLED)
_log = get_logger(__name__)


class Rescuer:
    """Rescues for one scheduler; it keeps quiet for one lease after its process was frozen."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self._database = database
        self._settings = settings
        self._last_s: float | None = None
        self._quiet_until_s = float("-inf")
        metrics.begin(metrics.RESCUED, RESCUED_TO)

    async def tick(self) -> None:
        """Rescue what is lost; to be called every 5 seconds."""
        now_s = monotonic_s()
        if self._last_s is not None and now_s - self._last_s > GAP_S:
            # This process was frozen; perhaps the whole machine was, and the workers with it.
            self._quiet_until_s = now_s + self._settings.lease_s
        self._last_s = now_s
        if now_s >= self._quiet_until_s:
            await self._rescue()

    async def _rescue(self) -> None:
        lost: list[tuple[str, Status]] = []
        async for row in in_batches(lambda: maintenance.rescue(self._database, lease_s=self._settings.lease_s)):
            metrics.RESCUED.labels(row.status).inc()
            _log.warning(
                "rescued" if row.status is Status.PENDING else "worker_lost",
                job_id=str(row.id),
                job_type=row.type,
                status=row.status.value,
                attempt=row.attempt,
                worker=row.worker,
            )
            lost.append((row.worker or "", row.status))
        await workers.note_lost(self._database, lost)
