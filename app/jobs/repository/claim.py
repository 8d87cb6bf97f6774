"""The verbs of a running attempt: claim, heartbeat, progress. All but the claim are fenced."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Float, Select, Text, bindparam, cast, func, select, update
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.sql.expression import CTE

from app.core.database import Database
from app.core.rows import columns, read_all, read_first
from app.jobs.repository import eligibility, flow_control
from app.jobs.repository.dispatch_order import DISPATCH_ORDER
from app.jobs.repository.eligibility import ANYTHING, KNOWN_HERE, Known
from app.jobs.repository.sql import (
    NOW,
    array_of,
    document,
    is_still,
    job_columns,
    jobs,
    lock_in_order,
    rows_of,
    seconds,
)
from app.jobs.repository.transition import move
from app.jobs.rows import Claim, ClaimRequest, Fence
from app.jobs.states import Status, Verb

REFUSED_S = 1.0  # after which a job that a control held back, or a worker did not know, is sent again


@dataclass(frozen=True, slots=True)
class Controlled:
    """A job that is wanted and for whose queue or type a control stands."""

    token: UUID
    queue: str
    type: str


_CLAIM_COLUMNS = job_columns(
    Claim,
    token=jobs.c.claim_token,
    remaining_s=cast(func.extract("epoch", jobs.c.deadline_at - NOW), Float),
)
_requested = rows_of("requested", ClaimRequest)
_due = (
    jobs.c.run_at <= NOW,
    jobs.c.deadline_at > NOW,
    jobs.c.attempt - jobs.c.refunds < jobs.c.max_attempts,
)
_served = bindparam("served", type_=ARRAY(Text))
# A job that was changed may have a message on the list of the queue that it was in.
_claimable = (*_due, KNOWN_HERE, _served.is_(None) | (jobs.c.queue == func.any(_served)))


def _claim_where(*where: ColumnElement[bool]) -> Select[Any]:
    return move(
        Verb.CLAIM,
        *_claimable,
        *where,
        to=Status.PROCESSING,
        values={
            "attempt": jobs.c.attempt + 1,
            "lease_expires_at": NOW + seconds(bindparam("lease_s", type_=Float())),
            "claim_token": _requested.c.token,
            "claimed_at": NOW,
            "worker": bindparam("worker_id", type_=Text()),
            "started_at": func.coalesce(jobs.c.started_at, NOW),
            "error": None,
            "error_code": None,
            "progress": None,
        },
        returning=_CLAIM_COLUMNS,
        rows=_requested,
    )


_CLAIM = _claim_where(~flow_control.controlled())
_CLAIM_ADMITTED = _claim_where()
_OWN = select(*_CLAIM_COLUMNS).where(
    jobs.c.id == _requested.c.id, jobs.c.claim_token == _requested.c.token, is_still(Status.PROCESSING)
)
_CONTROLLED = (
    select(*columns(Controlled, jobs, token=_requested.c.token))
    .where(jobs.c.id == _requested.c.id, is_still(Status.PENDING), *_claimable, flow_control.controlled())
    .order_by(*DISPATCH_ORDER)
)
_REFUSE = (
    update(jobs)
    .where(jobs.c.id == lock_in_order(_requested, is_still(Status.PENDING)).c.id)
    .values(dispatch_at=NOW + seconds(REFUSED_S), dispatch_count=0)
)
_REFUSE_UNKNOWN = (
    update(jobs)
    .where(jobs.c.id == lock_in_order(_requested, is_still(Status.PENDING), *_due, ~KNOWN_HERE).c.id)
    .values(dispatch_at=NOW + seconds(REFUSED_S), dispatch_count=0)
)


async def claim(
    database: Database,
    requests: Sequence[ClaimRequest],
    *,
    worker: str,
    lease_s: float,
    knows: Known = ANYTHING,
    queues: Sequence[str] | None = None,
) -> list[Claim | None]:
    """Make pending, due jobs ours, in one statement; the answers are in the order of `requests`.

    None: a duplicate, too early, cancelled, done, held back by a control, of a type or model that this worker does not
    know, or by now in a queue that is none of `queues` (None: any); the message is just acked. May be repeated: a claim
    that was committed is found by its token.
    """
    able = {**eligibility.parameters(knows), "served": None if queues is None else list(queues)}
    holder = {"worker_id": worker, "lease_s": lease_s, **able}
    by_token = _by_token(await database.rows(_CLAIM, {"rows": _rows(requests), **holder}))
    if missing := [one for one in requests if one.token not in by_token]:
        by_token |= _by_token(await database.rows(_OWN, {"rows": _rows(missing)}))
        if controlled := await database.rows(_CONTROLLED, {"rows": _rows(missing), **able}):
            by_token |= await _claim_controlled(database, requests, read_all(Controlled, controlled), holder)
        if knows != ANYTHING:
            await database.rows(_REFUSE_UNKNOWN, {"rows": _rows(missing), **eligibility.parameters(knows)})
    return [by_token.get(one.token) for one in requests]


async def _claim_controlled(
    database: Database, requests: Sequence[ClaimRequest], controlled: Sequence[Controlled], holder: Mapping[str, Any]
) -> dict[UUID, Claim]:
    """Claim what the controls admit, highest priority first; have the rest sent again in a second."""
    by_token = {one.token: one for one in requests}
    controlled = list({by_token[row.token].id: row for row in controlled}.values())  # a job named twice takes one place
    async with database.begin() as connection:
        room = await flow_control.lock(connection, (row.queue for row in controlled), (row.type for row in controlled))
        admitted = {row.token for row in controlled if room.start(row.queue, row.type)}
        refused = [by_token[row.token] for row in controlled if row.token not in admitted]
        claimed: dict[UUID, Claim] = {}
        if admitted:
            rows = _rows([by_token[token] for token in admitted])
            claimed = _by_token(await connection.execute(_CLAIM_ADMITTED, {"rows": rows, **holder}))
        if refused:
            await connection.execute(_REFUSE, {"rows": _rows(refused)})
    return claimed


def _by_token(claimed: Iterable[Any]) -> dict[UUID, Claim]:
    return {one.token: one for one in read_all(Claim, claimed)}


def _rows(requests: Sequence[ClaimRequest]) -> str:
    return array_of(document(one) for one in requests)


async def find_own_claim(database: Database, job_id: UUID, *, token: UUID) -> Claim | None:
    """Return the claim with this token, after a connection died and left open whether it was committed."""
    return read_first(Claim, await database.row(_OWN, {"rows": _rows([ClaimRequest(job_id, token)])}))


def fence_of(rows: CTE) -> tuple[ColumnElement[bool], ...]:
    """Return the condition that every write of an attempt carries: once the lease is another's, no row changes."""
    return jobs.c.attempt == rows.c.attempt, jobs.c.claim_token == rows.c.token


