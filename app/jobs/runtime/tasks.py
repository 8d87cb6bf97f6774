"""The one Celery task: takes a job's id, runs its attempt on the process's event loop."""

from typing import Any
from uuid import UUID

from app.core.broker import celery
from app.core.broker_messages import RUN_TASK
from app.core.faultpoint import faultpoint
from app.core.logging import get_logger
from app.jobs.runtime.executor import Executor

_log = get_logger(__name__)


@celery.task(name=RUN_TASK)
def run(job_id: Any) -> None:
    """Have a message of this name known; LoopPool runs `run_job` for it."""
    raise NotImplementedError("by `headrace worker` alone")


async def run_job(executor: Executor, job_id: Any = None, *_: Any) -> None:
    """Run one attempt of a job to its end; never raises for what a message or a job has in it.

    A message is a hint: one that names no job, or a job with nothing to do, is acked like any other, and so is one
    whose attempt could not be claimed, since the dispatcher sends what is still due once more.
    """
    try:
        found = UUID(job_id)
    except (TypeError, ValueError, AttributeError):
        _log.warning("not_a_job_id")
        return
    faultpoint("worker.popped")
    try:
        await executor.run(found)
    except Exception as error:  # noqa: BLE001 - whatever it was, the row decides what happens next
        _log.error("run_failed", job_id=job_id, exc_info=error)
    faultpoint("worker.finished")
