"""The breaker in any order of calls, ends and pauses: what the model says, and what must hold whatever happens."""

import asyncio
from collections.abc import Awaitable, Iterator
from typing import Any, TypeVar

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from redis.asyncio import Redis

from app.core.redis import connect
from app.governor import switch
from app.governor.quota import Quota
from app.governor.reports import after_error
from app.governor.scripts import BreakerRules, Report, Scope, Target, Transition, Verdict, breaker_keys
from app.llm.base import ErrorKind, ModelError
from tests.integration.governor.breaker_model import BreakerModel, TwoLevels
from tests.integration.governor.clock import played

RULES = BreakerRules(failures=3, window_s=20.0, ratio=0.5, least_calls=6, cooldown_s=10.0, longest_s=40.0, probe_s=30.0)
TARGET, OTHER = Target("p", "m"), Target("p", "n")
LETS_THROUGH = {"closed", "trial", "probe"}
SELDOM = st.sampled_from([False, False, False, False, True])
MODELS = st.sampled_from(["m", "m", "n"])
SCOPES: Any = st.sampled_from(["model", "model", "provider"])
RESULTS = st.sampled_from(["ok", "fault", "fault", "fault", "limited", "neutral"])
T = TypeVar("T")
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


class BreakerMachine(RuleBasedStateMachine):
    """Calls of several workers to two models of one provider, in any order, with a clock of their own."""

    def __init__(self, runner: asyncio.Runner, redis: Redis) -> None:
        super().__init__()
        self._runner = runner
        self._redis = redis
        self._numbers = iter(range(10**6))
        self.model = TwoLevels(RULES)
        self.under_way: list[tuple[str, str]] = []
        self.probes_since_opened = {"m": 0, "n": 0, None: 0}

    def _await(self, awaitable: Awaitable[T]) -> T:
        async def awaited() -> T:
            return await awaitable

        return self._runner.run(awaited())

    def _stored(self, model: str | None) -> dict[bytes, bytes]:
        found: Any = self._await(self._redis.hgetall(breaker_keys("p", model)[0]))
        return dict(found)

    @initialize()
    def begin(self) -> None:
        self._await(self._redis.flushall())
        self.played = self._await(played(self._redis, RULES))
        self.model.at(self.played.now_s)

    @rule(model=MODELS)
    def call(self, model: str) -> None:
        call = f"c{next(self._numbers)}"
        verdict: Verdict = self._await(
            self.played.scripts.admit(Target("p", model), Quota(), call=call, prompt_tokens=1, output_tokens=1)
        )
        wanted, probes = self.model.admit(model, call)
        assert (verdict.door, set(verdict.probes)) == (wanted, probes)
        assert verdict.is_granted == (wanted in LETS_THROUGH)
        if verdict.is_granted:
            self.under_way.append((model, call))
        for scope in probes:
            self.probes_since_opened[model if scope == "model" else None] += 1

    @rule(number=st.integers(0, 9), result=RESULTS, scope=SCOPES)
    def end(self, number: int, result: str, scope: Scope) -> None:
        if not self.under_way:
            return
        model, call = self.under_way.pop(number % len(self.under_way))
        was = {model: self.model.own[model].state, None: self.model.whole.state}
        report = Report(result, 1.0, 1, error="unavailable" if result == "fault" else "", scope=scope)
        target = Target("p", model)
        changes = self._await(self.played.scripts.settle(target, Quota(), call, report))
        self._await(self._redis.delete(target.keys[0]))  # what a refusal does to the budget is another test's matter
        assert [(one.model, one.change) for one in changes] == self.model.settle(model, call, result, scope)
        for one in changes:
            if one.change in {"opened", "reopened"}:
                assert one.cooldown_s == pytest.approx(self._of(one.model).cooldown_s)
                assert (one.change == "opened") == (was[one.model] == "closed")
                self.probes_since_opened[one.model] = 0

    def _of(self, model: str | None) -> BreakerModel:
        return self.model.whole if model is None else self.model.own[model]

    @rule(model=MODELS, scope=SCOPES, results=st.lists(st.sampled_from(["ok", "fault"]), min_size=1, max_size=10))
    def calls_one_after_the_other(self, model: str, scope: Scope, results: list[str]) -> None:
        for result in results:
            before = len(self.under_way)
            self.call(model)
            if len(self.under_way) > before:
                self.end(before, result, scope)

    @rule(model=MODELS, scope=SCOPES, pairs=st.integers(2, 5))
    def every_other_call_fails(self, model: str, scope: Scope, pairs: int) -> None:
        self.calls_one_after_the_other(model, scope, ["ok", "fault"] * pairs)

    @rule(model=MODELS, scope=SCOPES)
    def it_fails_until_it_opens(self, model: str, scope: Scope) -> None:
        self.calls_one_after_the_other(model, scope, ["fault"] * RULES.failures)

    @rule(model=MODELS, scope=SCOPES, result=st.sampled_from(["ok", "fault", "fault", "neutral", ""]))
    def a_probe(self, model: str, scope: Scope, result: str) -> None:
        """Wait for the end of every cool-down, and let two workers try at once; without a result it goes on."""
        waiting = [one for one in (self.model.whole, self.model.own[model]) if one.state == "open"]
        if not waiting or self.model.whole.is_forced:
            return
        self.time_passes(max(0.5, *(one.open_until_s - one.now_s + 0.25 for one in waiting)))
        before = len(self.under_way)
        self.call(model)
        self.call(model)
        assert len(self.under_way) <= before + 1  # none, where another call tries the other breaker still
        if result and len(self.under_way) > before:
            self.end(before, result, scope)

    @rule(seconds=st.sampled_from([0.5, 3.0, 9.0, 15.0, 25.0, 31.0]))
    def time_passes(self, seconds: float) -> None:
        self._await(self.played.pass_s(seconds))
        self.model.at(self.played.now_s)

    @rule(really=SELDOM)
    def open_by_hand(self, really: bool) -> None:
        if not really:
            return
        self._await(switch.hold(self._redis, "p", is_closed=True))
        self.model.whole.is_forced = True

    @rule(forget=st.booleans(), really=SELDOM)
    def close_by_hand(self, forget: bool, really: bool) -> None:
        if not really and not self.model.whole.is_forced:
            return
        self._await(switch.let_through(self._redis, "p", ("m", "n"), forget=forget))
        for one in self.model.all:
            one.close()
            one.is_forced = False
            if forget:
                one.failures = 0

    @invariant()
    def a_look_says_the_same_and_changes_nothing(self) -> None:
        if not hasattr(self, "played"):
            return
        before = {name: self._stored(name) for name in ("m", "n", None)}
        for model in ("m", "n"):
            view = self._await(self.played.scripts.peek(Target("p", model), Quota(), horizon_s=2.0))
            assert view.breaker == self.model.word(model)
            assert (view.free == 0) == (view.breaker not in LETS_THROUGH)
        for name, stored in before.items():
            assert self._stored(name) == stored
            assert int(stored.get(b"failures", 0)) == self._of(name).failures

    @invariant()
    def at_most_one_probe_is_under_way(self) -> None:
        for one in self.model.all:
            if one.state == "half_open":
                assert len(one.trying) <= 1

    @invariant()
    def a_cool_down_is_within_its_bounds(self) -> None:
        for one in self.model.all:
            if one.state == "open":
                assert RULES.cooldown_s <= one.cooldown_s <= RULES.longest_s


