"""Runs work that may take seconds in a few threads, so that the event loop goes on.

Nobody can stop a thread, so what is done here is bounded by its work, which it counts itself. The few threads bound how
much of it is under way at once: the loop, and whoever waits for the default threads, go on meanwhile.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import ParamSpec, TypeVar

MAX_AT_ONCE = 2

P = ParamSpec("P")
T = TypeVar("T")

_threads = ThreadPoolExecutor(MAX_AT_ONCE, thread_name_prefix="in-thread")


async def in_thread(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Return what the work returns; what waits for a thread is dropped when its caller is cancelled.

    Raises: what the work raises; for StopIteration, which no future can hold and whose caller would wait for ever,
    RuntimeError.
    """
    return await asyncio.get_running_loop().run_in_executor(_threads, partial(_ended, work, *args, **kwargs))


def _ended(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    try:
        return work(*args, **kwargs)
    except StopIteration as error:
        raise RuntimeError("StopIteration") from error
