"""What a viewer sees of jobs whose team hides payloads: all but inputs, results, and what may quote them."""

from collections.abc import Mapping
from typing import Any

from app.auth.asking import HIDDEN
from app.auth.caller import Caller
from app.jobs.history import AttemptOut, EventOut, JobErrorOut
from app.jobs.schemas import JobDetail, JobSummary

_PLAIN = AttemptOut.model_fields.keys() - {"error", "reasoning"}  # numbers, names and times


def summary(caller: Caller, shown: JobSummary) -> JobSummary:
    """Return a light job as the caller may see it."""
    if not caller.is_blind:
        return shown
    progress = shown.progress and shown.progress.model_copy(update={"message": ""})
    return shown.model_copy(update={"error": _error(shown.error), "progress": progress})


def detail(caller: Caller, shown: JobDetail) -> JobDetail:
    """Return a whole job as the caller may see it."""
    if not caller.is_blind:
        return shown
    hidden: dict[str, Any] = {
        "input": {},
        "result": None,
        "metadata": None,
        "attempts": [one.model_copy(update={"error": _error(one.error), "reasoning": None}) for one in shown.attempts],
        "events": [_event(one) for one in shown.events],
        "payload_hidden": True,
    }
    found = summary(caller, shown).model_copy(update=hidden)
    assert isinstance(found, JobDetail)  # noqa: S101 - a copy of one
    return found


def _error(error: JobErrorOut | None) -> JobErrorOut | None:
    return None if error is None else JobErrorOut(code=error.code, message=HIDDEN)


def _event(event: EventOut) -> EventOut:
    known: Mapping[str, Any] = event.detail or {}
    told: dict[str, Any] = {name: value for name, value in known.items() if name in _PLAIN}
    if isinstance(error := known.get("error"), Mapping):
        told["error"] = {"code": error.get("code"), "message": HIDDEN}
    return event.model_copy(update={"detail": told or None})
