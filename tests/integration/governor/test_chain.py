"""A chain in one attempt: who is asked after whom, with how much time, what is told, allowed, booked and learned."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from random import Random
from typing import Any

import pytest
from redis.asyncio import Redis

from app.governor.admission import Admission
from app.governor.chain import Chain
from app.governor.governed import CallRecord, GovernedModel, NoLessons, Terms
from app.governor.quota import Quota, parse_quota
from app.governor.scripts import Target, Transition
from app.llm.base import (
    STEP_HEADER,
    Ask,
    Completion,
    ErrorKind,
    Image,
    Limits,
    Message,
    ModelError,
    NotAdmitted,
    Spending,
    Usage,
)
from tests.integration.governor.clock import Played, played

SAYS_ALL = ["network", "unavailable", "timeout", "auth_failed", "insufficient_credits", "model_not_found"]
SAYS_ALL += ["bad_response", "rate_limited", "request_too_large"]
OWN_FAULTS = ["provider_rejected", "content_refused", "output_truncated"]
NO_QUOTA = Quota()


def failed(kind: str, *, usage: Usage | None = None, learned: Mapping[str, Any] | None = None) -> ModelError:
    error = ModelError(kind, f"It is {kind}.")  # type: ignore[arg-type]
    error.usage, error.learned = usage, learned or {}
    return error


@dataclass
class PlayedModel:
    """A model that fails as planned, call by call, and answers from then on; keeps what it was asked."""

    name: str
    plan: list[ModelError] = field(default_factory=list)
    context_tokens: int | None = None
    vision: bool = False
    provider: str = ""
    asked: list[Ask] = field(default_factory=list)

    async def complete(self, ask: Ask) -> Completion:
        ask.admitted()
        self.asked.append(ask)
        if len(self.asked) <= len(self.plan):
            error = self.plan[len(self.asked) - 1]
            if error.usage is not None:
                ask.spent(Spending(self.provider, self.name, error.usage, self.price_usd(error.usage)))
            raise error
        ask.spent(Spending(self.provider, self.name, Usage(10, 5), Decimal("0.5")))
        return Completion(f"{self.name} says", self.provider, self.name, "stop", Usage(10, 5), Decimal("0.5"))

    def price_usd(self, usage: Usage) -> Decimal | None:
        return Decimal(usage.prompt_tokens + usage.completion_tokens) / 10

    def room_tokens(self, ask: Ask) -> int:
        return ask.limits.max_output_tokens

    async def close(self) -> None:
        pass


@dataclass
class Kit:
    """What the chains of a test have in common."""

    clock: Played
    told: list[Transition] = field(default_factory=list)
    records: list[CallRecord] = field(default_factory=list)

    def chain(
        self,
        *models: PlayedModel,
        quotas: Mapping[str, str] | None = None,
        goes_on: bool = True,
        lessons: Any = None,
        provider: str | None = None,
    ) -> Chain:
        admission = Admission(
            self.clock.scripts,
            workers=lambda: 1,
            is_closed=lambda _: False,
            tell=self.told.append,
            random=Random(1),
        )

        def caps(name: str) -> Callable[[], Quota]:
            return lambda: parse_quota((quotas or {}).get(name, ""))

        governed = []
        for one in models:
            one.provider = provider or f"of-{one.name}"
            terms = Terms(caps(one.name), 10.0, self.records.append, lessons=lessons or NoLessons())
            governed.append(GovernedModel(one, Target(one.provider, one.name), admission, terms))
        return Chain("chain", governed, goes_on=goes_on)

    async def open(self, chain: Chain, model: PlayedModel, kind: str = "unavailable") -> None:
        """Let a model fail until its breaker opens."""
        model.asked.clear()
        model.plan = [failed(kind) for _ in range(5)]
        for _ in range(5):
            with pytest.raises(ModelError):
                await Chain("alone", [one for one in chain._models if one.model is model]).complete(ask())
        model.asked.clear()
        model.plan = []


@pytest.fixture
async def kit(redis: Redis) -> Kit:
    return Kit(await played(redis))


def ask(**more: Any) -> Ask:
    return Ask((Message("user", "hello"),), Limits(100, 10.0), **{"headers": {STEP_HEADER: "3"}, **more})


@pytest.mark.parametrize("kind", SAYS_ALL)
async def test_after_a_failure_of_the_model_the_next_one_answers_in_the_same_attempt(kit: Kit, kind: str) -> None:
    dead, ok = PlayedModel("dead", [failed(kind)]), PlayedModel("ok")
    answer = await kit.chain(dead, ok).complete(ask())
    assert (answer.text, answer.fallback) == ("ok says", f"dead: {kind}")


@pytest.mark.parametrize("kind", OWN_FAULTS)
async def test_what_is_the_questions_fault_ends_it(kit: Kit, kind: str) -> None:
    ok = PlayedModel("ok")
    with pytest.raises(ModelError) as raised:
        await kit.chain(PlayedModel("dead", [failed(kind)]), ok).complete(ask())
    assert (raised.value.kind, raised.value.message, ok.asked) == (kind, f"It is {kind}.", [])


@pytest.mark.parametrize("status", [308, 403])
async def test_after_a_redirect_or_where_nobody_is_let_in_the_next_one_answers(kit: Kit, status: int) -> None:
    shut = ModelError("provider_rejected", "shut", status=status)
    first, second = PlayedModel("first", plan=[shut]), PlayedModel("second")
    assert (await kit.chain(first, second).complete(ask())).model == "second"


async def test_an_error_ends_the_attempt_where_that_is_wanted_and_a_refusal_does_not(kit: Kit) -> None:
    dead, ok = PlayedModel("dead", [failed("network")]), PlayedModel("ok")
    chain = kit.chain(dead, ok, goes_on=False)
    with pytest.raises(ModelError):
        await chain.complete(ask())
    assert (ok.asked, dead.asked[0].limits.timeout_s) == ([], 10.0)
    await kit.open(chain, dead)
    assert (await chain.complete(ask())).fallback == "dead: provider_down"


@pytest.mark.parametrize(
    ("dead_tokens", "next_tokens", "goes_on"),
    [(1000, 2000, True), (1000, None, True), (None, 500, True), (1000, 1000, False), (1000, 500, False)],
)
async def test_a_text_that_is_too_long_goes_to_a_model_that_may_hold_more(
    kit: Kit, dead_tokens: int | None, next_tokens: int | None, goes_on: bool
) -> None:
    dead = PlayedModel("dead", [failed("context_too_long")], context_tokens=dead_tokens)
    ok = PlayedModel("ok", context_tokens=next_tokens)
    if goes_on:
        assert (await kit.chain(dead, ok).complete(ask())).fallback == "dead: context_too_long"
        return
    with pytest.raises(ModelError, match="context_too_long"):
        await kit.chain(dead, ok).complete(ask())
    assert ok.asked == []


async def test_each_call_has_a_step_of_its_own_and_is_allowed(kit: Kit) -> None:
    allowed: list[int] = []
    models = [PlayedModel("a", [failed("network")]), PlayedModel("b", [failed("timeout")]), PlayedModel("c")]
    answer = await kit.chain(*models).complete(ask(allow=lambda: allowed.append(1)))
    steps = [one.headers[STEP_HEADER] for model in models for one in model.asked]
    assert (steps, len(allowed), answer.fallback) == (["3", "3.2", "3.3"], 3, "a: network, b: timeout")


class TooDearError(Exception):
    pass


async def test_a_call_that_is_not_allowed_is_not_made_and_its_place_is_given_back(kit: Kit) -> None:
    def refuse() -> None:
        raise TooDearError

    ok = PlayedModel("ok")
    chain = kit.chain(ok, quotas={"ok": "60/min"})
    with pytest.raises(TooDearError):
        await chain.complete(ask(allow=refuse))
    view = await kit.clock.scripts.peek(Target("of-ok", "ok"), parse_quota("60/min"), horizon_s=1)
    assert (ok.asked, view.level, kit.records) == ([], 0.0, [])


async def test_what_a_failed_call_cost_is_booked_as_that_of_an_answer(kit: Kit) -> None:
    spent: list[Spending] = []
    dead, free, ok = (
        PlayedModel("dead", [failed("bad_response", usage=Usage(7, 3))]),
        PlayedModel("free", [failed("network")]),
        PlayedModel("ok"),
    )
    await kit.chain(dead, free, ok).complete(ask(spent=spent.append))
    assert spent == [
        Spending("of-dead", "dead", Usage(7, 3), Decimal(1)),
        Spending("of-ok", "ok", Usage(10, 5), Decimal("0.5")),
    ]
    assert [(one.result, one.usage, one.cost_usd) for one in kit.records] == [
        ("bad_response", Usage(7, 3), Decimal(1)),
        ("network", None, None),
        ("ok", Usage(10, 5), Decimal("0.5")),
    ]


async def test_a_model_that_is_not_the_last_has_half_of_the_time_that_is_left(kit: Kit) -> None:
    left = iter([8.0, 7.0, 6.0])
    models = [PlayedModel("a", [failed("timeout")]), PlayedModel("b", [failed("timeout")]), PlayedModel("c")]
    await kit.chain(*models).complete(ask(left_s=lambda: next(left)))
    assert [one.asked[0].limits.timeout_s for one in models] == [4.0, 3.5, 6.0]
    views = [await kit.clock.scripts.peek(Target(f"of-{name}", name), NO_QUOTA, horizon_s=1) for name in "ab"]
    assert [one.breaker for one in views] == ["closed", "closed"]  # a short time says nothing about a provider


@pytest.mark.parametrize(
    ("kinds", "wanted"),
    [
        (["auth_failed", "network"], "network"),
        (["model_not_found", "insufficient_credits"], "insufficient_credits"),
        (["network", "rate_limited"], "rate_limited"),
        (["unavailable", "timeout"], "unavailable"),
        (["context_too_long", "auth_failed"], "context_too_long"),
    ],
)
async def test_when_all_fail_the_error_with_most_hope_is_raised_and_names_all(
    kit: Kit, kinds: list[ErrorKind], wanted: str
) -> None:
    models = [PlayedModel(name, [failed(kind)]) for name, kind in zip("ab", kinds, strict=True)]
    with pytest.raises(ModelError) as raised:
        await kit.chain(*models).complete(ask())
    assert raised.value.kind == wanted
    assert raised.value.message == f"It is {wanted}. (a: {kinds[0]}, b: {kinds[1]})"


async def test_a_model_that_was_not_admitted_leaves_more_hope_than_any_that_failed(kit: Kit) -> None:
    full, dead = PlayedModel("full"), PlayedModel("dead", [failed("auth_failed"), failed("auth_failed")])
    chain = kit.chain(full, dead, quotas={"full": "1/min"})
    await chain.complete(ask())
    with pytest.raises(NotAdmitted) as raised:
        await chain.complete(ask())
    assert raised.value.kind == "rate_limited"
    assert raised.value.message.endswith("(dead: auth_failed, full: rate_limited)")


# A failed probe.


@pytest.mark.parametrize("kind", ["unavailable", "timeout", "network", "auth_failed", "insufficient_credits"])
async def test_a_failed_probe_costs_its_job_no_attempt_and_is_booked(kit: Kit, kind: str) -> None:
    dead = PlayedModel("dead")
    chain = kit.chain(dead)
    await kit.open(chain, dead, kind)
    await kit.clock.pass_s(10.1)
    spent: list[Spending] = []
    dead.plan = [failed(kind, usage=Usage(1, 1))]
    with pytest.raises(NotAdmitted) as raised:
        await chain.complete(ask(spent=spent.append))
    assert (raised.value.kind, raised.value.delay_s, len(spent)) == ("provider_down", 20.0, 1)
    what = "model of-dead/dead" if kind in {"unavailable", "timeout"} else "provider of-dead"
    assert raised.value.message == f"The {what} is failing ({kind}); it is tried again in 20 s."


async def test_a_call_that_fails_while_the_breaker_is_in_doubt_is_no_probe(kit: Kit) -> None:
    with pytest.raises(ModelError):
        await kit.chain(PlayedModel("dead", [failed("network")])).complete(ask())


async def test_after_a_failed_probe_the_next_model_answers(kit: Kit) -> None:
    dead, ok = PlayedModel("dead"), PlayedModel("ok")
    chain = kit.chain(dead, ok)
    await kit.open(chain, dead)
    await kit.clock.pass_s(10.1)
    dead.plan = [failed("unavailable")]
    assert (await chain.complete(ask())).fallback == "dead: unavailable"


# Lessons.


class Learner:
    """Lessons in memory; `pilots` are the forms that were asked inside of the gate."""

    def __init__(self) -> None:
        self.known: dict[str, Any] = {}
        self.reasons: list[str] = []
        self.pilots: list[str] = []

    def learned(self, _: Target) -> Mapping[str, Any]:
        return dict(self.known)

    async def note(self, _: Target, learned: Mapping[str, Any], reason: str) -> None:
        self.known |= learned
        self.reasons.append(reason)

    @asynccontextmanager
    async def pilot(self, _: Target, form: str) -> AsyncIterator[None]:
        self.pilots.append(form)
        yield


async def test_a_refusal_that_teaches_is_asked_again_at_once_with_what_it_taught(kit: Kit) -> None:
    learner = Learner()
    lessons: list[dict[str, Any]] = [{"max_tokens_param": "max_completion_tokens"}, {"temperature": False}]
    model = PlayedModel("new", [failed("provider_rejected", learned=one) for one in lessons])
    answer = await kit.chain(model, lessons=learner).complete(ask())
    assert (answer.text, answer.fallback) == ("new says", "")
    assert [one.learned for one in model.asked] == [{}, lessons[0], lessons[0] | lessons[1]]
    assert [one.headers[STEP_HEADER] for one in model.asked] == ["3", "3.2", "3.3"]
    assert (learner.reasons, learner.pilots) == (["It is provider_rejected."] * 2, ["text"])


async def test_it_is_asked_again_four_times_at_most(kit: Kit) -> None:
    model = PlayedModel("odd", [failed("provider_rejected", learned={"temperature": False}) for _ in range(9)])
    with pytest.raises(ModelError):
        await kit.chain(model, lessons=Learner()).complete(ask())
    assert len(model.asked) == 5


@pytest.mark.parametrize(
    ("messages", "schema", "form"),
    [
        ((Message("user", "x"),), {"type": "object"}, "schema"),
        ((Message("user", "x", (Image("image/png", b"x"),)),), None, "image"),
        ((Message("user", "x", (Image("image/png", b"x"),)),), {"type": "object"}, "schema"),
    ],
)
async def test_the_pilot_knows_the_form_of_the_question(
    kit: Kit, messages: Sequence[Message], schema: Any, form: str
) -> None:
    learner = Learner()
    chain = kit.chain(PlayedModel("new", vision=True), lessons=learner)
    await chain.complete(Ask(tuple(messages), Limits(10, 1.0), schema=schema))
    assert learner.pilots == [form]