_fenced = rows_of("fenced", Fence)
_running = (*fence_of(_fenced), is_still(Status.PROCESSING))
_BEAT = (
    update(jobs)
    .where(jobs.c.id == lock_in_order(_fenced, *_running).c.id, jobs.c.id == _fenced.c.id, *_running)
    .values(lease_expires_at=NOW + seconds(bindparam("lease_s", type_=Float())))
    .returning(jobs.c.id, jobs.c.cancel_requested_at.is_not(None).label("cancel_requested"))
)


async def beat(database: Database, claims: Sequence[Claim], *, lease_s: float) -> dict[UUID, bool]:
    """Renew the leases of running attempts in one statement.

    Returns, for each job still ours, whether its end was asked for; a job that is absent is lost.
    """
    rows = array_of(document(one.fence) for one in claims)
    return {row.id: row.cancel_requested for row in await database.rows(_BEAT, {"rows": rows, "lease_s": lease_s})}


_PROGRESS = (
    update(jobs)
    .where(jobs.c.id == lock_in_order(_fenced, *_running).c.id, jobs.c.id == _fenced.c.id, *_running)
    .values(progress=bindparam("new_progress", type_=JSONB()))
)


async def set_progress(database: Database, claim: Claim, progress: Mapping[str, Any]) -> None:
    """Show how far a running attempt is; changes nothing once the attempt is over."""
    await database.rows(_PROGRESS, {"rows": array_of([document(claim.fence)]), "new_progress": progress})
