"""How late this machine is just now, so that a promise about seconds is tested and the machine is not."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from sqlalchemy import text

from app.core.clock import monotonic_s
from app.core.database import Database
from app.core.database_errors import is_away
from app.core.loop import still_wanted

BEAT_S = 0.02
BEATS = 10  # so many things, at most, does a part of the stack one after another in what a test times
_ASK = text("SELECT 1")


@dataclass(slots=True)
class Pulse:
    """The worst of many beats. Each is what every part of the stack does: it sleeps, wakes, and asks PostgreSQL."""

    worst_s: float = 0.0

    @property
    def late_s(self) -> float:
        """What is to be added to a promised time: well below a tenth of a second where nothing else runs."""
        return BEATS * self.worst_s

    async def beat(self, database: Database) -> None:
        """Beat once."""
        begun_s = monotonic_s()
        await asyncio.sleep(BEAT_S)
        try:
            await database.rows(_ASK)
        except Exception as error:
            if not is_away(error):
                raise
            return
        self.worst_s = max(self.worst_s, monotonic_s() - begun_s - BEAT_S)


@asynccontextmanager
async def feeling_pulse(database: Database) -> AsyncIterator[Pulse]:
    """Let it beat until the block ends."""
    pulse = Pulse()

    async def beat_on() -> None:
        while still_wanted():
            await pulse.beat(database)

    beating = asyncio.create_task(beat_on())
    try:
        yield pulse
    finally:
        beating.cancel()
        await asyncio.gather(beating, return_exceptions=True)
