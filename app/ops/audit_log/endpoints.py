"""The HTTP face of the audit log."""

from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import AfterValidator

from app.auth.asking import Administrator
from app.auth.repository import AuditFilter
from app.core import csv_text, paging
from app.core.accept import Accept
from app.core.errors import FieldError, InvalidError
from app.core.problems import StrictRoute
from app.jobs.api.resources import CurrentResources
from app.jobs.schemas import Instant
from app.ops.audit_log import service as audit_log
from app.ops.audit_log.schemas import AuditPage

router = APIRouter(prefix="/api/v1/admin/audit", tags=["operations"], route_class=StrictRoute)
JSON = "application/json"
AS_CSV: dict[int | str, dict[str, Any]] = {
    200: {"content": {csv_text.MEDIA_TYPE: {"schema": {"type": "string"}}}, "description": "The lines that match"}
}


def _storable(text: str) -> str:
    if "\x00" in text:
        raise ValueError("no line has the character NUL")
    return text


Exactly = AfterValidator(_storable)


@router.get("", response_model=AuditPage, responses=AS_CSV)
async def list_audit_lines(  # noqa: PLR0917 - FastAPI passes by name
    request: Request,
    response: Response,
    resources: CurrentResources,
    _: Administrator,
    actor: Annotated[str | None, Query(max_length=254, description="Who did it, by name."), Exactly] = None,
    user_id: Annotated[UUID | None, Query(description="Who did it, whatever he was called then.")] = None,
    key_id: Annotated[str | None, Query(max_length=64, description="By which API key."), Exactly] = None,
    action: Annotated[
        str | None, Query(max_length=64, description="What was done: `key.revoke`, or `key.` for all of that."), Exactly
    ] = None,
    target: Annotated[str | None, Query(max_length=254, description="To what: `user:ID`, a queue."), Exactly] = None,
    address: Annotated[str | None, Query(max_length=64, description="From which address."), Exactly] = None,
    since: Annotated[Instant | None, Query(description="At or after this time.")] = None,
    until: Annotated[Instant | None, Query(description="Before this time.")] = None,
    format: Annotated[  # noqa: A002 - the parameter's public name
        Literal["json", "csv"] | None, Query(description="Before what the header Accept says.")
    ] = None,
    cursor: paging.Cursor = None,
    limit: paging.PageSize = 20,
) -> AuditPage | StreamingResponse:
    """List who did what to the platform, newest first.

    As CSV (`Accept: text/csv`, or `format=csv`) all lines that match, without pages. A text that a spreadsheet would
    take for a formula has an apostrophe before it there: JSON is the export that loses nothing.
    """
    wanted = AuditFilter(actor, user_id, key_id, action, target, address, since, until)
    accept = Accept(request.headers.getlist("accept"))
    prefers_csv = accept.names([csv_text.MEDIA_TYPE]) and accept.prefers([csv_text.MEDIA_TYPE], [JSON])
    if format == "csv" or (format is None and prefers_csv):
        _refuse_pages(request)
        headers = {"Content-Disposition": 'attachment; filename="headrace-audit.csv"'}
        lines = audit_log.as_csv(resources.database, wanted)
        return StreamingResponse(lines, media_type=csv_text.MEDIA_TYPE, headers=headers)
    before = paging.decode_cursor(cursor)
    page, last = await audit_log.find_page(resources.database, wanted, before=before, limit=limit)
    return page if last is None else paging.with_next(page, last, request, response)


def _refuse_pages(request: Request) -> None:
    given = [name for name in ("cursor", "limit") if name in request.query_params]
    faults = [FieldError(f"#query/{name}", "CSV has all lines; leave it out") for name in given]
    if faults:
        raise InvalidError(f"{faults[0].pointer}: {faults[0].detail}", errors=faults)
