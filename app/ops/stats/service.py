"""Counts, ages, throughput and latencies of all jobs, or counts and ages of a team's; cheap at any size.

What all teams do together is for who may see them all: a team's statistics have no windows, and no workers that are
gone.
"""

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from app.core.clock import monotonic_s
from app.core.database import Database
from app.core.histogram import percentile_s
from app.jobs.repository import backlog, counts, rollups, workers
from app.jobs.repository.counts import Count
from app.jobs.repository.workers import GoneWorker, WorkerRow
from app.jobs.states import ShownStatus, Status
from app.ops.stats.schemas import GoneWorkerOut, Percentiles, StatsOut, Window, WorkerOut

WINDOWS_S = {"1m": 60.0, "15m": 900.0, "1h": 3600.0}
MOST_KEPT = 1000  # teams
SCHEDULED_KEPT_PER_COST = 10.0  # counting them may use at most a tenth of one connection, however many there are


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What is cheap to know: the counts and their age, the oldest due job's age, live workers' rows."""

    counts: Sequence[Count]
    counted_age_s: float
    oldest_waiting_s: float | None
    workers: Sequence[WorkerRow]


@dataclass(frozen=True, slots=True)
class _Counted:
    """What was counted a moment ago: scheduled jobs by type and queue; of one team also the oldest due job's age."""

    scheduled: Counter[tuple[str, str]]
    oldest_s: float | None = None
    at_s: float = float("-inf")
    again_at_s: float = float("-inf")


_NONE = _Counted(Counter())


class Stats:
    """Makes the statistics. How many pending jobs are scheduled is counted here, at a bounded pace."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lock = asyncio.Lock()
        self._counted: dict[UUID | None, _Counted] = {}

    async def read(self, owner_id: UUID | None = None) -> StatsOut:
        """Return the statistics of now, of a team or of all jobs.

        What of the counts is scheduled may be a little older, as the answer says.
        """
        now = await self.snapshot(owner_id)
        is_all = owner_id is None
        return StatsOut(
            by_status=_by(now.counts, None)["all"],
            by_type=_by(now.counts, "type"),
            by_queue=_by(now.counts, "queue"),
            oldest_waiting_s=now.oldest_waiting_s,
            windows=await self._windows() if is_all else {},
            workers=[WorkerOut.model_validate(row, from_attributes=True) for row in now.workers],
            gone_workers=[_gone(row) for row in await workers.find_gone(self._database)] if is_all else [],
            counts_age_s=round(now.counted_age_s, 3),
        )

    async def _windows(self) -> dict[str, Window]:
        return {
            name: _window(await rollups.window(self._database, window_s=window_s, exact=name == "1m"), window_s)
            for name, window_s in WINDOWS_S.items()
        }

    async def snapshot(self, owner_id: UUID | None = None) -> Snapshot:
        """Return the state of now; what of the counts is scheduled may be a little older."""
        found = await self._read_counts(owner_id)
        queues = sorted({one.queue for one in found if one.status == Status.PENDING})
        waiting, age_s = await self._count_waiting(owner_id, queues) if queues else (_NONE, 0.0)
        oldest_s = waiting.oldest_s
        if owner_id is None:
            oldest_s = max((await backlog.oldest(self._database, queues)).values(), default=None)
        shown = counts.shown(found, waiting.scheduled)
        return Snapshot(shown, age_s, oldest_s, await workers.find_live(self._database))

    async def _read_counts(self, owner_id: UUID | None) -> Sequence[Count]:
        if owner_id is None:
            return await counts.read(self._database)
        found = await counts.read_owned(self._database, owner_id)
        return [Count(one.status, one.type, one.queue, one.count) for one in found if one.owner_id == owner_id]

    async def _count_waiting(self, owner_id: UUID | None, queues: Sequence[str]) -> tuple[_Counted, float]:
        async with self._lock:  # those who wait here share one count
            known = self._counted.get(owner_id, _NONE)
            started_s = monotonic_s()
            if started_s >= known.again_at_s:
                scheduled, oldest_s = await self._count(owner_id, queues)
                now_s = monotonic_s()
                known = _Counted(scheduled, oldest_s, now_s, now_s + SCHEDULED_KEPT_PER_COST * (now_s - started_s))
                if len(self._counted) >= MOST_KEPT:
                    self._counted.clear()
                self._counted[owner_id] = known
            return known, monotonic_s() - known.at_s

    async def _count(
        self, owner_id: UUID | None, queues: Sequence[str]
    ) -> tuple[Counter[tuple[str, str]], float | None]:
        if owner_id is None:
            return await counts.count_scheduled(self._database, queues), None
        found = await counts.find_waiting(self._database, owner_id)
        oldest_s = max((one.oldest_s for one in found if one.oldest_s is not None), default=None)
        return Counter({(one.type, one.queue): one.scheduled for one in found}), oldest_s


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
