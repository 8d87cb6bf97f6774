"""The HTTP face of operations: open probes at the root, statistics for administrators under the API."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import PlainTextResponse

from app import __version__
from app.auth.service_token import CurrentCaller
from app.ops import metrics
from app.ops.health import service as health
from app.ops.health.service import Health, Part
from app.ops.stats.service import Stats, StatsOut
from app.ops.stats.throughput import MAX_MINUTES, ThroughputOut, read_throughput

probes = APIRouter(tags=["health"])
admin = APIRouter(prefix="/api/v1/admin", tags=["operations"])
UNAVAILABLE = 503


@probes.get("/live")
async def get_liveness() -> dict[str, str]:
    """Say that this process answers; looks at nothing else."""
    return {"status": "ok"}


@probes.get("/ready", responses={UNAVAILABLE: {"model": Part, "description": "Not ready"}})
async def get_readiness(request: Request, response: Response) -> Part:
    """Say whether this process can accept jobs: PostgreSQL answers, takes writes and is migrated; if not, why."""
    part: Part = await request.app.state.readiness.read()
    if part.status != "ok":
        response.status_code = UNAVAILABLE
        response.headers["Retry-After"] = "2"
    return part


@probes.get("/health", responses={UNAVAILABLE: {"model": Health, "description": "PostgreSQL is away"}})
async def get_health(request: Request, response: Response) -> Health:
    """Show each part with its latency; 503 only when jobs cannot be accepted."""
    resources, providers = request.app.state.resources, request.app.state.providers
    found = await health.read_health(resources.database, resources.redis, providers, version=__version__)
    if found.status == "down":
        response.status_code = UNAVAILABLE
    return found


@probes.get("/metrics", response_class=PlainTextResponse)
async def get_metrics(request: Request, _: CurrentCaller) -> Response:
    """Show this process's metrics and the state of the whole system in Prometheus' text format."""
    resources = request.app.state.resources
    parts = (request.app.state.stats, resources.database, resources.redis)
    content = await metrics.render(*parts, resources.settings.queues, request.app.state.providers)
    return Response(content, media_type=metrics.CONTENT_TYPE)


@admin.get("/stats", response_model=StatsOut)
async def get_stats(request: Request, _: CurrentCaller) -> Any:
    """Show counts by status, type and queue, the oldest waiting job, throughput, latencies and live workers."""
    stats: Stats = request.app.state.stats
    return await stats.read()


@admin.get("/throughput")
async def get_throughput(
    request: Request,
    _: CurrentCaller,
    minutes: Annotated[int, Query(ge=1, le=MAX_MINUTES, description="How many, the one that runs included.")] = 60,
) -> ThroughputOut:
    """List the last minutes, oldest first: jobs submitted, completed, failed and cancelled, waits and runs."""
    return await read_throughput(request.app.state.resources.database, count=minutes)
