"""Whether a worker or the API does its work, for health checks and scripts."""

import asyncio

from app.core.settings import get_settings


def worker() -> str | None:
    """Return why this machine's worker is not ready, None when it is."""
    from app.ops.health import worker_ready  # noqa: PLC0415

    return asyncio.run(worker_ready(get_settings()))


def api() -> str | None:
    """Return why the API is not ready, None when it is."""
    from app.cli.client import CallError, Client  # noqa: PLC0415

    settings = get_settings()
    try:
        Client(settings.api_url, "").call("GET", "/ready")
    except CallError as error:
        return str(error)
    return None
