"""Whether the parts that this process needs can do their work, each with its latency."""

import asyncio
import socket
from collections.abc import Awaitable, Callable
from typing import Literal

from pydantic import BaseModel
from redis.asyncio import Redis
from sqlalchemy import Text, bindparam, func, select
from sqlalchemy.dialects.postgresql import ARRAY

from app.core.clock import monotonic_s
from app.core.database import Database, table_of
from app.core.redis import REDIS_AWAY
from app.core.settings import Settings
from app.governor.providers import Providers
from app.jobs.models import Job, Worker
from app.jobs.repository.move import NOW, seconds, status_is
from app.jobs.repository.workers import IS_LIVE, LIVE_WITHIN_S, find_live
from app.jobs.states import Status
from app.ops import schema

CHECK_TIMEOUT_S = 2.0
STALLED_S = 30.0
_workers = table_of(Worker)
_jobs = table_of(Job)


class Part(BaseModel):
    """One part's state; `detail` says what is wrong, without internals."""

    status: Literal["ok", "degraded", "down"]
    latency_ms: float
    detail: str = ""


class Health(BaseModel):
    """All parts. `status`: down without PostgreSQL; degraded without Redis or any worker, or while a provider fails."""

    status: Literal["ok", "degraded", "down"]
    version: str
    parts: dict[str, Part]


async def check_database(database: Database) -> str:
    """Return what is wrong with PostgreSQL or its migrations, or an empty string."""
    return await schema.check(database)


async def check_redis(redis: Redis) -> str:
    """Ping Redis; raises when it is away."""
    await redis.ping()
    return ""


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
        if state != "closed":
            said.append(f"{name} {'was closed by an operator' if state == 'forced' else 'is failing'}; its jobs wait.")
        models = providers.names_held(found, name)
        said += [f"The model {model} of {name} is failing; its jobs wait." for model in models]
    return " ".join(said)


async def timed(check: Callable[[], Awaitable[str]], *, otherwise: Literal["degraded", "down"]) -> Part:
    """Run one check for at most 2 seconds. `otherwise` is the status when it finds something wrong or fails."""
    started_s = monotonic_s()
    try:
        async with asyncio.timeout(CHECK_TIMEOUT_S):
            detail = await check()
    except Exception as error:  # noqa: BLE001 - a health check tells, it never fails
        detail = "no answer in time" if isinstance(error, TimeoutError) else "cannot be reached"
    latency_ms = round((monotonic_s() - started_s) * 1000, 2)
    return Part(status=otherwise if detail else "ok", latency_ms=latency_ms, detail=detail)


async def read_health(database: Database, redis: Redis, providers: Providers, *, version: str) -> Health:
    """Check every part at once."""
    names = ("postgresql", "redis", "workers", "providers")
    parts = await asyncio.gather(
        timed(lambda: check_database(database), otherwise="down"),
        timed(lambda: check_redis(redis), otherwise="degraded"),
        timed(lambda: check_workers(database), otherwise="degraded"),
        timed(lambda: check_providers(providers), otherwise="degraded"),
    )
    found = {part.status for part in parts}
    worst: Literal["ok", "degraded", "down"] = (
        "down" if "down" in found else "degraded" if "degraded" in found else "ok"
    )
    return Health(status=worst, version=version, parts=dict(zip(names, parts, strict=True)))


_MINE = select(_workers).where(_workers.c.host == bindparam("of_host", type_=Text()), IS_LIVE)
_OVERDUE = (
    select(func.count())
    .select_from(_jobs)
    .where(
        status_is(Status.PENDING),
        _jobs.c.queue == func.any(bindparam("of_queues", type_=ARRAY(Text()))),
        _jobs.c.run_at < NOW - seconds(STALLED_S),
        _jobs.c.dispatch_count > 0,
    )
)
_STALLED = (_workers.c.busy < _workers.c.slots) & (
    func.coalesce(_workers.c.claimed_at, _workers.c.started_at) < NOW - seconds(STALLED_S)
)


async def worker_ready(settings: Settings) -> str | None:
    """Say why this host's worker is not well, or return None.

    A worker is well when its row was renewed within 15 s and it does not sit idle, without a claim for 30 s, beside
    jobs that were sent and have been due for longer than that. A ping proves neither.
    """
    database = Database(settings.database_url.get_secret_value(), application_name="headrace-ready", pool_size=1)
    try:
        if wrong := await schema.check(database):
            return wrong
        host = socket.gethostname()
        mine = await database.rows(_MINE.add_columns(_STALLED.label("stalled")), {"of_host": host})
        if not mine:
            return f"no worker of {host} has renewed its row within {LIVE_WITHIN_S:.0f} s"
        overdue = await database.row(_OVERDUE, {"of_queues": list(settings.queues)})
        if overdue and overdue[0] and all(row.stalled for row in mine):
            return f"{overdue[0]} jobs are overdue and no worker of {host} has claimed one for {STALLED_S:.0f} s"
        return None
    finally:
        await database.close()
