"""The rescuer of the scheduler: takes lost jobs back, ends those past their deadline, rolls up each minute."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

from app.core import metrics
from app.core.clock import monotonic_s
from app.core.database import Database
from app.core.logging import get_logger
from app.core.settings import Settings
from app.jobs.repository import costs, maintenance, rollups, workers
from app.jobs.rows import Moved
from app.jobs.states import Status

RESCUE_EVERY_S = 5.0
GAP_S = 15.0
MOST_BATCHES = 20  # of a thousand, in one tick
RESCUED_TO = (Status.PENDING, Status.FAILED, Status.CANCELLED)
_log = get_logger(__name__)


class Rescuer:
    """The periodic verbs of one scheduler; several may run, they skip each other's rows."""

    def __init__(self, database: Database, settings: Settings) -> None:
        """Start with a full gap, so that a scheduler that was just started does not rescue at once."""
        self._database = database
        self._settings = settings
        self._last_s: float | None = None
        self._quiet_until_s = float("-inf")
        metrics.begin(metrics.RESCUED, RESCUED_TO)

    async def tick(self) -> None:
        """Do what is due; to be called every 5 seconds."""
        now_s = monotonic_s()
        if self._last_s is not None and now_s - self._last_s > GAP_S:
            # This process was frozen; perhaps the whole machine was, and the workers with it.
            self._quiet_until_s = now_s + self._settings.lease_s
        self._last_s = now_s
        if now_s >= self._quiet_until_s:
            await self._rescue()
        await self._expire()
        await rollups.roll_up(self._database)
        await costs.roll_up(self._database)

    async def _expire(self) -> None:
        async for row in _batches(lambda: maintenance.expire(self._database)):
            metrics.EXPIRED.inc()
            _log.warning("expired", job_id=str(row.id), job_type=row.type)

    async def _rescue(self) -> None:
        lost: list[tuple[str, Status]] = []
        async for row in _batches(lambda: maintenance.rescue(self._database, lease_s=self._settings.lease_s)):
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


async def _batches(act: Callable[[], Awaitable[Sequence[Moved]]]) -> AsyncIterator[Moved]:
    """Yield the rows of one batch after another until one is not full, or so many that the next tick may go on."""
    for _ in range(MOST_BATCHES):
        rows = await act()
        for row in rows:
            yield row
        if len(rows) < maintenance.BATCH:
            return
