"""The ends of an attempt: finish, fail, release. What becomes of the job is decided here, from its locked row."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import (
    Boolean,
    ColumnElement,
    Float,
    Integer,
    Text,
    bindparam,
    case,
    cast,
    func,
    literal,
    select,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.sql.expression import CTE

from app.core.database import Database
from app.jobs.outcomes import Failed, JobError, Released, Retry, Spent
from app.jobs.repository.move import NOW, jobs, move, seconds
from app.jobs.repository.running import FENCE, Claim, fence
from app.jobs.states import Status, Verb

DEADLINE_EXCEEDED = "deadline_exceeded"

_added = {name: bindparam(f"add_{name}", type_=Integer()) for name in ("prompt_tokens", "completion_tokens")}
_SPENT: dict[str, Any] = {
    "provider": func.coalesce(bindparam("new_provider", type_=Text()), jobs.c.provider),
    "model": func.coalesce(bindparam("new_model", type_=Text()), jobs.c.model),
    "prompt_version": func.coalesce(bindparam("new_prompt_version", type_=Text()), jobs.c.prompt_version),
    # null until a model was asked; then the sum over all attempts
    **{
        name: case((added > 0, func.coalesce(jobs.c[name], 0) + added), else_=jobs.c[name])
        for name, added in _added.items()
    },
}
_ENDED_VALUES: dict[str, Any] = {**_SPENT, "lease_expires_at": None}
_RUN_MS = cast(func.extract("epoch", NOW - jobs.c.claimed_at) * 1000, Integer).label("run_ms")


def _spent_detail(moved: CTE) -> tuple[Any, ...]:
    return (
        "run_ms",
        moved.c.run_ms,
        "provider",
        bindparam("new_provider", type_=Text()),
        "model",
        bindparam("new_model", type_=Text()),
        "prompt_tokens",
        func.nullif(_added["prompt_tokens"], 0),
        "completion_tokens",
        func.nullif(_added["completion_tokens"], 0),
    )


def _spent_parameters(spent: Spent) -> dict[str, Any]:
    return {
        "new_provider": spent.provider,
        "new_model": spent.model,
        "new_prompt_version": spent.prompt_version,
        "add_prompt_tokens": spent.prompt_tokens,
        "add_completion_tokens": spent.completion_tokens,
    }


_asked_to_cancel = jobs.c.cancel_requested_at.is_not(None)
_FINISH = move(
    Verb.FINISH,
    *FENCE,
    to=case((_asked_to_cancel, Status.CANCELLED.value), else_=Status.COMPLETED.value),
    values={
        **_ENDED_VALUES,
        "result": case((_asked_to_cancel, None), else_=bindparam("new_result", type_=JSONB())),
        "error": None,
        "error_code": None,
        "finished_at": NOW,
    },
    returning=(_RUN_MS,),
    detail=lambda moved: func.jsonb_build_object(*_spent_detail(moved)),
)
_WRITTEN = select(jobs.c.status).where(*FENCE)


async def finish(database: Database, held: Claim, result: Mapping[str, Any], spent: Spent) -> Status | None:
    """Write the result of an attempt. Returns the new status, or None when the lease is lost.

    May be repeated after a broken connection: a finish that was committed is found by its token.
    """
    row = await database.row(_FINISH, {**fence(held), **_spent_parameters(spent), "new_result": result})
    if row is None:
        row = await database.row(_WRITTEN, fence(held))
    return Status(row.status) if row else None


def _give_back(verb: Verb, refund: int) -> Any:
    """Build fail (refund 0) or release (refund 1): what becomes of the job is decided from its locked row."""
    refunds = jobs.c.refunds + refund
    due = NOW + seconds(bindparam("delay_s", type_=Float()))
    retryable = bindparam("retryable", type_=Boolean())
    exhausted = jobs.c.attempt - refunds >= jobs.c.max_attempts
    too_late = due >= jobs.c.deadline_at
    ended = ~retryable | exhausted | too_late | _asked_to_cancel
    error: ColumnElement[Any] = bindparam("new_error", type_=JSONB())
    by_deadline = retryable & ~exhausted & too_late
    return move(
        verb,
        *FENCE,
        to=case(
            (_asked_to_cancel, Status.CANCELLED.value),
            (~retryable | exhausted | too_late, Status.FAILED.value),
            else_=Status.PENDING.value,
        ),
        values={
            **_ENDED_VALUES,
            "refunds": refunds,
            "claim_token": None,
            "error": case((_asked_to_cancel, None), (by_deadline, deadline_error(error)), else_=error),
            "error_code": case(
                (_asked_to_cancel, None),
                (by_deadline, literal(DEADLINE_EXCEEDED, Text)),
                else_=bindparam("new_error_code", type_=Text()),
            ),
            "run_at": case((ended, jobs.c.run_at), else_=due),
            "dispatch_at": case((ended, jobs.c.dispatch_at), else_=due),
            "dispatch_count": 0,
            "finished_at": case((ended, NOW), else_=None),
        },
        returning=(_RUN_MS, jobs.c.error, jobs.c.run_at, jobs.c.refunds),
        detail=lambda moved: func.jsonb_build_object(
            "error",
            bindparam("new_error", type_=JSONB()),
            "reason",
            func.nullif(moved.c.error["code"].astext, bindparam("new_error_code", type_=Text())),
            "retry_at",
            case((moved.c.status == Status.PENDING.value, moved.c.run_at)),
            *_spent_detail(moved),
        ),
    )


def deadline_error(cause: ColumnElement[Any]) -> ColumnElement[Any]:
    """Return the SQL of the error of a job that ran out of time; `cause` is its last error, or null."""
    return func.jsonb_strip_nulls(
        func.jsonb_build_object(
            "code", DEADLINE_EXCEEDED, "message", "The job's deadline passed before it could complete.", "cause", cause
        )
    )


_FAIL = _give_back(Verb.FAIL, 0)
_RELEASE = _give_back(Verb.RELEASE, 1)


async def give_back(database: Database, held: Claim, outcome: Retry | Failed | Released, spent: Spent) -> Status | None:
    """Write the end of an attempt that has no result. Returns the new status, or None when the lease is lost."""
    error: JobError = outcome.error
    parameters = {
        **fence(held),
        **_spent_parameters(spent),
        "new_error": {"code": error.code, "message": error.message},
        "new_error_code": error.code,
        "retryable": not isinstance(outcome, Failed),
        "delay_s": 0.0 if isinstance(outcome, Failed) else outcome.delay_s,
    }
    row = await database.row(_RELEASE if isinstance(outcome, Released) else _FAIL, parameters)
    return Status(row.status) if row else None
