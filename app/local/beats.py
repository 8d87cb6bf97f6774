"""Whether a worker or scheduler of this stack does its work, by its own beat: that its process runs says nothing."""

import asyncio
import socket
from collections.abc import Callable, Coroutine
from typing import Any

from app.core.settings import Settings

PATIENCE_S = 2.0


def worker(settings: Settings) -> Callable[[int], bool]:
    """Return a check by pid: the worker consumes, and renewed its row a moment ago."""
    return lambda pid: _holds(_has_worker(settings, pid))


def scheduler(settings: Settings) -> Callable[[int], bool]:
    """Return a check by pid: the scheduler sent what was due a moment ago."""
    return lambda pid: _holds(_has_scheduler(settings, pid))


def _holds(question: Coroutine[Any, Any, bool]) -> bool:
    async def asked() -> bool:
        async with asyncio.timeout(PATIENCE_S):
            return await question

    try:
        return asyncio.run(asked())
    except Exception:  # noqa: BLE001 - whatever is in the way, nobody was seen
        return False


async def _has_worker(settings: Settings, pid: int) -> bool:
    from app.core.database import Database  # noqa: PLC0415 - half of the application, which `ps` can do without
    from app.jobs.repository import workers  # noqa: PLC0415

    database = Database(settings.database_url.get_secret_value(), application_name="headrace-ready", pool_size=1)
    try:
        live = await workers.find_live(database)
    finally:
        await database.close()
    return any((one.host, one.pid) == (socket.gethostname(), pid) for one in live)


async def _has_scheduler(settings: Settings, pid: int) -> bool:
    from app.core.redis import connect, scheduler_key  # noqa: PLC0415

    redis = connect(settings.redis_url.get_secret_value())
    try:
        return bool(await redis.get(scheduler_key(socket.gethostname())) == str(pid).encode())
    finally:
        await redis.aclose()
