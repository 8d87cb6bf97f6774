"""Judges changes of a waiting job: which are allowed, and the new values. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from app.jobs.api.job_update import JobUpdate
from app.jobs.rows import JobRow
from app.jobs.schemas import MAX_AHEAD, PRIORITY_NAMES

_PRIORITIES = {name: number for number, name in PRIORITY_NAMES.items()}


class UnfitChangeError(ValueError):
    """A change that this job cannot have; `field` says which."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(reason)
        self.field = field


@dataclass(frozen=True, slots=True)
class Change:
    """The columns that get another value, and what the history says of it: from and to, by the API's names."""

    values: Mapping[str, Any]
    history: Mapping[str, Any]


def change_of(row: JobRow, wanted: JobUpdate, now: datetime) -> Change:
    """Return what becomes of a waiting job's row. Raises: UnfitChangeError."""
    values: dict[str, Any] = {"priority": wanted.priority and _PRIORITIES[wanted.priority], "queue": wanted.queue}
    values |= {"max_attempts": wanted.max_attempts, "metadata": wanted.metadata}
    used = row.attempt - row.refunds
    if wanted.max_attempts is not None and wanted.max_attempts <= used:
        raise UnfitChangeError("max_attempts", f"{used} of the job's attempts are used; give at least {used + 1}")
    values |= _times(row, wanted, now)
    changed = {name: value for name, value in values.items() if value is not None and value != getattr(row, name)}
    return Change(changed, {name: _history_entry(name, getattr(row, name), value) for name, value in changed.items()})


def _times(row: JobRow, wanted: JobUpdate, now: datetime) -> dict[str, datetime]:
    """Return the start and the deadline. The deadline keeps its distance from the start until the first try."""
    run_at = row.run_at
    asked = now + timedelta(seconds=wanted.delay_s) if wanted.delay_s is not None else wanted.run_at
    if asked is not None and max(asked, run_at) > now:  # who is due already keeps its place
        run_at = max(asked, now)
    if run_at > now + MAX_AHEAD:
        raise UnfitChangeError("run_at", "more than ten years ahead")
    deadline_at = row.deadline_at
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


def _history_entry(name: str, old: Any, new: Any) -> Any:
    if name == "metadata":  # as much as 16 KiB, so by the names alone
        before, after = old or {}, new
        return {"keys": sorted(key for key in before.keys() | after.keys() if before.get(key) != after.get(key))[:100]}
    return {"from": _shown(name, old), "to": _shown(name, new)}


def _shown(name: str, value: Any) -> Any:
    if name == "priority":
        return PRIORITY_NAMES[value]
    return value.isoformat() if isinstance(value, datetime) else value
