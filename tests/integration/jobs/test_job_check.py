"""What is checked before a job is stored: beside the loop where it may be long, and for a bounded time."""

import dataclasses
import threading
from collections.abc import Sequence
from typing import Any

import httpx2
import pytest

from app.jobs.api import job_check
from app.processors import echo, registry

JOB: dict[str, Any] = {"type": "echo", "input": {"message": "hello"}}


@pytest.fixture
def threads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The threads in which inputs of the job type `echo` and of `slow`, which says that it is slow, are checked."""
    seen: list[str] = []

    def check(_: Any, __: int | None) -> None:
        seen.append(threading.current_thread().name.partition("_")[0])

    quick = dataclasses.replace(echo.JOB_TYPE, check=check)
    types = {"echo": quick, "slow": dataclasses.replace(quick, name="slow", checked_in_thread=True)}
    monkeypatch.setattr(registry, "get", types.get)
    return seen


async def test_a_single_quick_job_is_checked_at_once(client: httpx2.AsyncClient, threads: Sequence[str]) -> None:
    assert (await client.post("/api/v1/jobs", json=JOB)).status_code == 202
    assert threads == ["MainThread"]


async def test_a_job_whose_check_may_be_long_is_checked_beside_the_loop(
    client: httpx2.AsyncClient, threads: Sequence[str]
) -> None:
    assert (await client.post("/api/v1/jobs", json={**JOB, "type": "slow"})).status_code == 202
    assert threads == ["in-thread"]


async def test_a_batch_is_checked_beside_the_loop(client: httpx2.AsyncClient, threads: Sequence[str]) -> None:
    assert (await client.post("/api/v1/jobs/batch", json={"jobs": [JOB] * 3})).status_code == 202
    assert threads == ["in-thread"] * 3


async def test_a_batch_is_checked_for_a_bounded_time(
    client: httpx2.AsyncClient, threads: Sequence[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = iter([0.0, 0.0, 1.0, 6.5])
    monkeypatch.setattr(job_check, "thread_s", lambda: next(clock))
    answer = await client.post("/api/v1/jobs/batch", json={"jobs": [JOB] * 5})
    assert answer.status_code == 422
    assert [fault["pointer"] for fault in answer.json()["errors"]] == ["#/jobs/2"]
    assert "send fewer jobs in one batch" in answer.json()["errors"][0]["detail"]
    assert len(threads) == 2
