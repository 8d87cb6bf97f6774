"""What goes over the wire about why a job waits."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel

from app.jobs.states import ShownStatus


class Reason(BaseModel):
    """One thing that keeps a job from starting. `until`: when it ends by itself, null where nobody knows."""

    code: str
    message: str
    until: datetime | None = None


class ExplainOut(BaseModel):
    """Why a job is where it is. `jobs_ahead`: due jobs before it in its queue, at most 10,000; null when it is not due.

    `starts_at` is an estimate: from its due time, what stands before it and how fast jobs ended in the last minute;
    null when something must change first, nothing ended, or there are several queues and their pace is not known.
    """

    id: UUID
    status: ShownStatus
    now: datetime
    summary: str
    reasons: list[Reason]
    jobs_ahead: int | None
    starts_at: datetime | None
