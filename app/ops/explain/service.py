"""Why a job waits, from live facts: everything that now keeps it from starting, and when it should start."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from app.auth.caller import Caller
from app.core.clock import to_second
from app.core.redis import REDIS_AWAY, scheduler_key
from app.governor.providers import CallOutlook, Providers
from app.jobs.api import service
from app.jobs.api.resources import Resources
from app.jobs.broker_buffer import depths
from app.jobs.repository import backlog, flow_control, rollups, workers
from app.jobs.repository.dispatch import SUSPECT_CRASHES
from app.jobs.repository.flow_control import Flow, Scope
from app.jobs.repository.workers import GoneWorker, WorkerRow
from app.jobs.rows import JobRow
from app.jobs.schemas import JobDetail
from app.jobs.states import FINAL
from app.ops.explain import provider_waits, unknown
from app.ops.explain.schemas import ExplainOut, Reason

RATE_WINDOW_S = 60.0


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a waiting job's surroundings; `in_broker` of None: the broker does not answer."""

    row: JobRow
    flow: Flow
    slots: int
    busy: int
    in_broker: int | None
    has_scheduler: bool
    jobs_ahead: int
    ended_per_s: float
    live: Sequence[WorkerRow] = ()  # workers of its queue, and those that are gone, the last one first
    gone: Sequence[GoneWorker] = ()
    outlooks: Sequence[CallOutlook] = ()  # what a call of its model finds

    @property
    def is_sent(self) -> bool:
        """Whether a message for the job should be with the broker."""
        return self.row.run_at <= self.row.now < self.row.dispatch_at


def reasons(facts: Facts) -> Iterator[Reason]:
    """Yield what keeps a waiting job from starting, the hardest first. Pure."""
    row = facts.row
    if row.run_at > row.now:
        yield _not_due(row)
    paused = [*_paused_or_limited(facts, Scope.QUEUE, row.queue), *_paused_or_limited(facts, Scope.TYPE, row.type)]
    waits = provider_waits.reasons(row, facts.outlooks)
    yield from (*paused, *waits)
    if not facts.slots:
        yield Reason(code="no_live_worker", message=f"No live worker serves the queue {row.queue!r}.")
    nobody = list(unknown.reasons(row, facts.live, facts.gone))
    yield from nobody
    if facts.in_broker is None:
        yield Reason(code="broker_away", message="The broker does not answer; jobs are sent when it is back.")
    elif not facts.has_scheduler:
        yield Reason(code="no_live_scheduler", message="No scheduler has sent anything for 15 seconds.")
    if row.run_at <= row.now:
        yield from _in_backlog(facts, is_blocked=bool(paused or waits or nobody))


def _not_due(row: JobRow) -> Reason:
    if provider_waits.was_released(row):
        why = (
            f"Attempt {row.attempt} was given back, and counts for nothing: "
            f"{provider_waits.RELEASED[row.error_code or '']}"
        )
        start = f"{why}. It starts not before {row.run_at.isoformat(timespec='seconds')}."
        return Reason(code="released", message=start, until=row.run_at)
    if row.error_code and row.attempt:
        why = f"Attempt {row.attempt} ended with {row.error_code}; the next one starts not before"
    elif row.attempt:
        why = f"Attempt {row.attempt} was given back; the next one starts not before"
    else:
        why = "It was submitted to start not before"
    return Reason(code="not_due", message=f"{why} {row.run_at.isoformat(timespec='seconds')}.", until=row.run_at)


def _paused_or_limited(facts: Facts, scope: Scope, name: str) -> Iterator[Reason]:
    control = facts.flow.find(scope, name)
    if control is None:
        return
    what = f"The {'queue' if scope is Scope.QUEUE else 'job type'} {name!r}"
    if control.paused_at is not None:
        since = control.paused_at.isoformat(timespec="seconds")
        yield Reason(code=f"{scope}_paused", message=f"{what} has been paused since {since}.")
    running = facts.flow.running[scope, name]
    if control.max_running is not None and running >= control.max_running:
        allowed = control.max_running
        yield Reason(
            code=f"{scope}_limit", message=f"{what} runs as many jobs as its limit allows: {running} of {allowed}."
        )


def _in_backlog(facts: Facts, *, is_blocked: bool) -> Iterator[Reason]:
    row = facts.row
    if facts.jobs_ahead:
        more = " or more" if facts.jobs_ahead >= backlog.MAX_COUNTED else ""
        what = "due job stands" if facts.jobs_ahead == 1 else "due jobs stand"
        yield Reason(code="in_backlog", message=f"{facts.jobs_ahead}{more} {what} before it in {row.queue!r}.")
    if facts.slots and facts.busy >= facts.slots:
        yield Reason(code="slots_busy", message=f"All {facts.slots} slots of the workers of {row.queue!r} are busy.")
    if facts.is_sent and facts.in_broker is not None:
        yield Reason(
            code="in_broker",
            message=f"It was sent to the workers; messages that wait: {facts.in_broker}. A lost one is sent again.",
            until=row.dispatch_at,
        )
    elif row.crashes >= SUSPECT_CRASHES and facts.slots:
        yield Reason(
            code="lost_workers",
            message=f"It lost {row.crashes} workers ({row.max_crashes} end it): such jobs run one after another, for "
            "one of them may be why.",
        )
    elif facts.in_broker is not None and facts.has_scheduler and not is_blocked:
        yield Reason(code="to_be_sent", message="It is sent as soon as the buffer of its queue has room.")


