"""A failed probe costs its job nothing; a refusal that teaches is asked again at once."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

import pytest
from redis.asyncio import Redis

from app.governor.limiter.scripts import Target
from app.llm.base import (
    STEP_HEADER,
    Ask,
    Image,
    Limits,
    Message,
    ModelError,
    NotAdmitted,
    Spending,
    Usage,
)
from tests.integration.governor.chain_kit import Kit, PlayedModel, ask, failed
from tests.integration.governor.clock import played


@pytest.fixture
async def kit(redis: Redis) -> Kit:
    return Kit(await played(redis))


# A failed probe.


@pytest.mark.parametrize("kind", ["unavailable", "timeout", "network", "auth_failed", "insufficient_credits"])
async def test_a_failed_probe_costs_its_job_no_attempt_and_is_recorded(kit: Kit, kind: str) -> None:
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
