"""Calls that come together share one write; nobody suffers for another's item."""

import asyncio
from collections.abc import Sequence
from types import SimpleNamespace

import pytest

from app.core import batching
from app.core.batching import Batcher


class Writer:
    """Notes its batches; answers each item with its double; waits at `gate` when there is one."""

    def __init__(self, gate: asyncio.Event | None = None) -> None:
        self.batches: list[list[int]] = []
        self.gate = gate

    async def write(self, items: Sequence[int]) -> list[int]:
        self.batches.append(list(items))
        if self.gate is not None:
            await self.gate.wait()
        if -1 in items:
            raise ValueError("it cannot be written")
        if -2 in items:
            raise ConnectionError
        return [2 * item for item in items]


async def test_a_call_alone_is_written_at_once_and_alone() -> None:
    writer = Writer()
    assert await Batcher(writer.write).add(4) == 8
    assert writer.batches == [[4]]


async def test_calls_of_the_same_moment_share_one_write() -> None:
    writer = Writer()
    batcher = Batcher(writer.write)
    assert await asyncio.gather(*(batcher.add(number) for number in range(10))) == [2 * n for n in range(10)]
    assert writer.batches == [list(range(10))]


async def test_what_comes_while_a_batch_is_written_makes_the_next_one() -> None:
    gate = asyncio.Event()
    writer = Writer(gate)
    batcher = Batcher(writer.write)
    calls = [asyncio.create_task(batcher.add(0))]
    await asyncio.sleep(0.01)
    calls += [asyncio.create_task(batcher.add(number)) for number in range(1, 50)]
    await asyncio.sleep(0.01)
    assert writer.batches == [[0]]
    gate.set()
    assert await asyncio.gather(*calls) == [2 * number for number in range(50)]
    assert writer.batches[1:] == [list(range(1, 50))]


async def test_with_a_pace_what_comes_soon_after_a_batch_waits_for_company(monkeypatch: pytest.MonkeyPatch) -> None:
    over, waits_s = asyncio.Event(), []

    async def sleep(seconds: float) -> None:
        waits_s.append(seconds)
        if seconds > 0:
            await over.wait()

    monkeypatch.setattr(batching, "monotonic_s", lambda: 100.0)
    monkeypatch.setattr(batching, "asyncio", SimpleNamespace(**vars(asyncio) | {"sleep": sleep}))
    writer = Writer()
    batcher = Batcher(writer.write, pace_s=0.05)
    assert await batcher.add(1) == 2
    calls = []
    for number in range(2, 6):
        calls.append(asyncio.create_task(batcher.add(number)))
        for _ in range(3):
            await asyncio.sleep(0)
    over.set()
    assert await asyncio.gather(*calls) == [4, 6, 8, 10]
    assert writer.batches == [[1], [2, 3, 4, 5]]
    assert waits_s == [float("-inf"), pytest.approx(0.05)]


async def test_a_batch_is_bounded_by_items_and_by_weight(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batching, "MAX_ITEMS", 4)
    monkeypatch.setattr(batching, "MAX_WEIGHT", 10)
    writer = Writer()
    batcher = Batcher(writer.write, weigh=lambda item: item)
    await asyncio.gather(*(batcher.add(item) for item in (1, 1, 1, 1, 1, 9, 9, 50, 2)))
    assert sorted(map(tuple, writer.batches)) == [(1, 1, 1, 1), (1, 9), (2,), (9,), (50,)]


async def test_one_bad_item_fails_only_its_own_caller() -> None:
    batcher = Batcher(Writer().write)
    answers = await asyncio.gather(*(batcher.add(item) for item in (12, -1, 14)), return_exceptions=True)
    assert answers[0] == 24
    assert isinstance(answers[1], ValueError)
    assert answers[2] == 28


async def test_when_the_database_is_away_every_caller_hears_it_after_one_try() -> None:
    writer = Writer()
    batcher = Batcher(writer.write)
    answers = await asyncio.gather(*(batcher.add(item) for item in (1, -2, 2)), return_exceptions=True)
    assert [type(answer) for answer in answers] == [ConnectionError] * 3
    assert len(writer.batches) == 1


async def test_a_caller_that_gives_up_does_not_disturb_the_others() -> None:
    gate = asyncio.Event()
    batcher = Batcher(Writer(gate).write)
    calls = [asyncio.create_task(batcher.add(number)) for number in range(3)]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    calls[1].cancel()
    gate.set()
    await asyncio.wait(calls)
    assert calls[0].result() == 0
    assert calls[1].cancelled()
    assert calls[2].result() == 4


async def test_callers_still_waiting_are_told_when_the_writer_is_cancelled() -> None:
    batcher = Batcher(Writer(asyncio.Event()).write)
    calls = [asyncio.create_task(batcher.add(0))]
    await asyncio.sleep(0.01)
    calls.append(asyncio.create_task(batcher.add(1)))
    await asyncio.sleep(0.01)
    assert batcher._writer is not None
    batcher._writer.cancel()
    done, pending = await asyncio.wait(calls, timeout=60)
    assert not pending
    assert all(call.cancelled() for call in done)


async def test_an_outage_met_while_writing_alone_ends_the_rest_at_once() -> None:
    alone = Writer()

    async def write(items: Sequence[int]) -> list[int]:
        if len(items) > 1:
            alone.batches.append(list(items))
            raise ValueError("one of them")
        return await alone.write(items)

    answers = await asyncio.gather(*map(Batcher(write).add, (1, -2, 3, 4)), return_exceptions=True)
    assert answers[0] == 2
    assert [type(answer) for answer in answers[1:]] == [ConnectionError] * 3
    assert alone.batches == [[1, -2, 3, 4], [1], [-2]]


async def test_an_item_that_cannot_be_weighed_is_its_own_caller_s_matter() -> None:
    batcher = Batcher(Writer().write, weigh=lambda item: 1 // item)
    answers = await asyncio.gather(*(batcher.add(item) for item in (1, 0, 2)), return_exceptions=True)
    assert [answers[0], answers[2]] == [2, 4]
    assert isinstance(answers[1], ZeroDivisionError)


async def test_too_few_answers_are_an_error_and_no_endless_wait() -> None:
    async def write(items: Sequence[int]) -> list[int]:
        return [0] * (len(items) - 1)

    answers = await asyncio.wait_for(
        asyncio.gather(*map(Batcher(write).add, (1, 2)), return_exceptions=True), timeout=60
    )
    assert [type(answer) for answer in answers] == [ValueError, ValueError]
