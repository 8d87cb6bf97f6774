"""A job's attempts, read from its history."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any

from pydantic import BaseModel

from app.llm.base import WaitReason

# Why the governor gives an attempt back, without counting it.
WAITS = frozenset(WaitReason)
_SUMS = (
    *("run_ms", "waited_ms", "prompt_tokens", "completion_tokens", "cached_tokens", "reasoning_tokens"),
    *("cost_usd", "unpriced"),
)


class JobErrorOut(BaseModel):
    """Why a job failed, or why its last attempt did."""

    code: str
    message: str
    pointer: str | None = None
    cause: dict[str, Any] | None = None


class EventOut(BaseModel):
    """One line of a job's history."""

    version: int
    seq: int
    name: str
    status: str
    attempt: int
    worker: str | None
    at: datetime
    detail: dict[str, Any] | None


class AttemptOut(BaseModel):
    """One attempt, read from the history. `outcome` is null while it runs.

    Attempts in a row that only waited for a provider's limit, its breaker or a place are one entry: `count` of them,
    the first of which has the number `attempt`; from the first start to the last end, with the sums of what they spent.
    `waited_for` has the codes of all their errors; it is empty for an attempt that did more than wait.
    `waited_ms` was spent waiting for a place at a model and is no part of `run_ms`. `reasoning` is what the model
    thought, where its dialect keeps it; `reasoning_tokens` are among the completion's.
    `cost_usd` is the part whose price is known, null when no price is; `unpriced` counts the calls without one.
    """

    attempt: int
    count: int = 1
    waited_for: list[str] = []
    worker: str | None
    started_at: datetime
    ended_at: datetime | None = None
    outcome: str | None = None
    run_ms: int | None = None
    waited_ms: int | None = None
    provider: str | None = None
    model: str | None = None
    fallback: str | None = None
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    cached_tokens: int | None = None
    reasoning_tokens: int | None = None
    cost_usd: float | None = None
    unpriced: int | None = None
    reasoning: str | None = None
    error: JobErrorOut | None = None


def attempts_of(events: Sequence[EventOut]) -> list[AttemptOut]:
    """Read the attempts from a history: each begins with `started` and ends with the next move of the same attempt."""
    attempts: list[AttemptOut] = []
    for event in events:
        if event.name == "started":
            attempts.append(AttemptOut(attempt=event.attempt, worker=event.worker, started_at=event.at))
        elif attempts and attempts[-1].outcome is None and event.status != "processing":
            spent = {key: value for key, value in (event.detail or {}).items() if key in AttemptOut.model_fields}
            begun = attempts.pop().model_dump(exclude_none=True)
            attempts.append(AttemptOut(**{**begun, **spent, "ended_at": event.at, "outcome": event.name}))
    return list(_collapsed(attempts))


def _collapsed(attempts: Sequence[AttemptOut]) -> Iterator[AttemptOut]:
    for only_waited, group in groupby(attempts, _only_waited):
        if only_waited:
            yield _together(list(group))
        else:
            yield from group


def _only_waited(attempt: AttemptOut) -> bool:
    is_given_back = attempt.outcome == "released" and attempt.error is not None and attempt.error.code in WAITS
    return is_given_back and not (attempt.prompt_tokens or attempt.completion_tokens)


def _together(group: Sequence[AttemptOut]) -> AttemptOut:
    spent = {name: [value for one in group if (value := getattr(one, name)) is not None] for name in _SUMS}
    sums = {name: sum(values) for name, values in spent.items() if values}
    codes = list(dict.fromkeys(one.error.code for one in group if one.error is not None))
    first = {"attempt": group[0].attempt, "started_at": group[0].started_at, "count": len(group), "waited_for": codes}
    return group[-1].model_copy(update={**first, **sums})
