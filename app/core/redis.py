"""Redis/Valkey: one client per process that gives up in half a second, and the prefix of every key."""

from dataclasses import dataclass
from typing import Any
from weakref import WeakSet

from redis.asyncio import Connection, ConnectionPool, Redis, Sentinel, SSLConnection, UnixDomainSocketConnection
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError
from redis.exceptions import TimeoutError as RedisTimeoutError

from app.core import metrics
from app.core.redis_url import RedisAddress, parse

PREFIX = "headrace:"
TIMEOUT_S = 0.5
SCHEDULER_ALIVE_S = 15
# What a call to Redis may raise when Redis is away, full, restarting or frozen.
# RuntimeError is uvloop's word for a connection that was reset a moment ago.
REDIS_AWAY = (RedisError, OSError, TimeoutError, RuntimeError)


def is_answer(error: BaseException) -> bool:
    """Say whether an error is Redis' own answer, and not that of a line: it is read-only, full, or loads."""
    return isinstance(error, RedisError) and not isinstance(error, (RedisConnectionError, RedisTimeoutError))


class _FoundBySentinel(Redis):
    """A client of the master that sentinels name; it closes what asks them, too."""

    sentinels: Any

    async def aclose(self, close_connection_pool: bool | None = None) -> None:  # noqa: FBT001 - redis' own signature
        """Close every connection."""
        await super().aclose(close_connection_pool)
        await self.sentinels.aclose()


def connect(url: str, *, timeout_s: float = TIMEOUT_S) -> Redis:
    """Return a client; it connects when first used and never retries by itself. Raises: ValueError for a bad URL.

    A timeout means "unknown": what was sent may still be carried out later.
    """
    address = parse(url)
    line: dict[str, Any] = {
        "socket_timeout": timeout_s,
        "socket_connect_timeout": timeout_s,
        "retry": Retry(NoBackoff(), 0),
        "health_check_interval": 5,
    }
    tls = address.tls.options() if address.tls else {}
    client: Any
    if address.master:
        asked = {**line, **address.sentinel_options()}
        ask: Any = Sentinel  # its types know nothing of its arguments
        sentinels = ask(address.hosts, sentinel_kwargs=asked, ssl=bool(tls), **line, **tls, **address.login())
        client = sentinels.master_for(address.master, redis_class=_FoundBySentinel)
        client.sentinels = sentinels
    else:
        client = Redis.from_pool(ConnectionPool(**line, **tls, **_place(address), **address.login()))
    _pools.add(client.connection_pool)
    made: Redis = client
    return made


@dataclass(frozen=True, slots=True)
class PoolState:
    """Connections of a pool: open, and of those in use. Nobody waits for one: another is opened."""

    open: int
    in_use: int


def pool_state(client: Redis) -> PoolState:
    """Return how a client's pool is used now."""
    return _state(client.connection_pool)


def _state(pool: Any) -> PoolState:
    counts = pool.get_connection_count()
    used = sum(count for count, labels in counts if "used" in labels.values())
    return PoolState(open=sum(count for count, _ in counts), in_use=used)


_pools: WeakSet[Any] = WeakSet()
metrics.REDIS_OPEN.set_function(lambda: sum(_state(one).open for one in list(_pools)))
metrics.REDIS_IN_USE.set_function(lambda: sum(_state(one).in_use for one in list(_pools)))


def _place(address: RedisAddress) -> dict[str, Any]:
    if address.path:
        return {"connection_class": UnixDomainSocketConnection, "path": address.path}
    host, port = address.hosts[0]
    return {"connection_class": SSLConnection if address.tls else Connection, "host": host, "port": port}


def scheduler_key(host: str) -> str:
    """Return the key that a host's scheduler renews while it does its work; it lives for SCHEDULER_ALIVE_S."""
    return f"{PREFIX}scheduler:{host}"
