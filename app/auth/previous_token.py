"""Who still uses SERVICE_TOKEN_PREVIOUS: told by the log and a metric, and kept for a day, for `doctor` to name."""

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from redis.asyncio import Redis

from app.core import metrics
from app.core.clock import monotonic_s, utc_now
from app.core.logging import get_logger
from app.core.redis import PREFIX, REDIS_AWAY

KEY = f"{PREFIX}previous_token"
KEPT_S = 86_400
TOLD_EVERY_S = 60.0
MOST_ADDRESSES = 1000
_log = get_logger(__name__)


class PreviousToken:
    """Notes the uses of one API process, each address once a minute."""

    def __init__(self, redis: Redis) -> None:
        """Note none yet."""
        self._redis = redis
        self._told_at_s: dict[str, float] = {}

    async def note(self, address: str) -> None:
        """Note that the token came from an address; while Redis is away the log and the metric have it alone."""
        metrics.PREVIOUS_TOKEN_USES.inc()
        if monotonic_s() - self._told_at_s.get(address, float("-inf")) < TOLD_EVERY_S:
            return
        if len(self._told_at_s) >= MOST_ADDRESSES:
            self._told_at_s.clear()
        self._told_at_s[address] = monotonic_s()
        _log.warning("previous_service_token_used", address=address)
        now_s = utc_now().timestamp()
        with suppress(*REDIS_AWAY):
            async with self._redis.pipeline(transaction=False) as pipeline:
                pipeline.zadd(KEY, {address: now_s})
                pipeline.zremrangebyscore(KEY, 0, now_s - KEPT_S)
                pipeline.expire(KEY, KEPT_S)
                await pipeline.execute()


async def find_users(redis: Redis) -> Sequence[str]:
    """Return the addresses that used it within a day. Raises: one of REDIS_AWAY."""
    since_s = utc_now().timestamp() - KEPT_S
    found: list[Any] = await redis.zrange(KEY, 0, -1, withscores=True)
    return sorted(name.decode() for name, at_s in found if at_s >= since_s)
