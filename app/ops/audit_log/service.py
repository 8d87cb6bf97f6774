"""The audit log as operators read it."""

from uuid import UUID

from app.auth import repository
from app.core.database import Database
from app.ops.audit_log.schemas import AuditLineOut, AuditPage

MAX_ID = 2**63 - 1


async def find_page(database: Database, *, before: UUID | None, limit: int) -> tuple[AuditPage, UUID | None]:
    """Return a page of the log, and the line after which the next one begins: its id, written as a UUID."""
    before_id = None if before is None else min(before.int, MAX_ID)
    rows = await repository.find_audit_lines(database, before=before_id, limit=limit + 1)
    last = UUID(int=rows[limit - 1].id) if len(rows) > limit else None
    return AuditPage(items=[AuditLineOut.model_validate(row) for row in rows[:limit]], next_cursor=None), last
