"""The HTTP face of statistics."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query

from app.auth.asking import Operator, Reader
from app.core.application_state import FromState
from app.jobs.api.resources import CurrentResources
from app.ops.stats.schemas import StatsOut, ThroughputOut
from app.ops.stats.service import Stats
from app.ops.stats.throughput import MAX_MINUTES, read_throughput

CurrentStats = Annotated[Stats, Depends(FromState(Stats))]
router = APIRouter(prefix="/api/v1/admin", tags=["operations"])


@router.get("/stats", response_model=StatsOut)
async def get_stats(stats: CurrentStats, caller: Reader) -> Any:
    """Show counts by status, type and queue and the oldest waiting job, of the jobs that the caller sees.

    Who sees those of all teams also gets throughput and latencies (`windows`), and the workers that are gone.
    """
    return await stats.read(caller.sees)


@router.get("/throughput")
async def get_throughput(
    resources: CurrentResources,
    _: Operator,
    minutes: Annotated[int, Query(ge=1, le=MAX_MINUTES, description="How many, the one that runs included.")] = 60,
) -> ThroughputOut:
    """List the last minutes, oldest first: all teams' jobs submitted, completed, failed, cancelled, waits and runs."""
    return await read_throughput(resources.database, count=minutes)
