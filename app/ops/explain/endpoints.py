"""The HTTP face of why a job waits."""

from fastapi import APIRouter

from app.auth.asking import Reader
from app.core.problems import StrictRoute
from app.governor.endpoints import CurrentProviders
from app.jobs.api.resources import CurrentResources
from app.jobs.schemas import JobId
from app.ops.explain.schemas import ExplainOut
from app.ops.explain.service import explain

router = APIRouter(prefix="/api/v1", tags=["queues"], route_class=StrictRoute)


@router.get("/jobs/{job_id}/explain")
async def explain_job(
    resources: CurrentResources, providers: CurrentProviders, caller: Reader, job_id: JobId
) -> ExplainOut:
    """Say why a job waits: all that keeps it from starting now, and when it should start."""
    return await explain(resources, providers, caller, job_id)
