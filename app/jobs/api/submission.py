"""Submit: validate, store, commit, answer; the sending comes after and cannot fail the request."""

import asyncio
import hashlib
import json
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from itertools import islice
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection
from uuid_utils.compat import uuid7

from app.auth.caller import Actor, Caller
from app.core import metrics
from app.core.batching import Batcher
from app.core.database import Database
from app.core.errors import FieldError, InvalidError
from app.core.faultpoint import faultpoint
from app.core.problems import MAX_FAULTS
from app.jobs.api import job_check
from app.jobs.api.idempotency import Idempotency, canonical, find_earlier
from app.jobs.api.resources import Resources
from app.jobs.api.spool import Spool
from app.jobs.broker_buffer import PRIORITIES, DirectSender
from app.jobs.repository.dispatch import Due
from app.jobs.repository.submit import insert_jobs, store_answer, store_jobs
from app.jobs.rows import MAX_CRASHES, NewJob, Stored
from app.jobs.schemas import JobCreate, JobOut, JobSummary, new_fields
from app.jobs.states import ShownStatus
from app.processors import registry
from app.storage.repository import find_owned

ACCEPTED = 202
_FILE_ID = "file_id"


@dataclass(frozen=True, slots=True)
class Accepted:
    """The answer to a submit, as JSON; of a single job also its id, and its due time while that lies ahead."""

    content: bytes
    job_id: str | None = None
    due_at: datetime | None = None
    replayed: bool = False  # an earlier request with the same key got it first


def group_inserts(database: Database, sender: DirectSender) -> Batcher[NewJob, Stored]:
    """Return what stores the single jobs of concurrent requests by one statement, and has them sent after it."""
    metrics.begin(metrics.SUBMITTED, (job_type.name for job_type in registry.all_types()))

    async def store(jobs: Sequence[NewJob]) -> list[Stored]:
        rows = await store_jobs(database, jobs)
        _after_commit(jobs, sender)
        return rows

    return Batcher(store, weigh=lambda job: len(job.document))


async def submit(resources: Resources, actor: Actor, wanted: JobCreate, *, key: Idempotency | None = None) -> Accepted:
    """Store one job and return it as the caller will see it. Raises: InvalidError naming each fault."""
    if faults := await job_check.faults_in(resources, [("#", wanted)]):
        raise InvalidError(_headline(faults), errors=faults)
    job = _new_job(resources, actor, wanted)
    if key is not None:
        with Spool() as spool:
            spool.add(job.document)
            return await _store(resources, actor.caller, [job], spool, key, batch=False)
    if _FILE_ID in job.input:
        await _check_files(resources.database, actor.caller, [job], batch=False)
    if resources.backpressure.is_on:
        await resources.backpressure.look()
        resources.backpressure.take(job.owner_id, {job.queue: 1})
    return _accept(JobOut(**new_fields(job, await resources.inserts.add(job))))


def _after_commit(jobs: Sequence[NewJob], sender: DirectSender) -> None:
    faultpoint("api.after_commit")
    metrics.add_each(metrics.SUBMITTED, (job.type for job in jobs))
    direct = [_first_attempt(job) for job in jobs if job.direct]
    sender.send_soon(direct, others=len(direct) < len(jobs))


def _accept(job: JobOut) -> Accepted:
    due_at = job.run_at if job.status == ShownStatus.SCHEDULED else None
    return Accepted(job.model_dump_json().encode(), str(job.id), due_at)


def _replay(answer: Mapping[str, Any]) -> Accepted:
    is_scheduled = answer.get("status") == ShownStatus.SCHEDULED
    due_at = datetime.fromisoformat(answer["run_at"]) if is_scheduled else None
    content = json.dumps(answer, ensure_ascii=False, separators=(",", ":")).encode()
    return Accepted(content, answer.get("id"), due_at, replayed=True)


async def submit_batch(
    resources: Resources,
    actor: Actor,
    wanted: Sequence[JobCreate],
    *,
    key: Idempotency | None = None,
) -> Accepted:
    """Store all jobs in one transaction, or none. Raises: InvalidError naming the faults of each invalid job."""
    pointed = [(f"#/jobs/{index}", one) for index, one in enumerate(wanted)]
    if faults := await job_check.faults_in(resources, pointed):
        wrong = {fault.pointer.split("/")[2] for fault in faults}
        detail = f"{len(wrong)} of {len(wanted)} jobs are not valid; nothing was stored."
        raise InvalidError(detail, errors=faults)
    with Spool() as spool:
        jobs = [_kept(_new_job(resources, actor, one), spool) for one in wanted]
        return await _store(resources, actor.caller, jobs, spool, key, batch=True)


async def submit_arriving(
    resources: Resources,
    actor: Actor,
    wanted: AsyncIterator[JobCreate | list[FieldError]],
    *,
    key: Callable[[bytes], Idempotency] | None = None,
) -> Accepted:
    """As `submit_batch`, for jobs that come one by one and are not in memory at once; `key` takes their fingerprint.

    Raises: as it, and what reading them does.
    """
    faults: list[FieldError] = []
    jobs: list[NewJob] = []
    budget, hashed = job_check.Budget(), hashlib.sha256(b'{"jobs":[')
    index = wrong = 0
    with Spool() as spool:
        async for one in wanted:
            pointer = f"#/jobs/{index}"
            found = one if isinstance(one, list) else await job_check.faults_in(resources, [(pointer, one)], budget)
            if found:
                wrong += 1
                faults += found[: MAX_FAULTS - len(faults)]
                jobs.clear()
            elif not wrong and not isinstance(one, list):
                jobs.append(_kept(_new_job(resources, actor, one, direct=False), spool))
                if key is not None:
                    hashed.update(b"," * (index > 0) + canonical(one.model_dump(mode="json", exclude_unset=True)))
            index += 1
            await asyncio.sleep(0)
        if faults:
            raise InvalidError(f"{wrong} of {index} jobs are not valid; nothing was stored.", errors=faults)
        hashed.update(b"]}")
        return await _store(resources, actor.caller, jobs, spool, key and key(hashed.digest()), batch=True)


