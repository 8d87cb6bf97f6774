"""Joining what arrives together into one statement, without a waiting window.

Whatever came while the last batch was under way makes the next one: alone a call costs no more than before, and under
load many share one round trip and one commit.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeAlias, TypeVar

from app.core.clock import monotonic_s
from app.core.database import is_away

MAX_ITEMS = 500
MAX_WEIGHT = 4_000_000
T = TypeVar("T")
R = TypeVar("R")
Batch: TypeAlias = Sequence[tuple[T, "asyncio.Future[R]"]]


class Batcher(Generic[T, R]):
    """Hands the items of concurrent calls to `write`, together; its answers are in the order of the items.

    There is one writer: measured with PostgreSQL on the same machine, a second one halved the batches and cost a fifth
    more processor time for each call. With `pace_s` batches begin at least so many seconds apart: a call that comes
    alone is still written at once, and under load more share the price of a statement.
    A batch has at most 500 items and, by `weigh`, 4,000,000 bytes (or one item). When a batch fails for a reason that
    lies in the statement, each of its items is written alone, so that nobody suffers for another's item.
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
        self._waiting: deque[tuple[T, asyncio.Future[R]]] = deque()
        self._writer: asyncio.Task[None] | None = None

    async def add(self, item: T) -> R:
        """Return the answer to one item, once its batch is written. Raises: what `write` raises."""
        future: asyncio.Future[R] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, future))
        if self._writer is None or self._writer.done():
            self._writer = asyncio.create_task(self._write_all())
        return await future

    async def _write_all(self) -> None:
        batch: list[tuple[T, asyncio.Future[R]]] = []
        try:
            while self._waiting:
                if self._pace_s:
                    await asyncio.sleep(self._begun_at_s + self._pace_s - monotonic_s())
                    self._begun_at_s = monotonic_s()
                batch = self._take()
                await self._write_batch(batch)
        except asyncio.CancelledError as error:
            _fail([*batch, *self._waiting], error)
            self._waiting.clear()
            raise

    def _take(self) -> list[tuple[T, "asyncio.Future[R]"]]:
        batch = [self._waiting.popleft()]
        weight = self._weigh(batch[0][0])
        while self._waiting and len(batch) < MAX_ITEMS:
            weight += self._weigh(self._waiting[0][0])
            if weight > MAX_WEIGHT:
                break
            batch.append(self._waiting.popleft())
        return batch

    async def _write_batch(self, batch: "Batch[T, R]") -> None:
        try:
            answers = await self._write([item for item, _ in batch])
        except Exception as error:  # noqa: BLE001 - it belongs to the callers, who wait for it
            if len(batch) == 1 or is_away(error):
                _fail(batch, error)
                return
            for one in batch:
                await self._write_batch([one])
        else:
            for (_, future), answer in zip(batch, answers, strict=True):
                if not future.done():  # its caller may have been cancelled meanwhile
                    future.set_result(answer)


def _fail(batch: "Batch[T, R]", error: BaseException) -> None:
    for _, future in batch:
        if not future.done():
            future.set_exception(error)
