"""One attempt, from a message to its record, as a pipe over one value: claim → run → judge → record → tell."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import partial
from random import Random
from typing import Any, TypeVar
from uuid import UUID, uuid4

import structlog

from app.core import metrics
from app.core.batching import Batcher
from app.core.clock import monotonic_s
from app.core.database import Database
from app.core.database_errors import is_away, is_full, sqlstate
from app.core.faultpoint import faultpoint
from app.core.logging import get_logger
from app.core.settings import Settings
from app.jobs import retry
from app.jobs.outcomes import (
    AttemptEnd,
    AttemptUsage,
    Cancelled,
    Failed,
    JobError,
    Lost,
    Outcome,
    Released,
    Retry,
    Written,
    ended_as,
)
from app.jobs.repository import attempt_end
from app.jobs.repository import claim as claiming
from app.jobs.repository.attempt_end import ended
from app.jobs.repository.eligibility import ANYTHING, Known
from app.jobs.rows import Claim, ClaimRequest
from app.jobs.runtime.attempt_clock import AttemptClock
from app.jobs.runtime.context import JobContext
from app.jobs.runtime.judge import CANCELLED_ERROR, judge_end
from app.jobs.runtime.lease import Leases, RunningAttempt
from app.jobs.runtime.prepare import prepare
from app.jobs.runtime.processor_result import PROCESSOR_CRASHED
from app.jobs.runtime.running_code import Raised, Returned, run_to_its_end
from app.jobs.states import Status
from app.llm.base import Model
from app.processors import registry
from app.storage.local import FileStore
from app.storage.uploads import open_uploads

CLAIM_FOR_S = 5.0
RECORD_FOR_LEASES = 1.0  # a late write is refused by its fence; a result that is not written is paid for again
RECORD_PAUSE_S = 0.2
PACE_S = 0.01  # between statements of a busy worker; nothing beside a model call
T = TypeVar("T")
_log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Record:
    """What became of an attempt's end: how it ended, what was written, and the job's status from then on."""

    how: AttemptEnd
    written: Written | None = None
    status: Status | None = None
    error: str = ""  # why it could not be written


@dataclass(slots=True)
class Attempt:
    """What goes through the pipe. Each step fills in one of the last three fields, and reads the one before."""

    running: RunningAttempt
    claimed_at_s: float
    usage: AttemptUsage = field(default_factory=AttemptUsage)
    end: Returned | Raised = field(init=False)
    outcome: Outcome = field(init=False)
    record: Record = field(init=False)

    @property
    def claim(self) -> Claim:
        """The job as it was claimed."""
        return self.running.claim


@dataclass
class Executor:
    """Runs jobs of one worker process; every method runs on its one event loop.

    Claims that are asked for together are one statement, and so are attempts that end together.
    """

    settings: Settings
    database: Database
    model_of: Callable[[str | None], Model]  # by the name that a job asks for
    files: FileStore
    leases: Leases
    worker_id: str
    random: Random
    knows: Known = ANYTHING

    def __post_init__(self) -> None:
        """Begin with nothing to write."""
        self.arrived = 0  # messages, also those that bring nothing to do
        self.in_hand = 0  # those of them that take a slot now
        types = [job_type.name for job_type in registry.all_types()]
        metrics.begin(metrics.CLAIMS, ("claimed", "nothing"))
        metrics.begin(metrics.ATTEMPTS, types, AttemptEnd)
        metrics.begin(metrics.ATTEMPT_DURATION, types)
        self._policy = retry.policy(self.settings, self.random.random)
        self._uploads = open_uploads(self.settings, self.database)
        claim = partial(
            claiming.claim,
            self.database,
            worker=self.worker_id,
            lease_s=self.settings.lease_s,
            knows=self.knows,
            queues=self.settings.queues,
        )
        write = partial(attempt_end.write, self.database)
        self._claims = Batcher(claim, pace_s=PACE_S)
        self._ends = Batcher(write, weigh=lambda one: len(one.document), pace_s=PACE_S)

    async def run(self, job_id: UUID) -> None:
        """Run one attempt of a job, if it is there to be run. Never raises for what a job does."""
        self.arrived += 1
        self.in_hand += 1
        try:
            if attempt := await self._claim(job_id):
                await self._through_pipe(attempt)
        finally:
            self.in_hand -= 1

    async def _through_pipe(self, attempt: Attempt) -> None:
        claim = attempt.claim
        with structlog.contextvars.bound_contextvars(
            job_id=str(claim.id), job_type=claim.type, attempt=claim.attempt, request_id=claim.request_id
        ):
            try:
                await self._run(attempt)
                self._judge(attempt)
                await self._record(attempt)
                self._tell(attempt)
            finally:
                self.leases.unregister(attempt.running)

    async def _claim(self, job_id: UUID) -> Attempt | None:
        """Make the job ours. None: there is nothing to do."""
        claimed_at_s = monotonic_s()
        claim = await self._ask_for(ClaimRequest(job_id, uuid4()))
        metrics.CLAIMS.labels("claimed" if claim else "nothing").inc()
        if claim is None:
            return None
        faultpoint("worker.claimed")
        return Attempt(self.leases.register(claim, claimed_at_s=claimed_at_s), claimed_at_s)

    async def _ask_for(self, request: ClaimRequest) -> Claim | None:
        try:
            return await self._claims.add(request)
        except Exception as error:
            if not is_away(error):
                raise
        # The claim may have been committed before the connection died; if it was, it is ours.
        find = partial(claiming.find_own_claim, self.database, request.id, token=request.token)
        return await _through_outage(find, for_s=CLAIM_FOR_S)

    async def _run(self, attempt: Attempt) -> None:
        """Run the job type's code under its deadline, and keep what it ended with."""
        try:
            attempt.end = await self._process(attempt)
        except (Exception, asyncio.CancelledError) as error:  # noqa: BLE001 - every end has an outcome
            _uncancel()
            attempt.end = Raised(error)

    async def _process(self, attempt: Attempt) -> Returned | Raised:
        claim, usage = attempt.claim, attempt.usage
        ready = await prepare(claim, self.database, self.model_of)
        usage.prompt_version = ready.job_type.prompt.version if ready.job_type.prompt else None
        _log.info("started", queue=claim.queue)
        async with asyncio.timeout(None) as timeout:
            clock = AttemptClock(timeout, limit_s=float(claim.timeout_s), deadline_s=claim.remaining_s)
            context = JobContext(
                running=attempt.running,
                usage=usage,
                model=ready.model,
                files=self.files,
                uploads=self._uploads,
                database=self.database,
                settings=self.settings,
                clock=clock,
            )
            try:
                return await run_to_its_end(partial(ready.job_type.run, ready.given, context), attempt.running)
            finally:
                usage.waited_ms = round(clock.waited_s * 1000)

    def _judge(self, attempt: Attempt) -> None:
        """Decide what the end means for the job."""
        attempt.outcome = judge_end(
            attempt.end, attempt.running, self._policy, max_bytes=self.settings.result_max_bytes
        )
        faultpoint("worker.answered")
        metrics.ATTEMPT_DURATION.labels(attempt.claim.type).observe(monotonic_s() - attempt.claimed_at_s)

    async def _record(self, attempt: Attempt) -> None:
        """Write the outcome, even when this coroutine is being cancelled meanwhile."""
        recording = asyncio.ensure_future(self._recorded(attempt))
        try:
            attempt.record = await asyncio.shield(recording)
        except asyncio.CancelledError:
            _uncancel()
            attempt.record = await recording

    async def _recorded(self, attempt: Attempt) -> Record:
        match attempt.outcome:
            case Lost():
                return Record(AttemptEnd.LOST)
            case Cancelled():
                written: Written = Failed(CANCELLED_ERROR)
            case _:
                written = attempt.outcome
        write = partial(self._write, attempt.claim, written, attempt.usage)
        try:
            status, written = await _through_outage(write, for_s=RECORD_FOR_LEASES * self.settings.lease_s)
        except Exception as error:  # noqa: BLE001 - the lease ends it
            return Record(AttemptEnd.UNRECORDED, error=type(error).__name__)
        if status is None:
            return Record(AttemptEnd.STALE)
        return Record(ended_as(written, status), written, status)

    async def _write(self, claim: Claim, written: Written, usage: AttemptUsage) -> tuple[Status | None, Written]:
        """Write an end, and return it with the job's status; one that cannot be written as it is becomes a crash."""
        try:
            return await self._ends.add(ended(claim, written, usage)), written
        except Exception as error:
            if not _is_of_content(error):
                raise
            _log.error("not_writable", error=type(error).__name__, sqlstate=sqlstate(error))
            text = f"What the code of {claim.type} ended with cannot be kept; the worker's log has the reason."
            crash = Failed(JobError(PROCESSOR_CRASHED, text))
            return await self._ends.add(ended(claim, crash, usage)), crash

    def _tell(self, attempt: Attempt) -> None:
        """Count the attempt's end, and log it."""
        record = attempt.record
        metrics.ATTEMPTS.labels(attempt.claim.type, record.how).inc()
        match record.how:
            case AttemptEnd.LOST:
                _log.warning("lease_lost")
            case AttemptEnd.UNRECORDED:
                _log.error("not_recorded", error=record.error)
            case AttemptEnd.STALE:
                _log.warning("stale_write_refused", outcome=type(attempt.outcome).__name__.lower())
            case _:
                _log.info("ended", status=str(record.status), **_fields_of(record, attempt.usage))


