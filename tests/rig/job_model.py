"""The small model that the statements are compared with: what each verb does to a job, in plain Python.

Written from the protocol by hand and not derived from the application, so that it can disagree with it. Times are
seconds of the model's own clock.
"""

from dataclasses import dataclass, field
from uuid import UUID

DIRECT_GRACE_S = 15
DEADLINE_SLACK_S = 30
LOST_AFTER_S = 5
SUSPECT_CRASHES = 2  # a job with so many is left out, and sent apart
RESEND_AFTER_S = (60, 120, 240, 480, 900)
FINAL = frozenset({"completed", "failed", "cancelled"})


@dataclass
class ModelJob:
    """One job as it should be stored; `history` holds the names of its lines."""

    priority: int
    max_attempts: int
    run_at: float
    queued_at: float
    dispatch_at: float
    deadline_at: float
    span_s: int  # from its submission, or retry, to the deadline
    status: str = "pending"
    attempt: int = 0
    refunds: int = 0
    crashes: int = 0
    max_crashes: int = 5
    dispatch_count: int = 0
    token: UUID | None = None
    worker: str | None = None
    lease_at: float | None = None
    is_asked_to_cancel: bool = False
    finished_at: float | None = None
    result: dict[str, int] | None = None
    error_code: str | None = None
    tokens_spent: int | None = None
    history: list[str] = field(default_factory=lambda: ["submitted"])

    @property
    def has_budget(self) -> bool:
        return self.attempt - self.refunds < self.max_attempts

    def go(self, status: str, event: str) -> None:
        self.status = status
        self.history.append(event)

    def end(self, status: str, event: str, error_code: str | None, now: float) -> None:
        self.go(status, event)
        self.error_code = error_code
        self.finished_at = now
        self.lease_at = None


