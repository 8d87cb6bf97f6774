"""The HTTP face of cleaning up and of the audit log."""

from typing import Any

from asgi_correlation_id import correlation_id
from fastapi import APIRouter, Request, Response

from app.auth.service_token import CurrentCaller
from app.core import paging
from app.core.problems import StrictRoute
from app.jobs.repository.bulk import Retention
from app.jobs.states import BulkVerb
from app.ops import audit_log, bulk_actions
from app.ops.audit_log import AuditPage
from app.ops.cleanup import service as cleanup
from app.ops.cleanup.service import PruneIn, PruneOut, RepairIn, RepairOut
from app.ops.dead_letters.endpoints import EITHER, accepted

router = APIRouter(prefix="/api/v1", tags=["operations"], route_class=StrictRoute)
_EITHER: dict[int | str, dict[str, Any]] = {**EITHER, 200: {"model": PruneOut, "description": "What the dry run met"}}


@router.post("/jobs/repair")
async def repair_jobs(request: Request, caller: CurrentCaller, body: RepairIn | None = None) -> RepairOut:
    """Send the jobs again that should be with the broker: due, marked as sent, and in no worker's hands.

    A job that was there after all runs once: its second message is refused. What waits for room in the broker's
    buffer is left alone.
    """
    dry_run = body is not None and body.dry_run
    database = request.app.state.resources.database
    return await cleanup.repair(database, caller, dry_run=dry_run, request_id=correlation_id.get())


@router.post("/admin/prune", response_model=PruneOut, responses=_EITHER)
async def prune_jobs(request: Request, caller: CurrentCaller, body: PruneIn | None = None) -> Response:
    """Delete jobs that ended long ago with their results and history, in the background; by default a dry run.

    The scheduler does so by itself with all that is older than RETENTION_DAYS.
    """
    body = body or PruneIn()
    resources = request.app.state.resources
    kept_days = body.older_than_days or resources.settings.retention_days
    if body.dry_run:
        met = await cleanup.preview(resources.database, caller, kept_days)
        return Response(met.model_dump_json(), media_type="application/json")
    made = await bulk_actions.start(
        resources.database,
        caller,
        BulkVerb.PRUNE,
        {"older_than_days": kept_days},
        wanted=Retention(kept_days),
        request_id=correlation_id.get(),
    )
    return accepted(request, made)


@router.get("/admin/audit")
async def list_audit_lines(
    request: Request, response: Response, _: CurrentCaller, cursor: paging.Cursor = None, limit: paging.PageSize = 20
) -> AuditPage:
    """List who did what to the platform, newest first."""
    before = paging.decode_cursor(cursor)
    page, last = await audit_log.find_page(request.app.state.resources.database, before=before, limit=limit)
    return page if last is None else paging.with_next(page, last, request, response)
