"""The scenario of a model with one place: how much of its time it works, and how many jobs hold a slot meanwhile."""

import asyncio
from collections import Counter
from itertools import pairwise
from statistics import median

from sqlalchemy import text

from load_test.governed import POLL_S, Figure, Governed, small, stack
from load_test.rig import Rig

WORKERS_SLOTS = 20
WARM_UP = 6  # calls that are left out: the first one of each worker builds its client
BUSY_GOAL = 0.95
MOST_GOAL = 4  # the one that is answered, one that waits for its place (two of short calls), and one on its way
PATIENCE_S = 180.0
_PROCESSING = text("SELECT count(*) FROM jobs WHERE status = 'processing'")


async def one_place(servers: Rig, *, latency_s: float, jobs: int) -> list[Figure]:
    """Let jobs wait for a model that takes one call at once, of so many seconds."""
    async with stack(servers, {"latency_s": latency_s}, LLM_MAX_IN_FLIGHT="1") as governed:
        await governed.submit([small(number) for number in range(jobs)])
        governed.start_workers(WORKERS_SLOTS)
        seen: Counter[int] = Counter()
        watching = asyncio.create_task(_watch(governed, seen))
        await governed.seen(1, within_s=PATIENCE_S)
        await governed.ended(within_s=PATIENCE_S + 2 * jobs * latency_s)
        watching.cancel()
        calls = governed.calls()[WARM_UP:]
        span_s = calls[-1]["t1"] - calls[0]["t0"]
        busy = sum(call["t1"] - call["t0"] for call in calls) / span_s
        gaps_s = sorted(other["t0"] - one["t1"] for one, other in pairwise(calls))
        overlaps = len([1 for one, other in pairwise(calls) if other["t0"] - one["t0"] < latency_s])
        most = max(seen, default=0)
        found = await governed.jobs()
        return [
            Figure("calls", len(calls), f"= {jobs - WARM_UP}", len(calls) == jobs - WARM_UP),
            Figure("of its time it works", busy, f"≥ {BUSY_GOAL:.0%}", busy >= BUSY_GOAL),
            Figure("calls that began before another ended", overlaps, "= 0", overlaps == 0),
            Figure("from one to the next, s, median", median(gaps_s)),
            Figure("the same, at most", gaps_s[-1]),
            Figure("jobs that hold a slot, at most", most, f"≤ {MOST_GOAL}", most <= MOST_GOAL),
            Figure("the same, on the mean", sum(seen.elements()) / max(1, seen.total())),
            Figure("attempts spent on waiting", len([job for job in found if job.used > 1])),
            Figure("releases of a job, at most", max(job.refunds for job in found)),
        ]


async def _watch(governed: Governed, counts: Counter[int]) -> None:
    """Count again and again how many jobs hold a slot, until cancelled."""
    while True:
        row = await governed.database.row(_PROCESSING)
        if row is not None and row[0]:
            counts[row[0]] += 1
        await asyncio.sleep(POLL_S)
