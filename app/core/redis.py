"""Redis/Valkey: one client per process that gives up in half a second, and the prefix of every key."""

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

PREFIX = "headrace:"
TIMEOUT_S = 0.5
SCHEDULER_ALIVE_S = 15
# What a call to Redis may raise when Redis is away, full, restarting or frozen.
# RuntimeError is uvloop's word for a connection that was reset a moment ago.
REDIS_AWAY = (RedisError, OSError, TimeoutError, RuntimeError)


def connect(url: str, *, timeout_s: float = TIMEOUT_S) -> Redis:
    """Return a client; it connects when first used and never retries by itself.

    A timeout means "unknown": what was sent may still be carried out later.
    """
    return Redis.from_url(
        url,
        socket_timeout=timeout_s,
        socket_connect_timeout=timeout_s,
        retry=Retry(NoBackoff(), 0),
        health_check_interval=5,
    )


def scheduler_key(host: str) -> str:
    """Return the key that a host's scheduler renews while it does its work; it lives for SCHEDULER_ALIVE_S."""
    return f"{PREFIX}scheduler:{host}"
