"""What a job may cost and what it did: the provider's own log says which calls were made."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from pydantic import SecretStr

from app.auth.caller import SERVICE_OWNER_ID
from app.core.database import Database
from app.core.settings import Settings
from app.jobs.repository import read
from app.jobs.runtime.executor import Executor
from app.jobs.schemas import JobDetail, as_detail
from app.llm.base import Ask, Completion, Message, Model, Spending, Usage, prompt_tokens
from app.llm.catalog import Catalog, ModelConfig, Price, ProviderConfig, ProviderKind
from app.llm.registry import build_all
from app.processors.base import Context
from tests.rig import jobs
from tests.rig.attempts import make_executor
from tests.scripted_model.process import ScriptedModel, running

A_TOKEN_USD = Decimal("0.001")
PRICE = Price(A_TOKEN_USD * 1_000_000, A_TOKEN_USD * 1_000_000)


@pytest.fixture(scope="module")
def scripted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ScriptedModel]:
    with running(tmp_path_factory.mktemp("scripted") / "calls.jsonl") as server:
        yield server


@pytest.fixture
async def executor(settings: Settings, database: Database, scripted: ScriptedModel) -> AsyncIterator[Executor]:
    provider = ProviderConfig(
        "one", ProviderKind.OPENAI, scripted.base_url, SecretStr(""), connect_timeout_s=2, timeout_s=20
    )
    configs = {
        "priced": ModelConfig("priced", provider, "scripted-1", price=PRICE),
        "unknown": ModelConfig("unknown", provider, "scripted-1"),
    }
    models: dict[str, Model] = build_all(Catalog(configs, {}), settings)
    patient = settings.model_copy(update={"retry_scale": 0.0})
    yield make_executor(patient, database, lambda name: models[name or "priced"])
    for model in models.values():
        await model.close()


async def ask(context: Context, plan: str = "ok", text: str = "") -> str:
    return await context.ask(Message("user", f"[[plan:{plan}]]{text}"), max_output_tokens=100)


def prompt_usd(text: str, plan: str) -> float:
    """Return what a question is taken to cost before it is asked."""
    return float(prompt_tokens([Message("user", f"[[plan:{plan}]]{text}")]) * A_TOKEN_USD)


async def run(executor: Executor, database: Database, *, max_cost_usd: str | None, model: str = "priced") -> UUID:
    limit = None if max_cost_usd is None else Decimal(max_cost_usd)
    job_id = await jobs.insert(database, requested_model=model, max_cost_usd=limit)
    await executor.run(job_id)
    return job_id


async def shown(database: Database, job_id: UUID) -> JobDetail:
    row = await read.get(database, SERVICE_OWNER_ID, job_id)
    assert row is not None
    return as_detail(row, await read.history(database, job_id))


async def test_a_call_that_may_cost_too_much_is_not_made(
    executor: Executor, database: Database, scripted: ScriptedModel, behave: Any
) -> None:
    behave(ask)
    job = await shown(database, await run(executor, database, max_cost_usd="0.1"))  # 100 tokens of answer, and some
    assert job.error is not None
    assert (job.status, job.error.code, job.cost_usd) == ("failed", "cost_limit", None)
    assert job.error.message.startswith("The next call may cost up to 0.1")
    assert scripted.calls(str(job.id)) == []


async def test_without_a_price_no_limit_can_be_kept(
    executor: Executor, database: Database, scripted: ScriptedModel, behave: Any
) -> None:
    behave(ask)
    job = await shown(database, await run(executor, database, max_cost_usd="9999", model="unknown"))
    assert job.error is not None
    assert (job.status, job.error.code) == ("failed", "price_unknown")
    assert scripted.calls(str(job.id)) == []


async def test_without_a_limit_an_unknown_price_is_null_and_not_zero(
    executor: Executor, database: Database, behave: Any
) -> None:
    behave(ask)
    job = await shown(database, await run(executor, database, max_cost_usd=None, model="unknown"))
    assert (job.status, job.cost_usd) == ("completed", None)
    assert job.prompt_tokens
    assert job.attempts[0].cost_usd is None


async def test_what_was_spent_stands_with_the_job_and_its_attempt(
    executor: Executor, database: Database, scripted: ScriptedModel, behave: Any
) -> None:
    behave(ask)
    job = await shown(database, await run(executor, database, max_cost_usd="0.2"))
    assert job.status == "completed"
    assert job.prompt_tokens is not None
    assert job.completion_tokens is not None
    assert job.cost_usd == pytest.approx((job.prompt_tokens + job.completion_tokens) * float(A_TOKEN_USD))
    assert [one.cost_usd for one in job.attempts] == [job.cost_usd]
    assert len(scripted.calls(str(job.id))) == 1


async def test_what_the_job_has_spent_counts_against_its_limit(
    executor: Executor, database: Database, scripted: ScriptedModel, behave: Any
) -> None:
    async def twice(context: Context) -> list[str]:
        return [await ask(context, text="first"), await ask(context, text="second")]

    behave(twice)
    job = await shown(database, await run(executor, database, max_cost_usd="0.115"))
    assert job.error is not None
    assert (job.status, job.error.code) == ("failed", "cost_limit")
    assert job.cost_usd is not None
    assert 0 < job.cost_usd < 0.115
    assert len(scripted.calls(str(job.id))) == 1


async def test_calls_under_way_count_too(
    executor: Executor, database: Database, scripted: ScriptedModel, behave: Any
) -> None:
    async def at_once(context: Context) -> list[Any]:
        asked = (ask(context, "slow:0.2", text) for text in ("first", "second", "third"))
        return [str(answer) for answer in await asyncio.gather(*asked, return_exceptions=True)]

    behave(at_once)
    job = await shown(database, await run(executor, database, max_cost_usd="0.25"))
    assert job.result is not None
    assert [answer.startswith("cost_limit") for answer in job.result["value"]] == [False, False, True]
    assert len(scripted.calls(str(job.id))) == 2


class AtOnce:
    """A model of 0.1 USD a call; the first one is booked, and ends when the second one has begun."""

    provider, name, context_tokens, vision = "one", "small", None, False

    def __init__(self) -> None:
        self.booked, self.begun = asyncio.Event(), asyncio.Event()

    async def complete(self, ask: Ask) -> Completion:
        price = Decimal("0.1")
        ask.spent(Spending(self.provider, self.name, Usage(1, 1), price))
        if not self.booked.is_set():
            self.booked.set()
            await self.begun.wait()
        self.begun.set()
        return Completion("yes", self.provider, self.name, "stop", Usage(1, 1), price)

    def price_usd(self, usage: Usage) -> Decimal:
        return Decimal("0.1")

    def room_tokens(self, ask: Ask) -> int:
        return ask.limits.max_output_tokens

    async def close(self) -> None:
        pass


async def test_what_a_call_cost_stands_in_the_place_of_what_it_might_have(
    executor: Executor, database: Database, behave: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = AtOnce()
    monkeypatch.setattr(executor, "model_of", lambda _: model)

    async def second(context: Context) -> str:
        await model.booked.wait()
        try:
            return await ask(context, text="second")
        finally:
            model.begun.set()

    async def both(context: Context) -> list[str]:
        return list(await asyncio.gather(ask(context, text="first"), second(context)))

    behave(both)
    job = await shown(database, await run(executor, database, max_cost_usd="0.25"))
    assert job.status == "completed", job.error
    assert job.cost_usd == pytest.approx(0.2)


async def test_what_earlier_attempts_spent_counts_too(
    executor: Executor, database: Database, scripted: ScriptedModel, behave: Any
) -> None:
    async def then_fail(context: Context) -> list[str]:
        return [await ask(context, text="first"), await ask(context, "ok,503,ok", text="second")]

    behave(then_fail)
    job_id = await run(executor, database, max_cost_usd="1")
    first = await shown(database, job_id)
    assert first.cost_usd is not None
    assert first.cost_usd > prompt_usd("second", "ok,503,ok")  # so that it makes the difference
    assert (first.status, first.attempts[0].error and first.attempts[0].error.code) == ("pending", "unavailable")
    await jobs.change(database, job_id, "max_cost_usd = cost_usd + 0.1")  # an answer's 100 tokens, but not the prompt's
    await executor.run(job_id)
    job = await shown(database, job_id)
    assert job.error is not None
    assert (job.status, job.error.code) == ("failed", "cost_limit")
    assert job.cost_usd == first.cost_usd
    assert len(scripted.calls(str(job_id))) == 2


async def test_the_costs_of_all_attempts_are_the_jobs(executor: Executor, database: Database, behave: Any) -> None:
    async def three(context: Context) -> list[str]:
        return [await ask(context, text="first"), await ask(context, "ok,503,ok", text="second")]

    behave(three)
    job_id = await run(executor, database, max_cost_usd="1")
    await executor.run(job_id)
    job = await shown(database, job_id)
    assert job.status == "completed"
    assert job.cost_usd == pytest.approx(sum(one.cost_usd or 0 for one in job.attempts))
    assert [one.outcome for one in job.attempts] == ["retry_scheduled", "completed"]