def _kept(job: NewJob, spool: Spool) -> NewJob:
    """Put a job's row into the spool, and return what is still looked at of it: of its input, the file it names."""
    spool.add(job.document)
    return replace(job, input={name: job.input[name] for name in (_FILE_ID,) if name in job.input}, metadata=None)


def _headline(faults: Sequence[FieldError]) -> str:
    first = faults[0]
    return f"{first.pointer}: {first.detail}" + (f" (and {len(faults) - 1} more)" if len(faults) > 1 else "")


def _new_job(resources: Resources, actor: Actor, wanted: JobCreate, *, direct: bool = True) -> NewJob:
    """Return what is stored of a job that was checked; `direct`: this process may send it, where there is room.

    Not one of many that come over a while: by the time that they are stored there may be no room any more.
    Raises: what `refuse_beyond_key` does.
    """
    job_check.refuse_beyond_key(actor.caller, wanted)
    job_type = registry.get(wanted.type)
    assert job_type is not None  # noqa: S101 - it was checked
    queue = wanted.queue or resources.settings.queues[0]
    priority = PRIORITIES[wanted.priority]
    due_now = wanted.run_at is None and not wanted.delay_s
    return NewJob(
        id=uuid7(),
        owner_id=actor.caller.owner_id,
        type=job_type.name,
        queue=queue,
        priority=priority,
        max_attempts=wanted.max_attempts,
        timeout_s=wanted.timeout_s or job_type.timeout_s,
        deadline_s=wanted.deadline_s,
        input=wanted.input,
        metadata=wanted.metadata,
        run_at=wanted.run_at,
        delay_s=wanted.delay_s or 0.0,
        direct=direct and due_now and resources.sender.admit(queue, priority),
        prompt_version=job_type.prompt.version if job_type.prompt else None,
        request_id=actor.request_id,
        created_by=actor.caller.user_id,
        requested_model=job_check.requested_model(wanted),
        max_crashes=wanted.max_crashes or MAX_CRASHES,
        max_refusals=wanted.max_refusals or resources.settings.max_refusals,
        max_cost_usd=None if wanted.max_cost_usd is None else Decimal(str(wanted.max_cost_usd)),
    )


async def _store(
    resources: Resources,
    caller: Caller,
    jobs: Sequence[NewJob],
    spool: Spool,
    key: Idempotency | None,
    *,
    batch: bool,
) -> Accepted:
    """Store jobs whose rows are in the spool, and the answer beside them; `batch` is its form."""
    await resources.backpressure.look()
    async with resources.database.begin() as connection:
        if key is not None and (earlier := await find_earlier(connection, caller, key)) is not None:
            return _replay(earlier)
        await _check_files(connection, caller, jobs, batch=batch)
        resources.backpressure.take(caller.owner_id, Counter(job.queue for job in jobs))
        if batch:
            accepted = Accepted(await _insert_batch(connection, jobs, spool))
        else:
            accepted = await _insert_one(connection, jobs[0], spool)
        if key is not None:
            response = accepted.content.decode()
            await store_answer(
                connection, owner_id=caller.owner_id, route=key.route, key=key.key, status=ACCEPTED, response=response
            )
    _after_commit(jobs, resources.sender)
    return accepted


async def _insert_batch(connection: AsyncConnection, jobs: Iterable[NewJob], spool: Spool) -> bytes:
    """Insert job after job; return the answer, which is made as they are stored, since their rows are much larger."""
    left = iter(jobs)
    content = bytearray(b'{"jobs":[')
    for portion in spool.portions():
        rows = await insert_jobs(connection, portion)
        for job in islice(left, len(portion)):
            content += JobSummary(**new_fields(job, rows[job.id])).model_dump_json().encode() + b","
    content[-1:] = b"]}"
    return bytes(content)


async def _insert_one(connection: AsyncConnection, job: NewJob, spool: Spool) -> Accepted:
    rows = await insert_jobs(connection, next(spool.portions()))
    return _accept(JobOut(**new_fields(job, rows[job.id])))


async def _check_files(
    database: Database | AsyncConnection, caller: Caller, jobs: Sequence[NewJob], *, batch: bool
) -> None:
    """Refuse jobs whose file is not there for this caller; jobs without a file cost nothing.

    Raises: InvalidError naming each.
    """
    wanted = {index: UUID(str(job.input[_FILE_ID])) for index, job in enumerate(jobs) if _takes_file(job)}
    if not wanted:
        return
    found = await find_owned(database, caller.owner_id, list(set(wanted.values())))
    faults = [
        FieldError(
            f"#/jobs/{index}/input/{_FILE_ID}" if batch else f"#/input/{_FILE_ID}", f"there is no file {file_id}"
        )
        for index, file_id in wanted.items()
        if file_id not in found
    ]
    if faults:
        raise InvalidError(_headline(faults), errors=faults, code="file_not_found")


def _takes_file(job: NewJob) -> bool:
    """Say whether a job's input names an uploaded file: by its field `file_id`, where its type has such a field."""
    if job.input.get(_FILE_ID) is None:
        return False
    job_type = registry.get(job.type)
    return job_type is not None and _FILE_ID in job_type.input_model.model_fields


def _first_attempt(job: NewJob) -> Due:
    return Due(id=job.id, attempt=1, type=job.type, queue=job.queue, priority=job.priority)
