"""The rows of worker processes: renewed every few seconds, also when idle, and kept for an hour after their end."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Integer, Text, bindparam, func, select, update
from sqlalchemy.dialects.postgresql import ARRAY, insert

from app.core.database import Database, table_of
from app.core.rows import columns, read_all, values
from app.jobs.models import Job, Worker
from app.jobs.repository.eligibility import Known
from app.jobs.repository.sql import NOW, seconds, status_is
from app.jobs.states import Status

LIVE_WITHIN_S = 15.0
MOST_GONE = 100
BECAME = {"requeued": Status.PENDING, "failed": Status.FAILED, "cancelled": Status.CANCELLED}  # of jobs that lost it
RUNNING, STOPPING = "running", "stopping"


@dataclass(frozen=True, kw_only=True, slots=True)
class Beat:
    """What a worker says of itself every few seconds."""

    id: str
    host: str
    pid: int
    queues: list[str]
    slots: int
    busy: int
    version: str
    state: str
    types: Mapping[str, str] | None
    models: Sequence[str] | None


@dataclass(frozen=True, kw_only=True, slots=True)
class WorkerRow(Beat):
    """A worker process, at a moment of PostgreSQL's clock: `now`."""

    started_at: datetime
    beat_at: datetime
    ended_at: datetime | None
    now: datetime

    @property
    def known(self) -> Known:
        """What it can run."""
        return Known(self.types, self.models)


@dataclass(frozen=True, kw_only=True, slots=True)
class GoneWorker(WorkerRow):
    """A worker that ended or is lost, and what became of its jobs."""

    requeued: int
    failed: int
    cancelled: int
    running: int


@dataclass(frozen=True, slots=True)
class RunningJob:
    """A job that runs."""

    id: UUID
    type: str


_workers = table_of(Worker)
_jobs = table_of(Job)
_new = insert(_workers)
_BEAT = _new.on_conflict_do_update(
    index_elements=[_workers.c.id],
    set_={
        "busy": _new.excluded.busy,
        "state": _new.excluded.state,
        "claimed_at": _workers.c.claimed_at,
        "beat_at": NOW,
    },
)
_BEAT_CLAIMED = _new.on_conflict_do_update(
    index_elements=[_workers.c.id],
    set_={"busy": _new.excluded.busy, "state": _new.excluded.state, "claimed_at": NOW, "beat_at": NOW},
)
_END = (
    update(_workers)
    .where(_workers.c.id == bindparam("worker_id", type_=Text()))
    .values(ended_at=NOW, state=STOPPING, busy=0)
)
IS_LIVE = _workers.c.ended_at.is_(None) & (_workers.c.beat_at > NOW - seconds(LIVE_WITHIN_S))
_LIVE = select(*columns(WorkerRow, _workers, now=NOW)).where(IS_LIVE).order_by(_workers.c.id)
_its_jobs = select(func.count()).where(status_is(Status.PROCESSING), _jobs.c.worker == _workers.c.id)
_GONE = (
    select(*columns(GoneWorker, _workers, now=NOW, running=_its_jobs.scalar_subquery()))
    .where(~IS_LIVE)
    .order_by(func.coalesce(_workers.c.ended_at, _workers.c.beat_at).desc(), _workers.c.id)
    .limit(MOST_GONE)
)
_LOST = (
    update(_workers)
    .where(_workers.c.id == bindparam("worker_id", type_=Text()))
    .values({name: _workers.c[name] + bindparam(f"more_{name}", type_=Integer()) for name in BECAME})
)

_RUNNING_ON = (
    select(*columns(RunningJob, _jobs))
    .join(_workers, _workers.c.id == _jobs.c.worker)
    .where(
        status_is(Status.PROCESSING),
        _workers.c.host == bindparam("of_host", type_=Text()),
        _workers.c.pid == func.any(bindparam("of_pids", type_=ARRAY(Integer()))),
    )
)


async def beat_worker(database: Database, beat: Beat, *, has_claimed: bool) -> None:
    """Renew a worker's row; `has_claimed`: it claimed a job since its last beat."""
    await database.rows(_BEAT_CLAIMED if has_claimed else _BEAT, values(beat))


async def end_worker(database: Database, worker_id: str) -> None:
    """Note that a worker stopped in good order."""
    await database.rows(_END, {"worker_id": worker_id})


async def find_live(database: Database) -> Sequence[WorkerRow]:
    """Return the workers that beat within the last 15 s and have not ended."""
    return read_all(WorkerRow, await database.rows(_LIVE))


async def find_running_on(database: Database, *, host: str, pids: Sequence[int]) -> Sequence[RunningJob]:
    """Return the jobs that run in some processes of a host."""
    return read_all(RunningJob, await database.rows(_RUNNING_ON, {"of_host": host, "of_pids": list(pids)}))


async def find_gone(database: Database) -> Sequence[GoneWorker]:
    """Return the workers that ended or are lost, the last ones first; they are kept for an hour."""
    return read_all(GoneWorker, await database.rows(_GONE))


async def note_lost(database: Database, lost: Iterable[tuple[str, Status]]) -> None:
    """Count what became of jobs that lost their worker: pairs of the worker and the job's new status."""
    for worker, became in _by_worker(lost).items():
        more = {f"more_{name}": became[status] for name, status in BECAME.items()}
        await database.rows(_LOST, {"worker_id": worker, **more})


def _by_worker(lost: Iterable[tuple[str, Status]]) -> Mapping[str, Counter[Status]]:
    found: dict[str, Counter[Status]] = {}
    for worker, status in lost:
        found.setdefault(worker, Counter())[status] += 1
    return found


def serving(live: Sequence[WorkerRow], queue: str) -> Sequence[WorkerRow]:
    """Return those of some workers that take jobs of a queue; a worker that stops takes none."""
    return [row for row in live if row.state != STOPPING and queue in row.queues]


def slots_of(live: Sequence[WorkerRow]) -> Counter[str]:
    """Return the job slots of some workers for each queue that one serves; a worker that stops has none to give."""
    slots: Counter[str] = Counter()
    for row in live:
        if row.state != STOPPING:
            slots.update(dict.fromkeys(row.queues, row.slots))
    return slots
