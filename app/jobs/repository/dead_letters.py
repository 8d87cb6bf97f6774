"""Dead letters, the failed jobs of one team or of all: filters, counts and groups."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Uuid, func, literal, or_, select, true
from sqlalchemy.dialects.postgresql import ARRAY

from app.core.database import Database
from app.core.database_owner import owned_by
from app.core.rows import columns, read
from app.jobs.repository.sql import jobs, status_is
from app.jobs.states import Status

SAMPLES = 3
SHOWN_CHARS = 500  # of a group's message


@dataclass(frozen=True, slots=True)
class Within:
    """The jobs that a key is for, by their types and models; None: whatever they are."""

    job_types: Sequence[str] | None = None
    models: Sequence[str] | None = None

    def where(self) -> list[ColumnElement[bool]]:
        """Return the conditions that a job is one of them."""
        found: list[ColumnElement[bool]] = []
        if self.job_types is not None:
            found.append(jobs.c.type.in_(self.job_types))
        if self.models is not None:
            found.append(or_(jobs.c.requested_model.is_(None), jobs.c.requested_model.in_(self.models)))
        return found


ANY_JOB = Within()


@dataclass(frozen=True, slots=True)
class Selection:
    """A filter of failed jobs: those that match every field. None matches all."""

    ids: Sequence[UUID] | None = None
    fingerprint: str | None = None
    type: str | None = None
    queue: str | None = None
    error_code: str | None = None
    finished_from: datetime | None = None
    finished_to: datetime | None = None
    within: Within = ANY_JOB

    def where(self, owner_id: UUID | None) -> list[ColumnElement[bool]]:
        """Return the conditions that a job of `owner_id` is meant; None: a job of any team."""
        conditions: dict[str, Callable[[Any], ColumnElement[bool]]] = {
            "ids": lambda value: jobs.c.id == func.any(literal(list(value), ARRAY(Uuid()))),
            "fingerprint": lambda value: jobs.c.error_fingerprint == value,
            "type": lambda value: jobs.c.type == value,
            "queue": lambda value: jobs.c.queue == value,
            "error_code": lambda value: jobs.c.error_code == value,
            "finished_from": lambda value: jobs.c.finished_at >= value,
            "finished_to": lambda value: jobs.c.finished_at < value,
        }
        given = ((condition, getattr(self, name)) for name, condition in conditions.items())
        narrowed = [condition(value) for condition, value in given if value is not None]
        return [owned_by(jobs.c.owner_id, owner_id), status_is(Status.FAILED), *narrowed, *self.within.where()]


@dataclass(frozen=True, slots=True)
class Sample:
    """One failed job of a group."""

    id: UUID
    type: str
    error_code: str | None
    finished_at: datetime
    message: str | None


@dataclass(frozen=True, slots=True)
class Group:
    """Failed jobs with one fingerprint; `samples` are the newest of the teams whose jobs failed last."""

    fingerprint: str
    count: int
    first_at: datetime
    last_at: datetime
    samples: list[Sample]


@dataclass(frozen=True, slots=True)
class Groups:
    """The biggest groups, biggest first, and how many jobs and groups there are in all."""

    total: int
    total_groups: int
    groups: list[Group]


async def find_fingerprints(database: Database, owner_id: UUID) -> Sequence[str]:
    """Return those of a team's failed jobs."""
    found = select(jobs.c.error_fingerprint).distinct().where(*Selection().where(owner_id))
    return [row.error_fingerprint for row in await database.rows(found)]


async def find_groups(database: Database, owner_id: UUID | None, wanted: Selection, *, limit: int) -> Groups:
    """Return the `limit` biggest groups of the failed jobs that are meant.

    They are counted for each owner first, as their index has them; samples are read of a few owners only.
    """
    where = wanted.where(owner_id)
    fingerprint, finished_at = jobs.c.error_fingerprint, jobs.c.finished_at
    latest = func.max(finished_at)
    owned = (
        select(
            jobs.c.owner_id,
            fingerprint.label("fingerprint"),
            func.count().label("count"),
            func.min(finished_at).label("first_at"),
            latest.label("last_at"),
            func.row_number().over(partition_by=fingerprint, order_by=(latest.desc(), jobs.c.owner_id)).label("nth"),
        )
        .where(*where)
        .group_by(jobs.c.owner_id, fingerprint)
        .cte("owned")
    )
    count, last_at = func.sum(owned.c.count), func.max(owned.c.last_at)
    groups = (
        select(
            owned.c.fingerprint,
            count.label("count"),
            func.min(owned.c.first_at).label("first_at"),
            last_at.label("last_at"),
            func.count().over().label("total_groups"),
            func.sum(count).over().label("total"),
        )
        .group_by(owned.c.fingerprint)
        .order_by(count.desc(), last_at.desc(), owned.c.fingerprint)
        .limit(limit)
        .cte("groups")
    )
    message = func.left(jobs.c.error["message"].astext, SHOWN_CHARS)
    samples = (
        select(*columns(Sample, jobs, message=message))
        .where(*where, jobs.c.owner_id == owned.c.owner_id, fingerprint == owned.c.fingerprint)
        .order_by(jobs.c.id.desc())
        .limit(SAMPLES)
        .lateral("sample")
    )
    last_owned = (owned.c.fingerprint == groups.c.fingerprint) & (owned.c.nth <= SAMPLES)
    found = groups.join(owned, last_owned).join(samples, true())
    order = (groups.c.count.desc(), groups.c.last_at.desc(), groups.c.fingerprint, samples.c.id.desc())
    return _groups(await database.rows(select(groups, samples).select_from(found).order_by(*order)))


def _groups(rows: Sequence[Any]) -> Groups:
    found: Mapping[str, Group] = {
        row.fingerprint: Group(row.fingerprint, int(row.count), row.first_at, row.last_at, []) for row in rows
    }
    for row in rows:
        if len(samples := found[row.fingerprint].samples) < SAMPLES:
            samples.append(read(Sample, row))
    total, total_groups = (int(rows[0].total), rows[0].total_groups) if rows else (0, 0)
    return Groups(total, total_groups, list(found.values()))
