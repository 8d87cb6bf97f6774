"""What the invariants of all tests call a late write."""

from typing import Any

from sqlalchemy import text

from app.core.database import Database
from app.jobs.outcomes import AttemptUsage, JobError, Released
from tests.rig import jobs
from tests.rig.invariants import find_violations

_KEEP = text("INSERT INTO job_parts (job_id, key, value) VALUES (:id, 'answer', to_jsonb(CAST(:answer AS text)))")


async def kinds(database: Database) -> list[str]:
    _, found = await find_violations(database)
    return [one.kind for one in found]


async def test_an_answer_of_an_earlier_attempt_is_a_late_write_unless_it_was_kept(database: Database) -> None:
    job_id = await jobs.insert(database)
    again = Released(0, JobError("unavailable", "503"))
    await jobs.give_back(database, await jobs.claim(database, job_id), again, AttemptUsage())
    kept: dict[str, Any] = {"id": job_id, "answer": f"Scripted answer to job {job_id}, attempt 1"}
    await jobs.finish(database, await jobs.claim(database, job_id), {"summary": kept["answer"]})
    assert await kinds(database) == ["late_write"]
    await database.rows(_KEEP, kept)
    assert await kinds(database) == []
