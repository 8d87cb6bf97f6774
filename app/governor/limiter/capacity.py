"""The capacity of the models: how many calls the dispatcher may send jobs for, and what people see."""

import asyncio
from dataclasses import dataclass

from redis.asyncio import Redis

from app.core.settings import Settings
from app.governor.limiter.limits import Limits, target_of
from app.governor.limiter.outlook import ModelOutlook
from app.governor.limiter.scripts import BreakerRules, Scripts, Target
from app.llm.catalog import Catalog

# A job whose call starts within it may be sent: half of what its worker sleeps, so that hardly any is given back.
HORIZON_S = 1.0
AT_ONCE = 16


@dataclass(frozen=True, slots=True)
class Sendable:
    """How many jobs may be sent now, by the catalogue's names with a limit; `fast`: those whose places turn fast."""

    startable: dict[str, int]
    fast: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Capacity:
    """Looks at every model of the catalogue."""

    scripts: Scripts
    catalog: Catalog
    limits: Limits

    async def outlooks(self) -> dict[Target, ModelOutlook]:
        """Return how each model stands. Raises: one of REDIS_AWAY."""
        targets = list(dict.fromkeys(target_of(config) for config in self.catalog.models.values()))
        at_once = asyncio.Semaphore(AT_ONCE)  # a client has a hundred connections, and a gateway has more models

        async def outlook(target: Target) -> ModelOutlook:
            async with at_once:
                return await self.scripts.peek(
                    target, self.limits.of(target), horizon_s=HORIZON_S, places=self.limits.places.get(target)
                )

        return dict(zip(targets, await asyncio.gather(*map(outlook, targets)), strict=True))

    async def look(self) -> Sendable:
        """Return how many jobs may be sent now. Each of several names for one model sees all that it has.

        Raises: one of REDIS_AWAY.
        """
        outlooks = await self.outlooks()
        startable: dict[str, int] = {}
        fast: set[str] = set()
        for name in self.catalog.names():
            parts = [outlooks[target_of(config)] for config in self.catalog.resolve(name)]
            known = [part.may_be_sent for part in parts if part.may_be_sent is not None]
            if len(known) == len(parts):
                startable[name] = sum(known)
                if any(part.turns_fast for part in parts):
                    fast.add(name)
        return Sendable(startable, frozenset(fast))


def rules_of(settings: Settings) -> BreakerRules:
    """Return the breaker's rules from the settings."""
    return BreakerRules(
        failures=settings.breaker_failures,
        window_s=settings.breaker_window_s,
        ratio=settings.breaker_ratio,
        cooldown_s=settings.breaker_cooldown_s,
        longest_s=max(settings.breaker_cooldown_s, settings.breaker_max_cooldown_s),
        probe_s=settings.llm_timeout_s + 5,
        wait_max_s=settings.provider_wait_max_s,
    )


def capacity_of(settings: Settings, catalog: Catalog, redis: Redis) -> Capacity:
    """Return what looks at the models without asking any. Raises: SettingsError."""
    return Capacity(Scripts(redis, rules_of(settings)), catalog, Limits(catalog))
