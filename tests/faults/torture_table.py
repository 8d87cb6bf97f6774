"""What a torture run came to: its promises, its figures, and how both are shown."""

from collections import Counter
from dataclasses import asdict, dataclass, field
from typing import Any

from tests.faults.nemesis import Recovery
from tests.rig.invariants import Violation
from tests.rig.load import quantile

DRAINED_WITHIN_S = 60.0


@dataclass(frozen=True, slots=True)
class Plan:
    """How much of what."""

    jobs: int = 2000
    flushes: int = 3
    broker_restarts: int = 5
    kills: int = 20
    freezes: int = 2
    postgres_stops: int = 1
    seed: int = 1


@dataclass(slots=True)
class Outcome:
    """What a run came to."""

    plan: Plan
    violations: list[Violation]
    statuses: Counter[str]
    faults: Counter[str]
    recoveries: dict[str, Recovery]
    drained_s: float
    calls: int
    needed: int  # the calls of the attempts that completed
    absorbed: int
    refused: Counter[str]
    answered: int  # 202s
    unavailable: int  # 503s
    latencies_s: list[float] = field(default_factory=list)
    took_s: float = 0.0

    def count(self, *kinds: str) -> int:
        """Return how many violations are of these kinds."""
        return sum(one.kind in kinds for one in self.violations)

    def promises(self) -> list[tuple[str, str, bool]]:
        """Return each promise as (what, seen, whether it holds)."""
        lost, ends = self.count("lost", "unfinished"), self.count("ends")
        late, twice = self.count("late_write", "changed"), self.count("calls")
        rest = len(self.violations) - lost - ends - late - twice
        is_drained = self.drained_s <= DRAINED_WITHIN_S
        return [
            ("accepted jobs lost", f"{lost}", lost == 0),
            ("jobs with two final events", f"{ends}", ends == 0),
            ("late writes accepted", f"{late}", late == 0),
            ("(job, attempt, step) called twice", f"{twice}", twice == 0),
            ("other broken invariants", f"{rest}", rest == 0),
            (
                "jobs that did not complete",
                f"{self.statuses.total() - self.statuses['completed']}",
                set(self.statuses) == {"completed"},
            ),
            (
                "drained within 60 s of the last fault",
                f"{'yes' if is_drained else 'no'}, {self.drained_s:.1f} s",
                is_drained,
            ),
        ]

    def figures(self) -> list[tuple[str, str]]:
        """Return what was counted and timed."""
        extra = self.calls - self.needed
        rate = extra / max(1, self.statuses.total()) * 1000
        clock, fence = self.refused["lost"], self.refused["stale"]
        median_ms, slow_ms = (quantile(self.latencies_s, ratio) * 1000 for ratio in (0.5, 0.99))
        return [
            ("jobs accepted", f"{self.answered}"),
            ("faults", ", ".join(f"{count} x {kind}" for kind, count in sorted(self.faults.items()))),
            ("late results refused", f"{clock + fence}: {clock} by the worker's own clock, {fence} by the fence"),
            ("duplicate deliveries absorbed", f"{self.absorbed}, and what killed workers had not told"),
            ("model calls", f"{self.calls}, {extra} of them extra: {rate:.0f} per 1,000 jobs"),
            ("503 while PostgreSQL was away", f"{self.unavailable}"),
            ("POST until 202", f"p50 {median_ms:.0f} ms, p99 {slow_ms:.0f} ms"),
            ("whole run", f"{self.took_s:.0f} s"),
            *((f"seconds after {kind}", _times(found)) for kind, found in sorted(self.recoveries.items())),
        ]


def _times(found: Recovery) -> str:
    """Return p50/p95/max of what is known."""
    times = {
        "any job starts": found.of_work_s,
        "hit jobs are taken back": found.of_rescues_s,
        "hit jobs start again": found.of_jobs_s,
    }
    return "; ".join(
        f"{what} {quantile(values, 0.5):.1f}/{quantile(values, 0.95):.1f}/{max(values):.1f} ({len(values)})"
        for what, values in times.items()
        if values
    )


def show(outcome: Outcome) -> str:
    """Return the table."""
    lines = ["", "promise" + " " * 39 + "seen"]
    lines += [f"{what:<46}{seen:<24}{'holds' if holds else 'BROKEN'}" for what, seen, holds in outcome.promises()]
    lines += ["", *(f"{what:<46}{seen}" for what, seen in outcome.figures())]
    lines += [f"  {one.kind}: {one.where}" for one in outcome.violations[:20]]
    return "\n".join(lines)


def as_json(outcome: Outcome) -> dict[str, Any]:
    """Return the table for a report: the plan, the promises and the figures."""
    return {"plan": asdict(outcome.plan), "promises": outcome.promises(), "figures": outcome.figures()}
