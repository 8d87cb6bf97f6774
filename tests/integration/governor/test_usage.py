"""A provider's books: what workers add up, what a day shows of it, and what its breaker was."""

import asyncio
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any

import httpx2
import pytest
from redis.asyncio import Redis
from sqlalchemy import text

from app.core.database import Database
from app.core.histogram import bucket_of, percentile_s
from app.core.settings import Settings
from app.governor import repository
from app.governor.breaker.transitions import TransitionRecorder
from app.governor.governor import Governor
from app.governor.limited_model import CallRecord
from app.governor.limiter.limits import target_of
from app.governor.limiter.scripts import Transition
from app.governor.providers import Providers
from app.governor.states import BreakerChange, BreakerState
from app.governor.usage.recorder import UsageRecorder
from app.governor.usage.report import seconds_of
from app.llm.base import Ask, Limits, Message, Usage
from tests.integration.governor.provider_kit import LARGE, PROVIDERS, SMALL
from tests.rig.audit import audit
from tests.rig.stack import eventually

TODAY = datetime(2026, 11, 22, 18, tzinfo=UTC)


async def metrics(client: httpx2.AsyncClient, name: str = "played", days: int = 7) -> dict[str, Any]:
    answer = await client.get(f"{PROVIDERS}/{name}/metrics", params={"days": days})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_calls_are_counted_by_day_and_model(client: httpx2.AsyncClient, database: Database) -> None:
    recorder = UsageRecorder(database)
    for seconds in (0.1,) * 18 + (3.0, 3.0):
        recorder.record(CallRecord(SMALL, "ok", seconds, Usage(100, 20, 30), Decimal("0.00012345")))
    recorder.record(CallRecord(SMALL, "timeout", 120.0))
    recorder.record(CallRecord(SMALL, "timeout", 120.0))
    await recorder.flush()
    recorder.record(CallRecord(SMALL, "rate_limited", 0.1))
    recorder.record(CallRecord(LARGE, "ok", 1.0, Usage(7, 5)))
    await recorder.flush()
    found = await metrics(client)
    assert len(found["days"]) == 7
    assert [len(day["models"]) for day in found["days"]] == [0] * 6 + [2]
    large, small = found["days"][-1]["models"]
    p50, p95 = small.pop("latency_p50_s"), small.pop("latency_p95_s")
    assert 0.1 <= p50 <= 0.125
    assert 3.0 <= p95 <= 3.75
    assert small == {
        "model": "small-1",
        "calls": 23,
        "successes": 20,
        "failures": {"rate_limited": 1, "timeout": 2},
        "prompt_tokens": 2000,
        "cached_tokens": 600,
        "completion_tokens": 400,
        "priced": 20,
        "cost_usd": 0.002469,
    }
    assert (large["calls"], large["priced"], large["cost_usd"]) == (1, 0, None)  # an unknown price is not nothing
    total = found["total"]
    assert (total["calls"], total["successes"], total["prompt_tokens"], total["cost_usd"]) == (24, 21, 2007, 0.002469)
    assert (await metrics(client, "sim"))["total"]["calls"] == 0


@pytest.mark.parametrize("days", ["0", "31", "-1", "x"])
async def test_other_numbers_of_days_are_refused(client: httpx2.AsyncClient, days: str) -> None:
    answer = await client.get(f"{PROVIDERS}/played/metrics", params={"days": days})
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "#query/days")


@pytest.mark.parametrize("days", [1, 30])
async def test_as_many_days_as_were_asked_for_are_shown(client: httpx2.AsyncClient, days: int) -> None:
    found = await metrics(client, days=days)
    assert len(found["days"]) == days
    assert found["total"] == {
        "calls": 0,
        "successes": 0,
        "failures": {},
        "prompt_tokens": 0,
        "cached_tokens": 0,
        "completion_tokens": 0,
        "priced": 0,
        "cost_usd": None,
        "latency_p50_s": None,
        "latency_p95_s": None,
    }


