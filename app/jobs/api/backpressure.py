"""Refuses jobs beyond the most that may wait: of all, of a queue, of a team; before anything of them is stored.

What waits is read once a second while jobs come in, and only where a setting bounds it. This process adds what it took
since; what others took in that second may come on top.
"""

import asyncio
import math
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from uuid import UUID

from app.core.clock import monotonic_s
from app.core.database import Database
from app.core.errors import HeadraceError, InvalidError
from app.core.settings import Settings
from app.jobs.repository import counts
from app.jobs.repository.counts import OwnedCount
from app.jobs.states import FINAL, Status

FRESH_S = 1.0
LONGEST_S, UNKNOWN_S = 300, 30  # what a client is told at most, and while nothing ends
_SMOOTHED = 0.3  # how much the last second counts in the rate

Place = tuple[UUID | None, str]  # a team and a queue
Bound = tuple[str, str, int, int]  # its setting, its queue or "", how many wait there, and how many may


class TooManyWaitingError(HeadraceError):
    """As many jobs wait as may."""

    status, code, title = 429, "too_many_waiting", "Too many jobs wait"


class Backpressure:
    """What waits, as one API process knows it."""

    def __init__(self, database: Database, settings: Settings, clock: Callable[[], float] = monotonic_s) -> None:
        """Read nothing yet."""
        self._database = database
        self._clock = clock
        self._most = settings.max_waiting_jobs
        self._most_of_queue = settings.max_waiting_jobs_per_queue
        self._most_of_team = settings.max_waiting_jobs_per_team
        self._waiting: Counter[Place] = Counter()
        self._ended = 0
        self._ended_per_s = 0.0
        self._read_at_s = -math.inf
        self._reading = asyncio.Lock()

    @property
    def is_on(self) -> bool:
        """Whether any setting bounds what may wait."""
        return bool(self._most or self._most_of_queue or self._most_of_team)

    async def look(self) -> None:
        """Read what waits, where a setting bounds it and a second is over; never while a transaction is open.

        Who waits here with a connection of the pool may wait for who needs one to read.
        """
        if not self.is_on:
            return
        async with self._reading:
            if self._clock() - self._read_at_s >= FRESH_S:
                await self._read()

    def take(self, owner_id: UUID, wanted: Mapping[str, int]) -> None:
        """Take so many jobs of a team, by queue, all or none, by what was looked at.

        Raises: TooManyWaitingError; InvalidError for more than would ever fit.
        """
        for setting, queue, waiting, most in self._bounds(owner_id, wanted):
            self._check(setting, queue, waiting, most, more=_of(queue, wanted))
        if self.is_on:
            for queue, count in wanted.items():
                self._waiting[owner_id, queue] += count

    def _bounds(self, owner_id: UUID, wanted: Mapping[str, int]) -> Iterator[Bound]:
        if self._most:
            yield "MAX_WAITING_JOBS", "", self._waiting.total(), self._most
        if self._most_of_team:
            of_team = sum(count for (owner, _), count in self._waiting.items() if owner == owner_id)
            yield "MAX_WAITING_JOBS_PER_TEAM", "", of_team, self._most_of_team
        if self._most_of_queue:
            for queue in wanted:
                of_queue = sum(count for (_, one), count in self._waiting.items() if one == queue)
                yield "MAX_WAITING_JOBS_PER_QUEUE", queue, of_queue, self._most_of_queue

    def _check(self, setting: str, queue: str, waiting: int, most: int, *, more: int) -> None:
        if waiting + more <= most:
            return
        if more > most:
            raise InvalidError(f"{more:,} jobs at once are more than {setting} ever lets wait: {most:,}.")
        wait_s = self._wait_s(waiting + more - most)
        where = f" in the queue {queue!r}" if queue else " of this team" if setting.endswith("TEAM") else ""
        raise TooManyWaitingError(
            f"{waiting:,} jobs wait{where}, and {setting} lets {most:,} wait. Try again in {wait_s} s.",
            headers={"Retry-After": str(wait_s)},
        )

    def _wait_s(self, excess: int) -> int:
        """Return when there should be room for so many more, by how fast jobs end now."""
        if self._ended_per_s <= 0:
            return UNKNOWN_S
        return max(1, min(LONGEST_S, math.ceil(excess / self._ended_per_s)))

    async def _read(self) -> None:
        rows = await counts.read_owned(self._database, None)
        now_s = self._clock()
        ended = sum(row.count for row in rows if Status(row.status) in FINAL)
        passed_s = now_s - self._read_at_s
        if passed_s < math.inf:
            rate = max(0, ended - self._ended) / passed_s  # what was pruned meanwhile is missing
            self._ended_per_s += _SMOOTHED * (rate - self._ended_per_s) if self._ended_per_s else rate
        self._waiting = _waiting(rows)
        self._ended, self._read_at_s = ended, now_s


def _waiting(rows: Sequence[OwnedCount]) -> Counter[Place]:
    found: Counter[Place] = Counter()
    for row in rows:
        if row.status == Status.PENDING:
            found[row.owner_id, row.queue] += row.count
    return found


def _of(queue: str, wanted: Mapping[str, int]) -> int:
    return wanted[queue] if queue else sum(wanted.values())
