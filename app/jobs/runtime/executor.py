"""One attempt, from a message to its record: claim, run the processor, judge, record, tell."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial
from random import Random
from typing import Any, TypeVar
from uuid import UUID, uuid4

import structlog
from pydantic import ValidationError

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
    ATTEMPT_ENDS,
    AttemptUsage,
    Cancelled,
    Completed,
    Failed,
    JobError,
    Lost,
    Outcome,
    Released,
    Retry,
    ended_as,
)
from app.jobs.repository import claim as claiming
from app.jobs.repository import finish, workers
from app.jobs.repository.eligibility import ANYTHING, Known, fingerprint
from app.jobs.repository.finish import Ended, ended
from app.jobs.rows import Claim, ClaimRequest
from app.jobs.runtime.attempt_clock import AttemptClock
from app.jobs.runtime.context import JobContext
from app.jobs.runtime.judge import CANCELLED_ERROR, WrongWorker, judge
from app.jobs.runtime.lease import Leases, RunningAttempt
from app.jobs.runtime.returned import PROCESSOR_CRASHED, outcome_of
from app.jobs.runtime.running_code import Raised, run_to_its_end
from app.jobs.states import Status
from app.llm.base import Model
from app.llm.catalog import UnknownModelError
from app.processors import registry
from app.processors.aside import aside
from app.processors.base import ProcessorError
from app.storage.local import FileStore
from app.storage.uploads import open_uploads

CLAIM_FOR_S = 5.0
RECORD_FOR_LEASES = 1.0  # a late write is refused by its fence; a result that is not written is paid for again
RECORD_PAUSE_S = 0.2
PACE_S = 0.01  # between statements of a busy worker; nothing beside a model call
T = TypeVar("T")
Ending = Completed | Retry | Failed | Released  # what is written
_log = get_logger(__name__)


@dataclass
class Executor:
    """Runs jobs of one worker process; every method runs on its one event loop.

    Claims that are wanted together are one statement, and so are attempts that end together.
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
        metrics.begin(metrics.ATTEMPTS, types, ATTEMPT_ENDS)
        metrics.begin(metrics.ATTEMPT_DURATION, types)
        self._policy = retry.policy(self.settings, self.random.random)
        self._uploads = open_uploads(self.settings, self.database)
        self._claims = Batcher(self._claim_all, pace_s=PACE_S)
        self._ends = Batcher(self._write_all, weigh=lambda one: len(one.document), pace_s=PACE_S)

    async def _write_all(self, ends: Sequence[Ended]) -> Sequence[Status | None]:
        return await finish.write(self.database, ends)

    async def _claim_all(self, requests: Sequence[ClaimRequest]) -> Sequence[Claim | None]:
        return await claiming.claim(
            self.database,
            requests,
            worker=self.worker_id,
            lease_s=self.settings.lease_s,
            knows=self.knows,
            queues=self.settings.queues,
        )

    async def run(self, job_id: UUID) -> None:
        """Run one attempt of a job, if it is there to be run. Never raises for what a job does."""
        self.arrived += 1
        self.in_hand += 1
        try:
            await self._attempt(job_id)
        finally:
            self.in_hand -= 1

    async def _attempt(self, job_id: UUID) -> None:
        claimed_at_s = monotonic_s()
        claim = await self._claim(job_id)
        metrics.CLAIMS.labels("claimed" if claim else "nothing").inc()
        if claim is None:
            return
        faultpoint("worker.claimed")
        running = self.leases.register(claim, claimed_at_s=claimed_at_s)
        with structlog.contextvars.bound_contextvars(
            job_id=str(job_id), job_type=claim.type, attempt=claim.attempt, request_id=claim.request_id
        ):
            try:
                usage = AttemptUsage()
                outcome = await self._run(running, usage)
                faultpoint("worker.answered")
                metrics.ATTEMPT_DURATION.labels(claim.type).observe(monotonic_s() - claimed_at_s)
                await self._record_shielded(running, outcome, usage)
            finally:
                self.leases.unregister(running)

    async def _claim(self, job_id: UUID) -> Claim | None:
        token = uuid4()
        try:
            return await self._claims.add(ClaimRequest(job_id, token))
        except Exception as error:
            if not is_away(error):
                raise
        # The claim may have been committed before the connection died; if it was, it is ours.
        return await self._through_outage(
            lambda: claiming.find_own_claim(self.database, job_id, token=token), for_s=CLAIM_FOR_S
        )

    async def _run(self, running: RunningAttempt, usage: AttemptUsage) -> Outcome:
        try:
            return await self._process(running, usage)
        except (Exception, asyncio.CancelledError) as error:  # noqa: BLE001 - every end has an outcome
            _uncancel()
            return self._judged(error, running)

    def _judged(self, error: BaseException, running: RunningAttempt) -> Outcome:
        try:
            outcome = judge(error, running, self._policy)
        except Exception as unjudged:  # noqa: BLE001 - of an error that only looks like one of ours
            _log.error("not_judged", exc_info=unjudged)
            outcome = judge(unjudged, running, self._policy)
        if isinstance(outcome, Retry) and outcome.error.code == PROCESSOR_CRASHED:
            _log.error(PROCESSOR_CRASHED, exc_info=error)
        return outcome

    async def _process(self, running: RunningAttempt, usage: AttemptUsage) -> Outcome:
        claim = running.claim
        job_type = registry.get(claim.type)
        if job_type is None:
            raise WrongWorker("unknown_type", f"This worker knows no job type {claim.type!r}.")
        validate = job_type.input_model.model_validate
        try:
            given = await aside(validate, claim.input) if job_type.checked_aside else validate(claim.input)
        except ValidationError:
            raise await self._misfit(job_type, claim) from None
        try:
            model = self.model_of(claim.requested_model)
        except UnknownModelError as error:
            raise WrongWorker("unknown_model", f"This worker has {error}.") from None
        usage.prompt_version = job_type.prompt.version if job_type.prompt else None
        _log.info("started", queue=claim.queue)
        async with asyncio.timeout(None) as timeout:
            clock = AttemptClock(timeout, limit_s=float(claim.timeout_s), deadline_s=claim.remaining_s)
            context = JobContext(
                running=running,
                usage=usage,
                model=model,
                files=self.files,
                uploads=self._uploads,
                database=self.database,
                settings=self.settings,
                clock=clock,
            )
            try:
                end = await run_to_its_end(partial(job_type.run, given, context), running)
            finally:
                usage.waited_ms = round(clock.waited_s * 1000)
        if isinstance(end, Raised):
            return self._judged(end.error, running)
        running.ensure_trusted()
        outcome = outcome_of(job_type, end.value, max_bytes=self.settings.result_max_bytes)
        if isinstance(outcome, Failed) and outcome.error.code == PROCESSOR_CRASHED:
            _log.error(PROCESSOR_CRASHED, returned=type(end.value).__qualname__)
        return outcome

    async def _misfit(self, job_type: registry.AnyJobType, claim: Claim) -> Exception:
        """Return what an input means that was accepted and does not fit here: perhaps it fits another version."""
        message = f"The input does not fit this worker's version of {claim.type}."
        mine = fingerprint(job_type)
        for row in workers.serving(await workers.find_live(self.database), claim.queue):
            theirs = row.known.types or {}
            if theirs.get(claim.type, mine) != mine:
                return WrongWorker("invalid_input", f"{message} Another worker has another version.")
        return ProcessorError("invalid_input", message)

    async def _record_shielded(self, running: RunningAttempt, outcome: Outcome, usage: AttemptUsage) -> None:
        """Record the outcome even when this coroutine is being cancelled meanwhile."""
        recording = asyncio.ensure_future(self._record(running, outcome, usage))
        try:
            await asyncio.shield(recording)
        except asyncio.CancelledError:
            _uncancel()
            await recording

    async def _record(self, running: RunningAttempt, outcome: Outcome, usage: AttemptUsage) -> None:
        match outcome:
            case Lost():
                metrics.ATTEMPTS.labels(running.claim.type, "lost").inc()
                _log.warning("lease_lost")
                return
            case Cancelled():
                end: Ending = Failed(CANCELLED_ERROR)
            case _:
                end = outcome
        try:
            for_s = RECORD_FOR_LEASES * self.settings.lease_s
            status, end = await self._through_outage(lambda: self._write(running, end, usage), for_s=for_s)
        except Exception as error:  # noqa: BLE001 - the lease ends it
            metrics.ATTEMPTS.labels(running.claim.type, "unrecorded").inc()
            _log.error("not_recorded", error=type(error).__name__)
            return
        if status is None:
            metrics.ATTEMPTS.labels(running.claim.type, "stale").inc()
            _log.warning("stale_write_refused", outcome=type(outcome).__name__.lower())
            return
        metrics.ATTEMPTS.labels(running.claim.type, ended_as(end, status)).inc()
        _log.info("ended", status=str(status), **_end_fields(end, status, usage))

    async def _write(self, running: RunningAttempt, end: Ending, usage: AttemptUsage) -> tuple[Status | None, Ending]:
        """Write an end, and return it with the job's status; one that cannot be written as it is becomes a crash."""
        try:
            return await self._ends.add(ended(running.claim, end, usage)), end
        except Exception as error:
            if not _is_of_content(error):
                raise
            _log.error("not_writable", error=type(error).__name__, sqlstate=sqlstate(error))
            text = f"What the code of {running.claim.type} ended with cannot be kept; the worker's log has the reason."
            crash = Failed(JobError(PROCESSOR_CRASHED, text))
            return await self._ends.add(ended(running.claim, crash, usage)), crash

    async def _through_outage(self, call: Callable[[], Awaitable[T]], *, for_s: float) -> T:
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
    """Say whether a row cannot be written for what is in it. Source: PostgreSQL's classes 22 and 54 of SQLSTATE."""
    return isinstance(error, TypeError | ValueError) or (sqlstate(error) or "")[:2] in {"22", "54"}


def _uncancel() -> None:
    """Take back the request that ended this coroutine, so that what follows may wait for the database."""
    task = asyncio.current_task()
    while task is not None and task.cancelling():
        task.uncancel()


def _end_fields(end: Ending, status: Status, usage: AttemptUsage) -> dict[str, Any]:
    """Return what the log says of an attempt's end; of a next one only where there is one."""
    fields: dict[str, Any] = {"provider": usage.provider, "model": usage.model}
    if error := getattr(end, "error", None):
        fields["error_code"] = error.code
    if status is Status.PENDING and isinstance(end, Retry | Released):
        fields["then"] = "released" if isinstance(end, Released) else "retry_scheduled"
        fields["retry_in_s"] = round(end.delay_s, 1)
    return {key: value for key, value in fields.items() if value is not None}
