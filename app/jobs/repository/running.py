"""The verbs of a running attempt: claim, beat, and how far it is. All but the claim are fenced."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Float,
    Integer,
    Text,
    Uuid,
    bindparam,
    func,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB

from app.core.database import Database
from app.jobs.repository.move import MOVED_COLUMNS, NOW, jobs, move, rows_of, seconds, status_is
from app.jobs.states import Status, Verb


@dataclass(frozen=True, slots=True)
class Claim:
    """A running attempt as claimed: the fence, and what the executor needs of the row. Times are seconds."""

    id: UUID
    attempt: int
    token: UUID
    type: str
    queue: str
    refunds: int
    timeout_s: int
    remaining_s: float  # until the deadline, by PostgreSQL's clock at the claim
    input: Mapping[str, Any]
    request_id: str | None
    run_at: datetime

    @property
    def counted(self) -> int:
        """The attempts that count against the budget, this one included."""
        return self.attempt - self.refunds


_CLAIM_COLUMNS = (
    jobs.c.refunds,
    jobs.c.timeout_s,
    jobs.c.input,
    jobs.c.request_id,
    jobs.c.run_at,
    jobs.c.claim_token,
    func.extract("epoch", jobs.c.deadline_at - NOW).label("remaining_s"),
)
_CLAIM = move(
    Verb.CLAIM,
    jobs.c.id == bindparam("job_id", type_=Uuid()),
    jobs.c.run_at <= NOW,
    jobs.c.deadline_at > NOW,
    jobs.c.attempt - jobs.c.refunds < jobs.c.max_attempts,
    to=Status.PROCESSING,
    values={
        "attempt": jobs.c.attempt + 1,
        "lease_expires_at": NOW + seconds(bindparam("lease_s", type_=Float())),
        "claim_token": bindparam("token", type_=Uuid()),
        "claimed_at": NOW,
        "worker": bindparam("worker_id", type_=Text()),
        "started_at": func.coalesce(jobs.c.started_at, NOW),
        "error": None,
        "error_code": None,
        "progress": None,
    },
    returning=_CLAIM_COLUMNS,
)
_OWN = select(*MOVED_COLUMNS, *_CLAIM_COLUMNS).where(
    jobs.c.id == bindparam("job_id", type_=Uuid()),
    jobs.c.claim_token == bindparam("token", type_=Uuid()),
    status_is(Status.PROCESSING),
)


def _as_claim(row: Any) -> Claim:
    return Claim(
        id=row.id,
        attempt=row.attempt,
        token=row.claim_token,
        type=row.type,
        queue=row.queue,
        refunds=row.refunds,
        timeout_s=row.timeout_s,
        remaining_s=float(row.remaining_s),
        input=row.input,
        request_id=row.request_id,
        run_at=row.run_at,
    )


async def claim(database: Database, job_id: UUID, *, token: UUID, worker: str, lease_s: float) -> Claim | None:
    """Make a pending, due job ours. None: a duplicate, too early, cancelled or done; the message is just acked."""
    row = await database.row(_CLAIM, {"job_id": job_id, "token": token, "worker_id": worker, "lease_s": lease_s})
    return _as_claim(row) if row else None


async def find_own_claim(database: Database, job_id: UUID, *, token: UUID) -> Claim | None:
    """Return the claim with this token, after a connection died and left open whether it was committed."""
    row = await database.row(_OWN, {"job_id": job_id, "token": token})
    return _as_claim(row) if row else None


_held = rows_of("held", id=Uuid(), attempt=Integer(), token=Uuid())
_BEAT = (
    update(jobs)
    .where(
        jobs.c.id == _held.c.id,
        jobs.c.attempt == _held.c.attempt,
        jobs.c.claim_token == _held.c.token,
        status_is(Status.PROCESSING),
    )
    .values(lease_expires_at=NOW + seconds(bindparam("lease_s", type_=Float())))
    .returning(jobs.c.id, jobs.c.cancel_requested_at.is_not(None).label("cancel_requested"))
)


async def beat(database: Database, held: Sequence[Claim], *, lease_s: float) -> dict[UUID, bool]:
    """Renew the leases of running attempts in one statement.

    Returns, for each job still ours, whether its end was asked for; a job that is absent is lost.
    """
    rows = [{"id": str(one.id), "attempt": one.attempt, "token": str(one.token)} for one in held]
    return {row.id: row.cancel_requested for row in await database.rows(_BEAT, {"rows": rows, "lease_s": lease_s})}


# Every write of an attempt carries it: no row changes once the lease is somebody else's.
FENCE = (
    jobs.c.id == bindparam("job_id", type_=Uuid()),
    jobs.c.attempt == bindparam("fence", type_=Integer()),
    jobs.c.claim_token == bindparam("token", type_=Uuid()),
)
_PROGRESS = (
    update(jobs).where(*FENCE, status_is(Status.PROCESSING)).values(progress=bindparam("new_progress", type_=JSONB()))
)


async def set_progress(database: Database, held: Claim, progress: Mapping[str, Any]) -> None:
    """Show how far a running attempt is; changes nothing once the attempt is over."""
    await database.rows(_PROGRESS, {**fence(held), "new_progress": progress})


def fence(held: Claim) -> dict[str, Any]:
    """Return the parameters of FENCE."""
    return {"job_id": held.id, "fence": held.attempt, "token": held.token}