class Model:
    """All jobs by id, and the verbs. Each verb returns what the repository should answer."""

    def __init__(self) -> None:
        self.now = 0.0
        self.jobs: dict[UUID, ModelJob] = {}

    def submit(
        self, job_id: UUID, *, priority: int, max_attempts: int, delay_s: int, deadline_s: int, direct: bool
    ) -> bool:
        if job_id in self.jobs:
            return False
        run_at = self.now + delay_s
        self.jobs[job_id] = ModelJob(
            priority=priority,
            max_attempts=max_attempts,
            run_at=run_at,
            queued_at=run_at,
            dispatch_at=run_at + DIRECT_GRACE_S * direct,
            deadline_at=run_at + deadline_s,
            span_s=delay_s + deadline_s,
        )
        return True

    def is_claimable(self, job_id: UUID) -> bool:
        job = self.jobs.get(job_id)
        return (
            job is not None and job.status == "pending" and job.run_at <= self.now < job.deadline_at and job.has_budget
        )

    def claim(self, job_id: UUID, token: UUID, worker: str, lease_s: int) -> int:
        job = self.jobs[job_id]
        job.attempt += 1
        job.token, job.worker, job.lease_at, job.error_code = token, worker, self.now + lease_s, None
        job.go("processing", "started")
        return job.attempt

    def is_held_by(self, job_id: UUID, token: UUID) -> bool:
        job = self.jobs.get(job_id)
        return job is not None and (job.status, job.token) == ("processing", token)

    def claimed(self, job_id: UUID, attempt: int, token: UUID) -> ModelJob | None:
        job = self.jobs.get(job_id)
        is_held = job is not None and (job.status, job.attempt, job.token) == ("processing", attempt, token)
        return job if is_held else None

    def finish(self, job: ModelJob, result: dict[str, int]) -> str:
        self._spend(job)
        if job.is_asked_to_cancel:
            job.end("cancelled", "cancelled", None, self.now)
        else:
            job.result = result
            job.end("completed", "completed", None, self.now)
        return job.status

    def written(self, job_id: UUID, attempt: int, token: UUID) -> str | None:
        """Return the status that a repeated finish finds."""
        job = self.jobs.get(job_id)
        return job.status if job is not None and (job.attempt, job.token) == (attempt, token) else None

    def give_back(self, job: ModelJob, *, code: str, retryable: bool, delay_s: float, refund: int) -> str:
        self._spend(job)
        job.refunds += refund
        job.dispatch_count = 0
        job.token = job.lease_at = None
        if job.is_asked_to_cancel:
            job.end("cancelled", "cancelled", None, self.now)
        elif not retryable or not job.has_budget:
            job.end("failed", "failed", code, self.now)
        elif self.now + delay_s >= job.deadline_at:
            job.end("failed", "failed", "deadline_exceeded", self.now)
        else:
            job.error_code = code
            job.dispatch_at = self.now + delay_s
            if delay_s > 0:
                job.run_at = job.dispatch_at
            if not refund:
                job.queued_at = job.dispatch_at
            job.go("pending", "released" if refund else "retry_scheduled")
        return job.status

    def _spend(self, job: ModelJob) -> None:
        job.tokens_spent = (job.tokens_spent or 0) + 1

    def cancel(self, job_id: UUID) -> bool:
        job = self.jobs.get(job_id)
        if job is None or job.status in FINAL or job.is_asked_to_cancel:
            return False
        job.is_asked_to_cancel = True
        if job.status == "pending":
            job.end("cancelled", "cancelled", None, self.now)
        else:
            job.go("processing", "cancel_requested")
        return True

    def retry(self, job_id: UUID) -> bool:
        job = self.jobs.get(job_id)
        if job is None or job.status not in {"failed", "cancelled"}:
            return False
        job.refunds, job.dispatch_count, job.crashes = job.attempt, 0, 0
        job.run_at = job.queued_at = job.dispatch_at = self.now
        job.deadline_at = self.now + job.span_s
        job.token = job.worker = job.finished_at = job.error_code = None
        job.is_asked_to_cancel = False
        job.go("pending", "retried")
        return True

    def remove(self, job_id: UUID, *, being_cancelled: bool) -> bool:
        job = self.jobs.get(job_id)
        if job is None or not (job.is_asked_to_cancel if being_cancelled else job.status != "processing"):
            return False
        del self.jobs[job_id]
        return True

    def cut_budget(self, job_id: UUID) -> None:
        if job := self.jobs.get(job_id):
            job.max_attempts = max(job.attempt - job.refunds, 1)
            job.max_crashes = job.crashes + 1

    def rescue(self) -> set[UUID]:
        taken = {
            job_id
            for job_id, job in self.jobs.items()
            if job.lease_at is not None and (job.lease_at <= self.now or job.deadline_at + DEADLINE_SLACK_S <= self.now)
        }
        for job in (self.jobs[job_id] for job_id in taken):
            job.token, job.dispatch_count = None, 0
            job.crashes += 1
            job.refunds += 1
            if job.is_asked_to_cancel:
                job.end("cancelled", "cancelled", None, self.now)
            elif job.deadline_at <= self.now:
                job.end("failed", "failed", "deadline_exceeded", self.now)
            elif job.crashes >= job.max_crashes:
                job.end("failed", "failed", "worker_lost", self.now)
            else:
                job.lease_at, job.error_code = None, "worker_lost"
                job.dispatch_at = self.now
                job.go("pending", "lease_expired")
        return taken

    def expire(self) -> set[UUID]:
        late = {i for i, job in self.jobs.items() if job.status == "pending" and job.deadline_at <= self.now}
        for job_id in late:
            self.jobs[job_id].end("failed", "expired", "deadline_exceeded", self.now)
        return late

    def prune(self, kept_s: int) -> set[UUID]:
        old = {
            i for i, job in self.jobs.items() if job.finished_at is not None and job.finished_at + kept_s <= self.now
        }
        for job_id in old:
            del self.jobs[job_id]
        return old

    def due(self) -> dict[UUID, ModelJob]:
        """Return the waiting jobs whose time has come, whether they were sent or not."""
        return {i: job for i, job in self.jobs.items() if job.status == "pending" and job.run_at <= self.now}

    def dispatch(self, priority: int, room: int) -> set[UUID]:
        ready = [
            i
            for i, job in self.due().items()
            if job.priority == priority and job.dispatch_at <= self.now and job.crashes < SUSPECT_CRASHES
        ]
        taken = sorted(ready, key=lambda i: (self.jobs[i].queued_at, i))[:room]
        for job in (self.jobs[job_id] for job_id in taken):
            job.dispatch_at = self.now + RESEND_AFTER_S[min(job.dispatch_count, 4)]
            job.dispatch_count += 1
        return set(taken)

    def unsend(self, ids: list[UUID]) -> None:
        for job in (self.jobs[i] for i in ids if i in self.jobs):
            if job.status == "pending":
                job.dispatch_at = self.now

    def resend(self, *, lost_only: bool) -> int:
        awaited = [job for job in self.due().values() if job.dispatch_at > self.now]
        lost = [job for job in awaited if not lost_only or self._sent_at(job) + LOST_AFTER_S <= self.now]
        for job in lost:
            job.dispatch_at = self.now
        return len(lost)

    def _sent_at(self, job: ModelJob) -> float:
        wait_s = RESEND_AFTER_S[min(job.dispatch_count - 1, 4)] if job.dispatch_count else DIRECT_GRACE_S
        return job.dispatch_at - wait_s
