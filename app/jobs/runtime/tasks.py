"""The one Celery task: takes a job's id, runs its attempt on the process's event loop, and acknowledges the message."""

from typing import Any
from uuid import UUID

from app.core.broker import RUN_TASK, celery
from app.core.faultpoint import faultpoint
from app.core.logging import get_logger
from app.core.loop import LoopThread
from app.jobs.runtime.executor import Executor

_log = get_logger(__name__)
_runner: tuple[LoopThread, Executor] | None = None


def bind(loop: LoopThread, executor: Executor) -> None:
    """Set the loop and the executor of this process; the worker calls it once, before it consumes."""
    global _runner  # noqa: PLW0603 - Celery builds its tasks before there is a worker to hand them anything
    _runner = loop, executor


@celery.task(name=RUN_TASK)
def run(job_id: Any) -> None:
    """Run one attempt of a job and wait for its end.

    A message is a hint: one that names no job, or a job with nothing to do, is acked like any other, and so is one
    whose attempt could not be claimed, since the dispatcher sends what is still due once more.
    """
    if _runner is None:
        raise RuntimeError("the worker is not ready")
    loop, executor = _runner
    try:
        found = UUID(job_id)
    except (TypeError, ValueError, AttributeError):
        _log.warning("not_a_job_id")
        return
    faultpoint("worker.popped")
    try:
        loop.run(executor.run(found))
    except Exception as error:  # noqa: BLE001 - whatever it was, the row decides what happens next
        _log.error("run_failed", job_id=job_id, exc_info=error)
    faultpoint("worker.finished")
