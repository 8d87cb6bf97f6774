"""A provider's breaker as people are told of it: read from its hash, which the scripts write."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from redis.asyncio import Redis

from app.governor.switch import breaker_keys

BreakerState = Literal["closed", "open", "half_open", "forced"]


@dataclass(frozen=True, slots=True)
class Breaker:
    """What a breaker is now, and what calls last saw of its provider; times are those of Redis' clock.

    `until` is when an open one lets a probe through, `failures` how many calls failed in a row.
    """

    state: BreakerState
    until: datetime | None
    failures: int
    last_ok_at: datetime | None
    last_error: str | None
    last_error_at: datetime | None


@dataclass(frozen=True, slots=True)
class Breakers:
    """Those of several providers at one moment."""

    now: datetime
    by_provider: Mapping[str, Breaker]


async def read(redis: Redis, providers: Iterable[str]) -> Breakers:
    """Look at breakers, all at once. Raises: one of REDIS_AWAY."""
    names = tuple(providers)
    async with redis.pipeline(transaction=False) as pipe:
        pipe.time()
        for name in names:
            pipe.hgetall(breaker_keys(name)[0])
        (seconds, microseconds), *found = await pipe.execute()
    now_s = seconds + microseconds / 1e6
    stored = ({key.decode(): value.decode() for key, value in one.items()} for one in found)
    return Breakers(_time(now_s), {name: _breaker(one, now_s) for name, one in zip(names, stored, strict=True)})


def _breaker(stored: Mapping[str, str], now_s: float) -> Breaker:
    state: BreakerState = "closed"
    open_until = float(stored.get("open_until") or 0)
    if stored.get("forced") == "1":
        state = "forced"
    elif stored.get("state") == "open" and open_until > now_s:
        state = "open"
    elif stored.get("state") in {"open", "half_open"}:
        state = "half_open"
    return Breaker(
        state=state,
        until=_time(open_until) if state == "open" else None,
        failures=int(stored.get("failures") or 0),
        last_ok_at=_moment(stored, "last_ok_at"),
        last_error=stored.get("last_error"),
        last_error_at=_moment(stored, "last_error_at"),
    )


def _moment(stored: Mapping[str, str], name: str) -> datetime | None:
    return _time(float(stored[name])) if stored.get(name) else None


def _time(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
