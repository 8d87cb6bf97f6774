"""What a call of a model leaves in the metrics."""

import asyncio
from decimal import Decimal

import pytest
from prometheus_client import REGISTRY

from app.llm.base import Ask, Completion, Limits, Message, ModelError, Usage
from app.llm.metered_model import MeteredModel

ASK = Ask((Message("user", "hello"),), Limits(max_output_tokens=10, timeout_s=5))


class Played:
    """A model that waits for a place, and then answers, fails or hangs."""

    provider, name = "played", "model-1"
    context_tokens: int | None = 100
    vision = False

    def __init__(self, end: Exception | None = None, *, admits: bool = True, hangs: bool = False) -> None:
        self.end, self.admits, self.hangs = end, admits, hangs

    async def complete(self, ask: Ask) -> Completion:
        if self.admits:
            ask.admitted()
        if self.hangs:
            await asyncio.Event().wait()
        if self.end:
            raise self.end
        return Completion("text", "other-name", "what-the-provider-says", "stop", Usage(7, 3))

    def price_usd(self, usage: Usage) -> Decimal:
        return Decimal(usage.prompt_tokens)

    def room_tokens(self, ask: Ask) -> int:
        return ask.limits.max_output_tokens

    async def close(self) -> None:
        self.admits = False


def count(name: str, **labels: str) -> float:
    wanted = {"provider": "played", "model": "model-1", **labels}
    return REGISTRY.get_sample_value(f"headrace_model_{name}", wanted) or 0.0


async def test_an_answer_counts_a_call_its_time_its_wait_and_its_tokens() -> None:
    def seen() -> list[float]:
        return [
            count("calls_total", result="ok"),
            count("call_duration_seconds_count"),
            count("wait_seconds_count"),
            count("tokens_total", kind="prompt"),
            count("tokens_total", kind="completion"),
        ]

    before = seen()
    told: list[bool] = []
    ask = Ask(ASK.messages, ASK.limits, admitted=lambda: told.append(True))
    answer = await MeteredModel(Played()).complete(ask)
    assert answer.model == "what-the-provider-says"
    assert told == [True]
    assert [now - then for now, then in zip(seen(), before, strict=True)] == [1, 1, 1, 7, 3]


@pytest.mark.parametrize(
    ("error", "result"), [(ModelError("rate_limited", "slow down"), "rate_limited"), (ValueError("oh"), "crashed")]
)
async def test_an_error_counts_by_its_kind(error: Exception, result: str) -> None:
    before = count("calls_total", result=result), count("call_duration_seconds_count")
    with pytest.raises(type(error)):
        await MeteredModel(Played(error)).complete(ASK)
    assert (count("calls_total", result=result), count("call_duration_seconds_count")) == (before[0] + 1, before[1] + 1)


@pytest.mark.parametrize(("admits", "counted"), [(True, 1), (False, 0)])
async def test_a_cancelled_call_counts_only_when_the_provider_was_asked(*, admits: bool, counted: int) -> None:
    before = count("calls_total", result="cancelled")
    call = asyncio.create_task(MeteredModel(Played(admits=admits, hangs=True)).complete(ASK))
    await asyncio.sleep(0)
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    assert count("calls_total", result="cancelled") == before + counted


async def test_closing_closes_the_model() -> None:
    played = Played()
    await MeteredModel(played).close()
    assert not played.admits