async def test_several_workers_write_at_once(client: httpx2.AsyncClient, database: Database) -> None:
    ledgers = [UsageRecorder(database) for _ in range(8)]
    for number, recorder in enumerate(ledgers):
        for _ in range(10):
            recorder.record(CallRecord(LARGE if number % 2 else SMALL, "ok", 0.1 * number, Usage(1, 1)))
            recorder.record(CallRecord(SMALL if number % 2 else LARGE, "network", 0.1))
    await asyncio.gather(*(recorder.flush() for recorder in ledgers))
    found = (await metrics(client))["total"]
    assert (found["calls"], found["successes"], found["failures"]) == (160, 80, {"network": 80})


async def test_an_outage_delays_what_was_counted(
    client: httpx2.AsyncClient, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    recorder = UsageRecorder(database)
    recorder.record(CallRecord(SMALL, "ok", 0.1))

    async def away(*_: Any) -> None:
        raise ConnectionError

    with monkeypatch.context() as patch:
        patch.setattr("app.governor.usage.recorder.add_amounts", away)
        await recorder.flush()
        recorder.record(CallRecord(SMALL, "ok", 0.1))
        await recorder.flush()
    assert (await metrics(client))["total"]["calls"] == 0
    await recorder.flush()
    await recorder.flush()
    assert (await metrics(client))["total"]["calls"] == 2


async def test_what_is_kept_in_memory_is_bounded(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.governor.usage.recorder.MOST_AMOUNTS", 3)
    recorder = UsageRecorder(database)
    for kind in ("a", "b", "c", "d", "a"):
        recorder.record(CallRecord(SMALL, kind, 0.1))
    await recorder.flush()
    rows = await database.rows(text("SELECT measure, amount::int FROM provider_days ORDER BY measure"))
    assert [tuple(row) for row in rows] == [("a", 2), ("b", 1), ("c", 1)]


async def test_a_model_behind_the_governor_is_counted(
    database: Database, redis: Redis, governed: Settings, client: httpx2.AsyncClient, providers: Providers
) -> None:
    recorder = UsageRecorder(database)
    governor = Governor(
        governed, providers.catalog, redis, worker_id="w1", on_transition=lambda _: None, on_call=recorder.record
    )
    await governor.model("pretend").complete(Ask((Message("user", "hello"),), Limits(10, 5.0)))
    await governor.close()
    await recorder.flush()
    found = await metrics(client, "sim")
    assert found["days"][-1]["models"][0]["model"] == target_of(providers.catalog.models["pretend"]).model
    assert (found["total"]["calls"], found["total"]["successes"]) == (1, 1)


async def has_states(database: Database, count: int) -> bool:
    return len(await database.rows(text("SELECT 1 FROM provider_states"))) == count


async def test_one_failing_model_of_two_is_no_state_of_its_provider(
    client: httpx2.AsyncClient, database: Database, redis: Redis
) -> None:
    transitions = TransitionRecorder(database, redis, [SMALL, LARGE])
    opened: dict[Any, Any] = {"state": "open", "open_until": 9e9}
    await redis.hset("headrace:breaker:played/small-1", mapping=opened)
    transitions.record(Transition("played", BreakerChange.OPENED, 10.0, "unavailable", model="small-1"))

    async def is_told(count: int) -> bool:
        return len(await audit(database)) == count

    await eventually(partial(is_told, 1))
    assert await audit(database) == [
        ("breaker.opened", "provider:played", {"model": "small-1", "cooldown_s": 10.0, "error": "unavailable"})
    ]
    assert await has_states(database, 0)
    await redis.hset("headrace:breaker:played/large-1", mapping=opened)
    transitions.record(Transition("played", BreakerChange.OPENED, 10.0, "unavailable", model="large-1"))
    await eventually(partial(is_told, 2))
    assert await has_states(database, 1)


async def test_a_breakers_changes_are_written_and_a_probe_makes_no_audit_line(
    client: httpx2.AsyncClient, database: Database, redis: Redis
) -> None:
    transitions = TransitionRecorder(database, redis, [SMALL, LARGE])
    key = "headrace:breaker:played"
    states: dict[str, dict[Any, Any]] = {
        "opened": {"state": "open", "open_until": 9e9},
        "probed": {"state": "half_open"},
        "reopened": {"state": "open", "open_until": 9e9},
        "closed": {"state": "closed"},
    }
    for number, change in enumerate(map(BreakerChange, ("opened", "probed", "reopened", "probed", "closed")), start=1):
        await redis.hset(key, mapping=states[change])
        transitions.record(Transition("played", change, 10.0, "unavailable"))
        await eventually(partial(has_states, database, number))
    rows = await database.rows(text("SELECT state FROM provider_states ORDER BY since"))
    assert [row.state for row in rows] == ["open", "half_open", "open", "half_open", "closed"]
    lines = await database.rows(text("SELECT action FROM audit_log"))
    assert sorted(row.action for row in lines) == ["breaker.closed", "breaker.opened", "breaker.reopened"]
    spent = (await metrics(client))["days"][-1]["states_s"]
    assert spent["forced_open"] == 0
    assert sum(spent.values()) <= 86_400


async def test_a_day_begins_with_what_the_breaker_was_before(client: httpx2.AsyncClient, database: Database) -> None:
    now = await repository.read_clock(database)
    async with database.begin() as connection:
        for days, state in ((9, "open"), (8, "forced_open"), (1, "closed")):
            since = repository.midnight(now.date() - timedelta(days=days)) + timedelta(hours=6)
            await repository.add_state(connection, "played", BreakerState(state), since=since)
    days = (await metrics(client, days=3))["days"]
    assert [day["states_s"]["forced_open"] for day in days] == [86_400.0, 6 * 3600.0, 0.0]
    assert days[1]["states_s"]["closed"] == 18 * 3600.0
    assert all(day["states_s"]["open"] == 0 for day in days)


@pytest.mark.parametrize(
    ("states", "wanted"),
    [
        ([], {"closed": 18.0}),
        ([("open", 2), ("half_open", 3), ("closed", 4)], {"closed": 16.0, "open": 1.0, "half_open": 1.0}),
        ([("open", -30)], {"open": 18.0}),
        ([("forced_open", 17)], {"closed": 17.0, "forced_open": 1.0}),
        ([("open", 5), ("open", 6)], {"closed": 5.0, "open": 13.0}),
    ],
)
def test_the_hours_of_a_day_that_is_not_over(states: list[tuple[str, int]], wanted: dict[str, float]) -> None:
    midnight = repository.midnight(TODAY.date())
    rows = [repository.StateRow(BreakerState(state), midnight + timedelta(hours=hours)) for state, hours in states]
    found = {state: spent / 3600 for state, spent in seconds_of(TODAY.date(), rows, TODAY).items() if spent}
    assert found == wanted
    assert not any(seconds_of(date(2026, 11, 23), rows, TODAY).values())


async def test_what_is_older_than_thirty_days_is_pruned(database: Database) -> None:
    now = await repository.read_clock(database)
    async with database.begin() as connection:
        for days, state in ((50, "open"), (40, "closed"), (35, "open"), (3, "closed")):
            await repository.add_state(connection, "played", BreakerState(state), since=now - timedelta(days=days))
    amounts = {
        repository.Amount("played", now.date() - timedelta(days=days), "m", "ok"): Decimal(1) for days in (0, 30, 31)
    }
    await repository.add_amounts(database, amounts)
    await repository.prune(database)
    await repository.prune(database)
    rows = await database.rows(text("SELECT day FROM provider_days ORDER BY day"))
    assert [row.day for row in rows] == [now.date() - timedelta(days=30), now.date()]
    states = await database.rows(text("SELECT state FROM provider_states ORDER BY since"))
    assert [row.state for row in states] == ["open", "closed"]  # what the first day that is kept began with


@pytest.mark.parametrize("seconds", [0.0, 0.0004, 0.001, 0.00125, 0.1, 3.7, 120.0, 86_400.0])
def test_a_bucket_holds_what_it_says(seconds: float) -> None:
    found = percentile_s({bucket_of(seconds): 1}, 0.5)
    assert found is not None
    assert max(seconds, 0.001) <= found + 0.00005
    assert found <= max(seconds, 0.001) * 1.25 + 0.00005
