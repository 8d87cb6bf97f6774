"""Joining what arrives together into one statement, without a waiting window.

Whatever came while the last batch was under way makes the next one: alone a call costs no more than before, and under
load many share one round trip and one commit.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeAlias, TypeVar

from app.core.clock import monotonic_s
from app.core.database_errors import is_away, is_broken, is_full

MAX_ITEMS = 500
MAX_WEIGHT = 4_000_000
TRIES = 2  # the second on another connection
T = TypeVar("T")
R = TypeVar("R")
Batch: TypeAlias = Sequence[tuple[T, "asyncio.Future[R]"]]


class Batcher(Generic[T, R]):
    """Hands the items of concurrent calls to `write`, together; its answers are in the order of the items.

    There is one writer: measured with PostgreSQL on the same machine, a second one halved the batches and cost a fifth
    more processor time for each call. With `pace_s` batches begin at least so many seconds apart: a call that comes
    alone is still written at once, and under load more share the price of a statement.
    A batch has at most 500 items and, by `weigh`, 4,000,000 bytes (or one item). `write` must be repeatable: a batch
    whose connection broke is written once more, and one that fails for a reason in its items is written item by item,
    so that nobody suffers for another's.
    """

    def __init__(
        self,
        write: Callable[[Sequence[T]], Awaitable[Sequence[R]]],
        *,
        weigh: Callable[[T], int] = lambda _: 0,
        pace_s: float = 0.0,
    ) -> None:
        """Begin nothing yet; a call starts the writing."""
        self._write = write
        self._weigh = weigh
        self._pace_s = pace_s
        self._begun_at_s = float("-inf")
        self._waiting: deque[tuple[int, T, asyncio.Future[R]]] = deque()
        self._writer: asyncio.Task[None] | None = None

    async def add(self, item: T) -> R:
        """Return the answer to one item, once its batch is written. Raises: what `weigh` and `write` raise."""
        weight = self._weigh(item)
        future: asyncio.Future[R] = asyncio.get_running_loop().create_future()
        self._waiting.append((weight, item, future))
        if self._writer is None or self._writer.done():
            self._writer = asyncio.create_task(self._write_all())
        return await future

    async def _write_all(self) -> None:
        batch: Batch[T, R] = []
        try:
            while self._waiting:
                if self._pace_s:
                    await asyncio.sleep(self._begun_at_s + self._pace_s - monotonic_s())
                    self._begun_at_s = monotonic_s()
                batch = self._take()
                await self._write_batch(batch)
        except asyncio.CancelledError as error:
            _fail([*batch, *((item, future) for _, item, future in self._waiting)], error)
            self._waiting.clear()
            raise

    def _take(self) -> "Batch[T, R]":
        batch: list[tuple[T, asyncio.Future[R]]] = []
        total = 0
        while self._waiting and len(batch) < MAX_ITEMS:
            weight, item, future = self._waiting[0]
            total += weight
            if batch and total > MAX_WEIGHT:
                break
            self._waiting.popleft()
            batch.append((item, future))
        return batch

    async def _write_batch(self, batch: "Batch[T, R]") -> None:
        error = await self._try(batch)
        if error is None:
            return
        if len(batch) == 1 or _concerns_all(error):
            _fail(batch, error)
            return
        for index, one in enumerate(batch):
            error = await self._try([one])
            if error is not None and _concerns_all(error):
                _fail(batch[index:], error)
                return
            if error is not None:
                _fail([one], error)

    async def _try(self, batch: "Batch[T, R]") -> Exception | None:
        """Write a batch and give its callers their answers; return what went wrong."""
        error = None
        for _ in range(TRIES):
            try:
                answers = list(zip(batch, await self._write([item for item, _ in batch]), strict=True))
            except Exception as raised:  # noqa: BLE001 - it belongs to the callers, who wait for it
                error = raised
                if not is_broken(error):
                    break
            else:
                for (_, future), answer in answers:
                    if not future.done():  # its caller may have been cancelled meanwhile
                        future.set_result(answer)
                return None
        return error


def _concerns_all(error: Exception) -> bool:
    return is_away(error) or is_full(error)


def _fail(batch: "Batch[T, R]", error: BaseException) -> None:
    for _, future in batch:
        if not future.done():
            future.set_exception(error)
