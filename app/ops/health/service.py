"""Whether the parts that this process needs can do their work, each with its latency."""

import asyncio
import socket
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from typing import Literal

from redis.asyncio import Redis

from app.core.clock import monotonic_s
from app.core.database import Database
from app.core.logging import get_logger
from app.core.redis import REDIS_AWAY, pool_state
from app.core.settings import Settings
from app.governor.providers import Providers
from app.governor.states import BreakerState
from app.jobs.repository.workers import LIVE_WITHIN_S, find_live
from app.ops.health import repository, schema_version, servers
from app.ops.health.schemas import Health, Part, Pool

CHECK_TIMEOUT_S = 2.0
STALLED_S = 30.0
_log = get_logger(__name__)


async def check_workers(database: Database) -> str:
    """Return a sentence when no worker is alive."""
    return "" if await find_live(database) else "no worker is alive; jobs wait"


async def check_providers(providers: Providers) -> str:
    """Return which providers and models their breakers hold back, and why."""
    try:
        found = await providers.breakers()
    except REDIS_AWAY:  # which is a part of its own
        return ""
    said: list[str] = []
    for name in providers.configs:
        state = found.shown(name).state
        if state is not BreakerState.CLOSED:
            why = "was closed by an operator" if state is BreakerState.FORCED_OPEN else "is failing"
            said.append(f"{name} {why}; its jobs wait.")
        models = providers.failing_models(found, name)
        said += [f"The model {model} of {name} is failing; its jobs wait." for model in models]
    return " ".join(said)


async def timed(
    check: Callable[[], Awaitable[str]],
    *,
    otherwise: Literal["degraded", "down"],
    why: Callable[[BaseException], str] = servers.why_no_database,
) -> Part:
    """Run one check for at most 2 seconds. `otherwise` is the status when it finds something wrong or fails."""
    started_s = monotonic_s()
    try:
        async with asyncio.timeout(CHECK_TIMEOUT_S):
            detail = await check()
    except Exception as error:  # noqa: BLE001 - a health check tells, it never fails
        detail = why(error)
    latency_ms = round((monotonic_s() - started_s) * 1000, 2)
    return Part(status=otherwise if detail else "ok", latency_ms=latency_ms, detail=detail)


class Readiness:
    """What /ready says, and its log: a line when the reason changes, not one for each who asks."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._last_reason = ""

    async def read(self) -> Part:
        """Say whether this process can accept jobs."""
        part = await timed(lambda: servers.check_database(self._database), otherwise="down")
        if part.detail != self._last_reason:
            self._last_reason = part.detail
            if part.detail:
                _log.error("not_ready", reason=part.detail)
            else:
                _log.info("ready_again")
        return part


async def read_health(database: Database, redis: Redis, providers: Providers, *, version: str) -> Health:
    """Check every part at once."""
    found = dict(
        zip(
            ("postgresql", "redis", "workers", "providers"),
            await asyncio.gather(
                timed(lambda: servers.check_database(database), otherwise="down"),
                timed(lambda: servers.check_redis(redis), otherwise="degraded", why=servers.why_no_redis),
                timed(lambda: check_workers(database), otherwise="degraded"),
                timed(lambda: check_providers(providers), otherwise="degraded"),
            ),
            strict=True,
        )
    )
    found["postgresql"].pool = Pool(**asdict(database.pool))
    found["redis"].pool = Pool(**asdict(pool_state(redis)))
    worst: Literal["ok", "degraded", "down"] = "ok"
    for part in found.values():
        worst = max(worst, part.status, key=("ok", "degraded", "down").index)
    return Health(status=worst, version=version, parts=found)


async def worker_ready(settings: Settings) -> str | None:
    """Say why this host's worker is not well, or return None.

    A worker is well when its row was renewed within 15 s and it does not sit idle, without a claim for 30 s, beside
    jobs that were sent and have been due for longer than that. A ping proves neither.
    """
    database = Database(settings.database_url.get_secret_value(), application_name="headrace-ready", pool_size=1)
    try:
        if wrong := (await timed(lambda: schema_version.check(database), otherwise="down")).detail:
            return wrong
        host = socket.gethostname()
        mine = await repository.find_workers_of(database, host, idle_s=STALLED_S)
        if not mine:
            return f"no worker of {host} has renewed its row within {LIVE_WITHIN_S:.0f} s"
        overdue = await repository.count_overdue(database, settings.queues, late_s=STALLED_S)
        if overdue and all(one.is_stalled for one in mine):
            return f"{overdue} jobs are overdue and no worker of {host} has claimed one for {STALLED_S:.0f} s"
        return None
    finally:
        await database.close()
