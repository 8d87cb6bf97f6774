"""Reports a provider's last days: calls, failures, tokens, cost, latency, and the states of its breaker."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from app.core.database import Database
from app.core.histogram import percentile_s
from app.governor import repository
from app.governor.repository import StateRow
from app.governor.schemas import CallsOut, DayOut, MetricsOut, ModelDayOut
from app.governor.states import BreakerState, CallResult
from app.governor.usage.recorder import COST, LATENCY, PRICED, TOKENS

_NO_CALLS = frozenset({LATENCY, PRICED, COST, *TOKENS})
Measures = dict[str, dict[int, Decimal]]


async def read(database: Database, provider: str, *, days: int) -> MetricsOut:
    """Return the last `days` days, today included, by UTC; what workers counted up to five seconds ago."""
    now = await repository.read_clock(database)
    first_day = now.date() - timedelta(days=days - 1)
    states = await repository.find_states(database, provider, first_day=first_day)
    found: dict[date, dict[str, Measures]] = defaultdict(lambda: defaultdict(lambda: defaultdict(dict)))
    total: Measures = defaultdict(lambda: defaultdict(Decimal))
    for row in await repository.find_amounts(database, provider, first_day=first_day):
        found[row.day][row.model][row.measure][row.bucket] = row.amount
        total[row.measure][row.bucket] += row.amount
    return MetricsOut(
        provider=provider,
        days=[
            DayOut(
                day=day,
                models=[ModelDayOut(model=model, **_calls(found[day][model])) for model in sorted(found[day])],
                states_s=seconds_of(day, states, now),
            )
            for day in (first_day + timedelta(days=number) for number in range(days))
        ],
        total=CallsOut(**_calls(total)),
    )


def _calls(measures: Mapping[str, Mapping[int, Decimal]]) -> dict[str, Any]:
    counts = {name: int(sum(found.values())) for name, found in measures.items() if name != COST}
    ended = {name: count for name, count in counts.items() if name not in _NO_CALLS}
    latency = {bucket: int(count) for bucket, count in measures.get(LATENCY, {}).items()}
    priced = counts.get(PRICED, 0)
    return {
        "calls": sum(ended.values()),
        "successes": ended.pop(CallResult.OK, 0),
        "failures": dict(sorted(ended.items())),
        **{name: counts.get(name, 0) for name in TOKENS},
        "priced": priced,
        "cost_usd": float(sum(measures.get(COST, {}).values())) if priced else None,
        "latency_p50_s": percentile_s(latency, 0.5),
        "latency_p95_s": percentile_s(latency, 0.95),
    }


def seconds_of(day: date, states: Sequence[StateRow], now: datetime) -> dict[BreakerState, float]:
    """Return how long a breaker was in each state on a day, as far as it is over. Pure.

    `states` are rows of state and since, oldest first; before the first it was closed.
    """
    begin = repository.midnight(day)
    end = min(begin + timedelta(days=1), now)
    spent = dict.fromkeys(BreakerState, 0.0)
    for state, since, until in _spans(states, end):
        spent[state] += max(0.0, (min(until, end) - max(since, begin)).total_seconds())
    return {state: round(seconds, 1) for state, seconds in spent.items()}


def _spans(states: Sequence[StateRow], end: datetime) -> Iterator[tuple[BreakerState, datetime, datetime]]:
    state = BreakerState.CLOSED
    since = repository.midnight(date.min)
    for row in states:
        yield state, since, row.since
        state, since = row.state, row.since
    yield state, since, end
