"""The ends of an attempt: finish, fail, release. What becomes of the job is decided here, from its locked row."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Integer, Select, Text, case, cast, func, literal, select
from sqlalchemy.sql.expression import CTE

from app.core.database import Database
from app.core.rows import names
from app.jobs.outcomes import AttemptUsage, Completed, Failed, Released, Retry, Written
from app.jobs.repository.claim import fence_of
from app.jobs.repository.sql import NOW, array_of, document, jobs, rows_of, seconds
from app.jobs.repository.transition import move
from app.jobs.rows import Claim, Fence, Json
from app.jobs.states import Status, Verb

DEADLINE_EXCEEDED = "deadline_exceeded"
RATE_LIMITED = "rate_limited"
MAX_REASONING_CHARS = 50_000


@dataclass(frozen=True, slots=True)
class End:
    """How an attempt ends, beside what it spent; `refused`: calls that the provider refused for its limit."""

    result: Json | None = None
    error: Json | None = None
    retryable: bool = False
    delay_s: float = 0.0
    refused: int = 0


_ended = rows_of("ended", Fence, AttemptUsage, End)
_COUNTS = ("prompt_tokens", "completion_tokens", "cached_tokens")
_USAGE_NAMES = tuple(name for name in names(AttemptUsage) if name not in {"prompt_version", "calls"})  # in the history
_ENDED_VALUES: dict[str, Any] = {
    "provider": func.coalesce(_ended.c.provider, jobs.c.provider),
    "model": func.coalesce(_ended.c.model, jobs.c.model),
    "prompt_version": func.coalesce(_ended.c.prompt_version, jobs.c.prompt_version),
    # null until a model was asked; then the sum over all attempts
    **{
        name: case((_ended.c[name] > 0, func.coalesce(jobs.c[name], 0) + _ended.c[name]), else_=jobs.c[name])
        for name in _COUNTS
    },
    # The part whose price is known; null while no call's is.
    "cost_usd": case(
        (_ended.c.cost_usd.is_not(None), func.coalesce(jobs.c.cost_usd, 0) + _ended.c.cost_usd), else_=jobs.c.cost_usd
    ),
    "waited_ms": func.coalesce(_ended.c.waited_ms, 0),
    "lease_expires_at": None,
}
_RETURNED = (
    func.greatest(
        cast(func.extract("epoch", NOW - jobs.c.claimed_at) * 1000, Integer) - func.coalesce(_ended.c.waited_ms, 0), 0
    ).label("run_ms"),
    _ended.c.token.label("token"),
    *(_ended.c[name].label(f"spent_{name}") for name in _USAGE_NAMES),
)


def _usage_detail(moved: CTE) -> tuple[Any, ...]:
    values: dict[str, ColumnElement[Any]] = {name: moved.c[f"spent_{name}"] for name in _USAGE_NAMES}
    for name in (*_COUNTS, "unpriced", "reasoning_tokens", "waited_ms"):
        values[name] = func.nullif(values[name], 0)
    values["reasoning"] = func.nullif(values["reasoning"], "")
    return ("run_ms", moved.c.run_ms, *(part for item in values.items() for part in item))


_asked_to_cancel = jobs.c.cancel_requested_at.is_not(None)
_FINISH = move(
    Verb.FINISH,
    *fence_of(_ended),
    to=case((_asked_to_cancel, Status.CANCELLED.value), else_=Status.COMPLETED.value),
    values={
        **_ENDED_VALUES,
        "result": case((_asked_to_cancel, None), else_=_ended.c.result),
        "error": None,
        "error_code": None,
        "finished_at": NOW,
    },
    returning=_RETURNED,
    detail=lambda moved: func.jsonb_build_object(*_usage_detail(moved)),
    rows=_ended,
)
_WRITTEN = select(jobs.c.status, _ended.c.token).where(jobs.c.id == _ended.c.id, *fence_of(_ended))


def _give_back(verb: Verb, refund: int) -> Select[Any]:
    """Build fail (refund 0) or release (refund 1): what becomes of the job is decided from its locked row."""
    refunds = jobs.c.refunds + refund
    due = NOW + seconds(_ended.c.delay_s)
    retryable = _ended.c.retryable
    exhausted = jobs.c.attempt - refunds >= jobs.c.max_attempts
    too_late = due >= jobs.c.deadline_at
    is_over = ~retryable | exhausted | too_late | _asked_to_cancel
    error: ColumnElement[Any] = _ended.c.error
    error_code = error["code"].astext
    by_deadline = retryable & ~exhausted & too_late & (_ended.c.refused == 0)  # who was refused keeps that reason
    return move(
        verb,
        *fence_of(_ended),
        to=case(
            (_asked_to_cancel, Status.CANCELLED.value),
            (~retryable | exhausted | too_late, Status.FAILED.value),
            else_=Status.PENDING.value,
        ),
        values={
            **_ENDED_VALUES,
            "refunds": refunds,
            "refusals": jobs.c.refusals + _ended.c.refused,
            "claim_token": None,
            "error": case((_asked_to_cancel, None), (by_deadline, deadline_error(error)), else_=error),
            "error_code": case(
                (_asked_to_cancel, None),
                (by_deadline, literal(DEADLINE_EXCEEDED, Text)),
                else_=error_code,
            ),
            # Without a delay it keeps its place in the backlog, before all that came later.
            "run_at": case((is_over | (_ended.c.delay_s <= 0), jobs.c.run_at), else_=due),
            # A fault goes behind those that came meanwhile; who waits for a limit stays before them.
            **({} if refund else {"queued_at": case((is_over, jobs.c.queued_at), else_=due)}),
            "result": case((_asked_to_cancel | ~is_over, None), else_=_ended.c.result),
            "dispatch_at": case((is_over, jobs.c.dispatch_at), else_=due),
            "dispatch_count": 0,
            "finished_at": case((is_over, NOW), else_=None),
        },
        returning=(*_RETURNED, jobs.c.error, jobs.c.dispatch_at, jobs.c.progress, error.label("attempt_error")),
        detail=lambda moved: func.jsonb_build_object(
            "error",
            moved.c.attempt_error,
            "reason",
            func.nullif(moved.c.error["code"].astext, moved.c.attempt_error["code"].astext),
            "retry_at",
            case((moved.c.status == Status.PENDING.value, moved.c.dispatch_at)),
            "progress",
            moved.c.progress,
            *_usage_detail(moved),
        ),
        rows=_ended,
    )


def deadline_error(cause: ColumnElement[Any]) -> ColumnElement[Any]:
    """Return the SQL of the error of a job that ran out of time; `cause` is its last error, or null."""
    return func.jsonb_strip_nulls(
        func.jsonb_build_object(
            "code", DEADLINE_EXCEEDED, "message", "The job's deadline passed before it could complete.", "cause", cause
        )
    )


_STATEMENTS = {Verb.FINISH: _FINISH, Verb.FAIL: _give_back(Verb.FAIL, 0), Verb.RELEASE: _give_back(Verb.RELEASE, 1)}


@dataclass(frozen=True, slots=True)
class Ended:
    """The end of an attempt, ready to be written: its verb, and its row as JSON text."""

    verb: Verb
    token: UUID
    document: str


def ended(claim: Claim, outcome: Written, usage: AttemptUsage) -> Ended:
    """Make the row that writes an attempt's end. Raises: ValueError for a result with NaN or infinity."""
    usage = replace(usage, reasoning=usage.reasoning[:MAX_REASONING_CHARS])
    verb = {Completed: Verb.FINISH, Released: Verb.RELEASE}.get(type(outcome), Verb.FAIL)
    return Ended(verb, claim.token, document(claim.fence, usage, _end_of(outcome)))


