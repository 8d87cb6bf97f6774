"""Failed jobs for tests of dead letters."""

from typing import Any
from uuid import UUID, uuid4

from app.core.database import Database
from app.jobs.outcomes import AttemptUsage, Failed, JobError
from tests.rig import jobs


async def failed(database: Database, message: str = "no", *, code: str = "auth_failed", **changes: Any) -> UUID:
    """Store a job that has failed, and return its id."""
    job_id = await jobs.insert(database, **changes)
    await fail_again(database, job_id, message, code=code)
    return job_id


async def fail_again(database: Database, job_id: UUID, message: str = "no", *, code: str = "auth_failed") -> None:
    """Let the next attempt of a pending job fail for good."""
    claimed = await jobs.claim(database, job_id)
    assert await jobs.give_back(database, claimed, Failed(JobError(code, message)), AttemptUsage()) == "failed"


async def many_failed(database: Database, count: int, **changes: Any) -> list[UUID]:
    """Store many failed jobs by a few statements, oldest first, with the history of their moves."""
    from app.jobs.repository import attempt_end, claim
    from app.jobs.repository.submit import insert_jobs
    from app.jobs.rows import ClaimRequest

    new = [jobs.new_job(**changes) for _ in range(count)]
    async with database.begin() as connection:
        await insert_jobs(connection, [job.document for job in new])
    wanted = [ClaimRequest(job.id, uuid4()) for job in new]
    claims = await claim.claim(database, wanted, worker="w1", lease_s=60.0)
    ends = [
        attempt_end.ended(claimed, Failed(JobError("auth_failed", "no")), AttemptUsage())
        for claimed in claims
        if claimed
    ]
    assert await attempt_end.write(database, ends) == ["failed"] * count
    return [job.id for job in new]
