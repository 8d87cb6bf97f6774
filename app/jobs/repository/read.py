"""Reads jobs: one with its history, and pages of light rows. Every WHERE names the owner; None: jobs of every team."""

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Executable,
    FromClause,
    Select,
    Uuid,
    bindparam,
    func,
    literal,
    select,
    true,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.expression import ClauseElement

from app.core.database import Database
from app.core.database_owner import is_of_owner, owned_by
from app.core.rows import columns, read_all, read_first
from app.jobs.repository import places
from app.jobs.repository.job_filter import JobFilter, falls, narrow, ordered, ordered_of_owner
from app.jobs.repository.places import Places
from app.jobs.repository.sql import job_columns, job_events, jobs
from app.jobs.rows import EventRow, JobHead, JobInput, JobRow
from app.jobs.states import FINAL, Status, stored_status

MANY_PLACES = 300  # from so many on the newest jobs are looked at first, if some of these are surely wanted
LOOKED_AT = 2_000
HEAD = job_columns(JobHead)
_ONE = select(*job_columns(JobRow)).where(
    jobs.c.id == bindparam("job_id", type_=Uuid()),
    is_of_owner(jobs.c.owner_id),
)
_INPUT = select(*job_columns(JobInput)).where(
    jobs.c.id == bindparam("job_id", type_=Uuid()),
    is_of_owner(jobs.c.owner_id),
)
_HISTORY = (
    select(*columns(EventRow, job_events))
    .where(job_events.c.job_id == bindparam("job_id", type_=Uuid()))
    .order_by(job_events.c.version)
)


async def get(database: Database, owner_id: UUID | None, job_id: UUID) -> JobRow | None:
    """Return a job's whole row, or None."""
    return read_first(JobRow, await database.row(_ONE, {"job_id": job_id, "of_owner": owner_id}))


async def find_input(database: Database, owner_id: UUID | None, job_id: UUID) -> JobInput | None:
    """Return a job's `input` alone, or None where there is no such job: a result may be large."""
    return read_first(JobInput, await database.row(_INPUT, {"job_id": job_id, "of_owner": owner_id}))


async def history(database: Database, job_id: UUID) -> Sequence[EventRow]:
    """Return a job's history lines, oldest first."""
    return read_all(EventRow, await database.rows(_HISTORY, {"job_id": job_id}))


async def find_page(database: Database, owner_id: UUID | None, wanted: JobFilter, *, limit: int) -> Sequence[JobHead]:
    """Return up to `limit` light rows, in the order that is wanted."""
    there = await _places(database, owner_id, wanted) if _needs_places(owner_id, wanted) else None
    if there is not None and not there:
        return []
    if there is not None and owner_id is None and _are_common(there, wanted, limit):
        found = await database.rows(_page_of_next(wanted, limit))
        if len(found) == limit:
            return read_all(JobHead, found)
    return read_all(JobHead, await database.rows(page_statement(owner_id, wanted, limit=limit, there=there)))


def _needs_places(owner_id: UUID | None, wanted: JobFilter) -> bool:
    """Whether no other index has the jobs that are wanted in their order, such as one team's of a kind of failures."""
    return owner_id is None if wanted.fingerprint is not None else wanted.names_a_place


async def _places(database: Database, owner_id: UUID | None, wanted: JobFilter) -> Places | None:
    """Return the places of the jobs that are wanted, in all states unless one is wanted; None: unknown."""
    if wanted.fingerprint is not None and owner_id is None:
        return await places.find_owners(database, Status.FAILED)
    listed = sorted(FINAL) if wanted.sort.is_of_ended else list(Status)
    statuses = [stored_status(wanted.status)] if wanted.status else listed
    return await places.find(database, owner_id, statuses, job_type=wanted.type, queue=wanted.queue)


def _are_common(there: Places, wanted: JobFilter, limit: int) -> bool:
    """Whether, of many places, the next jobs of all are so often of these that they probably fill a page."""
    is_known = wanted.metadata is None and wanted.fingerprint is None and not wanted.sort.is_of_ended
    return is_known and len(there) > MANY_PLACES and there.count * LOOKED_AT >= limit * there.total