BLOCKING = frozenset(
    {"queue_paused", "type_paused", "no_live_worker", *unknown.CODES, "broker_away", "no_live_scheduler"}
)


def starts_at(facts: Facts, found: list[Reason]) -> datetime | None:
    """Estimate when a waiting job starts; None while something must change first, or nothing ended lately. Pure."""
    opens_at = provider_waits.opens_at(found, facts.row.now)
    if opens_at is None or any(reason.code in BLOCKING for reason in found):
        return None
    due = max(facts.row.run_at, facts.row.now, opens_at)
    before = max(0, facts.jobs_ahead - (facts.slots - facts.busy))
    is_free = before == 0 and facts.busy < facts.slots and not any(one.code.endswith("_limit") for one in found)
    if facts.row.run_at > facts.row.now or is_free:
        return due
    if facts.ended_per_s <= 0:
        return None
    return due + timedelta(seconds=(before + 1) / facts.ended_per_s)


async def explain(resources: Resources, providers: Providers, caller: Caller, job_id: UUID) -> ExplainOut:
    """Say why a job is where it is. Raises: NotFoundError, also for somebody else's job."""
    peeked = await service.peek(resources, caller, job_id)
    row = peeked.row
    if row.status == "processing" or row.status in FINAL:
        if row.status == "processing":
            summary = _running(row)
        else:
            summary = f"{_ended(row)}{_answered_instead(await service.detail(resources, caller, peeked))}"
        return ExplainOut(
            id=row.id, status=row.shown, now=row.now, summary=summary, reasons=[], jobs_ahead=None, starts_at=None
        )
    facts = await _look(resources, providers, row)
    found = list(reasons(facts))
    return ExplainOut(
        id=row.id,
        status=row.shown,
        now=row.now,
        summary=found[0].message,
        reasons=found,
        jobs_ahead=facts.jobs_ahead if row.run_at <= row.now else None,
        starts_at=starts_at(facts, found),
    )


async def _look(resources: Resources, providers: Providers, row: JobRow) -> Facts:
    database = resources.database
    live = workers.serving(await workers.find_live(database), row.queue)
    ended = 0
    if len(resources.settings.queues) == 1:  # what ended is not counted by queue
        recent = await rollups.window(database, window_s=RATE_WINDOW_S, exact=True)
        ended = sum(sum(recent.get(name, {}).values()) for name in ("completed", "failed"))
    in_broker: int | None = None
    has_scheduler = False
    try:
        in_broker = (await depths(resources.redis, [row.queue]))[row.queue]
        has_scheduler = await _has_scheduler(resources)
    except REDIS_AWAY:
        in_broker = None
    return Facts(
        row=row,
        flow=await flow_control.read(database, counted=True),
        slots=sum(one.slots for one in live),
        busy=sum(one.busy for one in live),
        in_broker=in_broker,
        has_scheduler=has_scheduler,
        jobs_ahead=await backlog.count_ahead(database, row) if row.run_at <= row.now else 0,
        ended_per_s=ended / RATE_WINDOW_S,
        live=live,
        gone=[one for one in await workers.find_gone(database) if row.queue in one.queues],
        outlooks=await providers.outlooks_for(row.requested_model) if row.requested_model else (),
    )


async def _has_scheduler(resources: Resources) -> bool:
    async for _ in resources.redis.scan_iter(match=scheduler_key("*"), count=1000):
        return True
    return False


def _running(row: JobRow) -> str:
    if row.cancel_requested_at is not None:
        return "Its end was asked for; the worker is told."
    until = _written(row.lease_expires_at)
    return f"Attempt {row.attempt} runs on {row.worker}; without a sign of life by {until} it is given to another."


def _answered_instead(job: JobDetail) -> str:
    """Return which model of a chain answered the last attempt, and what kept those before it; nothing for the first."""
    last = job.attempts[-1] if job.attempts else None
    if last is None or not last.fallback:
        return ""
    passed = ", ".join(
        f"{name} ({kind})" for name, _, kind in (one.rpartition(": ") for one in last.fallback.split(", "))
    )
    return f" {last.model} answered instead of {passed}."


def _ended(row: JobRow) -> str:
    why = f" with {row.error_code}" if row.error_code else ""
    return f"It ended as {row.status}{why} at {_written(row.finished_at)}."


def _written(moment: datetime | None) -> str:
    return "" if moment is None else to_second(moment)
