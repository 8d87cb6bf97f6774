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
from app.governor.scripts import BreakerRules, Report, Target, Verdict
from app.llm.base import ErrorKind, ModelError
from tests.integration.governor.breaker_model import BreakerModel
from tests.integration.governor.clock import played

RULES = BreakerRules(failures=3, window_s=20.0, ratio=0.5, least_calls=6, cooldown_s=10.0, longest_s=40.0, probe_s=30.0)
TARGET = Target("p", "m")
LETS_THROUGH = {"closed", "trial", "probe"}
SELDOM = st.sampled_from([False, False, False, False, True])
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
    """Calls of several workers, in any order, with a clock of their own."""

    def __init__(self, runner: asyncio.Runner, redis: Redis) -> None:
        super().__init__()
        self._runner = runner
        self._redis = redis
        self._numbers = iter(range(10**6))
        self.model = BreakerModel(RULES)
        self.under_way: list[str] = []
        self.opened = 0
        self.probes_since_opened = 0

    def _await(self, awaitable: Awaitable[T]) -> T:
        async def awaited() -> T:
            return await awaitable

        return self._runner.run(awaited())

    def _stored(self) -> dict[bytes, bytes]:
        found: Any = self._await(self._redis.hgetall(switch.breaker_keys(TARGET.provider)[0]))
        return dict(found)

    @initialize()
    def begin(self) -> None:
        self._await(self._redis.flushall())
        self.played = self._await(played(self._redis, RULES))
        self.model.now_s = self.played.now_s

    @rule()
    def call(self) -> None:
        call = f"c{next(self._numbers)}"
        verdict: Verdict = self._await(
            self.played.scripts.admit(TARGET, Quota(), call=call, prompt_tokens=1, output_tokens=1)
        )
        wanted = self.model.admit(call)
        assert (verdict.door or verdict.word) == wanted
        assert verdict.is_granted == (wanted in LETS_THROUGH)
        if verdict.is_granted:
            self.under_way.append(call)
        if wanted == "probe":
            self.probes_since_opened += 1

    @rule(number=st.integers(0, 9), result=st.sampled_from(["ok", "fault", "fault", "fault", "limited", "neutral"]))
    def end(self, number: int, result: str) -> None:
        if not self.under_way:
            return
        call = self.under_way.pop(number % len(self.under_way))
        was = self.model.state
        report = Report(result, 1.0, 1, error="unavailable" if result == "fault" else "")
        transition = self._await(self.played.scripts.settle(TARGET, Quota(), call, report))
        self._await(self._redis.delete(TARGET.keys[0]))  # what a refusal does to the budget is another test's matter
        wanted = self.model.settle(call, result)
        assert (transition.change if transition else "") == wanted
        if transition is not None and transition.change in {"opened", "reopened"}:
            assert transition.cooldown_s == pytest.approx(self.model.cooldown_s)
            assert (transition.change == "opened") == (was == "closed")
            self.opened += 1
            self.probes_since_opened = 0

    @rule(results=st.lists(st.sampled_from(["ok", "fault"]), min_size=1, max_size=10))
    def calls_one_after_the_other(self, results: list[str]) -> None:
        for result in results:
            before = len(self.under_way)
            self.call()
            if len(self.under_way) > before:
                self.end(before, result)

    @rule(pairs=st.integers(2, 5))
    def every_other_call_fails(self, pairs: int) -> None:
        self.calls_one_after_the_other(["ok", "fault"] * pairs)

    @rule(result=st.sampled_from(["ok", "fault", "fault", "neutral", ""]))
    def a_probe(self, result: str) -> None:
        """Wait for the end of a cool-down, and let two workers try at once; without a result it goes on."""
        if self.model.state == "open" and not self.model.is_forced:
            self.time_passes(max(0.5, self.model.open_until_s - self.model.now_s + 0.25))
            self.call()
            self.call()
            assert self.probes_since_opened == 1
            if result:
                self.end(len(self.under_way) - 1, result)

    @rule(seconds=st.sampled_from([0.5, 3.0, 9.0, 15.0, 25.0, 31.0]))
    def time_passes(self, seconds: float) -> None:
        self._await(self.played.pass_s(seconds))
        self.model.now_s = self.played.now_s

    @rule(really=SELDOM)
    def open_by_hand(self, really: bool) -> None:
        if not really:
            return
        self._await(switch.hold(self._redis, TARGET.provider, is_closed=True))
        self.model.is_forced = True

    @rule(forget=st.booleans(), really=SELDOM)
    def close_by_hand(self, forget: bool, really: bool) -> None:
        if not really and not self.model.is_forced:
            return
        self._await(switch.let_through(self._redis, TARGET.provider, forget=forget))
        self.model.close()
        self.model.is_forced = False
        if forget:
            self.model.failures = 0

    @invariant()
    def a_look_says_the_same_and_changes_nothing(self) -> None:
        if not hasattr(self, "played"):
            return
        before = self._stored()
        view = self._await(self.played.scripts.peek(TARGET, Quota(), horizon_s=2.0))
        assert view.breaker == self.model._word()
        assert (view.free == 0) == (view.breaker not in LETS_THROUGH)
        assert self._stored() == before
        assert int(before.get(b"failures", 0)) == self.model.failures

    @invariant()
    def at_most_one_probe_is_under_way(self) -> None:
        if self.model.state == "half_open":
            assert len(self.model.trying) <= 1

    @invariant()
    def a_cool_down_is_within_its_bounds(self) -> None:
        if self.model.state == "open":
            assert RULES.cooldown_s <= self.model.cooldown_s <= RULES.longest_s


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
        assert await clock.scripts.settle(TARGET, Quota(), str(number), report) is None
        await clock.pass_s(20)
    assert (await clock.scripts.peek(TARGET, Quota(), horizon_s=2.0)).breaker == "closed"


@pytest.mark.parametrize("kind", ["unavailable", "network", "timeout", "auth_failed", "insufficient_credits"])
async def test_what_is_the_providers_fault_opens_it(redis: Redis, kind: ErrorKind) -> None:
    clock = await played(redis)
    for number in range(5):
        await admit(clock.scripts, str(number))
        report = after_error(ModelError(kind, "no"), tokens_booked=1, had_full_time=True)
        change = await clock.scripts.settle(TARGET, Quota(), str(number), report)
    assert change is not None
    assert (change.change, change.error) == ("opened", kind)


async def test_failures_that_lie_apart_do_not_open_it(redis: Redis) -> None:
    clock = await played(redis)
    for number in range(12):
        assert (await admit(clock.scripts, str(number))).is_granted
        assert await settle(clock.scripts, str(number), "fault") is None
        await clock.pass_s(61)


async def admit(scripts: Any, call: str) -> Verdict:
    found: Verdict = await scripts.admit(TARGET, Quota(), call=call, prompt_tokens=1, output_tokens=1)
    return found


async def settle(scripts: Any, call: str, result: str) -> Any:
    return await scripts.settle(TARGET, Quota(), call, Report(result, 1.0, 1, error="unavailable"))
