"""The audit log as operators read it."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from app.auth import audit
from app.core.database import Database

MAX_ID = 2**63 - 1


class AuditLineOut(BaseModel):
    """Who did what to which target, and when."""

    model_config = ConfigDict(from_attributes=True)

    id: int
    at: datetime
    actor: str
    action: str
    target: str
    detail: dict[str, Any] | None
    request_id: str | None


class AuditPage(BaseModel):
    """Some lines, newest first; `next_cursor` is null on the last page."""

    items: list[AuditLineOut]
    next_cursor: str | None


async def find_page(database: Database, *, before: UUID | None, limit: int) -> tuple[AuditPage, UUID | None]:
    """Return a page of the log, and the line after which the next one begins: its id, written as a UUID."""
    before_id = None if before is None else min(before.int, MAX_ID)
    rows = await audit.find_lines(database, before=before_id, limit=limit + 1)
    last = UUID(int=rows[limit - 1].id) if len(rows) > limit else None
    return AuditPage(items=[AuditLineOut.model_validate(row) for row in rows[:limit]], next_cursor=None), last
