"""Counts, ages, throughput and latencies of all jobs; cheap at any size."""

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from app.core.clock import monotonic_s
from app.core.database import Database
from app.core.histogram import percentile_s
from app.jobs.repository import backlog, counts, rollups, workers
from app.jobs.repository.counts import Count
from app.jobs.repository.workers import GoneWorker, WorkerRow
from app.jobs.states import ShownStatus, Status
from app.ops.stats.schemas import GoneWorkerOut, Percentiles, StatsOut, Window, WorkerOut

WINDOWS_S = {"1m": 60.0, "15m": 900.0, "1h": 3600.0}


SCHEDULED_KEPT_PER_COST = 10.0  # counting them may use at most a tenth of one connection, however many there are


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What is cheap to know: the counts and their age, the oldest due job's age, live workers' rows."""

    counts: Sequence[Count]
    counted_age_s: float
    oldest_waiting_s: float | None
    workers: Sequence[WorkerRow]


class Stats:
    """Makes the statistics. How many pending jobs are scheduled is counted here, at a bounded pace."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lock = asyncio.Lock()
        self._scheduled: Counter[tuple[str, str]] = Counter()
        self._counted_at_s = self._count_again_at_s = float("-inf")

    async def read(self) -> StatsOut:
        """Return the statistics of now; what of the counts is scheduled may be a little older, as the answer says."""
        now = await self.snapshot()
        windows = {
            name: _window(await rollups.window(self._database, window_s=window_s, exact=name == "1m"), window_s)
            for name, window_s in WINDOWS_S.items()
        }
        return StatsOut(
            by_status=_by(now.counts, None)["all"],
            by_type=_by(now.counts, "type"),
            by_queue=_by(now.counts, "queue"),
            oldest_waiting_s=now.oldest_waiting_s,
            windows=windows,
            workers=[WorkerOut.model_validate(row, from_attributes=True) for row in now.workers],
            gone_workers=[_gone(row) for row in await workers.find_gone(self._database)],
            counts_age_s=round(now.counted_age_s, 3),
        )

    async def snapshot(self) -> Snapshot:
        """Return the state of now; what of the counts is scheduled may be a little older."""
        found = await counts.read(self._database)
        queues = sorted({one.queue for one in found if one.status == Status.PENDING})
        scheduled, age_s = await self._count_scheduled(queues) if queues else (Counter(), 0.0)
        waits = await backlog.oldest(self._database, queues)
        oldest_s = max(waits.values(), default=None)
        return Snapshot(counts.shown(found, scheduled), age_s, oldest_s, await workers.find_live(self._database))

    async def _count_scheduled(self, queues: Sequence[str]) -> tuple[Counter[tuple[str, str]], float]:
        async with self._lock:  # those who wait here share one count
            started_s = monotonic_s()
            if started_s >= self._count_again_at_s:
                self._scheduled = await counts.count_scheduled(self._database, queues)
                self._counted_at_s = monotonic_s()
                cost_s = self._counted_at_s - started_s
                self._count_again_at_s = self._counted_at_s + SCHEDULED_KEPT_PER_COST * cost_s
            return self._scheduled, monotonic_s() - self._counted_at_s


def _gone(row: GoneWorker) -> GoneWorkerOut:
    """`gone_at` of a lost one is when it was last heard."""
    return GoneWorkerOut(
        **{name: getattr(row, name) for name in GoneWorkerOut.model_fields if hasattr(row, name) and name != "state"},
        state="lost" if row.ended_at is None else "stopped",
        gone_at=row.ended_at or row.beat_at,
    )


def _by(rows: Sequence[Count], key: str | None) -> dict[str, dict[ShownStatus, int]]:
    grouped: dict[str, dict[ShownStatus, int]] = {} if key else {"all": dict.fromkeys(ShownStatus, 0)}
    for row in rows:
        counts = grouped.setdefault(getattr(row, key) if key else "all", dict.fromkeys(ShownStatus, 0))
        counts[ShownStatus(row.status)] += row.count
    return grouped


def _window(found: Mapping[str, Mapping[int, int]], window_s: float) -> Window:
    ended = {status: sum(found.get(status, {}).values()) for status in ("completed", "failed", "cancelled")}
    return Window(
        **ended,
        per_minute=round(sum(ended.values()) * 60 / window_s, 2),
        wait=percentiles(found.get(rollups.WAIT, {})),
        run=percentiles(found.get(rollups.RUN, {})),
    )


def percentiles(histogram: Mapping[int, int]) -> Percentiles:
    """Return p50 and p95 of counts by bucket; nulls where nothing was counted."""
    return Percentiles(p50_s=percentile_s(histogram, 0.5), p95_s=percentile_s(histogram, 0.95))
