"""A breaker's changes, told to everybody: a metric, a line in the log and the audit log, an event."""

import asyncio
from contextlib import suppress
from datetime import datetime
from uuid import UUID

from redis.asyncio import Redis

from app.auth import audit
from app.auth.caller import Caller
from app.core import metrics
from app.core.clock import utc_now
from app.core.database import Database
from app.core.logging import get_logger
from app.events import bus
from app.governor import repository
from app.governor.scripts import Transition

GOVERNOR = Caller(UUID(int=0), "governor")
_STATES = {"opened": "open", "reopened": "open", "probed": "half_open", "closed": "closed"}
_log = get_logger(__name__)


class Journal:
    """Writes in the background, on the loop that calls it; an outage costs the line, and no job."""

    def __init__(self, database: Database, redis: Redis) -> None:
        """Keep the connections."""
        self._database = database
        self._redis = redis
        self._writing: set[asyncio.Task[None]] = set()

    def tell(self, transition: Transition) -> None:
        """Tell of a change; returns at once."""
        metrics.BREAKER_CHANGES.labels(transition.provider, transition.change).inc()
        _log.warning(
            "breaker_changed",
            provider=transition.provider,
            change=transition.change,
            cooldown_s=transition.cooldown_s,
            error=transition.error or None,
        )
        task = asyncio.create_task(self._write(transition, utc_now()))
        self._writing.add(task)
        task.add_done_callback(self._writing.discard)

    async def _write(self, transition: Transition, at: datetime) -> None:
        detail = {"cooldown_s": transition.cooldown_s, "error": transition.error}
        shown = {key: value for key, value in detail.items() if value}
        await bus.tell_provider(self._redis, transition.provider, transition.change)
        with suppress(Exception):  # PostgreSQL is away: the log has it
            async with self._database.begin() as connection:
                await repository.add_state(connection, transition.provider, _STATES[transition.change], since=at)
                if transition.change == "probed":
                    return  # what came of it is told
                action, target = f"breaker.{transition.change}", f"provider:{transition.provider}"
                await audit.record(connection, GOVERNOR, action, target, detail=shown or None)
