"""What may be changed of a job that waits, and what each change comes to. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any

from pydantic import ConfigDict, Field, model_validator

from app.core.request_model import JSON_NUMBER, RequestModel
from app.jobs.schemas import MAX_AHEAD, MAX_DELAY_S, PRIORITY_NAMES, Priority, Reachable

_PRIORITIES = {name: number for number, name in PRIORITY_NAMES.items()}


class JobUpdate(RequestModel):
    """What is to be another with a job that waits; what is left out, or null, stays as it is."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"priority": "high"}, {"run_at": "2027-01-01T08:00:00Z"}]}
    )

    priority: Annotated[Priority | None, Field(description="high goes first.")] = None
    queue: Annotated[str | None, Field(min_length=1, max_length=64, description="One of QUEUES.")] = None
    run_at: Annotated[
        Reachable | None,
        Field(
            description="Not before this time; a time that is over: now. A deadline moves along before the first try."
        ),
    ] = None
    delay_s: Annotated[
        float | None, Field(ge=0, le=MAX_DELAY_S, description="Not before so many seconds."), JSON_NUMBER
    ] = None
    deadline_s: Annotated[
        int | None,
        Field(ge=1, le=MAX_DELAY_S, description="The job ends, done or not, so many seconds after run_at."),
        JSON_NUMBER,
    ] = None
    deadline_at: Annotated[Reachable | None, Field(description="The job ends, done or not, by this time.")] = None
    max_attempts: Annotated[int | None, Field(ge=1, le=25, description="More than were used already."), JSON_NUMBER] = (
        None
    )
    metadata: Annotated[
        dict[str, Any] | None, Field(description="Takes the place of what was there; at most 16 KiB as JSON.")
    ] = None

    @model_validator(mode="after")
    def _sensible(self) -> "JobUpdate":
        if all(getattr(self, name) is None for name in JobUpdate.model_fields):
            names = ", ".join(JobUpdate.model_fields)
            msg = f"name what is to change: {names}"
            raise ValueError(msg)
        for one, other in (("run_at", "delay_s"), ("deadline_s", "deadline_at")):
            if getattr(self, one) is not None and getattr(self, other) is not None:
                msg = f"give {one} or {other}, not both"
                raise ValueError(msg)
        return self


class UnfitChangeError(ValueError):
    """A change that this job cannot have; `field` says which."""

    def __init__(self, field: str, reason: str) -> None:
        """Keep what the answer names."""
        super().__init__(reason)
        self.field = field


@dataclass(frozen=True, slots=True)
class Change:
    """The columns that get another value, and what the history says of it: from and to, by the API's names."""

    values: Mapping[str, Any]
    told: Mapping[str, Any]


def change_of(row: Any, wanted: JobUpdate, now: datetime) -> Change:
    """Return what becomes of a waiting job's row. Raises: UnfitChangeError."""
    values: dict[str, Any] = {"priority": wanted.priority and _PRIORITIES[wanted.priority], "queue": wanted.queue}
    values |= {"max_attempts": wanted.max_attempts, "metadata": wanted.metadata}
    used = row.attempt - row.refunds
    if wanted.max_attempts is not None and wanted.max_attempts <= used:
        raise UnfitChangeError("max_attempts", f"{used} of the job's attempts are used; give at least {used + 1}")
    values |= _times(row, wanted, now)
    changed = {name: value for name, value in values.items() if value is not None and value != getattr(row, name)}
    return Change(changed, {name: _told(name, getattr(row, name), value) for name, value in changed.items()})


def _times(row: Any, wanted: JobUpdate, now: datetime) -> dict[str, datetime]:
    """Return the start and the deadline. The deadline keeps its distance from the start until the first try."""
    run_at: datetime = row.run_at
    asked = now + timedelta(seconds=wanted.delay_s) if wanted.delay_s is not None else wanted.run_at
    if asked is not None and max(asked, run_at) > now:  # who is due already keeps its place
        run_at = max(asked, now)
    if run_at > now + MAX_AHEAD:
        raise UnfitChangeError("run_at", "more than ten years ahead")
    deadline_at: datetime = row.deadline_at
    if wanted.deadline_at is not None:
        deadline_at = wanted.deadline_at
    elif wanted.deadline_s is not None:
        deadline_at = run_at + timedelta(seconds=wanted.deadline_s)
    elif run_at != row.run_at and not row.attempt:
        deadline_at += run_at - row.run_at
    if deadline_at <= max(run_at, now):
        field = "deadline_at" if deadline_at == wanted.deadline_at else "run_at"
        reason = f"the deadline ({deadline_at:%Y-%m-%dT%H:%M:%SZ}) would be over before the job may start"
        raise UnfitChangeError(field if wanted.deadline_s is None else "deadline_s", reason)
    return {"run_at": run_at, "deadline_at": deadline_at}


def _told(name: str, old: Any, new: Any) -> Any:
    if name == "metadata":  # as much as 16 KiB, so by the names alone
        before, after = old or {}, new
        return {"keys": sorted(key for key in before.keys() | after.keys() if before.get(key) != after.get(key))[:100]}
    return {"from": _shown(name, old), "to": _shown(name, new)}


def _shown(name: str, value: Any) -> Any:
    if name == "priority":
        return PRIORITY_NAMES[value]
    return value.isoformat() if isinstance(value, datetime) else value
