"""How many requests somebody has left: counted in Redis for all processes, and taken from there in blocks.

A process spends its block without asking again. So who asks several processes may be refused by one while another still
has some of a block, and what is left of a block may be spent up to a window late.
"""

import asyncio
import math
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

from limits import RateLimitItemPerSecond
from limits.aio.storage import RedisStorage
from limits.aio.strategies import SlidingWindowCounterRateLimiter
from redis.asyncio import Redis

from app.core.clock import monotonic_s, utc_now
from app.core.logging import get_logger
from app.core.redis import PREFIX, REDIS_AWAY

MOST_KEPT = 10_000  # subjects that one process remembers
BLOCKS, MOST_OF_BLOCK = 50, 100  # into how many blocks a limit is cut, and how large one is at most
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
        """How many a process takes at once; also by how many two processes may differ."""
        return max(1, min(MOST_OF_BLOCK, self.most // BLOCKS))


@dataclass(frozen=True, slots=True)
class Standing:
    """What a request found. `left` after it; `wait_s` until there are more; `is_counted`: false while Redis is away."""

    limit: Limit
    left: int
    wait_s: int
    may: bool = True
    is_counted: bool = True


@dataclass(slots=True)
class _Purse:
    """What a process has of one subject. `permits` are spent until `until_s`; `elsewhere` was left in Redis."""

    limit: Limit
    permits: int = 0
    elsewhere: int = 0
    until_s: float = -math.inf
    more_at_s: float = -math.inf
    refused_until_s: float = -math.inf
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)


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
        self._clock = clock
        self._purses: OrderedDict[str, _Purse] = OrderedDict()
        self._away_until_s = -math.inf

    async def take(self, subject: str, limit: Limit) -> Standing:
        """Take one request of a subject, if there is one; asks Redis where this process has none of its block left."""
        purse = self._purse(subject, limit)
        if not self._is_known(purse):
            async with purse.turn:
                if not self._is_known(purse):
                    await self._fill(subject, purse)
        now_s = self._clock()
        wait_s = max(1, math.ceil(purse.more_at_s - now_s)) if purse.more_at_s > now_s else 1
        if purse.permits and now_s < purse.until_s:
            purse.permits -= 1
            return Standing(limit, purse.permits + purse.elsewhere, wait_s)
        if now_s < purse.refused_until_s:
            return Standing(limit, 0, wait_s, may=False)
        return Standing(limit, limit.most, limit.within_s, is_counted=False)

    def _purse(self, subject: str, limit: Limit) -> _Purse:
        key = f"{limit.name}:{subject}"
        purse = self._purses.get(key)
        if purse is None or purse.limit != limit:
            purse = self._purses[key] = _Purse(limit)
        self._purses.move_to_end(key)
        while len(self._purses) > MOST_KEPT:
            self._purses.popitem(last=False)
        return purse

    def _is_known(self, purse: _Purse) -> bool:
        now_s = self._clock()
        has_one = purse.permits > 0 and now_s < purse.until_s
        return has_one or now_s < purse.refused_until_s or now_s < self._away_until_s

    async def _fill(self, subject: str, purse: _Purse) -> None:
        limit = purse.limit
        item = RateLimitItemPerSecond(limit.most, limit.within_s, limit.name)
        try:
            taken = limit.block
            if not await self._counts.hit(item, subject, cost=taken):
                taken = (await self._counts.get_window_stats(item, subject)).remaining
                if taken and not await self._counts.hit(item, subject, cost=taken):
                    taken = 0
            more_at, left = await self._counts.get_window_stats(item, subject)
        except REDIS_AWAY as error:
            self._away_until_s = self._clock() + AWAY_S
            _log.warning("requests_uncounted", error=type(error).__name__)
            return
        now_s = self._clock()
        purse.permits, purse.elsewhere = taken, left
        purse.until_s = now_s + limit.within_s
        purse.more_at_s = now_s + max(0.0, more_at - utc_now().timestamp())
        if not taken:
            purse.refused_until_s = min(now_s + ASK_AGAIN_S, max(purse.more_at_s, now_s + 1))
