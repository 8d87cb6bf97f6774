"""The HTTP face of statistics."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request

from app.auth.service_token import CurrentCaller
from app.ops.stats.schemas import StatsOut, ThroughputOut
from app.ops.stats.service import Stats
from app.ops.stats.throughput import MAX_MINUTES, read_throughput

router = APIRouter(prefix="/api/v1/admin", tags=["operations"])


@router.get("/stats", response_model=StatsOut)
async def get_stats(request: Request, _: CurrentCaller) -> Any:
    """Show counts by status, type and queue, the oldest waiting job, throughput, latencies and live workers."""
    stats: Stats = request.app.state.stats
    return await stats.read()


@router.get("/throughput")
async def get_throughput(
    request: Request,
    _: CurrentCaller,
    minutes: Annotated[int, Query(ge=1, le=MAX_MINUTES, description="How many, the one that runs included.")] = 60,
) -> ThroughputOut:
    """List the last minutes, oldest first: jobs submitted, completed, failed and cancelled, waits and runs."""
    return await read_throughput(request.app.state.resources.database, count=minutes)
