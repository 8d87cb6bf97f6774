"""The state of breakers, read from the hashes that the scripts write."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from redis.asyncio import Redis

from app.governor.limiter.scripts import Scope, Target, breaker_keys
from app.governor.states import BreakerState

_RANKS: Mapping[BreakerState, int] = {  # the strictest last
    BreakerState.CLOSED: 0,
    BreakerState.HALF_OPEN: 1,
    BreakerState.OPEN: 2,
    BreakerState.FORCED_OPEN: 3,
}


@dataclass(frozen=True, slots=True)
class Breaker:
    """What a breaker is now, and what calls last saw of its model or provider; times are those of Redis' clock.

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
    """Those of several providers and their models at one moment: `own` are the providers' own, by name."""

    now: datetime
    own: Mapping[str, Breaker]
    models: Mapping[Target, Breaker]

    def of(self, target: Target) -> tuple[Breaker, Scope]:
        """Return the breaker that holds a model's calls back, or would first, and whose it is."""
        whole, model = self.own[target.provider], self.models[target]
        return (whole, "provider") if self._strictness(whole) > self._strictness(model) else (model, "model")

    def failing(self, provider: str) -> list[Target]:
        """Return the provider's models that their own breakers hold back."""
        return [
            one
            for one, found in self.models.items()
            if one.provider == provider and found.state is not BreakerState.CLOSED
        ]

    def shown(self, provider: str) -> Breaker:
        """Return what stands for a provider: its own breaker or, where all its models are held back, one of theirs.

        That is the one that opens first. A closed one tells what the calls saw that are not held back.
        """
        own = self.own[provider]
        models = [found for target, found in self.models.items() if target.provider == provider]
        closed = [found for found in models if found.state is BreakerState.CLOSED]
        if own.state is not BreakerState.CLOSED:
            return own
        if models and not closed:
            return min(models, key=self._strictness)
        return _together(own, closed)

    def _strictness(self, breaker: Breaker) -> tuple[int, datetime]:
        return _RANKS[breaker.state], breaker.until or self.now


def _together(own: Breaker, models: Iterable[Breaker]) -> Breaker:
    """Return a closed breaker with what was last seen; failures count as long as none of them answered since."""
    failed = [one for one in (own, *models) if one.last_error_at is not None]
    last = max(failed, key=lambda one: one.last_error_at or datetime.min.replace(tzinfo=UTC), default=own)
    is_well = own.last_ok_at is not None and last.last_error_at is not None and own.last_ok_at >= last.last_error_at
    return replace(
        own,
        failures=0 if is_well else last.failures,
        last_error=last.last_error,
        last_error_at=last.last_error_at,
    )


async def read(redis: Redis, targets: Iterable[Target]) -> Breakers:
    """Look at the breakers of models and of their providers, all at once. Raises: one of REDIS_AWAY."""
    models = tuple(dict.fromkeys(targets))
    providers = tuple(dict.fromkeys(one.provider for one in models))
    async with redis.pipeline(transaction=False) as pipe:
        pipe.time()
        for name in providers:
            pipe.hgetall(breaker_keys(name)[0])
        for one in models:
            pipe.hgetall(breaker_keys(one.provider, one.model)[0])
        (seconds, microseconds), *found = await pipe.execute()
    now_s = seconds + microseconds / 1e6
    breakers = [_breaker({key.decode(): value.decode() for key, value in one.items()}, now_s) for one in found]
    own, own_models = breakers[: len(providers)], breakers[len(providers) :]
    return Breakers(_time(now_s), dict(zip(providers, own, strict=True)), dict(zip(models, own_models, strict=True)))


def _breaker(stored: Mapping[str, str], now_s: float) -> Breaker:
    state = BreakerState.CLOSED
    open_until = float(stored.get("open_until") or 0)
    if stored.get("forced") == "1":
        state = BreakerState.FORCED_OPEN
    elif stored.get("state") == BreakerState.OPEN and open_until > now_s:
        state = BreakerState.OPEN
    elif stored.get("state") in {BreakerState.OPEN, BreakerState.HALF_OPEN}:
        state = BreakerState.HALF_OPEN
    return Breaker(
        state=state,
        until=_time(open_until) if state is BreakerState.OPEN else None,
        failures=int(stored.get("failures") or 0),
        last_ok_at=_moment(stored, "last_ok_at"),
        last_error=stored.get("last_error"),
        last_error_at=_moment(stored, "last_error_at"),
    )


def _moment(stored: Mapping[str, str], name: str) -> datetime | None:
    return _time(float(stored[name])) if stored.get(name) else None


def _time(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
