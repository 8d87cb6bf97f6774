"""What a log of calls proves about those who made them; pure functions of its records and of what was allowed."""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tests.scripted_model.witness import Record

REFUSED = 429
TOLD_WITHIN_S = 0.25  # from an answer's leaving the provider until every worker can know what it means


@dataclass(frozen=True, slots=True)
class Phase:
    """A time with one limit: from `begun_s` to `ended_s`, so many requests and tokens in `interval_s` seconds."""

    begun_s: float
    ended_s: float
    requests: float
    tokens: float
    interval_s: float = 60.0


def most_in_any(times: Iterable[float], interval_s: float) -> int:
    """Return the most calls that begin in any interval, whose later end is not part of it."""
    ordered = sorted(times)
    return max((bisect_left(ordered, at + interval_s) - place for place, at in enumerate(ordered)), default=0)


def refused_ratio(calls: Sequence[Record], *, without: tuple[float, float] = (0.0, 0.0)) -> float:
    """Return the part of the calls that got 429, not counting those that began in the time that is left out."""
    counted = [call for call in calls if not without[0] <= call["t0"] < without[1]]
    return len([call for call in counted if call["status"] == REFUSED]) / max(1, len(counted))


def used_ratio(calls: Sequence[Record], phases: Sequence[Phase], *, slice_s: float = 1.0) -> float:
    """Return the part of the allowed throughput that was used.

    In each second the tighter of both limits counts, so that a run may change from one to the other.
    """
    used = seconds = 0.0
    for phase in phases:
        for number in range(int((phase.ended_s - phase.begun_s) / slice_s)):
            since_s = phase.begun_s + number * slice_s
            admitted = [one for one in calls if since_s <= one["t0"] < since_s + slice_s and one["status"] != REFUSED]
            tokens = sum(one["prompt_tokens"] + one["completion_tokens"] for one in admitted)
            used += max(len(admitted) / phase.requests, tokens / phase.tokens) * phase.interval_s
            seconds += slice_s
    return used / seconds if seconds else 0.0


def displacement(submitted: Sequence[str], calls: Sequence[Record]) -> int:
    """Return how many places the job lay that began furthest from its turn; jobs that have not begun are left out."""
    begun = list(dict.fromkeys(call["job"] for call in sorted(calls, key=lambda one: float(one["t0"]))))
    started = set(begun)
    turns = {job: place for place, job in enumerate(one for one in submitted if one in started)}
    places = enumerate(job for job in begun if job in turns)
    return max((abs(place - turns[job]) for place, job in places), default=0)


@dataclass(frozen=True, slots=True)
class Outage:
    """The calls that began while the provider was down: those until the breaker could know, and its probes."""

    before: Sequence[Record]
    probes: Sequence[Record]

    @property
    def shortest_gap_s(self) -> float:
        """Return the shortest time between the end of the last failure or of a probe and the next probe."""
        ends = [
            max((_end_s(call) for call in self.before), default=0.0),
            *(_end_s(one) for one in self.probes),
        ]
        return min((one["t0"] - end for one, end in zip(self.probes, ends, strict=False)), default=float("inf"))


def _end_s(call: Record) -> float:
    """Return when a call ended; of one that hangs still, when it began."""
    return float(call["t1"] or call["t0"])


def outage(
    calls: Sequence[Record], begun_s: float, ended_s: float, *, failures: int, told_s: float = TOLD_WITHIN_S
) -> Outage:
    """Divide the calls of an outage when as many have failed as open the breaker, and `told_s` seconds have passed."""
    within = [call for call in calls if begun_s <= call["t0"] < ended_s]
    ends = sorted(call["t1"] for call in within if call["t1"])
    opened_s = ends[failures - 1] + told_s if len(ends) >= failures else ended_s
    return Outage(
        [call for call in within if call["t0"] < opened_s], [call for call in within if call["t0"] >= opened_s]
    )