def _page_of_next(wanted: JobFilter, limit: int) -> Select[Any]:
    """Return the statement of a page of those that are wanted among the next jobs of all teams, LOOKED_AT of them."""
    of_any_place = narrow(select(jobs.c.id), replace(wanted, status=None, type=None, queue=None))
    last = ordered(of_any_place, wanted).offset(LOOKED_AT).limit(1).correlate(None).scalar_subquery()
    is_falling = falls(wanted.sort)
    bound = func.coalesce(last, literal(UUID(int=0 if is_falling else 2**128 - 1)))
    page = ordered(narrow(select(*HEAD), wanted), wanted).limit(limit)
    return page.where(jobs.c.id >= bound if is_falling else jobs.c.id <= bound)


def page_statement(owner_id: UUID | None, wanted: JobFilter, *, limit: int, there: Places | None = None) -> Select[Any]:
    """Return the statement of a page. With places only jobs that are `there` are looked at, by an index that has them.

    However rare they are, it reads no others: the first `limit` of each place, and of these the first. Of many places
    only those `limit` are read whose own first job is first.
    """
    if there is None or wanted.sort.is_of_ended:
        return _whole_page(owner_id, wanted, limit)
    inside = replace(wanted, type=None, queue=None)
    place = there.as_table()

    def first_of(source: FromClause, count: int, *shown: ColumnElement[Any]) -> FromClause:
        here = select(*shown).where(*(jobs.c[name] == source.c[name] for name in there.columns))
        found = here.where(owned_by(jobs.c.owner_id, owner_id))
        return ordered(narrow(found, inside), wanted).limit(count).lateral()

    def in_order(found: FromClause) -> ColumnElement[Any]:
        return found.c.id.desc() if falls(wanted.sort) else found.c.id

    if len(there) > MANY_PLACES:
        first = first_of(place, 1, jobs.c.id)
        nearest = select(*place.c).select_from(place.join(first, true())).order_by(in_order(first)).limit(limit)
        place = nearest.cte("nearest")
    found = first_of(place, limit, *HEAD)
    return select(found).select_from(place.join(found, true())).order_by(in_order(found)).limit(limit)


def _whole_page(owner_id: UUID | None, wanted: JobFilter, limit: int) -> Select[Any]:
    """Return the statement of a page that one index has, that of the owner or that of all."""
    found = narrow(select(*HEAD), wanted)
    if owner_id is not None and wanted.fingerprint is None:
        return ordered_of_owner(found, owner_id, wanted).limit(limit)
    return ordered(found.where(owned_by(jobs.c.owner_id, owner_id)), wanted).limit(limit)


async def estimate_count(database: Database, owner_id: UUID | None, wanted: JobFilter) -> int:
    """Return how many jobs a list has: by the tallies where these can say, else roughly, by PostgreSQL's planner."""
    there = await _places(database, owner_id, replace(wanted, fingerprint=None))
    most = there.count if there is not None and there.is_exact else None
    if most is not None and wanted.is_a_place:
        return most
    mine = select(jobs.c.id).where(owned_by(jobs.c.owner_id, owner_id))
    plan = await database.row(Explain(narrow(mine, wanted)))
    found = plan[0] if plan is not None else "[]"
    rows = int((json.loads(found) if isinstance(found, str) else found)[0]["Plan"]["Plan Rows"])
    return rows if most is None else min(rows, most)


class Explain(Executable, ClauseElement):
    """EXPLAIN of a statement, with its parameters."""

    inherit_cache = False

    def __init__(self, statement: Select[Any]) -> None:
        """Explain this one; it is not run."""
        self.statement = statement


@compiles(Explain)
def _explain(element: Explain, compiler: Any, **options: Any) -> str:
    return f"EXPLAIN (FORMAT JSON) {compiler.process(element.statement, **options)}"
