"""Judges how an attempt ended: makes an outcome of what its code returned or raised."""

import asyncio
from dataclasses import replace

from app.core.logging import get_logger
from app.jobs.outcomes import Cancelled, Failed, JobError, Lost, Outcome, Released, Retry
from app.jobs.retry import OTHER, Policy
from app.jobs.runtime.lease import Interrupt, LeaseLost, RunningAttempt
from app.jobs.runtime.prepare import WrongWorker
from app.jobs.runtime.processor_result import PROCESSOR_CRASHED, fault_of, outcome_of, partial_of
from app.jobs.runtime.running_code import Raised, Returned
from app.llm.base import ModelError, NotAdmitted
from app.processors import registry
from app.processors.base import ProcessorError
from app.storage.local import FileError

CANCELLED_ERROR = JobError("cancelled", "The job's end was asked for.")
_log = get_logger(__name__)


def judge_end(end: Returned | Raised, running: RunningAttempt, policy: Policy, *, max_bytes: int) -> Outcome:
    """Return the outcome of an attempt; a result has at most `max_bytes`. Logs what crashed, and never raises."""
    if isinstance(end, Returned):
        try:
            running.ensure_trusted()
            return _judge_returned(end.value, running, max_bytes=max_bytes)
        except Exception as error:  # noqa: BLE001 - judged as well
            end = Raised(error)
    try:
        outcome = judge(end.error, running, policy)
    except Exception as unjudged:  # noqa: BLE001 - of an error that only looks like one of ours
        _log.error("not_judged", exc_info=unjudged)
        outcome = judge(unjudged, running, policy)
    if isinstance(outcome, Retry) and outcome.error.code == PROCESSOR_CRASHED:
        _log.error(PROCESSOR_CRASHED, exc_info=end.error)
    return outcome


def _judge_returned(value: object, running: RunningAttempt, *, max_bytes: int) -> Outcome:
    job_type = registry.get(running.claim.type)
    assert job_type is not None  # noqa: S101 - its code has run
    outcome = outcome_of(job_type, value, max_bytes=max_bytes)
    if isinstance(outcome, Failed) and outcome.error.code == PROCESSOR_CRASHED:
        _log.error(PROCESSOR_CRASHED, returned=type(value).__qualname__)
    return outcome


def judge(error: BaseException, running: RunningAttempt, policy: Policy) -> Outcome:  # noqa: PLR0911, C901 - a table
    """Return the outcome of an attempt that raised `error`, of any kind.

    A cancelled coroutine is judged by who ended it; when nobody did, the job type's code raised that itself.
    """
    while isinstance(error, BaseExceptionGroup):  # of a job type that works on several things at once
        error = error.exceptions[0]
    match error:
        case LeaseLost():
            return Lost()
        case asyncio.CancelledError() if running.interrupt is not None:
            return _interrupted(running.interrupt)
        case ModelError():
            return _with_partial(_of_model(error, running, policy), error.partial)
        case NotAdmitted() | WrongWorker():
            return Released(error.delay_s, JobError(error.kind, error.message))
        case ProcessorError():
            fault = fault_of(error)
            outcome = _fault(fault, running, policy, OTHER) if error.retryable else Failed(fault)
            return _with_partial(outcome, error.partial)
        case FileError():
            return Failed(JobError(error.code, str(error)))
        case TimeoutError():
            timeout = JobError("timeout", f"The attempt took longer than its limit of {running.claim.timeout_s} s.")
            return _fault(timeout, running, policy, "timeout")
        case _:
            text = f"The code of {running.claim.type} raised {type(error).__name__}; the worker's log has it."
            return _fault(JobError(PROCESSOR_CRASHED, text), running, policy, OTHER)


def _of_model(error: ModelError, running: RunningAttempt, policy: Policy) -> Outcome:
    fault, found, claim = JobError(error.kind, error.message), policy.classes[error.kind], running.claim
    if found.refund:
        refusals = claim.refusals + 1
        if refusals >= claim.max_refusals:
            text = f"{error.message} It refused this job {refusals} times, as often as max_refusals allows."
            return Failed(JobError(error.kind, text), refused=True)
        delay_s = policy.refused_delay_s(found, refusals=refusals, retry_after_s=error.retry_after_s)
        return Released(delay_s, fault, refused=True)
    if error.once_more and not found.retryable:
        if claim.counted > 1:
            return Failed(fault)
        return Retry(policy.delay_s(policy.classes[OTHER], counted=1, retry_after_s=error.retry_after_s), fault)
    return _fault(fault, running, policy, error.kind, error.retry_after_s)


def _with_partial(outcome: Outcome, partial: object) -> Outcome:
    if partial is None or not isinstance(outcome, Failed | Retry):
        return outcome
    return replace(outcome, partial=partial_of(partial))


def _interrupted(why: Interrupt) -> Outcome:
    match why:
        case Interrupt.CANCEL:
            return Cancelled()
        case Interrupt.LOST:
            return Lost()
        case _:
            return Released(0.0, JobError("worker_stopping", "The worker stops; another one goes on with the job."))


def _fault(
    error: JobError, running: RunningAttempt, policy: Policy, error_class: str, retry_after_s: float | None = None
) -> Outcome:
    found = policy.classes[error_class]
    if not found.retryable:
        return Failed(error)
    return Retry(policy.delay_s(found, counted=running.claim.counted, retry_after_s=retry_after_s), error)
