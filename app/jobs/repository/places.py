"""The places of jobs: whose they are, their state, type and queue. A list looks into those alone that it may find.

The tallies know them, and how many jobs each has.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import CTE, func, literal, select
from sqlalchemy.dialects.postgresql import ARRAY

from app.core.database import Database
from app.jobs.repository import counts
from app.jobs.repository.sql import jobs
from app.jobs.states import Status


@dataclass(frozen=True, slots=True)
class Places:
    """Where jobs may be: columns of jobs, with one value for each place. `count` jobs are there now, of `total`.

    `is_exact` is false where the two may count jobs of other teams.
    """

    columns: Mapping[str, Sequence[Any]]
    count: int
    total: int
    is_exact: bool = True

    def __len__(self) -> int:
        """Return how many places there are."""
        return len(self.columns["owner_id"])

    def as_table(self) -> CTE:
        """Return them as a table, with the columns' names; one parameter for each column, however many there are."""
        arrays = (
            func.unnest(literal(list(values), ARRAY(jobs.c[name].type))).label(name)
            for name, values in self.columns.items()
        )
        return select(*arrays).cte("place")


async def find(
    database: Database,
    owner_id: UUID | None,
    statuses: Sequence[Status],
    *,
    job_type: str | None = None,
    queue: str | None = None,
) -> Places | None:
    """Return the places of some states, of a type and a queue where they are named, and of one team or of each.

    A place is there in every state if it has jobs in any: they may have moved by the time that it is looked into. None
    where it is not known which teams have jobs.
    """
    found = await counts.read_owned(database, owner_id)
    is_exact = all(one.owner_id is not None for one in found)
    if owner_id is None and not is_exact:
        return None
    fitting = [one for one in found if job_type in {None, one.type} and queue in {None, one.queue}]
    places = [
        (owner, status.value, *rest)
        for owner, *rest in sorted({(owner_id or one.owner_id, one.type, one.queue) for one in fitting})
        for status in statuses
    ]
    names = ("owner_id", "status", "type", "queue")
    columns = zip(*places, strict=True) if places else [()] * len(names)
    return Places(
        dict(zip(names, columns, strict=True)),
        sum(one.count for one in fitting if one.status in statuses),
        sum(one.count for one in found),
        is_exact,
    )


async def find_owners(database: Database, status: Status) -> Places | None:
    """Return as places the teams that have jobs in a state; None where they are not known."""
    found = await counts.read_owned(database, None)
    if any(one.owner_id is None for one in found):
        return None
    there = [one for one in found if one.status == status]
    owners = sorted({one.owner_id for one in there if one.owner_id})
    return Places({"owner_id": owners}, sum(one.count for one in there), sum(one.count for one in found))
