"""Overrides by operators, carried from PostgreSQL to every process: other quotas, and closed providers."""

import asyncio
from contextlib import suppress

from redis.asyncio import Redis

from app.core.database import Database
from app.core.logging import get_logger
from app.core.loop import still_wanted
from app.core.redis import REDIS_AWAY
from app.governor import repository
from app.governor.breaker import forced
from app.governor.limiter.limits import Limits
from app.governor.limiter.quota import parse_quota
from app.governor.limiter.scripts import Target

FOLLOW_EVERY_S = 2.0
_log = get_logger(__name__)


class Overrides:
    """Keeps the limits of one process as operators overrode them last."""

    def __init__(self, database: Database, limits: Limits) -> None:
        """Change `limits`."""
        self._database = database
        self._limits = limits

    async def refresh(self) -> None:
        """Read the overrides. Raises: whatever PostgreSQL does; the last ones stay then."""
        rows = await repository.find_quotas(self._database)
        closed = await repository.find_closures(self._database)
        self._limits.override({Target(row.provider, row.model): parse_quota(row.quota) for row in rows})
        self._limits.close(closed)

    async def keep_fresh(self) -> None:
        """Read them every two seconds, through every outage."""
        while still_wanted():
            try:
                await self.refresh()
            except Exception as error:  # noqa: BLE001 - whatever it is, the next time may be better
                _log.debug("overrides_unknown", error=type(error).__name__)
            await asyncio.sleep(FOLLOW_EVERY_S)

    async def enforce(self, redis: Redis) -> None:
        """Read them, and tell the breakers what Redis forgot or could not be told; for the scheduler, every second."""
        await self.refresh()
        with suppress(*REDIS_AWAY):
            for provider in self._limits.providers:
                await forced.force_open(redis, provider, is_forced=provider in self._limits.closed)
