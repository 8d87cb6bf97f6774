"""What an attempt came to, as data."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Any

from app.jobs.states import Status


@dataclass(frozen=True, slots=True)
class JobError:
    """Why an attempt did not complete. `code` is stable snake_case; `message` is for people and holds no secret."""

    code: str
    message: str
    pointer: str | None = None  # which part of the model's answer was at fault

    @property
    def document(self) -> dict[str, str]:
        """What is stored."""
        found = {"code": self.code, "message": self.message}
        return found if self.pointer is None else {**found, "pointer": self.pointer}


@dataclass(frozen=True, slots=True)
class Completed:
    """The attempt has a result, a JSON object."""

    result: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Retry:
    """A fault that may pass: counts as an attempt; tried again after `delay_s` while the budget and deadline allow.

    `partial` is what could be done, kept as the result when this was the last attempt.
    """

    delay_s: float
    error: JobError
    partial: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Failed:
    """A fault that will not pass. `partial` is what could be done; `refused` as in Released."""

    error: JobError
    partial: Mapping[str, Any] | None = None
    refused: bool = False


@dataclass(frozen=True, slots=True)
class Released:
    """No fault of the job's: given back after `delay_s` without counting the attempt.

    `refused`: the provider itself refused a call for its limit, which `max_refusals` bounds.
    """

    delay_s: float
    error: JobError
    refused: bool = False


@dataclass(frozen=True, slots=True)
class Cancelled:
    """The cancellation of the job was asked for."""


@dataclass(frozen=True, slots=True)
class Lost:
    """Another worker has the lease by now: nothing may be written."""


Outcome = Completed | Retry | Failed | Released | Cancelled | Lost


Written = Completed | Retry | Failed | Released  # those that are written


class AttemptEnd(StrEnum):
    """How an attempt ends, as the metrics say: its job's new state, what it waits for, or what came of its end."""

    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"
    RETRY = "retry"
    RELEASED = "released"
    LOST = "lost"
    STALE = "stale"
    UNRECORDED = "unrecorded"


def ended_as(outcome: Outcome, status: Status) -> AttemptEnd:
    """Return one word for an attempt's end: the job's new status, or, where it waits again, why: retry or released."""
    return AttemptEnd(type(outcome).__name__.lower() if status is Status.PENDING else status.value)


@dataclass(slots=True)
class AttemptUsage:
    """What an attempt used: filled while it runs, written with its end, whatever that is."""

    provider: str | None = None
    model: str | None = None
    fallback: str | None = None  # which models were passed over, and why
    prompt_version: str | None = None
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cached_tokens: int = 0
    reasoning_tokens: int = 0  # among the completion's
    reasoning: str = ""  # what the model thought, where its dialect keeps it
    waited_ms: int = 0  # of the attempt's time was spent waiting for a place at a model
    cost_usd: Decimal | None = None  # the part whose price is known
    calls: int = field(default=0)
    unpriced: int = 0  # answered calls whose cost nobody knows
