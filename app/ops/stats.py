"""Counts, ages, throughput and latencies of all jobs; cheap at any size."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import BaseModel
from sqlalchemy import func, select

from app.core.clock import monotonic_s
from app.core.database import Database, table_of
from app.jobs.models import Job
from app.jobs.repository import line, minutes, workers
from app.jobs.repository.move import shown_status
from app.jobs.states import ShownStatus

WINDOWS_S = {"1m": 60.0, "15m": 900.0, "1h": 3600.0}
MIN_KEPT_S = 1.0
KEPT_PER_COST = 10.0  # counting may use at most a tenth of one connection, however many jobs there are
_jobs = table_of(Job)
_shown = select(shown_status().label("status"), _jobs.c.type, _jobs.c.queue).subquery("shown")
_COUNTS = select(_shown, func.count().label("count")).group_by(*_shown.c)


class Percentiles(BaseModel):
    """Of a duration in seconds; exact to 25 %. Null where nothing ended."""

    p50_s: float | None
    p95_s: float | None


class Window(BaseModel):
    """What ended within a time."""

    completed: int
    failed: int
    cancelled: int
    per_minute: float
    wait: Percentiles
    run: Percentiles


class WorkerOut(BaseModel):
    """One live worker process."""

    id: str
    host: str
    pid: int
    queues: list[str]
    slots: int
    busy: int
    version: str
    state: str
    started_at: datetime
    beat_at: datetime


class StatsOut(BaseModel):
    """The state of the whole system. `counted_at_age_s`: how old the counts are."""

    status: dict[ShownStatus, int]
    type: dict[str, dict[ShownStatus, int]]
    queue: dict[str, dict[ShownStatus, int]]
    oldest_waiting_s: float | None
    windows: dict[str, Window]
    workers: list[WorkerOut]
    counted_at_age_s: float


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What is cheap to know: rows of (status, type, queue, count), the oldest due job's age, live workers' rows."""

    counts: Sequence[Any]
    oldest_waiting_s: float | None
    workers: Sequence[Any]


class Stats:
    """Makes the statistics, and keeps the counts for a time that grows with what they cost."""

    def __init__(self, database: Database) -> None:
        """Keep nothing yet."""
        self._database = database
        self._lock = asyncio.Lock()
        self._rows: list[Any] = []
        self._counted_at_s = float("-inf")
        self._kept_s = 0.0

    async def read(self) -> StatsOut:
        """Return the statistics of now; the counts may be a little older, as the answer says."""
        now = await self.snapshot()
        windows = {
            name: _window(await minutes.window(self._database, window_s=window_s, exact=name == "1m"), window_s)
            for name, window_s in WINDOWS_S.items()
        }
        return StatsOut(
            status=_by(now.counts, None)["all"],
            type=_by(now.counts, "type"),
            queue=_by(now.counts, "queue"),
            oldest_waiting_s=now.oldest_waiting_s,
            windows=windows,
            workers=[WorkerOut.model_validate(row, from_attributes=True) for row in now.workers],
            counted_at_age_s=round(monotonic_s() - self._counted_at_s, 3),
        )

    async def snapshot(self) -> Snapshot:
        """Return the state of now; the counts may be a little older."""
        counts = await self._counts()
        waits = await line.oldest(self._database, sorted({row.queue for row in counts}))
        return Snapshot(counts, max(waits.values(), default=None), await workers.find_live(self._database))

    async def _counts(self) -> list[Any]:
        async with self._lock:  # those who wait here share one count
            started_s = monotonic_s()
            if started_s - self._counted_at_s > self._kept_s:
                self._rows = await self._database.rows(_COUNTS)
                self._counted_at_s = monotonic_s()
                self._kept_s = max(MIN_KEPT_S, KEPT_PER_COST * (self._counted_at_s - started_s))
            return self._rows


def _by(rows: Sequence[Any], key: str | None) -> dict[str, dict[ShownStatus, int]]:
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
        wait=percentiles(found.get(minutes.WAIT, {})),
        run=percentiles(found.get(minutes.RUN, {})),
    )


def percentiles(histogram: Mapping[int, int]) -> Percentiles:
    """Return p50 and p95 of counts by bucket; nulls where nothing was counted."""
    return Percentiles(p50_s=percentile_s(histogram, 0.5), p95_s=percentile_s(histogram, 0.95))


def percentile_s(histogram: Mapping[int, int], ratio: float) -> float | None:
    """Return a percentile in seconds from counts by bucket: the upper end of the bucket that holds it."""
    wanted = ratio * sum(histogram.values())
    seen = 0
    for bucket in sorted(histogram):
        seen += histogram[bucket]
        if seen >= wanted:
            return round(minutes.BUCKET_BASE**bucket / 1000, 4)
    return None
