"""Whatever the code of a job type does, its attempt has an outcome at once, and nothing else suffers."""

import asyncio
import logging
from collections.abc import Callable
from typing import Any

import pytest
from pydantic import BaseModel

from app.core.database import Database
from app.core.loop import LoopThread
from app.jobs.runtime import running_code
from app.jobs.runtime.executor import Executor
from app.jobs.runtime.lease import Interrupt, LeaseLost
from app.llm.base import Message, ModelError, NotAdmitted
from app.processors import registry
from app.processors.base import Context, JobType, ProcessorError
from tests.rig import jobs
from tests.rig.invariants import check_invariants


class Given(BaseModel):
    message: str = ""


class Result(BaseModel):
    text: str


Install = Callable[..., None]


@pytest.fixture
def install(monkeypatch: pytest.MonkeyPatch) -> Install:
    """Give the job type `echo` other code."""

    def install(run: Any, result_model: type[BaseModel] = Result) -> None:
        job_type: JobType[Any, Any] = JobType("echo", "T", "D", Given, result_model, {}, run)
        monkeypatch.setattr(registry, "get", {"echo": job_type}.get)

    return install


def returning(value: Any) -> Any:
    async def run(_: Given, __: Context) -> Any:
        return value

    return run


def raising(error: BaseException) -> Any:
    async def run(_: Given, __: Context) -> Any:
        raise error

    return run


async def ended(executor: Executor, database: Database, **changes: Any) -> tuple[str, dict[str, Any], Any]:
    """Run one attempt of a new job; return its status, error and result."""
    job_id = await jobs.insert(database, **changes)
    await executor.run(job_id)
    await check_invariants(database, quiet=False)
    assert executor.leases.busy == 0
    status, error, result = [await jobs.column(database, job_id, name) for name in ("status", "error", "result")]
    return status, error or {}, result


async def test_a_dict_that_fits_is_kept(executor: Executor, database: Database, install: Install) -> None:
    install(returning({"text": "hello"}))
    assert await ended(executor, database) == ("completed", {}, {"text": "hello"})


@pytest.mark.parametrize("value", [None, {"text": 3}, object()])
async def test_anything_else_fails_at_once_and_is_not_paid_twice(
    executor: Executor, database: Database, install: Install, value: object
) -> None:
    install(returning(value))
    status, error, _ = await ended(executor, database)
    assert (status, error["code"]) == ("failed", "processor_crashed")
    assert error["message"].startswith("The code of echo returned ")


async def test_a_failure_s_odd_words_are_kept_as_far_as_they_can_be(
    executor: Executor, database: Database, install: Install
) -> None:
    install(raising(ProcessorError("Not A Code", "a\x00b\ud800", pointer="#/\x00")))
    error = {"code": "processor_error", "message": "ab\ufffd", "pointer": "#/"}
    assert await ended(executor, database) == ("failed", error, None)


async def test_code_that_forgets_to_await_is_named(executor: Executor, database: Database, install: Install) -> None:
    install(returning(raising(ValueError())(Given(), None)))
    _, error, _ = await ended(executor, database)
    assert error["message"] == "The code of echo returned a coroutine, which it did not await; Result is wanted."


async def test_code_that_is_not_async_is_taken_too(executor: Executor, database: Database, install: Install) -> None:
    install(lambda *_: Result(text="x"))
    assert (await ended(executor, database))[0] == "completed"


class _Own(BaseException):
    pass


@pytest.mark.parametrize(
    "error",
    [
        SystemExit(0),
        KeyboardInterrupt(),
        GeneratorExit(),
        MemoryError(),
        RecursionError(),
        asyncio.CancelledError(),
        _Own("secret"),
        BaseExceptionGroup("several", [SystemExit(1), ValueError("x")]),
        StopAsyncIteration(),
    ],
    ids=lambda one: type(one).__name__,
)
async def test_whatever_is_raised_counts_as_a_crash_and_waits(
    executor: Executor, database: Database, install: Install, error: BaseException
) -> None:
    install(raising(error))
    status, told, _ = await ended(executor, database)
    assert (status, told["code"]) == ("pending", "processor_crashed")
    assert "secret" not in told["message"]
    rows = await check_invariants(database, quiet=False)
    assert [(row.attempt, row.refunds) for row in rows] == [(1, 0)]


async def test_code_that_does_not_end_when_it_should_is_left_behind(
    executor: Executor, database: Database, install: Install, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running_code, "END_WITHIN_S", 0.01)
    over, refused = asyncio.Event(), asyncio.Event()

    async def run(_: Given, context: Context) -> Any:
        while not over.is_set():
            try:
                await over.wait()
            except asyncio.CancelledError:
                continue
        try:
            await context.ask(Message("user", "go on"))
        except LeaseLost:
            refused.set()

    install(run)
    status, error, _ = await ended(executor, database, timeout_s=1)
    assert (status, error["code"]) == ("pending", "timeout")
    over.set()
    async with asyncio.timeout(60):
        await refused.wait()


async def test_a_cancelled_job_whose_code_swallows_it_is_cancelled(
    executor: Executor, database: Database, install: Install
) -> None:
    started = asyncio.Event()

    async def run(_: Given, __: Context) -> Any:
        started.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            return Result(text="all the same")

    install(run)
    job_id = await jobs.insert(database)
    running = asyncio.create_task(executor.run(job_id))
    await started.wait()
    for attempt in list(executor.leases._running.values()):
        attempt.end(Interrupt.STOP)
    await running
    assert await jobs.column(database, job_id, "status") == "pending"


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (ModelError("mine", "x"), "pending"),  # type: ignore[arg-type]
        (NotAdmitted("busy", "x", delay_s=float("nan"), provider="p"), "failed"),  # type: ignore[arg-type]
        (NotAdmitted("busy", "x", delay_s=1e300, provider="p"), "failed"),  # type: ignore[arg-type]
        (NotAdmitted("busy", "a\x00b", delay_s=1, provider="p"), "failed"),  # type: ignore[arg-type]
    ],
)
async def test_an_error_that_only_looks_like_one_of_ours_is_a_crash(
    executor: Executor, database: Database, install: Install, error: Exception, expected: str
) -> None:
    install(raising(error))
    status, told, _ = await ended(executor, database)
    assert (status, told["code"]) == (expected, "processor_crashed")


@pytest.mark.parametrize("progress", [("a", "b"), (1, None), (1, 2, "a\x00b"), (float("nan"), 1), (1, 2, 3)])
async def test_no_progress_fails_a_job(
    executor: Executor, database: Database, install: Install, progress: tuple[Any, ...]
) -> None:
    async def run(_: Given, context: Context) -> Any:
        await context.progress(*progress)
        return Result(text="done")

    install(run)
    assert (await ended(executor, database))[0] == "completed"


@pytest.mark.parametrize("error", [SystemExit, KeyboardInterrupt])
def test_a_task_that_exits_does_not_end_the_loop(error: type[BaseException], caplog: pytest.LogCaptureFixture) -> None:
    loop = LoopThread()

    async def exits() -> None:
        raise error

    async def starts_it() -> None:
        asyncio.get_running_loop().create_task(exits())

    async def answers() -> str:
        return "still here"

    with caplog.at_level(logging.ERROR):
        loop.run(starts_it())
        assert loop.run(answers(), timeout_s=30) == "still here"
    loop.stop()
    assert "task_tried_to_exit" in caplog.text
