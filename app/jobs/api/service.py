"""The verbs of stored jobs; each is its own transaction, committed before it returns."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from app.auth import key_limits
from app.auth.caller import Caller
from app.core.conditional import is_still
from app.core.errors import ConflictError, FieldError, InvalidError, NotFoundError, PreconditionFailedError
from app.events import bus
from app.jobs import listing
from app.jobs.api import hidden
from app.jobs.api.changes import UnfitChangeError, change_of
from app.jobs.api.job_check import check_update
from app.jobs.api.job_update import JobUpdate
from app.jobs.api.resources import Resources
from app.jobs.listing import Place
from app.jobs.repository import commands, read
from app.jobs.repository.job_filter import JobFilter
from app.jobs.rows import JobRow
from app.jobs.schemas import JobDetail, JobOut, JobPage, as_detail, as_job, as_summary
from app.jobs.states import FINAL, Status


@dataclass(frozen=True, slots=True)
class Peek:
    """The little of a job that decides whether a client's copy is still fresh."""

    row: JobRow
    etag: str


def _unknown(job_id: UUID) -> NotFoundError:
    return NotFoundError(f"There is no job {job_id}.", code="job_not_found")


async def peek(resources: Resources, caller: Caller, job_id: UUID) -> Peek:
    """Return a job's row with the tag of what it shows. Raises: NotFoundError, also for somebody else's job."""
    row = await read.get(resources.database, caller.sees, job_id)
    if row is None:
        raise _unknown(job_id)
    return Peek(row, _etag(row, is_blind=caller.is_blind))


async def _refuse_beyond_key(resources: Resources, caller: Caller, job_id: UUID) -> None:
    """Raise what `refuse_job` does for a job that the caller's key may not touch, and NotFoundError.

    A job's type and model never change, so it may be read before the transaction; for other callers it is not read.
    """
    if caller.job_types is not None or caller.models is not None:
        row = (await peek(resources, caller, job_id)).row
        key_limits.refuse_job(caller, row.type, row.requested_model)


def _etag(row: JobRow, *, is_blind: bool = False) -> str:
    progress = f"-{row.progress['done']}.{row.progress['total']}" if row.progress else ""
    return f'"{row.version}-{row.shown}{progress}{"-hidden" if is_blind else ""}"'


async def detail(resources: Resources, caller: Caller, peeked: Peek) -> JobDetail:
    """Return a job with its attempts and history, as the caller may see it."""
    return hidden.detail(caller, as_detail(peeked.row, await read.history(resources.database, peeked.row.id)))


async def find_page(
    resources: Resources, caller: Caller, wanted: JobFilter, *, limit: int, count: bool = False
) -> tuple[JobPage, str | None]:
    """Return a page of light rows and the cursor of the next one; with `count` also how many there are on all, roughly.

    What fits on one page is counted. Raises: InvalidError for an order that the jobs of a state do not have.
    """
    if wanted.sort.is_of_ended and wanted.status is not None and wanted.status.value not in FINAL:
        fault = FieldError("#query/sort", f"jobs that are {wanted.status} have not ended; sort them by created_at")
        raise InvalidError(f"{fault.pointer}: {fault.detail}", errors=[fault])
    rows = await read.find_page(resources.database, caller.sees, wanted, limit=limit + 1)
    last = rows[limit - 1] if len(rows) > limit else None
    page = JobPage(items=[hidden.summary(caller, as_summary(row)) for row in rows[:limit]], next_cursor=None)
    if count:
        is_all = last is None and wanted.after is None
        found = len(rows) if is_all else await read.estimate_count(resources.database, caller.sees, wanted)
        page.estimated_count = max(found, len(rows))
    return page, None if last is None else listing.encode(Place(last.id, last.finished_at), wanted.sort)


