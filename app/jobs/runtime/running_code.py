"""Run a job type's code so that whatever it does ends the attempt, and nothing more."""

import asyncio
import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from app.core.logging import get_logger
from app.jobs.runtime.lease import RunningAttempt

END_WITHIN_S = 2.0  # after it was asked to end: for closing calls, not for going on
_log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Returned:
    """The code returned something."""

    value: object


@dataclass(frozen=True, slots=True)
class Raised:
    """The code raised something, perhaps SystemExit or KeyboardInterrupt, for which asyncio would end the loop."""

    error: BaseException


async def run_to_its_end(code: Callable[[], Any], running: RunningAttempt) -> Returned | Raised:
    """Return what the code did. When this is cancelled, so is the code; if that does not end, it is left behind.

    What is left behind can ask no model any more.
    """
    task = asyncio.create_task(_caught(code))
    try:
        await asyncio.wait([task])
    finally:
        if not task.done():
            task.cancel()
            await asyncio.wait([task], timeout=END_WITHIN_S)
        if not task.done():
            running.good_at_s = float("-inf")
            _log.error("processor_goes_on", job_type=running.claim.type)
    return task.result()


async def _caught(code: Callable[[], Any]) -> Returned | Raised:
    try:
        returned = code()
        return Returned(await returned if inspect.isawaitable(returned) else returned)
    except BaseException as error:  # noqa: BLE001 - SystemExit would end the loop, and every job with it
        return Raised(error)
