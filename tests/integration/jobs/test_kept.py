"""What a job's attempts have paid for is kept: answers, finished parts, and what a failed job had done."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import pytest
from pydantic import BaseModel

from app.core.database import Database
from app.core.settings import Settings
from app.jobs.runtime.executor import Executor
from app.llm.base import Ask, Completion, Message, ModelError, NotAdmitted, Spending, Usage, WaitReason
from app.processors import registry
from app.processors.base import Context, JobType, ProcessorError
from app.processors.prompts import load_prompt
from tests.rig import jobs
from tests.rig.attempts import make_executor


class Given(BaseModel):
    message: str = ""


class Result(BaseModel):
    said: list[str]


@dataclass
class Played:
    """A model that answers with the number of the call, or raises what is planned for it."""

    plan: list[Exception | None] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    provider, name = "played", "model-1"
    context_tokens: int | None = None
    vision = False

    async def complete(self, ask: Ask) -> Completion:
        ask.admitted()
        self.asked.append(ask.messages[-1].content)
        if self.plan and (error := self.plan.pop(0)):
            raise error
        ask.spent(Spending("played", "model-1", Usage(5, 2), Decimal("0.1")))
        return Completion(
            f"answer {len(self.asked)}", "played", "model-1", "stop", Usage(5, 2), cost_usd=Decimal("0.1")
        )

    def price_usd(self, usage: Usage) -> Decimal:
        return Decimal(usage.completion_tokens)

    def room_tokens(self, ask: Ask) -> int:
        return ask.limits.max_output_tokens

    async def close(self) -> None:
        self.plan = []


@pytest.fixture
def model() -> Played:
    return Played()


@pytest.fixture
def run(
    settings: Settings, database: Database, model: Played, monkeypatch: pytest.MonkeyPatch
) -> Callable[[Any], Awaitable[Executor]]:
    async def with_behaviour(behaviour: Callable[[Given, Context], Awaitable[Result]]) -> Executor:
        job_type = JobType("echo", "T", "D", Given, Result, {}, behaviour, prompt=load_prompt("classify", number=1))
        monkeypatch.setattr(registry, "get", {"echo": job_type}.get)
        return make_executor(settings, database, lambda _: model)

    return with_behaviour


def asking(*, keep: bool) -> Callable[[Given, Context], Awaitable[Result]]:
    async def ask_thrice(_: Given, context: Context) -> Result:
        return Result(said=[await context.ask(Message("user", f"question {n}"), keep=keep) for n in range(3)])

    return ask_thrice


async def again(database: Database, executor: Executor, job_id: Any) -> str:
    await jobs.change(database, job_id, "run_at = now()")
    await executor.run(job_id)
    return str(await jobs.column(database, job_id, "status"))


@pytest.mark.parametrize("keep", [True, False])
@pytest.mark.parametrize(
    "error", [ModelError("unavailable", "503"), NotAdmitted(WaitReason.RATE_LIMITED, "w", delay_s=9, provider="p")]
)
async def test_no_question_is_asked_twice(
    database: Database, model: Played, run: Any, keep: bool, error: Exception
) -> None:
    model.plan = [None, None, error]
    executor = await run(asking(keep=keep))
    job_id = await jobs.insert(database)
    await executor.run(job_id)
    assert await jobs.column(database, job_id, "status") == "pending"
    assert await again(database, executor, job_id) == "completed"
    assert model.asked == ["question 0", "question 1", "question 2", "question 2"]
    assert await jobs.column(database, job_id, "result") == {"said": ["answer 1", "answer 2", "answer 4"]}
    assert await jobs.column(database, job_id, "cost_usd") == Decimal("0.3")


async def test_a_job_of_one_question_writes_no_part(database: Database, run: Any) -> None:
    async def once(_: Given, context: Context) -> Result:
        return Result(said=[await context.ask(Message("user", "question"))])

    executor = await run(once)
    job_id = await jobs.insert(database)
    await executor.run(job_id)
    assert await jobs.column(database, job_id, "(SELECT count(*) FROM job_parts)") == 0


async def test_a_failed_job_shows_what_was_done_and_a_retry_does_the_rest(
    database: Database, model: Played, run: Any
) -> None:
    async def by_parts(_: Given, context: Context) -> Result:
        done = dict(await context.parts())
        for n in ("a", "b"):
            if n not in done:
                try:
                    done[n] = await context.ask(Message("user", n))
                except ModelError as error:
                    raise ProcessorError(error.kind, error.message, partial=Result(said=[*done.values()])) from None
                await context.save_part(n, done[n])
        return Result(said=[done["a"], done["b"]])

    model.plan = [None, ModelError("content_refused", "no")]
    executor = await run(by_parts)
    job_id = await jobs.insert(database)
    await executor.run(job_id)
    assert await jobs.column(database, job_id, "status") == "failed"
    assert await jobs.column(database, job_id, "result") == {"said": ["answer 1"]}
    await jobs.change(database, job_id, "(status, finished_at, result, refunds) = ('pending', NULL, NULL, attempt)")
    assert await again(database, executor, job_id) == "completed"
    assert model.asked == ["a", "b", "b"]


async def test_what_a_stale_attempt_saves_is_not_kept(database: Database, run: Any) -> None:
    async def outlived(_: Given, context: Context) -> Result:
        await jobs.change(database, job_id, "claim_token = gen_random_uuid()")
        await context.save_part("late", 1)
        return Result(said=[])

    executor = await run(outlived)
    job_id = await jobs.insert(database)
    await executor.run(job_id)
    assert await jobs.column(database, job_id, "(SELECT count(*) FROM job_parts)") == 0


async def test_what_was_done_is_kept_with_the_last_attempt_alone(database: Database, model: Played, run: Any) -> None:
    async def stops(_: Given, context: Context) -> Result:
        try:
            await context.ask(Message("user", "question"))
        except ModelError as error:
            error.partial = Result(said=["a part"])
            raise
        raise AssertionError

    model.plan = [ModelError("unavailable", "503")] * 2
    executor = await run(stops)
    job_id = await jobs.insert(database, max_attempts=2)
    await executor.run(job_id)
    assert await jobs.column(database, job_id, "status = 'pending' AND result IS NULL")
    assert await again(database, executor, job_id) == "failed"
    assert await jobs.column(database, job_id, "result") == {"said": ["a part"]}
