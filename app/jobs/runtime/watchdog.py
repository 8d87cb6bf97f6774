"""The worker's watchdog: ends a worker that gets none of the messages which the broker holds for it."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Protocol

from redis.asyncio import Redis

from app.core import metrics
from app.core.logging import get_logger
from app.core.loop import still_wanted
from app.core.redis import REDIS_AWAY
from app.core.stall import LOOK_EVERY_S, Silence
from app.jobs.broker_buffer import has_messages

_log = get_logger(__name__)


class Receiver(Protocol):
    """The executor, as the watchdog sees it."""

    @property
    def arrived(self) -> int:
        """How many messages ever arrived, also those that brought nothing to do."""

    @property
    def in_hand(self) -> int:
        """How many of them are not done with yet; each takes a slot."""


class Watchdog:
    """Asks the broker through a connection of its own, since the worker's own connection may be dead."""

    def __init__(
        self,
        redis: Redis,
        receiver: Receiver,
        *,
        queues: Sequence[str],
        slots: int,
        limit_s: float,
        end: Callable[[], None],
    ) -> None:
        """Keep what is watched. `limit_s`: seconds of silence; `end` is called once, when they are over."""
        self._redis = redis
        self._receiver = receiver
        self._queues = tuple(queues)
        self._slots = slots
        self._silence = Silence(limit_s)
        self._end = end

    async def run(self) -> None:
        """Look every LOOK_EVERY_S until cancelled, or until the worker is deaf and `end` was called."""
        while still_wanted():
            await asyncio.sleep(LOOK_EVERY_S)
            if await self.look():
                _log.error("deaf", silent_s=self._silence.lasted_s)
                self._end()
                return

    async def look(self) -> bool:
        """Look once, and return whether this worker is deaf. A broker that does not answer is no reason."""
        try:
            has_waiting = await has_messages(self._redis, self._queues)
        except REDIS_AWAY:
            has_waiting = False
        is_free = self._receiver.in_hand < self._slots
        deaf = self._silence.look(self._receiver.arrived, expected=has_waiting and is_free)
        metrics.DEAF_S.set(self._silence.lasted_s)
        return deaf
