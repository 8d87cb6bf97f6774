"""A chain in one attempt: who is asked after whom, with how much time, what is said, allowed, recorded and learned."""

from decimal import Decimal

import pytest
from redis.asyncio import Redis

from app.governor.limiter.quota import Quota, parse_quota
from app.governor.limiter.scripts import Target
from app.llm.base import (
    STEP_HEADER,
    ErrorKind,
    ModelError,
    NotAdmitted,
    Spending,
    Usage,
)
from tests.integration.governor.chain_kit import Kit, PlayedModel, ask, failed
from tests.integration.governor.clock import played

SAYS_ALL = ["network", "unavailable", "timeout", "auth_failed", "insufficient_credits", "model_not_found"]
SAYS_ALL += ["bad_response", "rate_limited", "request_too_large"]
OWN_FAULTS = ["provider_rejected", "content_refused", "output_truncated"]
NO_QUOTA = Quota()


@pytest.fixture
async def kit(redis: Redis) -> Kit:
    return Kit(await played(redis))


@pytest.mark.parametrize("kind", SAYS_ALL)
async def test_after_a_failure_of_the_model_the_next_one_answers_in_the_same_attempt(kit: Kit, kind: str) -> None:
    dead, ok = PlayedModel("dead", [failed(kind)]), PlayedModel("ok")
    answer = await kit.chain(dead, ok).complete(ask())
    assert (answer.text, answer.fallback) == ("ok says", f"dead: {kind}")


@pytest.mark.parametrize("kind", OWN_FAULTS)
async def test_what_is_the_questions_fault_ends_it(kit: Kit, kind: str) -> None:
    ok, error = PlayedModel("ok"), failed(kind)
    error.text = "Half an answer"
    with pytest.raises(ModelError) as raised:
        await kit.chain(PlayedModel("dead", [error]), ok).complete(ask())
    assert (raised.value.kind, raised.value.message, ok.asked) == (kind, f"It is {kind}.", [])


async def test_a_model_that_only_thinks_until_its_room_ends_is_followed_by_the_next(kit: Kit) -> None:
    first, second = PlayedModel("first", [failed("output_truncated")]), PlayedModel("second")
    assert (await kit.chain(first, second).complete(ask())).fallback == "first: output_truncated"


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
    outlook = await kit.clock.scripts.peek(Target("of-ok", "ok"), parse_quota("60/min"), horizon_s=1)
    assert (ok.asked, outlook.level, kit.records) == ([], 0.0, [])


async def test_what_a_failed_call_cost_is_recorded_as_that_of_an_answer(kit: Kit) -> None:
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
    outlooks = [await kit.clock.scripts.peek(Target(f"of-{name}", name), NO_QUOTA, horizon_s=1) for name in "ab"]
    assert [one.breaker for one in outlooks] == ["closed", "closed"]  # a short time says nothing about a provider


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
