"""Work through rows that a statement takes some at a time."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

from app.jobs.repository import maintenance
from app.jobs.rows import Moved

MOST_BATCHES = 20  # of a thousand, in one pass


async def in_batches(act: Callable[[], Awaitable[Sequence[Moved]]]) -> AsyncIterator[Moved]:
    """Yield the rows of one batch after another until one is not full, or so many that the next pass may go on."""
    for _ in range(MOST_BATCHES):
        rows = await act()
        for row in rows:
            yield row
        if len(rows) < maintenance.BATCH:
            return
