"""Checkpoints: parts and answers that a job keeps over its attempts; written under the fence."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Uuid, bindparam, select
from sqlalchemy.dialects.postgresql import insert

from app.core.database import Database, table_of
from app.jobs.models import JobPart
from app.jobs.repository.claim import fence_of
from app.jobs.repository.sql import array_of, document, is_still, jobs, rows_of
from app.jobs.rows import Claim, Fence
from app.jobs.states import Status

_parts = table_of(JobPart)


@dataclass(frozen=True, slots=True)
class Part:
    """What is kept under a key: any JSON value."""

    key: str
    value: object


_new = rows_of("new", Fence, Part)
_SAVE = (
    insert(_parts)
    .from_select(
        ["job_id", "key", "value"],
        select(jobs.c.id, _new.c.key, _new.c.value).where(
            jobs.c.id == _new.c.id, *fence_of(_new), is_still(Status.PROCESSING)
        ),
    )
    .on_conflict_do_nothing()
)
_FIND = select(_parts.c.key, _parts.c.value).where(_parts.c.job_id == bindparam("of_job", type_=Uuid()))


async def save(database: Database, claim: Claim, values: Mapping[str, Any]) -> None:
    """Keep JSON values by key; the first value of a key stands, and once the attempt is over nothing is kept."""
    rows = (document(claim.fence, Part(key, value)) for key, value in values.items())
    await database.rows(_SAVE, {"rows": array_of(rows)})


async def find(database: Database, claim: Claim) -> dict[str, Any]:
    """Return all that this job's attempts have kept."""
    return {row.key: row.value for row in await database.rows(_FIND, {"of_job": claim.id})}