async def cancel(resources: Resources, caller: Caller, job_id: UUID) -> JobOut:
    """Ask for a job's end: at once while it waits; a running one's worker closes its call. Asking again is fine.

    Raises: NotFoundError; ConflictError when the job ended in another way before.
    """
    await _refuse_beyond_key(resources, caller, job_id)
    async with resources.database.begin() as connection:
        moved = await commands.cancel(connection, caller.sees, job_id)
        if moved is None:
            await _allow_second_cancel(connection, caller, job_id)
    if moved is not None and moved.status == Status.PROCESSING and moved.worker:
        await bus.ask_to_cancel(resources.redis, moved.worker, job_id)
    return as_job((await peek(resources, caller, job_id)).row)


async def _allow_second_cancel(connection: AsyncConnection, caller: Caller, job_id: UUID) -> None:
    found = await commands.find_status(connection, caller.sees, job_id)
    if found is None:
        raise _unknown(job_id)
    if found.status in {Status.COMPLETED, Status.FAILED}:
        raise ConflictError(f"The job is {found.status}; it cannot be cancelled any more.", code="job_is_final")


async def update(
    resources: Resources, caller: Caller, job_id: UUID, wanted: JobUpdate, *, if_match: str | None
) -> Peek:
    """Change a job that waits; what is so already changes nothing. `if_match`: the ETag that it must still have.

    Raises: NotFoundError; InvalidError naming the field; PreconditionFailedError; ConflictError when it does not wait.
    """
    check_update(resources, wanted)
    await _refuse_beyond_key(resources, caller, job_id)
    async with resources.database.begin() as connection:
        row = await commands.lock(connection, caller.sees, job_id)
        if row is None:
            raise _unknown(job_id)
        if not is_still(_etag(row), if_match):
            raise PreconditionFailedError(f"The job has changed: its ETag is {_etag(row)} now.")
        if row.status != Status.PENDING:
            raise ConflictError(
                f"The job is {row.status}; only a job that waits can be changed.", code="job_not_waiting"
            )
        try:
            change = change_of(row, wanted, row.now)
        except UnfitChangeError as error:
            raise InvalidError(str(error), errors=[FieldError(f"#/{error.field}", str(error))]) from None
        if change.values:
            await commands.change(connection, caller.sees, row, change.values, change.history)
    return await peek(resources, caller, job_id)


async def retry(resources: Resources, caller: Caller, job_id: UUID) -> JobOut:
    """Run a failed or cancelled job once more, with a full budget of attempts and a new deadline.

    Raises: NotFoundError; ConflictError with the reason in any other state.
    """
    await _refuse_beyond_key(resources, caller, job_id)
    async with resources.database.begin() as connection:
        if await commands.retry(connection, caller.sees, job_id) is None:
            found = await commands.find_status(connection, caller.sees, job_id)
            if found is None:
                raise _unknown(job_id)
            raise ConflictError(
                f"The job is {found.status}; only a failed or cancelled job can be retried.", code="job_not_retryable"
            )
    return as_job((await peek(resources, caller, job_id)).row)


async def remove(resources: Resources, caller: Caller, job_id: UUID, *, force: bool) -> None:
    """Delete a job with its history. A processing one only by `force`, which cancels it first.

    Raises: NotFoundError; ConflictError for a processing job without `force`.
    """
    await _refuse_beyond_key(resources, caller, job_id)
    worker = None
    async with resources.database.begin() as connection:
        if not await commands.remove(connection, caller.sees, job_id, being_cancelled=False):
            found = await commands.find_status(connection, caller.sees, job_id)
            if found is None:
                raise _unknown(job_id)
            if not force:
                raise ConflictError(
                    "The job is processing; cancel it first, or delete it with force=true.", code="job_is_processing"
                )
            await commands.cancel(connection, caller.sees, job_id)
            for being_cancelled in (True, False):  # or it ended in this very moment
                await commands.remove(connection, caller.sees, job_id, being_cancelled=being_cancelled)
            worker = found.worker
    if worker:
        await bus.ask_to_cancel(resources.redis, worker, job_id)
