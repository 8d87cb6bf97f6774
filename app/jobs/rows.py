"""The rows of jobs that statements take and give, a dataclass each; columns, JSON and SQL types are derived from it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from typing import Any
from uuid import UUID

from pydantic_core import to_json

from app.core import rows
from app.jobs.states import ShownStatus, Status

Json = Mapping[str, Any]
MAX_CRASHES = 5  # two beside anybody, and three beside no other job that lost workers


@dataclass(frozen=True, kw_only=True)
class JobSpec:
    """What a job is asked to be, as far as it is small: its new row, its claim and every reading of it have this."""

    id: UUID
    owner_id: UUID
    type: str
    queue: str
    priority: int
    max_attempts: int = 4
    max_refusals: int = 100
    max_crashes: int = MAX_CRASHES
    timeout_s: int
    prompt_version: str | None = None
    request_id: str | None = None
    requested_model: str | None = None
    max_cost_usd: Decimal | None = None


@dataclass(frozen=True, kw_only=True)
class NewJob(JobSpec):
    """A validated job to be stored. Due at `run_at`, or `delay_s` from PostgreSQL's now; `direct`: sent by the API."""

    deadline_s: int
    input: Json
    created_by: UUID | None = None
    metadata: Json | None = None
    run_at: datetime | None = None
    delay_s: float = 0.0
    direct: bool = False

    @cached_property
    def document(self) -> str:
        """The row for the statement, as JSON text; what PostgreSQL cannot keep was refused when it was read."""
        return to_json(rows.values(self)).decode()


@dataclass(frozen=True, slots=True)
class ClaimRequest:
    """A job that a message names, and the token that will make its claim ours."""

    id: UUID
    token: UUID


@dataclass(frozen=True, slots=True)
class Fence:
    """What every write of an attempt carries: once the lease is another's, it changes no row."""

    id: UUID
    attempt: int
    token: UUID


@dataclass(frozen=True, kw_only=True)
class Claim(JobSpec):
    """A running attempt as claimed: the fence, and what the executor needs of the row. Times are seconds."""

    attempt: int
    token: UUID
    refunds: int
    refusals: int = 0
    remaining_s: float  # until the deadline, by PostgreSQL's clock at the claim
    input: Json
    run_at: datetime
    cost_usd: Decimal | None = None  # of the attempts before

    @property
    def fence(self) -> Fence:
        """What its writes carry."""
        return Fence(self.id, self.attempt, self.token)

    @property
    def counted(self) -> int:
        """The attempts that count against the budget, this one included."""
        return self.attempt - self.refunds


@dataclass(frozen=True, kw_only=True, slots=True)
class Moved:
    """A job that a statement has just moved."""

    id: UUID
    type: str
    queue: str
    status: Status
    attempt: int
    version: int
    worker: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Stored(Moved):
    """A job that was just stored, with what PostgreSQL gave it."""

    run_at: datetime
    deadline_at: datetime
    created_at: datetime
    shown: ShownStatus


@dataclass(frozen=True, kw_only=True)
class JobHead(JobSpec):
    """A job without its heavy parts. `shown` is the status as people see it."""

    status: Status
    shown: ShownStatus
    attempt: int
    refunds: int
    refusals: int
    crashes: int
    waited_ms: int
    run_at: datetime
    queued_at: datetime
    deadline_at: datetime
    claimed_at: datetime | None
    lease_expires_at: datetime | None
    worker: str | None
    cancel_requested_at: datetime | None
    error: Json | None
    error_code: str | None
    progress: Json | None
    provider: str | None
    model: str | None
    prompt_tokens: int | None
    completion_tokens: int | None
    cached_tokens: int | None
    cost_usd: Decimal | None
    version: int
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None

    @property
    def attempts_used(self) -> int:
        """The attempts that count against the budget."""
        return self.attempt - self.refunds

    @property
    def cancel_requested(self) -> bool:
        """Whether its end was asked for and is still to come."""
        return self.cancel_requested_at is not None and self.finished_at is None


@dataclass(frozen=True, kw_only=True)
class JobRow(JobHead):
    """A whole job, at a moment of PostgreSQL's clock: `now`."""

    input: Json
    result: Json | None
    metadata: Json | None
    created_by: UUID | None
    dispatch_at: datetime
    now: datetime


@dataclass(frozen=True, slots=True)
class JobInput:
    """What a job works on, and whose it is."""

    owner_id: UUID
    input: Json


@dataclass(frozen=True, kw_only=True, slots=True)
class EventRow:
    """One line of a job's history."""

    version: int
    seq: int
    name: str
    status: str
    attempt: int
    worker: str | None
    at: datetime
    detail: Json | None
