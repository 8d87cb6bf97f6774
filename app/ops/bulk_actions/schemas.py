"""What goes over the wire about actions over many jobs."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from app.jobs.states import ActionStatus, BulkVerb


class BulkActionOut(BaseModel):
    """Something that is done with many jobs in the background.

    `total` jobs matched when it was made; `skipped` are those that had changed before their turn. What is neither done
    nor skipped is left, or was never reached when the action was cancelled or failed.
    """

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    action: BulkVerb
    filter: dict[str, Any]
    status: ActionStatus
    total: int
    done: int
    skipped: int
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    error: str | None


class BulkActionPage(BaseModel):
    """Some actions, newest first; `next_cursor` is null on the last page."""

    items: list[BulkActionOut]
    next_cursor: str | None
