"""The HTTP face of this process's health: router and metrics, at the root."""

from typing import Annotated

from fastapi import APIRouter, Depends, Response
from fastapi.responses import PlainTextResponse

from app import __version__
from app.auth.asking import Operator
from app.core.application_state import FromState
from app.governor.endpoints import CurrentProviders
from app.jobs.api.resources import CurrentResources
from app.ops import metrics
from app.ops.health import service as health
from app.ops.health.schemas import Health, Part
from app.ops.health.service import Readiness
from app.ops.stats.endpoints import CurrentStats

router = APIRouter(tags=["health"])
UNAVAILABLE = 503


@router.get("/live")
async def get_liveness() -> dict[str, str]:
    """Say that this process answers; looks at nothing else."""
    return {"status": "ok"}


@router.get("/ready", responses={UNAVAILABLE: {"model": Part, "description": "Not ready"}})
async def get_readiness(response: Response, readiness: Annotated[Readiness, Depends(FromState(Readiness))]) -> Part:
    """Say whether this process can accept jobs: PostgreSQL answers, takes writes and is migrated; if not, why."""
    part = await readiness.read()
    if part.status != "ok":
        response.status_code = UNAVAILABLE
        response.headers["Retry-After"] = "2"
    return part


@router.get("/health", responses={UNAVAILABLE: {"model": Health, "description": "PostgreSQL is away"}})
async def get_health(response: Response, resources: CurrentResources, providers: CurrentProviders) -> Health:
    """Show each part with its latency; 503 only when jobs cannot be accepted."""
    found = await health.read_health(resources.database, resources.redis, providers, version=__version__)
    if found.status == "down":
        response.status_code = UNAVAILABLE
    return found


@router.get("/metrics", response_class=PlainTextResponse)
async def get_metrics(
    resources: CurrentResources, stats: CurrentStats, providers: CurrentProviders, _: Operator
) -> Response:
    """Show this process's metrics and the state of the whole system in Prometheus' text format."""
    content = await metrics.render(resources, stats, providers)
    return Response(content, media_type=metrics.CONTENT_TYPE)
