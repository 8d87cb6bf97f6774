"""Work on several items at once, a few at a time."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from app.processors.base import Context

AT_ONCE = 4

Item = TypeVar("Item")
Result = TypeVar("Result")


async def each(items: Sequence[Item], work: Callable[[Item], Awaitable[Result]]) -> list[Result]:
    """Return the results of `work` in the order of the items, at most four under way.

    Raises what `work` raised first: no item is begun after that, and those under way have ended, for what they cost
    is spent. Cancelling cancels them.
    """
    results: dict[int, Result] = {}
    failures: list[Exception] = []
    waiting = iter(enumerate(items))

    async def take() -> None:
        for place, item in waiting:
            try:
                results[place] = await work(item)
            except Exception as error:  # noqa: BLE001 - raised below, when the others have ended
                failures.append(error)
            if failures:
                return

    async with asyncio.TaskGroup() as group:
        for _ in range(min(AT_ONCE, len(items))):
            group.create_task(take())
    if failures:
        raise failures[0]
    return [results[place] for place in range(len(items))]


async def each_with_progress(
    parts: Sequence[Item], work: Callable[[Item], Awaitable[Result]], context: Context
) -> list[Result]:
    """Return what the work makes of each part, as `each`, and tell how many are done."""
    done = 0

    async def counted(part: Item) -> Result:
        nonlocal done
        found = await work(part)
        done += 1
        await context.progress(done, len(parts), f"{done} of {len(parts)} parts")
        return found

    return await each(parts, counted)
