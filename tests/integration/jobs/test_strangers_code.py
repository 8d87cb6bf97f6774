"""Whatever the code of a job type does, its attempt has an outcome at once, and nothing else suffers."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from decimal import Decimal
from random import Random
from typing import Any

import pytest
from pydantic import BaseModel, ConfigDict, RootModel

from app.core.database import Database
from app.core.loop import LoopThread
from app.core.settings import Settings
from app.jobs import running_code
from app.jobs.executor import Executor
from app.jobs.lease import Interrupt, LeaseLost, Leases
from app.llm.base import Message, ModelError, NotAdmitted
from app.llm.registry import build, load_catalog
from app.processors import registry
from app.processors.base import Context, JobType, ProcessorError
from app.storage.local import FileStore
from tests.rig import jobs
from tests.rig.invariants import check_invariants


class Given(BaseModel):
    message: str = ""


class Result(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    text: str
    pair: tuple[int, int] | None = None
    other: Any = None


class Another(BaseModel):
    text: str = "x"


WRONG: dict[str, Any] = {"text": 3}


class Listed(RootModel[list[int]]):
    pass


@pytest.fixture
async def executor(settings: Settings, database: Database) -> AsyncIterator[Executor]:
    model = build(load_catalog(settings).resolve("default")[0], settings)
    yield Executor(
        settings=settings,
        database=database,
        model_of=lambda _: model,
        files=FileStore(settings.files_dir, settings.file_max_bytes),
        leases=Leases(database, lease_s=settings.lease_s),
        worker_id="w1",
        random=Random(7),
    )
    await model.close()


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


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        ({"text": "hello"}, {"text": "hello", "pair": None, "other": None}),
        ({"text": "hello", "pair": [1, 2]}, {"text": "hello", "pair": [1, 2], "other": None}),
        (
            Result(text="a\ud800", other={1: {datetime(2026, 4, 11, tzinfo=UTC)}}),
            {"text": "a\ufffd", "pair": None, "other": {"1": ["2026-04-11T00:00:00Z"]}},
        ),
        (
            Result(text="x", other=(Decimal("1.50"), b"ab", 2**80)),
            {"text": "x", "pair": None, "other": ["1.50", "ab", 2**80]},
        ),
        (Result.model_construct(None, **WRONG), {"text": 3, "pair": None, "other": None}),
    ],
)
async def test_what_fits_is_kept(
    executor: Executor, database: Database, install: Install, value: Any, kept: dict[str, Any]
) -> None:
    install(returning(value))
    assert await ended(executor, database) == ("completed", {}, kept)


def _endless() -> list[Any]:
    found: list[Any] = []
    found.append(found)
    return found


def _deep(levels: int) -> Any:
    found: Any = 1
    for _ in range(levels):
        found = [found]
    return found


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (None, "returned nothing (None); Result is wanted."),
        ("text", "returned a str; Result is wanted."),
        ([{"text": "x"}], "returned a list; Result is wanted."),
        (Another(), "returned an Another; Result is wanted."),
        (Result, "returned a ModelMetaclass; Result is wanted."),
        ({}, "returned a dict that does not fit Result: text: Field required"),
        ({"text": 3}, "returned a dict that does not fit Result: text: "),
        ({"text": "x", "more": "secret"}, "returned a dict that does not fit Result: more: "),
        ({1: 2}, "returned a dict that does not fit Result: "),
        (Result(text="x", other=object()), "returned a Result, which JSON cannot hold: Unable to serialize"),
        (Result(text="x", other=10**5000), "returned a Result, which JSON cannot hold"),
        (Result(text="x", other=b"\xff"), "returned a Result, which JSON cannot hold"),
    ],
)
async def test_what_does_not_fit_is_named_and_not_paid_twice(
    executor: Executor, database: Database, install: Install, value: Any, said: str
) -> None:
    install(returning(value))
    status, error, _ = await ended(executor, database)
    assert (status, error["code"]) == ("failed", "processor_crashed")
    assert error["message"].startswith(f"The code of echo {said}")
    assert "secret" not in error["message"]


@pytest.mark.parametrize("value", [float("nan"), [float("-inf")], {"a": float("inf")}, _deep(70), _endless()])
async def test_what_json_has_no_form_for_is_refused(
    executor: Executor, database: Database, install: Install, value: Any
) -> None:
    install(returning(Result(text="x", other=value)))
    status, error, _ = await ended(executor, database)
    assert (status, error["code"]) == ("failed", "invalid_output")


async def test_a_result_that_is_no_object_is_named(executor: Executor, database: Database, install: Install) -> None:
    install(returning(Listed([1])), Listed)
    _, error, _ = await ended(executor, database)
    assert error["message"] == "The code of echo returned a Listed, which is a list in JSON; an object is wanted."


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
    for held in list(executor.leases._held.values()):
        held.end(Interrupt.STOP)
    await running
    assert await jobs.column(database, job_id, "status") == "pending"


@pytest.mark.parametrize(
    ("error", "code", "message"),
    [
        (ProcessorError("Not A Code", "x"), "processor_error", "x"),
        (ProcessorError("busy", "a\x00b\ud800"), "busy", "ab\ufffd"),
        (ProcessorError(None, None), "processor_error", "None"),  # type: ignore[arg-type]
        (ProcessorError("long", "x" * 5000), "long", "x" * 2000),
        (ProcessorError("odd", "x", pointer=3), "odd", "x"),  # type: ignore[arg-type]
        (ProcessorError("odd", "x", partial={"a": 1}), "odd", "x"),  # type: ignore[arg-type]
        (ProcessorError("odd", "x", partial=Result(text="x", other=float("nan"))), "odd", "x"),
        (ProcessorError("odd", "x", partial=Result(text="x", other=object())), "odd", "x"),
    ],
)
async def test_a_failure_is_kept_as_far_as_it_can_be(
    executor: Executor, database: Database, install: Install, error: ProcessorError, code: str, message: str
) -> None:
    install(raising(error))
    assert await ended(executor, database) == ("failed", {"code": code, "message": message}, None)


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (ModelError("mine", "x"), "pending"),  # type: ignore[arg-type]
        (NotAdmitted("busy", "x", delay_s=float("nan"), provider="p"), "failed"),
        (NotAdmitted("busy", "x", delay_s=1e300, provider="p"), "failed"),
        (NotAdmitted("busy", "a\x00b", delay_s=1, provider="p"), "failed"),
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
