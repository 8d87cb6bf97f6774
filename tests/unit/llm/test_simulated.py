import json

import pytest

from app.llm.base import ATTEMPT_HEADER, JOB_HEADER, STEP_HEADER, Ask, Limits, Message, ModelError
from app.llm.simulated import SimulatedModel


def _ask(text: str = "Hello", *, job: str = "1", attempt: str = "1", schema: dict[str, object] | None = None) -> Ask:
    headers = {JOB_HEADER: job, ATTEMPT_HEADER: attempt, STEP_HEADER: "1"}
    return Ask((Message("user", text),), Limits(50, 5), schema, headers)


async def _fails(model: SimulatedModel, ask: Ask) -> bool:
    try:
        await model.complete(ask)
    except ModelError:
        return True
    return False


async def test_one_question_has_one_answer() -> None:
    model = SimulatedModel()
    assert (await model.complete(_ask())).text == (await model.complete(_ask())).text


async def test_another_question_has_another_answer() -> None:
    model = SimulatedModel()
    assert (await model.complete(_ask("x" * 99 + "1"))).text != (await model.complete(_ask("x" * 99 + "2"))).text


async def test_an_answer_says_who_made_it() -> None:
    found = await SimulatedModel().complete(_ask("one two"))
    assert (found.provider, found.model, found.finish_reason) == ("simulated", "simulated-1", "stop")


async def test_words_are_counted_as_tokens() -> None:
    found = await SimulatedModel().complete(_ask("one two"))
    assert (found.usage.prompt_tokens, found.usage.completion_tokens) == (2, len(found.text.split()))


async def test_no_message_at_all_is_answered() -> None:
    assert (await SimulatedModel().complete(Ask((), Limits(50, 5)))).text.startswith("Simulated answer ")


async def test_a_schema_is_answered_with_json_that_fits() -> None:
    schema: dict[str, object] = {"type": "object", "properties": {"a": {"type": "integer"}}, "required": ["a"]}
    assert json.loads((await SimulatedModel().complete(_ask(schema=schema))).text) == {"a": 1}


async def test_a_call_is_admitted_when_it_begins() -> None:
    called: list[bool] = []
    await SimulatedModel().complete(Ask((), Limits(50, 5), admitted=lambda: called.append(True)))
    assert called == [True]


async def test_a_latency_above_the_limit_is_a_timeout() -> None:
    with pytest.raises(ModelError) as caught:
        await SimulatedModel(latency_s=1).complete(Ask((), Limits(50, 0)))
    assert caught.value.kind == "timeout"


async def test_a_failure_is_an_unavailable_provider() -> None:
    with pytest.raises(ModelError) as caught:
        await SimulatedModel(failure_ratio=1).complete(_ask())
    assert (caught.value.kind, caught.value.status) == ("unavailable", 503)


async def test_about_the_wanted_ratio_of_calls_fails() -> None:
    model = SimulatedModel(failure_ratio=0.3)
    failed = [await _fails(model, _ask(job=str(number))) for number in range(1000)]
    assert 250 < sum(failed) < 350


async def test_the_same_call_always_fails() -> None:
    first, second = SimulatedModel(failure_ratio=0.5), SimulatedModel(failure_ratio=0.5)
    asks = [_ask(job=str(number)) for number in range(50)]
    assert [await _fails(first, ask) for ask in asks] == [await _fails(second, ask) for ask in asks]


async def test_another_attempt_may_succeed() -> None:
    model = SimulatedModel(failure_ratio=0.5)
    assert {await _fails(model, _ask(attempt=str(number))) for number in range(20)} == {True, False}


async def test_closing_changes_nothing_since_nothing_is_open() -> None:
    model = SimulatedModel()
    before = await model.complete(_ask())
    await model.close()
    await model.close()
    assert await model.complete(_ask()) == before
