"""What goes over the wire of the audit log."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict


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
    user_id: UUID | None
    key_id: str | None
    address: str | None
    agent: str | None


class AuditPage(BaseModel):
    """Some lines, newest first; `next_cursor` is null on the last page."""

    items: list[AuditLineOut]
    next_cursor: str | None
