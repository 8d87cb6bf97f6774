"""The client against the scripted server, over real HTTP."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from functools import partial
from itertools import pairwise
from uuid import uuid4

import pytest

from app.llm.base import Ask, Completion, Image, Limits, Message, ModelError
from app.llm.catalog import ModelConfig
from app.llm.connection import Connection
from app.llm.openai import OpenAIModel
from tests.scripted_model.answers import NUL_TEXT
from tests.scripted_model.process import ScriptedModel
from tests.unit.llm.asking import KEY, PATIENCE_S, ask, make
from tests.unit.llm.hostile import hostile


@pytest.fixture(params=[False, True], ids=["whole", "stream"])
async def model(request: pytest.FixtureRequest, scripted: ScriptedModel) -> AsyncIterator[OpenAIModel]:
    found = make(scripted.base_url, stream=request.param)
    yield found
    await found.close()


async def error_of(model: OpenAIModel, plan: str, *, timeout_s: float = PATIENCE_S) -> ModelError:
    with pytest.raises(ModelError) as caught:
        await model.complete(ask(plan, timeout_s=timeout_s))
    return caught.value


async def test_an_answer_says_who_made_it_and_what_it_used(model: OpenAIModel, scripted: ScriptedModel) -> None:
    question = ask("ok", job="job-ok")
    answer = await model.complete(question)
    assert answer.text == "Scripted answer to job job-ok, attempt 1, step 1."
    assert (answer.provider, answer.model, answer.finish_reason) == ("openai", "scripted-1", "stop")
    assert answer.usage.prompt_tokens > 0
    assert answer.usage.completion_tokens > 0
    assert scripted.calls("job-ok")


async def test_a_preset_says_in_which_header_the_key_goes() -> None:
    async with hostile() as server:
        known = make(server.url("good"))._connection.provider
        provider = replace(known, preset="azure")
        model = OpenAIModel(ModelConfig("m", provider, "m"), Connection(provider))
        assert (await model.complete(ask("ok"))).text == "fine"
        await model.close()
    head = server.heads[0].lower()
    assert f"\r\napi-key: {KEY}" in head
    assert "\r\nauthorization:" not in head


async def test_a_schema_reaches_the_provider(model: OpenAIModel) -> None:
    schema = {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}
    assert (await model.complete(ask("ok", schema=schema))).text == '{"n": 1}'


async def test_what_cannot_be_stored_is_cleaned_out_of_an_answer(model: OpenAIModel) -> None:
    text = (await model.complete(ask("nul"))).text
    assert "\x00" not in text
    assert text.encode()
    assert text == NUL_TEXT.replace("\x00", "").replace("\ud800", "�")


@pytest.mark.parametrize(
    ("plan", "kind", "status"),
    [
        ("500", "unavailable", 500),
        ("502", "unavailable", 502),
        ("503", "unavailable", 503),
        ("408", "timeout", 408),
        ("402", "insufficient_credits", 402),
        ("quota", "insufficient_credits", 429),
        ("429", "rate_limited", 429),
        ("401", "auth_failed", 401),
        ("403", "provider_rejected", 403),
        ("400", "provider_rejected", 400),
        ("404", "model_not_found", 404),
        ("422", "provider_rejected", 422),
        ("307", "provider_rejected", 307),
        ("context", "context_too_long", 400),
        ("llama_context", "context_too_long", 400),
        ("html", "bad_response", None),
        ("broken", "bad_response", None),
        ("empty", "bad_response", None),
        ("echo:", "bad_response", None),
        ("truncated", "bad_response", None),
        ("reset", "network", None),
    ],
)
async def test_each_failure_has_its_kind(model: OpenAIModel, plan: str, kind: str, status: int | None) -> None:
    error = await error_of(model, plan)
    assert (error.kind, error.status) == (kind, status)
    assert len(error.message) <= 500
    assert KEY not in str(error)


@pytest.mark.parametrize(
    ("plan", "low", "high"),
    [("429:3", 3, 3), ("503:7", 7, 7), ("429date:30", 25, 30), ("429", None, None), ("500", None, None)],
)
async def test_the_providers_wish_to_wait_is_kept(
    model: OpenAIModel, plan: str, low: float | None, high: float | None
) -> None:
    wait = (await error_of(model, plan)).retry_after_s
    if low is None or high is None:
        assert wait is None
    else:
        assert wait is not None
        assert low <= wait <= high


@pytest.mark.parametrize(
    "plan", ["408", "409", "429:0", "429", "500", "502", "503:0", "504", "reset", "truncated", "html", "empty", "stall"]
)
async def test_a_failed_call_is_one_request(model: OpenAIModel, scripted: ScriptedModel, plan: str) -> None:
    job = str(uuid4())
    with pytest.raises(ModelError):
        await model.complete(ask(f"{plan},ok", job=job, timeout_s=2 if plan == "stall" else PATIENCE_S))
    assert len(scripted.calls(job)) == 1


async def test_what_the_provider_says_of_its_limits_comes_with_the_error(model: OpenAIModel) -> None:
    assert (await error_of(model, "429:3")).hints == {"retry-after": "3"}
    assert (await error_of(model, "html")).hints == {}


async def test_images_reach_the_provider(model: OpenAIModel) -> None:
    text = "[[plan:ok]]"
    question = Ask((Message("user", text, (Image("image/png", b"png"),)),), Limits(50, PATIENCE_S))
    assert (await model.complete(question)).text.startswith("Scripted answer")


@pytest.mark.parametrize("plan", ["slow:600", "stall"])
async def test_a_call_ends_at_its_own_limit(model: OpenAIModel, plan: str) -> None:
    error = await error_of(model, plan, timeout_s=0.3)
    assert error.kind == "timeout"


async def test_a_refused_connection_is_the_network() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        model = make(f"http://127.0.0.1:{unused.getsockname()[1]}/v1")
        error = await error_of(model, "ok")
        await model.close()
    assert error.kind == "network"


async def test_an_answer_without_end_is_not_read_to_it(scripted: ScriptedModel) -> None:
    model = make(scripted.base_url)
    error = await error_of(model, "huge:33000000")
    await model.close()
    assert (error.kind, error.message) == (
        "bad_response",
        "the model provider's answer is no completion: it is too large",
    )


async def until(is_so: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not is_so():  # noqa: ASYNC110 - what another process writes
            await asyncio.sleep(0.01)


@pytest.mark.parametrize("plan", ["slow:600", "stall"])
async def test_the_provider_sees_a_cancelled_call_at_once(
    model: OpenAIModel, scripted: ScriptedModel, plan: str
) -> None:
    job = str(uuid4())
    calling = asyncio.create_task(model.complete(ask(plan, job=job)))
    await until(lambda: bool(scripted.calls(job)))
    calling.cancel()
    with pytest.raises(asyncio.CancelledError):
        await calling
    await until(lambda: scripted.calls(job)[0]["t1"] is not None)
    assert scripted.calls(job)[0]["disconnected"] is True


async def test_a_closed_gate_lets_calls_in_one_by_one_and_their_time_starts_inside(scripted: ScriptedModel) -> None:
    model = make(scripted.base_url, calls_at_once=1)
    for slow_s in (0.2, 2.0, 10.0):  # a machine may be too slow for a limit of three times that
        job = str(uuid4())
        admitted: list[int] = []
        question = ask(f"slow:{slow_s}", job=job, timeout_s=3 * slow_s)
        asks = [replace(question, admitted=partial(admitted.append, number)) for number in range(4)]
        answers = await asyncio.gather(*(model.complete(question) for question in asks), return_exceptions=True)
        if not any(isinstance(answer, ModelError) for answer in answers):
            break
    await model.close()
    calls = scripted.calls(job)
    assert [type(answer) for answer in answers] == [Completion] * 4
    assert len(calls) == 4
    assert admitted == [0, 1, 2, 3]
    for one, following in pairwise(calls):
        assert one["t1"] <= following["t0"]


async def test_many_calls_share_one_client(scripted: ScriptedModel) -> None:
    model = make(scripted.base_url)
    answers = await asyncio.gather(*(model.complete(ask("slow:0.05")) for _ in range(200)))
    await model.close()
    assert len(answers) == 200
