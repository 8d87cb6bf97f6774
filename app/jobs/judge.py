"""What the end of an attempt means: from an exception to an outcome. Pure."""

import asyncio
from collections.abc import Callable
from dataclasses import replace

from pydantic import BaseModel

from app.core import strict_json
from app.jobs import retry
from app.jobs.lease import Held, Interrupt, LeaseLost
from app.jobs.outcomes import Cancelled, Failed, JobError, Lost, Outcome, Released, Retry
from app.llm.base import ModelError, NotAdmitted
from app.processors.base import ProcessorError
from app.storage.local import FileError

PROCESSOR_CRASHED = "processor_crashed"
CANCELLED_ERROR = JobError("cancelled", "The job's end was asked for.")


def judge(  # noqa: PLR0911 - a table
    error: BaseException, held: Held, *, scale: float, random: Callable[[], float]
) -> Outcome:
    """Return the outcome of an attempt that raised `error`.

    `scale` is RETRY_SCALE. A cancelled coroutine is judged by who ended it.
    """
    match error:
        case asyncio.CancelledError() | LeaseLost():
            return _interrupted(Interrupt.LOST if isinstance(error, LeaseLost) else held.interrupt)
        case ModelError():
            return _after_model_error(error, held, scale=scale, random=random)
        case NotAdmitted():
            return Released(error.delay_s, JobError(error.kind, error.message))
        case ProcessorError():
            outcome = _fault(
                JobError(error.code, error.message, error.pointer),
                held,
                retry.OTHER if error.retryable else retry.PERMANENT,
                scale,
                random,
            )
            return outcome if error.partial is None else _with_partial(outcome, error.partial)
        case FileError():
            return Failed(JobError(error.code, str(error)))
        case TimeoutError():
            timeout = JobError("timeout", f"The attempt took longer than its limit of {held.claim.timeout_s} s.")
            return _fault(timeout, held, retry.ERROR_CLASSES["timeout"], scale, random)
        case _:
            crash = JobError(
                PROCESSOR_CRASHED, f"The job type's code raised {type(error).__name__}; the worker's log has it."
            )
            return _fault(crash, held, retry.OTHER, scale, random)


def _with_partial(outcome: Outcome, partial: BaseModel) -> Outcome:
    assert isinstance(outcome, Failed | Retry)  # noqa: S101 - no class of a processor's error refunds
    return replace(outcome, partial=strict_json.clean(partial.model_dump(mode="json", by_alias=True)))


def _interrupted(why: Interrupt | None) -> Outcome:
    match why:
        case Interrupt.CANCEL:
            return Cancelled()
        case Interrupt.LOST:
            return Lost()
        case _:
            return Released(0.0, JobError("worker_stopping", "The worker stops; another one goes on with the job."))


def _after_model_error(error: ModelError, held: Held, *, scale: float, random: Callable[[], float]) -> Outcome:
    error_class = retry.ERROR_CLASSES[error.kind]
    return _fault(JobError(error.kind, error.message), held, error_class, scale, random, error.retry_after_s)


def _fault(
    error: JobError,
    held: Held,
    error_class: retry.ErrorClass,
    scale: float,
    random: Callable[[], float],
    retry_after_s: float | None = None,
) -> Outcome:
    if not error_class.retryable:
        return Failed(error)
    delay_s = retry.delay_s(
        error_class, counted=held.claim.counted, scale=scale, retry_after_s=retry_after_s, random=random
    )
    return Released(delay_s, error) if error_class.refund else Retry(delay_s, error)
