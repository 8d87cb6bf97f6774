"""Ends a worker after a number of jobs or above an amount of memory, so that its supervisor starts a fresh one."""

import asyncio
from collections.abc import Callable
from random import Random

from app.core.database import Database
from app.core.logging import get_logger
from app.core.loop import still_wanted
from app.core.memory import resident_bytes
from app.jobs.repository import workers
from app.jobs.runtime.lease import Leases

LOOK_EVERY_S = 5.0
SPREAD = 0.1  # of WORKER_MAX_JOBS, either way: workers that were started together do not end together
MUCH_TOO_MUCH = 1.25  # of the memory allowed: then it waits for nobody
MB = 1_048_576
_log = get_logger(__name__)


def memory_mb() -> float:
    """Return how much memory this process has in RAM; 0 where the system does not say."""
    return resident_bytes() / MB


class Recycler:
    """Judges one worker, and ends it when its time has come and no other worker of this machine is just ending."""

    def __init__(
        self,
        database: Database,
        leases: Leases,
        *,
        host: str,
        max_jobs: int,
        max_memory_mb: int,
        random: Random,
        end: Callable[[], None],
    ) -> None:
        """Keep the limits, of which 0 is none; `end` is called once."""
        self._database = database
        self._leases = leases
        self._host = host
        self._max_jobs = round(max_jobs * random.uniform(1 - SPREAD, 1 + SPREAD))
        self._max_memory_mb = max_memory_mb
        self._random = random
        self._end = end

    async def run(self) -> None:
        """Look every LOOK_EVERY_S or so until cancelled, or until `end` was called."""
        while still_wanted():
            await asyncio.sleep(LOOK_EVERY_S * self._random.uniform(0.5, 1.5))
            if await self.look():
                return

    async def look(self) -> bool:
        """Look once; return whether the worker was ended."""
        used_mb = memory_mb()
        is_due = 0 < self._max_jobs <= self._leases.claims or 0 < self._max_memory_mb <= used_mb
        is_pressing = 0 < self._max_memory_mb * MUCH_TOO_MUCH <= used_mb
        if not is_due or (not is_pressing and await self._has_one_that_stops()):
            return False
        _log.info("recycled", jobs=self._leases.claims, memory_mb=round(used_mb))
        self._end()
        return True

    async def _has_one_that_stops(self) -> bool:
        try:
            live = await workers.find_live(self._database)
        except Exception:  # noqa: BLE001 - nobody can tell, and it is not the time to hand jobs back
            return True
        return any(one.host == self._host and one.state == workers.STOPPING for one in live)
