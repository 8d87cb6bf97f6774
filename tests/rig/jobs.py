"""Rows for tests of the verbs."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import text
from uuid_utils.compat import uuid7

from app.auth.caller import SERVICE_OWNER_ID
from app.core.database import Database
from app.jobs.outcomes import AttemptUsage, Completed, Failed, Released, Retry
from app.jobs.repository import attempt_end
from app.jobs.repository import claim as claiming
from app.jobs.repository.submit import insert_jobs
from app.jobs.rows import Claim, ClaimRequest, NewJob
from app.jobs.states import Status


def new_job(**changes: Any) -> NewJob:
    """Return a job that is due at once."""
    values: dict[str, Any] = {
        "id": uuid7(),
        "owner_id": SERVICE_OWNER_ID,
        "type": "echo",
        "queue": "default",
        "priority": 5,
        "max_attempts": 4,
        "timeout_s": 300,
        "deadline_s": 86_400,
        "input": {"message": "hello"},
    }
    return NewJob(**{**values, **changes})


async def insert(database: Database, **changes: Any) -> UUID:
    """Store a job and return its id."""
    job = new_job(**changes)
    async with database.begin() as connection:
        await insert_jobs(connection, [job.document])
    return job.id


async def try_claim(
    database: Database, job_id: UUID, *, token: UUID | None = None, lease_s: float = 60.0, worker: str = "w1"
) -> Claim | None:
    """Claim a job if it can be claimed."""
    [claimed] = await claiming.claim(database, [ClaimRequest(job_id, token or uuid4())], worker=worker, lease_s=lease_s)
    return claimed


async def claim(database: Database, job_id: UUID, *, lease_s: float = 60.0, worker: str = "w1") -> Claim:
    """Claim a job that must be there to be claimed."""
    claimed = await try_claim(database, job_id, lease_s=lease_s, worker=worker)
    assert claimed is not None
    return claimed


async def finish(
    database: Database, claimed: Claim, result: Mapping[str, Any], usage: AttemptUsage | None = None
) -> Any:
    """Write the result of an attempt; return the new status, None when the lease is lost."""
    return await give_back(database, claimed, Completed(result), usage or AttemptUsage())


async def give_back(
    database: Database, claimed: Claim, outcome: Completed | Retry | Failed | Released, usage: AttemptUsage
) -> Status | None:
    """Write the end of one attempt."""
    [status] = await attempt_end.write(database, [attempt_end.ended(claimed, outcome, usage)])
    return status


async def column(database: Database, job_id: UUID, name: str) -> Any:
    """Return one column of a job's row."""
    row = await database.row(text(f"SELECT {name} FROM jobs WHERE id = :id"), {"id": job_id})
    assert row is not None
    return row[0]


async def change(database: Database, job_id: UUID, assignments: str) -> None:
    """Rewrite a job's times, as if they had passed."""
    await database.rows(text(f"UPDATE jobs SET {assignments} WHERE id = :id"), {"id": job_id})


async def names(database: Database, job_id: UUID) -> list[str]:
    """Return the names of a job's history lines, oldest first."""
    rows = await database.rows(text("SELECT name FROM job_events WHERE job_id = :id ORDER BY version"), {"id": job_id})
    return [row.name for row in rows]
