"""Transitions of breakers, each made known by a metric, the log, the audit log and an event."""

import asyncio
from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime
from uuid import UUID

from redis.asyncio import Redis

from app.auth import audit
from app.auth.caller import Actor, Caller
from app.core import metrics
from app.core.clock import utc_now
from app.core.database import Database
from app.core.logging import get_logger
from app.core.redis import REDIS_AWAY
from app.events import bus
from app.governor import repository
from app.governor.breaker import state as breaker_state
from app.governor.limiter.scripts import Target, Transition
from app.governor.states import BreakerChange, BreakerState

GOVERNOR = Actor(Caller(UUID(int=0), "governor"))
_log = get_logger(__name__)


class TransitionRecorder:
    """Writes in the background, on the loop that calls it; an outage costs the line, and no job."""

    def __init__(self, database: Database, redis: Redis, targets: Iterable[Target]) -> None:
        """Keep the connections; `targets` are all models, since a provider's shown state depends on them."""
        self._database = database
        self._redis = redis
        self._targets = tuple(targets)
        self._writing: set[asyncio.Task[None]] = set()
        for one in self._targets:
            metrics.begin(metrics.BREAKER_CHANGES, [one.provider], [one.model, ""], BreakerChange)

    def record(self, transition: Transition) -> None:
        """Record a change; returns at once."""
        metrics.BREAKER_CHANGES.labels(transition.provider, transition.model or "", transition.change).inc()
        _log.warning(
            "breaker_changed",
            provider=transition.provider,
            model=transition.model,
            change=transition.change.value,
            cooldown_s=transition.cooldown_s,
            error=transition.error or None,
        )
        task = asyncio.create_task(self._write(transition, utc_now()))
        self._writing.add(task)
        task.add_done_callback(self._writing.discard)

    async def _write(self, transition: Transition, at: datetime) -> None:
        detail = {"model": transition.model, "cooldown_s": transition.cooldown_s, "error": transition.error}
        shown = {key: value for key, value in detail.items() if value}
        await bus.tell_provider(self._redis, transition.provider, transition.change)
        state = await self._shown_state(transition)
        with suppress(Exception):  # PostgreSQL is away: the log has it
            async with self._database.begin() as connection:
                await repository.add_state(connection, transition.provider, state, since=at)
                if transition.change is BreakerChange.PROBED:
                    return  # what came of it is told
                action, target = f"breaker.{transition.change}", f"provider:{transition.provider}"
                await audit.record(connection, GOVERNOR, action, target, detail=shown or None)

    async def _shown_state(self, transition: Transition) -> BreakerState:
        """Return what the provider's breaker is shown as by now; by the change alone when Redis is away."""
        targets = [one for one in self._targets if one.provider == transition.provider]
        try:
            return (await breaker_state.read(self._redis, targets)).shown(transition.provider).state
        except REDIS_AWAY:
            return transition.change.state
