"""The states of a job and the allowed moves between them, as data; everything else is derived from it."""

from dataclasses import dataclass
from enum import StrEnum


class Status(StrEnum):
    """What is stored. A job in a final state only leaves it by an explicit retry."""

    PENDING = "pending"
    PROCESSING = "processing"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"


class ShownStatus(StrEnum):
    """What people see: as stored, but a pending job whose `run_at` lies ahead is `scheduled`."""

    SCHEDULED = "scheduled"
    PENDING = "pending"
    PROCESSING = "processing"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"


def stored_status(shown: ShownStatus) -> Status:
    """Return how a job is stored that people see in a state."""
    return Status.PENDING if shown is ShownStatus.SCHEDULED else Status(shown.value)


FINAL = frozenset({Status.COMPLETED, Status.FAILED, Status.CANCELLED})


class BulkVerb(StrEnum):
    """What can be done with many jobs in the background."""

    RETRY = "retry"
    DISCARD = "discard"
    PRUNE = "prune"


class ActionStatus(StrEnum):
    """How far an action over many jobs is; the last three are final."""

    PENDING = "pending"
    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Verb(StrEnum):
    """What can happen to a job."""

    SUBMIT = "submit"
    CLAIM = "claim"
    FINISH = "finish"
    FAIL = "fail"
    RELEASE = "release"
    CANCEL = "cancel"
    UPDATE = "update"
    RESCUE = "rescue"
    EXPIRE = "expire"
    RETRY = "retry"


@dataclass(frozen=True, slots=True)
class Move:
    """One allowed move and the name of the line it writes to the job's history. A source of None: a new job."""

    verb: Verb
    source: Status | None
    target: Status
    event: str


MOVES = (
    Move(Verb.SUBMIT, None, Status.PENDING, "submitted"),
    Move(Verb.CLAIM, Status.PENDING, Status.PROCESSING, "started"),
    Move(Verb.FINISH, Status.PROCESSING, Status.COMPLETED, "completed"),
    Move(Verb.FINISH, Status.PROCESSING, Status.CANCELLED, "cancelled"),
    Move(Verb.FAIL, Status.PROCESSING, Status.FAILED, "failed"),
    Move(Verb.FAIL, Status.PROCESSING, Status.PENDING, "retry_scheduled"),
    Move(Verb.FAIL, Status.PROCESSING, Status.CANCELLED, "cancelled"),
    Move(Verb.RELEASE, Status.PROCESSING, Status.PENDING, "released"),
    Move(Verb.RELEASE, Status.PROCESSING, Status.FAILED, "failed"),
    Move(Verb.RELEASE, Status.PROCESSING, Status.CANCELLED, "cancelled"),
    Move(Verb.CANCEL, Status.PENDING, Status.CANCELLED, "cancelled"),
    Move(Verb.CANCEL, Status.PROCESSING, Status.PROCESSING, "cancel_requested"),
    Move(Verb.UPDATE, Status.PENDING, Status.PENDING, "updated"),
    Move(Verb.RESCUE, Status.PROCESSING, Status.PENDING, "lease_expired"),
    Move(Verb.RESCUE, Status.PROCESSING, Status.FAILED, "failed"),
    Move(Verb.RESCUE, Status.PROCESSING, Status.CANCELLED, "cancelled"),
    Move(Verb.EXPIRE, Status.PENDING, Status.FAILED, "expired"),
    Move(Verb.RETRY, Status.FAILED, Status.PENDING, "retried"),
    Move(Verb.RETRY, Status.CANCELLED, Status.PENDING, "retried"),
)


def sources(verb: Verb) -> tuple[Status, ...]:
    """Return the states that a verb may find a job in."""
    return tuple(dict.fromkeys(move.source for move in MOVES if move.verb is verb and move.source is not None))


def events(verb: Verb) -> dict[Status, str]:
    """Return, for each state that a verb can lead to, the name of the history line."""
    return {move.target: move.event for move in MOVES if move.verb is verb}