def _end_of(outcome: Written) -> End:
    match outcome:
        case Completed(result):
            return End(result)
        case Retry(delay_s, error, partial):
            return End(partial, error.document, retryable=True, delay_s=delay_s)
        case Released(delay_s, error, refused):
            return End(None, error.document, retryable=True, delay_s=delay_s, refused=int(refused))
        case Failed(error, partial, refused):
            return End(partial, error.document, refused=int(refused))


async def write(database: Database, ends: Sequence[Ended]) -> list[Status | None]:
    """Write ends of attempts, one statement for each verb among them; the answers are in the order of `ends`.

    An answer is the job's new status, or None when the lease is lost. May be repeated after a broken connection: a
    result that was committed is found by its token.
    """
    found: dict[UUID, Status] = {}
    for verb, statement in _STATEMENTS.items():
        if same := [one for one in ends if one.verb is verb]:
            rows = await database.rows(statement, {"rows": array_of(one.document for one in same)})
            found |= {row.token: Status(row.status) for row in rows}
    missing = [one for one in ends if one.verb is Verb.FINISH and one.token not in found]
    if missing:
        rows = await database.rows(_WRITTEN, {"rows": array_of(one.document for one in missing)})
        found |= {row.token: Status(row.status) for row in rows}
    return [found.get(one.token) for one in ends]
