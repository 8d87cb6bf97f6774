"""Overrides by operators, carried from PostgreSQL to every process: other quotas, and closed providers."""

import asyncio
from contextlib import suppress

from redis.asyncio import Redis

from app.core.clock import monotonic_s
from app.core.database import Database
from app.core.logging import get_logger
from app.core.loop import still_wanted
from app.core.redis import REDIS_AWAY
from app.governor import repository
from app.governor.breaker import forced
from app.governor.limiter.limits import Limits
from app.governor.limiter.quota import parse_quota
from app.governor.limiter.scripts import Target

FOLLOW_EVERY_S = 3.0
HEARD_AFTER_S = FOLLOW_EVERY_S + 1.0  # by then every worker that can read a change has done so
_log = get_logger(__name__)


class Overrides:
    """Keeps the limits of one process as operators overrode them last."""

    def __init__(self, database: Database, limits: Limits, *, heard_after_s: float = HEARD_AFTER_S) -> None:
        """Change `limits`. `heard_after_s`: so long after a change every worker knows it."""
        self._database = database
        self._limits = limits
        self._heard_after_s = heard_after_s
        self._changed_at_s: dict[str, float] = {}  # of providers, until every worker has heard it
        self._is_known = False

    async def refresh(self) -> None:
        """Read the overrides. Raises: whatever PostgreSQL does; the last ones stay then."""
        rows, closed = await repository.find_overrides(self._database)
        self._limits.override({Target(row.provider, row.model): parse_quota(row.quota) for row in rows})
        self._limits.close(closed)

    async def keep_fresh(self) -> None:
        """Read them every three seconds, through every outage."""
        while still_wanted():
            try:
                await self.refresh()
            except Exception as error:  # noqa: BLE001 - whatever it is, the next time may be better
                _log.debug("overrides_unknown", error=type(error).__name__)
            await asyncio.sleep(FOLLOW_EVERY_S)

    async def enforce(self, redis: Redis) -> list[str]:
        """Read them, and tell the breakers what Redis forgot or could not be told.

        For the scheduler, every three seconds. Returns the providers whose quota was changed, or which were opened, so
        long ago that all workers have heard it.
        """
        before = self._held()
        await self.refresh()
        now_s = monotonic_s()
        changed = {provider for provider, held in self._held().items() if held != before[provider]}
        if self._is_known:
            self._changed_at_s |= dict.fromkeys(changed, now_s)
        self._is_known = True
        with suppress(*REDIS_AWAY):
            for provider in self._limits.providers:
                await forced.force_open(redis, provider, is_forced=provider in self._limits.closed)
        heard = [one for one, at_s in self._changed_at_s.items() if now_s - at_s >= self._heard_after_s]
        for one in heard:
            del self._changed_at_s[one]
        return heard

    def _held(self) -> dict[str, tuple[object, ...]]:
        """Return what each provider's calls are held to."""
        limits = self._limits
        return {
            provider: (
                provider in limits.closed,
                *(str(limits.of(target)) for target in limits.configured if target.provider == provider),
            )
            for provider in limits.providers
        }
