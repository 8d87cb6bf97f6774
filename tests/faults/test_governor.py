"""The governor over the real stack, seen by the provider's own log; load_test/bench_governor.py is the long form."""

from collections import Counter
from typing import Any

import pytest
from sqlalchemy import text

from app.core.clock import utc_now
from app.core.database import Database
from tests.faults.asking import count, wait_none_open
from tests.faults.governed_stack import WORKERS, begin, check_nothing_spent, small, submit
from tests.rig.invariants import check_invariants
from tests.rig.pulse import Pulse, feeling_pulse
from tests.rig.stack import Stack, eventually
from tests.scripted_model.figures import TOLD_WITHIN_S, displacement, most_in_any, outage
from tests.scripted_model.process import ScriptedModel
from tests.scripted_model.witness import read_calls

FAILURES = 5
COOLDOWN_S = 2.0
STRAY = 2  # calls that are held up on their way, so that they come together with later ones
_CHANGES = text("SELECT action FROM audit_log WHERE action LIKE 'breaker.%' ORDER BY id")


def stray(pulse: Pulse, *, per_s: float) -> int:
    """Return how many calls may be held up on a machine as late as this one, when so many a second are made."""
    return STRAY + int(pulse.late_s * per_s)


def refused(provider: ScriptedModel) -> int:
    return len([call for call in read_calls(provider.log) if call["status"] == 429])


async def test_workers_keep_a_strict_window_of_which_only_the_settings_tell(stack: Stack, database: Database) -> None:
    provider = await stack.provider(requests=20, interval_s=4, mode="window", headers=False, retry_after=False)
    async with feeling_pulse(database) as pulse:
        await begin(stack, [small(number) for number in range(35)], LLM_QUOTA="20/4s")
        await check_nothing_spent(database, provider)
    strays = stray(pulse, per_s=20 / 4)
    assert refused(provider) <= strays
    assert most_in_any((call["t0"] for call in read_calls(provider.log)), 4) <= 20 + strays


@pytest.mark.slow
async def test_a_limit_of_which_nothing_is_told_costs_no_attempt(stack: Stack, database: Database) -> None:
    provider = await stack.provider(requests=20, interval_s=2, mode="window", headers=False, retry_after=False)
    await begin(stack, [small(number) for number in range(40)])
    await check_nothing_spent(database, provider)
    assert refused(provider) > 0  # else nothing was tried


async def test_a_limit_is_learnt_from_headers(stack: Stack, database: Database) -> None:
    provider = await stack.provider(requests=300, latency_s=0.1)  # of a full bucket all could start at once
    await begin(stack, [small(0)])
    await wait_none_open(database)
    await submit(stack.clients[0], [small(number) for number in range(40)])
    await check_nothing_spent(database, provider)
    calls = read_calls(provider.log)
    assert len(calls) == 41
    assert most_in_any((call["t0"] for call in calls), 1) <= 25  # 5 a second, and what may start at once


async def test_a_high_job_does_not_wait_for_the_low_ones_before_it(stack: Stack, database: Database) -> None:
    provider = await stack.provider(requests=10, interval_s=2, mode="window", headers=False)
    async with feeling_pulse(database) as pulse:
        lows = await begin(stack, [small(number, priority="low") for number in range(100)], LLM_QUOTA="10/2s")
        await eventually(lambda: len(read_calls(provider.log)) >= 10, what="low jobs have started")
        [high] = await submit(stack.clients[0], [small(100, priority="high")])
        since_s = utc_now().timestamp()
        await eventually(lambda: provider.calls(high), what="the high job has started")
    begun_s = provider.calls(high)[0]["t0"]
    calls = read_calls(provider.log)
    before = [call for call in calls if since_s <= call["t0"] < begun_s]
    strays = stray(pulse, per_s=10 / 2)
    assert len(before) <= 2 * 10 + strays
    assert displacement(lows, calls) <= 2 * 10 + strays
    assert await count(database, "status = 'failed'") == 0


@pytest.mark.parametrize(
    "way", ["503", pytest.param("refuse", marks=pytest.mark.slow), pytest.param("hang", marks=pytest.mark.slow)]
)
async def test_a_provider_that_is_down_is_left_alone_and_costs_no_waiting_job_an_attempt(
    stack: Stack, database: Database, way: str
) -> None:
    provider = await stack.provider()
    breaker = {"BREAKER_FAILURES": str(FAILURES), "BREAKER_WINDOW_S": "60", "BREAKER_COOLDOWN_S": f"{COOLDOWN_S:g}"}
    limit_s = "1" if way == "hang" else "60"
    await begin(stack, [small(number) for number in range(150)], slots=1, LLM_TIMEOUT_S=limit_s, **breaker)
    await eventually(lambda: len(read_calls(provider.log)) >= 10, what="calls before the outage")
    begun_s = utc_now().timestamp()
    provider.control(down=way)

    def calls_when_down() -> Any:
        """Return those that found it down; a few may have found it well after `begun_s`."""
        failed = [call for call in read_calls(provider.log) if call["status"] != 200]
        told_s = TOLD_WITHIN_S + pulse.late_s
        return outage(failed, begun_s, utc_now().timestamp(), failures=FAILURES, told_s=told_s)

    async with feeling_pulse(database) as pulse:
        await eventually(lambda: len(calls_when_down().probes) >= 2, what="two probes")
    found = calls_when_down()
    provider.control(down=None)
    await wait_none_open(database)
    rows = await check_invariants(database, calls=provider.log)
    failed = [call for call in read_calls(provider.log) if call["status"] != 200]
    counted = outage(failed, 0.0, float("inf"), failures=FAILURES).before  # a failed probe costs its job no attempt
    failures = Counter(call["job"] for call in counted)
    assert {row.status for row in rows} == {"completed"}
    assert {str(row.id): row.attempt - row.refunds for row in rows} == {
        str(row.id): 1 + failures[str(row.id)] for row in rows
    }
    # The answer to a call from before the outage may come after a failure, and the failures are counted anew. On a
    # machine that is late, what counts as the time until all know is long enough for probes.
    probes = int((TOLD_WITHIN_S + pulse.late_s) / (COOLDOWN_S * 0.8))
    assert len(found.before) <= FAILURES + WORKERS - 1 + probes
    assert found.shortest_gap_s >= COOLDOWN_S * 0.8 - pulse.late_s
    changes = Counter(row.action for row in await database.rows(_CHANGES))
    assert (changes["breaker.opened"], changes["breaker.closed"]) == (1, 1)
