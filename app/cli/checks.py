"""Whether a worker, a scheduler or the API does its work, for health checks and scripts."""

import asyncio
import socket

from app.core.settings import get_settings


def worker() -> str | None:
    """Return why this machine's worker is not ready, None when it is."""
    from app.ops.health.service import worker_ready  # noqa: PLC0415

    return asyncio.run(worker_ready(get_settings()))


def scheduler() -> str | None:
    """Return why this machine's scheduler is not ready, None when it is."""
    return asyncio.run(_scheduler())


async def _scheduler() -> str | None:
    from app.core.redis import REDIS_AWAY, SCHEDULER_ALIVE_S, connect, scheduler_key  # noqa: PLC0415
    from app.core.redis_reasons import reason  # noqa: PLC0415

    redis = connect(get_settings().need("redis_url").redis_url.get_secret_value())
    host = socket.gethostname()
    try:
        alive = await redis.exists(scheduler_key(host))
    except REDIS_AWAY as error:
        return f"Redis: {reason(error)}"
    finally:
        await redis.aclose()
    if alive:
        return None
    return await _misfit() or f"no scheduler of {host} has sent what is due within {SCHEDULER_ALIVE_S} s"


async def _misfit() -> str:
    from app.core.database import Database  # noqa: PLC0415
    from app.ops.health import schema_version  # noqa: PLC0415

    url = get_settings().need("database_url").database_url.get_secret_value()
    database = Database(url, application_name="headrace-ready", pool_size=1)
    try:
        return await schema_version.check(database)
    except Exception:  # noqa: BLE001 - then there is another reason
        return ""
    finally:
        await database.close()


def api() -> str | None:
    """Return why the API is not ready, None when it is."""
    from app.cli.client import CallError, Client  # noqa: PLC0415

    settings = get_settings()
    try:
        Client(settings.api_url, "").call("GET", "/ready")
    except CallError as error:
        return str(error)
    return None
