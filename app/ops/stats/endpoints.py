"""The HTTP face of statistics."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query

from app.auth.asking import Reader
from app.core.application_state import FromState
from app.jobs.api.resources import CurrentResources
from app.ops.stats.schemas import StatsOut, ThroughputOut
from app.ops.stats.service import Stats
from app.ops.stats.throughput import MAX_MINUTES, read_throughput

CurrentStats = Annotated[Stats, Depends(FromState(Stats))]
router = APIRouter(prefix="/api/v1/admin", tags=["operations"])


@router.get("/stats", response_model=StatsOut)
async def get_stats(stats: CurrentStats, _: Reader) -> Any:
    """Show counts by status, type and queue, the oldest waiting job, throughput, latencies and live workers."""
    return await stats.read()


@router.get("/throughput")
async def get_throughput(
    resources: CurrentResources,
    _: Reader,
    minutes: Annotated[int, Query(ge=1, le=MAX_MINUTES, description="How many, the one that runs included.")] = 60,
) -> ThroughputOut:
    """List the last minutes, oldest first: jobs submitted, completed, failed and cancelled, waits and runs."""
    return await read_throughput(resources.database, count=minutes)
