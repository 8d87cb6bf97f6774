"""The breaker in any order of calls, ends and pauses: what the model says, and what must hold whatever happens."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test
from redis.asyncio import Redis

from app.core.redis import connect
from app.governor.limiter.quota import Quota
from app.governor.limiter.scripts import BreakerRules, Report, Target, Transition, Verdict
from app.governor.outcomes import after_error
from app.governor.states import CallResult
from app.llm.base import ErrorKind, ModelError
from tests.integration.governor.breaker_machine import BreakerMachine
from tests.integration.governor.clock import played

TARGET, OTHER = Target("p", "m"), Target("p", "n")
FEW = settings(
    max_examples=60,
    stateful_step_count=60,
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.generate],  # to shorten a run that fails takes minutes: the long test does it
    report_multiple_bugs=False,
    suppress_health_check=list(HealthCheck),
)
MANY = settings(FEW, max_examples=1000, derandomize=False, phases=[Phase.generate, Phase.shrink])


@pytest.fixture
def runner() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as runner:
        yield runner


@pytest.fixture
def machine_redis(redis_url: str, runner: asyncio.Runner) -> Iterator[Redis]:
    client = connect(redis_url, timeout_s=30)  # a busy machine is no difference
    yield client
    runner.run(client.aclose())


@pytest.mark.no_cover  # thousands of steps through what other tests cover: tracing them takes most of the time
def test_the_breaker_does_what_the_model_does(runner: asyncio.Runner, machine_redis: Redis) -> None:
    run_state_machine_as_test(lambda: BreakerMachine(runner, machine_redis), settings=FEW)  # type: ignore[arg-type]


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_it_does_so_in_a_thousand_runs(runner: asyncio.Runner, machine_redis: Redis) -> None:
    run_state_machine_as_test(lambda: BreakerMachine(runner, machine_redis), settings=MANY)  # type: ignore[arg-type]


# By hand, since a model can be as wrong as what it is compared with.


async def test_five_failures_open_it_for_ten_seconds_and_one_call_tries(redis: Redis) -> None:
    clock = await played(redis)
    for number in range(5):
        assert (await admit(clock.scripts, f"f{number}")).is_granted
        change = await settle(clock.scripts, f"f{number}", "fault")
        assert (change is not None) == (number == 4)
    assert change is not None
    assert (change.change, change.cooldown_s) == ("opened", 10.0)
    await clock.pass_s(9.9)
    assert [(await admit(clock.scripts, f"w{number}")).word for number in range(50)] == ["open"] * 50
    await clock.pass_s(0.2)
    words = [(await admit(clock.scripts, f"p{number}")).word for number in range(50)]
    assert words == ["granted"] + ["half_open"] * 49
    change = await settle(clock.scripts, "p0", "ok")
    assert change is not None
    assert change.change == "closed"
    assert [(await admit(clock.scripts, f"q{number}")).word for number in range(50)] == ["granted"] * 50


async def test_each_probe_that_fails_doubles_the_pause_up_to_the_longest(redis: Redis) -> None:
    clock = await played(redis)
    for number in range(5):
        await admit(clock.scripts, f"f{number}")
        await settle(clock.scripts, f"f{number}", "fault")
    pauses = []
    pause_s = 10.0
    for number in range(7):
        await clock.pass_s(pause_s + 0.1)
        assert (await admit(clock.scripts, f"p{number}")).is_granted
        change = await settle(clock.scripts, f"p{number}", "fault")
        assert change is not None
        assert change.change == "reopened"
        pauses.append(pause_s := change.cooldown_s)
    assert pauses == [20.0, 40.0, 80.0, 160.0, 300.0, 300.0, 300.0]


async def test_a_probe_that_never_ends_is_given_up(redis: Redis) -> None:
    clock = await played(redis)
    for number in range(5):
        await admit(clock.scripts, f"f{number}")
        await settle(clock.scripts, f"f{number}", "fault")
    await clock.pass_s(11)
    assert (await admit(clock.scripts, "dead")).is_granted
    await clock.pass_s(BreakerRules().probe_s - 1)
    assert (await admit(clock.scripts, "x")).word == "half_open"
    await clock.pass_s(2)
    assert (await admit(clock.scripts, "next")).is_granted
    assert await settle(clock.scripts, "dead", "fault") is None  # too late to say anything
    change = await settle(clock.scripts, "next", "ok")
    assert change is not None
    assert change.change == "closed"


@pytest.mark.parametrize(
    "kind", ["provider_rejected", "model_not_found", "context_too_long", "content_refused", "rate_limited"]
)
async def test_what_is_the_callers_fault_never_opens_it(redis: Redis, kind: ErrorKind) -> None:
    clock = await played(redis)
    for number in range(60):
        await admit(clock.scripts, str(number))
        report = after_error(ModelError(kind, "no"), tokens_reserved=1, had_full_time=True)
        assert await clock.scripts.settle(TARGET, Quota(), str(number), report) == ()
        await clock.pass_s(20)
    assert (await clock.scripts.peek(TARGET, Quota(), horizon_s=2.0)).breaker == "closed"


@pytest.mark.parametrize(
    ("kind", "model"),
    [("unavailable", "m"), ("timeout", "m"), ("network", None), ("auth_failed", None), ("insufficient_credits", None)],
)
async def test_what_is_the_providers_fault_opens_the_breaker_that_it_concerns(
    redis: Redis, kind: ErrorKind, model: str | None
) -> None:
    clock = await played(redis)
    for number in range(5):
        await admit(clock.scripts, str(number))
        report = after_error(ModelError(kind, "no"), tokens_reserved=1, had_full_time=True)
        changes = await clock.scripts.settle(TARGET, Quota(), str(number), report)
    assert [(one.model, one.change, one.error) for one in changes] == [(model, "opened", kind)]
    assert not (await admit(clock.scripts, "x")).is_granted
    assert (await admit(clock.scripts, "y", OTHER)).is_granted == (model is not None)


async def test_one_bad_model_of_six_leaves_the_others_alone(redis: Redis) -> None:
    clock = await played(redis)
    models = [Target("gateway", f"m{number}") for number in range(6)]
    for number in range(40):
        for target in models:
            call = f"{target.model}-{number}"
            if (await admit(clock.scripts, call, target)).is_granted:
                await settle(clock.scripts, call, "fault" if target is models[0] else "ok", target)
    words = [(await clock.scripts.peek(one, Quota(), horizon_s=2.0)).breaker for one in models]
    assert words == ["open"] + ["closed"] * 5


async def test_a_call_may_be_the_probe_of_both_breakers_and_closes_both(redis: Redis) -> None:
    clock = await played(redis)
    for number, scope in enumerate(["model"] * 5 + ["provider"] * 5):
        for target in (TARGET, OTHER):
            await admit(clock.scripts, f"{target.model}{number}", target)
        name = TARGET if scope == "model" else OTHER
        report = Report(CallResult.FAULT, 1.0, 1, error="unavailable", scope=scope)  # type: ignore[arg-type]
        await clock.scripts.settle(name, Quota(), f"{name.model}{number}", report)
    await clock.pass_s(10.1)
    verdict = await admit(clock.scripts, "p")
    assert (verdict.word, set(verdict.probes)) == ("granted", {"model", "provider"})
    assert (await admit(clock.scripts, "q", OTHER)).word == "half_open"  # the provider's probe is out
    changes = await clock.scripts.settle(TARGET, Quota(), "p", Report(CallResult.OK, 1.0, 1))
    assert [(one.model, one.change) for one in changes] == [("m", "closed"), (None, "closed")]


async def test_of_two_open_breakers_the_later_one_is_waited_for(redis: Redis) -> None:
    clock = await played(redis)
    for number in range(5):
        await admit(clock.scripts, f"f{number}")
        await settle(clock.scripts, f"f{number}", "fault")
    await clock.pass_s(8)
    for number in range(5):
        await admit(clock.scripts, f"g{number}", OTHER)
        report = Report(CallResult.FAULT, 1.0, 1, error="network", scope="provider")
        await clock.scripts.settle(OTHER, Quota(), f"g{number}", report)
    verdict = await admit(clock.scripts, "x")
    assert (verdict.word, str(verdict.scope)) == ("open", "provider")
    assert verdict.wait_s == pytest.approx(10.0)


async def test_failures_that_lie_apart_do_not_open_it(redis: Redis) -> None:
    clock = await played(redis)
    for number in range(12):
        assert (await admit(clock.scripts, str(number))).is_granted
        assert await settle(clock.scripts, str(number), "fault") is None
        await clock.pass_s(61)


async def admit(scripts: Any, call: str, target: Target = TARGET) -> Verdict:
    found: Verdict = await scripts.admit(target, Quota(), call=call, prompt_tokens=1, output_tokens=1)
    return found


async def settle(scripts: Any, call: str, result: str, target: Target = TARGET) -> Transition | None:
    """End a call, with a fault of its model; return what that changed, which is one breaker at most here."""
    changes: tuple[Transition, ...] = await scripts.settle(
        target, Quota(), call, Report(CallResult(result), 1.0, 1, error="unavailable")
    )
    return changes[0] if changes else None
