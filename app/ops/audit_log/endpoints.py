"""The HTTP face of the audit log."""

from fastapi import APIRouter, Request, Response

from app.auth.asking import Administrator
from app.core import paging
from app.core.problems import StrictRoute
from app.jobs.api.resources import CurrentResources
from app.ops.audit_log import service as audit_log
from app.ops.audit_log.schemas import AuditPage

router = APIRouter(prefix="/api/v1/admin/audit", tags=["operations"], route_class=StrictRoute)


@router.get("")
async def list_audit_lines(
    request: Request,
    response: Response,
    resources: CurrentResources,
    _: Administrator,
    cursor: paging.Cursor = None,
    limit: paging.PageSize = 20,
) -> AuditPage:
    """List who did what to the platform, newest first."""
    before = paging.decode_cursor(cursor)
    page, last = await audit_log.find_page(resources.database, before=before, limit=limit)
    return page if last is None else paging.with_next(page, last, request, response)
