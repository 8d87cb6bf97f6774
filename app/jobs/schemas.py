"""What goes over the wire of the jobs API."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import Path
from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    field_validator,
    model_validator,
)

from app.core.clock import utc_now
from app.core.request_model import JSON_NUMBER, WRITTEN_TIME, RequestModel
from app.core.rows import values
from app.jobs.history import AttemptOut, EventOut, JobErrorOut, attempts_of
from app.jobs.rows import EventRow, JobHead, JobRow, NewJob, Stored
from app.jobs.states import ShownStatus

Priority = Literal["high", "default", "low"]
PRIORITY_NAMES: dict[int, Priority] = {1: "high", 5: "default", 9: "low"}


def _named(priority: object) -> object:
    return PRIORITY_NAMES.get(priority, priority) if isinstance(priority, int) else priority


JobId = Annotated[UUID, Path(description="A job's id.")]
MAX_DELAY_S = 365 * 86_400
MAX_AHEAD = timedelta(days=3650)
MAX_BATCH = 10_000
DAY_S = 86_400


def _in_utc(value: datetime) -> datetime:
    try:
        return value.astimezone(UTC)
    except OverflowError:
        raise ValueError("before the year 1 or after 9999 in UTC") from None


def _check_range(value: datetime) -> datetime:
    _in_utc(value)
    return value


# A time with a zone that exists in UTC, too; kept as it was given.
Reachable = Annotated[AwareDatetime, AfterValidator(_check_range), WRITTEN_TIME]
# A time in a filter: with a zone, and one that PostgreSQL's driver can take.
Instant = Annotated[AwareDatetime, AfterValidator(_in_utc), WRITTEN_TIME]


class JobCreate(RequestModel):
    """A job to run. `input` has the shape that its type names under `GET /api/v1/job-types`."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"type": "summarize", "input": {"text": "A long text ...", "max_words": 60}, "priority": "high"}
            ]
        },
    )

    type: Annotated[str, Field(min_length=1, max_length=64, description="A name from GET /api/v1/job-types.")]
    input: Annotated[dict[str, Any], Field(description="The type's input.")]
    priority: Annotated[Priority, Field(description="high goes first. Limits and pauses hold for it, too.")] = "default"
    queue: Annotated[str | None, Field(min_length=1, max_length=64, description="Default: the first of QUEUES.")] = None
    run_at: Annotated[Reachable | None, Field(description="Not before this time (with a time zone).")] = None
    delay_s: Annotated[
        float | None, Field(ge=0, le=MAX_DELAY_S, description="Not before so many seconds."), JSON_NUMBER
    ] = None
    max_attempts: Annotated[int, Field(ge=1, le=25, description="The first try included."), JSON_NUMBER] = 4
    max_crashes: Annotated[
        int | None,
        Field(ge=1, le=25, description="After so many workers lost while it ran it has failed; null: 5."),
        JSON_NUMBER,
    ] = None
    timeout_s: Annotated[
        int | None,
        Field(ge=1, le=DAY_S, description="For one attempt, in seconds. Default: the type's own."),
        JSON_NUMBER,
    ] = None
    deadline_s: Annotated[
        int,
        Field(
            ge=1, le=MAX_DELAY_S, description="The job ends, done or not, so many seconds after run_at, or after now."
        ),
        JSON_NUMBER,
    ] = DAY_S
    model: Annotated[
        str | None, Field(min_length=1, max_length=100, description="A model or alias from GET /api/v1/providers.")
    ] = None
    max_refusals: Annotated[
        int | None,
        Field(
            ge=1,
            le=100_000,
            description="After so many refusals by the provider for its limit (429) it has failed; null: MAX_REFUSALS.",
        ),
        JSON_NUMBER,
    ] = None
    max_cost_usd: Annotated[
        float | None,
        Field(gt=0, le=10_000, description="No call is made that may take the job's cost above this."),
        JSON_NUMBER,
    ] = None
    metadata: Annotated[dict[str, Any] | None, Field(description="Yours to keep; at most 16 KiB as JSON.")] = None

    @model_validator(mode="after")
    def _one_start(self) -> "JobCreate":
        if self.run_at is not None and self.delay_s is not None:
            raise ValueError("give run_at or delay_s, not both")
        return self

    @field_validator("run_at")
    @classmethod
    def _not_too_far(cls, value: datetime | None) -> datetime | None:
        if value is not None and value > utc_now() + MAX_AHEAD:
            raise ValueError("more than ten years ahead")
        return value


