"""How many requests somebody has left: counted in Redis for all processes, and taken from there in blocks.

A process spends its block without asking again, and takes the next of large ones before it needs it. So who asks
several processes may be refused by one while another still has some, and a block may be spent up to a window late.
"""

import asyncio
import math
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from limits import RateLimitItemPerSecond
from limits.aio.storage import RedisStorage
from limits.aio.strategies import SlidingWindowCounterRateLimiter
from redis.asyncio import Redis

from app.core.clock import monotonic_s, utc_now
from app.core.logging import get_logger
from app.core.redis import PREFIX, REDIS_AWAY

MOST_KEPT = 10_000  # subjects that one process remembers
BLOCKS, MOST_OF_BLOCK = 50, 1000  # into how many blocks a limit is cut, and how large one is at most
LARGE = 50  # a block of which the next is taken at half of it, so that who asks fast waits for none
ASK_AGAIN_S = 5.0  # how long a process refuses before it asks Redis once more
AWAY_S = 1.0  # how long Redis is not asked after it did not answer
_log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Limit:
    """At most so many requests within so many seconds; `name` is that of its policy in headers."""

    name: str
    most: int
    within_s: int

    @property
    def block(self) -> int:
        """How many a process takes at once."""
        return max(1, min(MOST_OF_BLOCK, self.most // BLOCKS))

    @property
    def spare(self) -> int:
        """With how many left a process takes the next block."""
        return self.block // 2 if self.block >= LARGE else 0

    @property
    def error(self) -> int:
        """How many one process may have that another one lacks."""
        return self.block + self.spare


class Purse:
    """What a process has of one subject's limit. `permits` are spent until `until_s`; `elsewhere` was left in Redis."""

    __slots__ = ("elsewhere", "limit", "more_at_s", "permits", "refused_until_s", "spare", "subject", "turn", "until_s")

    def __init__(self, subject: str, limit: Limit) -> None:
        """Have nothing yet."""
        self.subject = subject
        self.limit = limit
        self.spare = limit.spare
        self.permits = self.elsewhere = 0
        self.until_s = self.more_at_s = self.refused_until_s = -math.inf
        self.turn = asyncio.Lock()

    @property
    def left(self) -> int:
        """How many requests are left, as far as this process knows."""
        return self.permits + self.elsewhere

    def spend(self, now_s: float) -> bool:
        """Spend a permit, if there is one."""
        if self.permits <= 0 or now_s >= self.until_s:
            return False
        self.permits -= 1
        return True

    def give_back(self) -> None:
        """Take back what was just spent."""
        self.permits += 1

    def wait_s(self, now_s: float) -> int:
        """Return in how many seconds there are more."""
        return max(1, math.ceil(self.more_at_s - now_s)) if self.more_at_s > now_s else 1


class Allowances:
    """The allowances of everybody at one process."""

    def __init__(self, redis: Redis, clock: Callable[[], float] = monotonic_s) -> None:
        """Take nothing yet."""
        storage = RedisStorage(
            "async+redis://",
            implementation="redispy",
            key_prefix=f"{PREFIX}requests",
            connection_pool=redis.connection_pool,  # type: ignore[arg-type]  # as its documentation has it
        )
        self._counts = SlidingWindowCounterRateLimiter(storage)
        self.clock = clock
        self._purses: OrderedDict[tuple[str, Limit], Purse] = OrderedDict()
        self._away_until_s = -math.inf
        self._refills: set[asyncio.Task[None]] = set()

    @property
    def is_away(self) -> bool:
        """Whether Redis did not answer a moment ago, so that nothing is counted."""
        return self.clock() < self._away_until_s

    def purse(self, subject: str, limit: Limit) -> Purse:
        """Return what this process has of a limit of a subject."""
        key = (subject, limit)
        purse = self._purses.get(key) or self._purses.setdefault(key, Purse(subject, limit))
        self._purses.move_to_end(key)
        while len(self._purses) > MOST_KEPT:
            self._purses.popitem(last=False)
        return purse

    async def take(self, purse: Purse) -> bool:
        """Take one request, and say whether there was one; asks Redis where this process has none of a block left."""
        if purse.spend(self.clock()):
            if purse.permits == purse.spare > 0:
                task = asyncio.create_task(self._refill(purse, spare=purse.spare))
                self._refills.add(task)
                task.add_done_callback(self._refills.discard)
            return True
        await self._refill(purse, spare=0)
        return purse.spend(self.clock()) or self.clock() >= purse.refused_until_s  # uncounted, while Redis is away

    async def _refill(self, purse: Purse, *, spare: int) -> None:
        async with purse.turn:
            now_s = self.clock()
            has_some = purse.permits > spare and now_s < purse.until_s
            if not (has_some or now_s < purse.refused_until_s or self.is_away):
                await self._fill(purse)

    async def _fill(self, purse: Purse) -> None:
        limit, subject = purse.limit, purse.subject
        item = RateLimitItemPerSecond(limit.most, limit.within_s, limit.name)
        try:
            taken = limit.block
            if not await self._counts.hit(item, subject, cost=taken):
                taken = (await self._counts.get_window_stats(item, subject)).remaining
                if taken and not await self._counts.hit(item, subject, cost=taken):
                    taken = 0
            more_at, left = await self._counts.get_window_stats(item, subject)
        except REDIS_AWAY as error:
            self._away_until_s = self.clock() + AWAY_S
            _log.warning("requests_uncounted", error=type(error).__name__)
            return
        now_s = self.clock()
        kept = purse.permits if now_s < purse.until_s else 0
        purse.permits, purse.elsewhere = kept + taken, left
        purse.until_s = now_s + limit.within_s
        purse.more_at_s = now_s + max(0.0, more_at - utc_now().timestamp())
        if not taken:
            purse.refused_until_s = min(now_s + ASK_AGAIN_S, max(purse.more_at_s, now_s + 1))
