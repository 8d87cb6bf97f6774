"""Any order of calls, ends and pauses, played on the scripts and on the model at once."""

import asyncio
from collections.abc import Awaitable
from typing import Any, TypeVar

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from redis.asyncio import Redis

from app.governor.breaker import forced
from app.governor.limiter.quota import Quota
from app.governor.limiter.scripts import BreakerRules, Report, Scope, Target, Verdict, breaker_keys
from app.governor.states import CallResult
from tests.integration.governor.breaker_model import BreakerModel, TwoLevels
from tests.integration.governor.clock import played

RULES = BreakerRules(failures=3, window_s=20.0, ratio=0.5, least_calls=6, cooldown_s=10.0, longest_s=40.0, probe_s=30.0)
LETS_THROUGH = {"closed", "trial", "probe"}
SELDOM = st.sampled_from([False, False, False, False, True])
MODELS = st.sampled_from(["m", "m", "n"])
SCOPES: Any = st.sampled_from(["model", "model", "provider"])
RESULTS = st.sampled_from(["ok", "fault", "fault", "fault", "limited", "neutral"])
T = TypeVar("T")


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
        assert (verdict.breaker_state, set(verdict.probes)) == (wanted, probes)
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
        report = Report(CallResult(result), 1.0, 1, error="unavailable" if result == "fault" else "", scope=scope)
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
        self._await(forced.force_open(self._redis, "p"))
        self.model.whole.is_forced = True

    @rule(forget=st.booleans(), really=SELDOM)
    def close_by_hand(self, forget: bool, really: bool) -> None:
        if not really and not self.model.whole.is_forced:
            return
        self._await(forced.force_close(self._redis, "p", ("m", "n"), forget=forget))
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
            outlook = self._await(self.played.scripts.peek(Target("p", model), Quota(), horizon_s=2.0))
            assert outlook.breaker == self.model.word(model)
            assert (outlook.startable == 0) == (outlook.breaker not in LETS_THROUGH)
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