async def _through_outage(call: Callable[[], Awaitable[T]], *, for_s: float) -> T:
    """Repeat a call while PostgreSQL is away, read-only or full; after `for_s` its error is raised."""
    until_s = monotonic_s() + for_s
    while True:
        try:
            return await call()
        except Exception as error:
            if not (is_away(error) or is_full(error)) or monotonic_s() > until_s:
                raise
        await asyncio.sleep(RECORD_PAUSE_S)


def _is_of_content(error: Exception) -> bool:
    """Say whether a row's content is why it cannot be written. Source: classes 22 and 54 of PostgreSQL's SQLSTATE."""
    return isinstance(error, TypeError | ValueError) or (sqlstate(error) or "")[:2] in {"22", "54"}


def _uncancel() -> None:
    """Take back the request that ended this coroutine, so that what follows may wait for the database."""
    task = asyncio.current_task()
    while task is not None and task.cancelling():
        task.uncancel()


def _fields_of(record: Record, usage: AttemptUsage) -> dict[str, Any]:
    """Return the log's fields of an attempt's end, with the next attempt where there will be one."""
    fields: dict[str, Any] = {"provider": usage.provider, "model": usage.model}
    if error := getattr(record.written, "error", None):
        fields["error_code"] = error.code
    if record.status is Status.PENDING and isinstance(record.written, Retry | Released):
        fields["then"] = "released" if isinstance(record.written, Released) else "retry_scheduled"
        fields["retry_in_s"] = round(record.written.delay_s, 1)
    return {key: value for key, value in fields.items() if value is not None}
