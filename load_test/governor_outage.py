"""The scenario of a provider that is down: how often it is asked meanwhile, and what that costs the jobs that wait."""

import asyncio
from collections import Counter
from collections.abc import Sequence

from sqlalchemy import text

from app.core.clock import utc_now
from load_test.governed import Figure, Governed, small, stack
from load_test.rig import Rig
from tests.scripted_model.figures import outage
from tests.scripted_model.witness import Record

FAILURES = 5
COOLDOWN_S = 5.0
TIMEOUT_S = 3.0  # of a call, and so the time that a stalled one is waited for
SETTINGS = {
    "BREAKER_FAILURES": str(FAILURES),
    "BREAKER_WINDOW_S": "60",
    "BREAKER_COOLDOWN_S": f"{COOLDOWN_S:g}",
    "LLM_TIMEOUT_S": f"{TIMEOUT_S:g}",
}
CALLS_BEFORE = 20
PATIENCE_S = 90.0
_CHANGES = text("SELECT action FROM audit_log WHERE action LIKE 'breaker.%'")


async def down(servers: Rig, way: str, *, jobs: int, down_s: float) -> list[Figure]:
    """Take the provider away in mid-run, and give it back."""
    async with stack(servers, {"latency_s": 0}, **SETTINGS) as governed:  # no answer comes after the first failure
        await governed.submit([small(number) for number in range(jobs)])
        governed.start_workers(slots=1)  # fewer calls at once than failures that open: each is decided by the breaker
        await governed.seen(CALLS_BEFORE, within_s=PATIENCE_S)
        governed.model.control(down=way)
        begun_s = utc_now().timestamp()
        await asyncio.sleep(down_s)
        governed.model.control(down=None)
        ended_s = utc_now().timestamp()
        await governed.ended(within_s=3 * PATIENCE_S)
        calls = governed.calls()
        found = outage(calls, begun_s, ended_s, failures=FAILURES)
        first_s = min((call["t0"] for call in calls if call["t0"] >= ended_s), default=ended_s)
        most_probes = int(down_s // COOLDOWN_S)
        return [
            Figure("calls until it opened", len(found.before), f"≤ {FAILURES}", len(found.before) <= FAILURES),
            Figure("probes", len(found.probes), f"≤ {most_probes}", len(found.probes) <= most_probes),
            Figure(
                "between two probes at least, s",
                found.shortest_gap_s,
                f"≥ {COOLDOWN_S * 0.9:g}",
                found.shortest_gap_s >= COOLDOWN_S * 0.9,
            ),
            Figure("back until the next call, s", first_s - ended_s),
            *await _changes(governed),
            *await _attempts(governed, _counted(calls)),
        ]


def _counted(calls: Sequence[Record]) -> Sequence[Record]:
    """Return the failed calls that cost an attempt: all but the probes."""
    failed = [call for call in calls if call["status"] != 200]  # noqa: PLR2004 - HTTP's OK
    return outage(failed, 0.0, float("inf"), failures=FAILURES).before


async def _changes(governed: Governed) -> list[Figure]:
    """Return how often the breaker opened and closed, by the audit log."""
    counts = Counter(row.action for row in await governed.database.rows(_CHANGES))
    opened, closed = counts["breaker.opened"], counts["breaker.closed"]
    return [
        Figure("opened", opened, "= 1", opened == 1),
        Figure("opened again by a failed probe", counts["breaker.reopened"]),
        Figure("closed", closed, "= 1", closed == 1),
    ]


async def _attempts(governed: Governed, failed: Sequence[Record]) -> list[Figure]:
    """Return that each job completed, and spent one attempt and one for each call of its own that failed: no probe."""
    jobs = await governed.jobs()
    failures = Counter(call["job"] for call in failed)
    unfinished = len([job for job in jobs if job.status != "completed"])
    wrong = len([job for job in jobs if job.used != 1 + failures[job.id]])
    waited = len([job for job in jobs if job.refunds and not failures[job.id]])
    return [
        Figure("jobs", len(jobs)),
        Figure("not completed", unfinished, "= 0", unfinished == 0),
        Figure("jobs that only waited", waited),
        Figure("attempts spent without a failed call", wrong, "= 0", wrong == 0),
    ]