class BatchCreate(RequestModel):
    """Up to 10,000 jobs that are stored together or not at all."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"jobs": [{"type": "summarize", "input": {"text": "A long text ..."}}]}]},
    )

    jobs: Annotated[list[JobCreate], Field(min_length=1, max_length=MAX_BATCH)]


class ProgressOut(BaseModel):
    """How far a running job is."""

    done: int
    total: int
    message: str = ""


class JobSummary(BaseModel):
    """A job without its heavy parts. Times are UTC; `status` is `scheduled` while `run_at` lies ahead.

    `attempt` numbers the attempts; `attempts_used` are those that count against `max_attempts`: not the ones that a
    stopping worker or a provider's limit gave back, nor any before a retry that was asked for. `refusals` are the calls
    that the provider refused for its limit (429); `max_refusals` of them end the job as `rate_limited`. `crashes` are
    the workers that were lost while it ran; they are no attempts, and `max_crashes` of them end it as `worker_lost`.
    """

    id: UUID
    type: str
    status: ShownStatus
    queue: str
    priority: Annotated[Priority, BeforeValidator(_named)]
    attempt: int
    attempts_used: int
    max_attempts: int
    refusals: int
    max_refusals: int
    crashes: int
    max_crashes: int
    run_at: datetime
    deadline_at: datetime
    timeout_s: int
    worker: str | None
    cancel_requested: bool
    error: JobErrorOut | None
    progress: ProgressOut | None
    provider: str | None
    model: str | None
    prompt_version: str | None
    prompt_tokens: int | None
    completion_tokens: int | None
    cached_tokens: int | None
    cost_usd: float | None
    requested_model: str | None
    max_cost_usd: float | None
    version: int
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None


class JobOut(JobSummary):
    """A job with its input and result."""

    input: dict[str, Any]
    result: dict[str, Any] | None
    metadata: dict[str, Any] | None
    request_id: str | None


class JobDetail(JobOut):
    """A job with everything: attempts and history too. `created_by` is the user; null: of before there were users.

    `payload_hidden`: the team hides input, result, metadata and the texts of errors from its viewers.
    """

    created_by: UUID | None
    payload_hidden: bool = False
    attempts: list[AttemptOut]
    events: list[EventOut]


class JobPage(BaseModel):
    """Some jobs in the order of their list; `next_cursor` is null on the last page."""

    items: list[JobSummary]
    next_cursor: str | None
    estimated_count: Annotated[
        int | None,
        Field(description="How many there are on all pages, roughly, where `count=estimate` asks; else null."),
    ] = None


class BatchOut(BaseModel):
    """The answer for each job of a batch, in the batch's order."""

    jobs: list[JobSummary]


class JobTypeOut(BaseModel):
    """A job type: what it takes and what it gives, as JSON Schema."""

    name: str
    title: str
    description: str
    input_schema: dict[str, Any]
    result_schema: dict[str, Any]
    example: dict[str, Any]
    timeout_s: int
    prompt_version: str | None


# What a job is before anything happened to it; a test compares it with what the database says.
_UNTOUCHED = dict.fromkeys(name for name in JobOut.model_fields) | {
    "attempt": 0,
    "attempts_used": 0,
    "refusals": 0,
    "crashes": 0,
    "cancel_requested": False,
}


def new_fields(job: NewJob, stored: Stored) -> dict[str, Any]:
    """Return the fields of JobOut from a new job, and from what the database gave its row."""
    given = {**values(job), **values(stored), "status": stored.shown}
    return _UNTOUCHED | {name: value for name, value in given.items() if name in _UNTOUCHED}


def _fields(model: type[JobSummary], row: JobHead) -> dict[str, Any]:
    return {name: getattr(row, name) for name in model.model_fields} | {"status": row.shown}


def as_summary(row: JobHead) -> JobSummary:
    """Make a JobSummary of a row."""
    return JobSummary(**_fields(JobSummary, row))


def as_job(row: JobRow) -> JobOut:
    """Make a JobOut of a whole row."""
    return JobOut(**_fields(JobOut, row))


def as_detail(row: JobRow, events: Sequence[EventRow]) -> JobDetail:
    """Make a JobDetail of a whole row and its history."""
    lines = [EventOut.model_validate(event, from_attributes=True) for event in events]
    return JobDetail(**as_job(row).model_dump(), created_by=row.created_by, attempts=attempts_of(lines), events=lines)