@pytest.fixture
def runner() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as runner:
        yield runner


@pytest.fixture
def machine_redis(redis_url: str, runner: asyncio.Runner) -> Iterator[Redis]:
    client = connect(redis_url, timeout_s=30)  # a busy machine is no difference
    yield client
    runner.run(client.aclose())


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
        report = after_error(ModelError(kind, "no"), tokens_booked=1, had_full_time=True)
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
        report = after_error(ModelError(kind, "no"), tokens_booked=1, had_full_time=True)
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
        report = Report("fault", 1.0, 1, error="unavailable", scope=scope)  # type: ignore[arg-type]
        await clock.scripts.settle(name, Quota(), f"{name.model}{number}", report)
    await clock.pass_s(10.1)
    verdict = await admit(clock.scripts, "p")
    assert (verdict.word, set(verdict.probes)) == ("granted", {"model", "provider"})
    assert (await admit(clock.scripts, "q", OTHER)).word == "half_open"  # the provider's probe is out
    changes = await clock.scripts.settle(TARGET, Quota(), "p", Report("ok", 1.0, 1))
    assert [(one.model, one.change) for one in changes] == [("m", "closed"), (None, "closed")]


async def test_of_two_open_breakers_the_later_one_is_waited_for(redis: Redis) -> None:
    clock = await played(redis)
    for number in range(5):
        await admit(clock.scripts, f"f{number}")
        await settle(clock.scripts, f"f{number}", "fault")
    await clock.pass_s(8)
    for number in range(5):
        await admit(clock.scripts, f"g{number}", OTHER)
        report = Report("fault", 1.0, 1, error="network", scope="provider")
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
        target, Quota(), call, Report(result, 1.0, 1, error="unavailable")
    )
    return changes[0] if changes else None
