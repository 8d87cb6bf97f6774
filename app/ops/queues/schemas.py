"""What goes over the wire about queues and job types."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from app.core.request_model import RequestModel


class ControlOut(BaseModel):
    """What is set for a queue or job type, and what runs of it. `max_running` of null: no limit."""

    name: str
    paused_at: datetime | None
    max_running: int | None
    running: int


class TypeFlowOut(ControlOut):
    """A job type: how many of its jobs are due and wait, or lie ahead."""

    waiting: int
    scheduled: int


class QueueOut(TypeFlowOut):
    """A queue. `in_broker`: messages in its buffer, null while the broker is away; `slots` of its live workers."""

    in_broker: int | None
    slots: int
    oldest_waiting_s: float | None


class QueuesOut(BaseModel):
    """All queues, in the order of the settings, and all job types."""

    queues: list[QueueOut]
    types: list[TypeFlowOut]


class Limit(RequestModel):
    """How many jobs may run at once, over all workers."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"max_running": 5}]})

    max_running: Annotated[int | None, Field(strict=True, ge=1, le=100_000, description="null takes the limit away.")]
