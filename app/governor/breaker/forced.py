"""What `app.governor.service` writes into the hashes of breakers when an operator opens or closes one by hand."""

from collections.abc import Iterable
from typing import Any

from redis.asyncio import Redis

from app.governor.limiter.scripts import breaker_keys
from app.governor.states import BreakerState

_CLOSED: dict[Any, Any] = {
    "forced": 0,
    "state": BreakerState.CLOSED.value,
    "streak": 0,
    "window_ok": 0,
    "window_bad": 0,
    "cooldown": 0,
    "probe": "",
}


async def force_open(redis: Redis, provider: str, *, is_forced: bool = True) -> None:
    """Let no call through, or take that back; changes nothing else. Raises: one of REDIS_AWAY."""
    breaker, _ = breaker_keys(provider)
    found = await redis.hget(breaker, "forced")
    if (found == b"1") != is_forced:
        await redis.hset(breaker, "forced", int(is_forced))


async def force_close(redis: Redis, provider: str, models: Iterable[str], *, forget: bool) -> None:
    """Close a provider's breaker and those of its models, whoever opened them: calls go, and failures count anew.

    `forget`: also what failed last. Raises: one of REDIS_AWAY.
    """
    async with redis.pipeline(transaction=True) as pipe:
        for model in (None, *models):
            breaker, trying = breaker_keys(provider, model)
            pipe.hset(breaker, mapping=_CLOSED)
            if forget:
                pipe.hset(breaker, "failures", 0)
                pipe.hdel(breaker, "last_error", "last_error_at")
            pipe.delete(trying)
        await pipe.execute()
