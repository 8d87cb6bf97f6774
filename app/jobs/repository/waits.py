"""Jobs that wait because their provider refused or failed; an operator may end that wait."""

from collections.abc import Sequence
from typing import get_args

from sqlalchemy import Text, bindparam, func, select, update
from sqlalchemy.dialects.postgresql import ARRAY

from app.core.database import Database
from app.jobs.history import WAITS
from app.jobs.repository.sql import NOW, jobs, status_is
from app.jobs.states import Status
from app.llm.base import ErrorKind

CODES = sorted(WAITS | set(get_args(ErrorKind)))
_waiting = (
    select(jobs.c.id)
    .where(
        status_is(Status.PENDING),
        jobs.c.run_at > NOW,
        jobs.c.attempt > 0,
        jobs.c.requested_model == func.any(bindparam("names", type_=ARRAY(Text()))),
        jobs.c.error_code == func.any(bindparam("codes", type_=ARRAY(Text()))),
    )
    .with_for_update(skip_locked=True)
)
_due = {"run_at": NOW, "dispatch_at": NOW, "queued_at": func.least(jobs.c.queued_at, NOW)}
_END = update(jobs).where(jobs.c.id.in_(_waiting)).values(_due).returning(jobs.c.id)


async def end(database: Database, names: Sequence[str]) -> int:
    """Make all jobs due that wait for one of these models after a refusal or a fault of its provider; return how many.

    Who kept a place in the backlog has it still; a retry has it from now on.
    """
    return len(await database.rows(_END, {"names": list(names), "codes": CODES}))
