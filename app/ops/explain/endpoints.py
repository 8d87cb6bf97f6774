"""The HTTP face of why a job waits."""

from fastapi import APIRouter, Request

from app.auth.service_token import CurrentCaller
from app.core.problems import StrictRoute
from app.jobs.schemas import JobId
from app.ops.explain.schemas import ExplainOut
from app.ops.explain.service import explain

router = APIRouter(prefix="/api/v1", tags=["queues"], route_class=StrictRoute)


@router.get("/jobs/{job_id}/explain")
async def explain_job(request: Request, caller: CurrentCaller, job_id: JobId) -> ExplainOut:
    """Say why a job waits: all that keeps it from starting now, and when it should start."""
    return await explain(request.app.state.resources, request.app.state.providers, caller, job_id)
