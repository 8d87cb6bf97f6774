import asyncio

import pytest

from app.processors.concurrently import AT_ONCE, each


async def test_results_come_in_the_order_of_the_items() -> None:
    async def work(item: int) -> int:
        for _ in range(5 - item):
            await asyncio.sleep(0)
        return item * 10

    assert await each([1, 2, 3, 4, 5], work) == [10, 20, 30, 40, 50]


async def test_only_a_few_are_under_way() -> None:
    running, most = 0, 0

    async def work(_: int) -> None:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0)
        running -= 1

    await each(range(20), work)
    assert most == AT_ONCE


async def test_after_a_failure_none_begins_and_those_under_way_end() -> None:
    begun, ended = [], []

    async def work(item: int) -> None:
        begun.append(item)
        await asyncio.sleep(0)
        if item == 1:
            raise ValueError("first")
        await asyncio.sleep(0)
        ended.append(item)
        if item == 2:
            raise ValueError("second")

    with pytest.raises(ValueError, match="first"):
        await each(range(20), work)
    assert (begun, ended) == ([0, 1, 2, 3], [0, 2, 3])


async def test_nothing_to_do_is_nothing() -> None:
    async def work(_: int) -> None:
        raise AssertionError

    assert await each([], work) == []
