"""What goes over the wire about dead letters."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, model_validator

from app.core.request_model import NAME, RequestModel, Switch
from app.jobs.repository.dead_letters import Selection
from app.jobs.schemas import Instant

FINGERPRINT = r"^[0-9a-f]{16}$"
MAX_IDS = 1000


class SampleOut(BaseModel):
    """One job of a group."""

    id: UUID
    finished_at: datetime


class DeadLetterGroup(BaseModel):
    """Failed jobs of one type whose error has one code, and one message but for its numbers and ids.

    `message` is that of the newest job; `first_at` and `last_at` say when the first and the last of them failed.
    """

    fingerprint: str
    type: str
    error_code: str | None
    message: str
    count: int
    first_at: datetime
    last_at: datetime
    samples: list[SampleOut]


class DeadLetters(BaseModel):
    """The biggest groups, biggest first, and how many jobs and groups there are in all."""

    groups: list[DeadLetterGroup]
    total: int
    total_groups: int


class DryRun(BaseModel):
    """What an action would meet: how many jobs, some of them, and their biggest groups."""

    matched: int
    samples: list[SampleOut]
    groups: list[DeadLetterGroup]
    total_groups: int


class DeadLetterFilter(RequestModel):
    """Which failed jobs are meant: those that match all that is given; `all` when nothing narrows them."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"type": "summarize", "error_code": "timeout"}]})

    ids: Annotated[list[UUID] | None, Field(min_length=1, max_length=MAX_IDS, description="Only these jobs.")] = None
    fingerprint: Annotated[str | None, Field(pattern=FINGERPRINT, description="Only this group.")] = None
    type: Annotated[str | None, Field(pattern=NAME)] = None
    queue: Annotated[str | None, Field(pattern=NAME)] = None
    error_code: Annotated[str | None, Field(pattern=NAME)] = None
    finished_from: Annotated[Instant | None, Field(description="Failed at or after this time.")] = None
    finished_to: Annotated[Instant | None, Field(description="Failed before this time.")] = None
    all: Annotated[Switch, Field(description="Every failed job; only when no other field narrows them.")] = False
    dry_run: Annotated[Switch, Field(description="Only say what would be met; change nothing.")] = False

    @model_validator(mode="after")
    def _narrows_or_all(self) -> "DeadLetterFilter":
        narrows = bool(self.narrowing())
        if narrows == self.all:
            raise ValueError("give a filter or all, not both" if narrows else "give a filter, or all: true")
        return self

    def narrowing(self) -> dict[str, Any]:
        """Return what was given, as JSON, without the two switches."""
        return self.model_dump(mode="json", exclude_none=True, exclude={"all", "dry_run"})

    def selection(self) -> Selection:
        """Return it for the repository."""
        return Selection(**self.model_dump(exclude={"all", "dry_run"}))
