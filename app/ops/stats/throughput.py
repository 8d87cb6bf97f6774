"""What happened in each of the last minutes, for charts."""

from collections.abc import Sequence
from datetime import datetime
from itertools import groupby

from app.core.database import Database
from app.jobs.repository import rollups
from app.jobs.repository.rollups import Measured
from app.ops.stats.schemas import MinuteOut, ThroughputOut
from app.ops.stats.service import percentiles

MAX_MINUTES = 360


async def read_throughput(database: Database, *, count: int) -> ThroughputOut:
    """Return the last `count` minutes, those without any job too. It costs the same however many jobs there are."""
    rows = await rollups.by_minute(database, count=count)
    return ThroughputOut(minutes=[_minute(at, list(group)) for at, group in groupby(rows, lambda row: row.minute)])


def _minute(at: datetime, rows: Sequence[Measured]) -> MinuteOut:
    found: dict[str, dict[int, int]] = {}
    for row in rows:
        if row.measure is not None and row.bucket is not None and row.count is not None:
            buckets = found.setdefault(row.measure, {})
            buckets[row.bucket] = buckets.get(row.bucket, 0) + row.count
    counts = {name: sum(found.get(name, {}).values()) for name in ("submitted", "completed", "failed", "cancelled")}
    wait, run = (percentiles(found.get(measure, {})) for measure in (rollups.WAIT, rollups.RUN))
    return MinuteOut(at=at, **counts, wait=wait, run=run)
