"""Jobs put into the tables before the workers start, and the facts of how they were worked off."""

import asyncio
from collections.abc import Mapping
from typing import Any

from sqlalchemy import text
from uuid_utils.compat import uuid7

from app.auth.caller import SERVICE_OWNER_ID
from app.core.clock import monotonic_s
from app.core.database import Database
from app.jobs.broker_buffer import DEFAULT
from app.jobs.repository.submit import store_jobs
from app.jobs.rows import NewJob

AT_ONCE = 500
POLL_S = 0.1
_FACTS = text("""
    SELECT count(*) AS jobs, count(*) FILTER (WHERE status = 'completed') AS completed, sum(attempt) AS attempts,
           extract(epoch FROM max(finished_at) - min(started_at))::float AS took_s
    FROM jobs
""")
_OPEN = text("SELECT count(*) FROM jobs WHERE finished_at IS NULL")
_WORKERS = text("SELECT count(*) FROM workers WHERE ended_at IS NULL")


async def fill(database: Database, count: int, job_type: str, given: Mapping[str, Any]) -> None:
    """Store `count` jobs of one type that are due now; the scheduler sends them."""
    for begun in range(0, count, AT_ONCE):
        await store_jobs(database, [_job(job_type, given) for _ in range(min(AT_ONCE, count - begun))])


def _job(job_type: str, given: Mapping[str, Any]) -> NewJob:
    return NewJob(
        id=uuid7(),
        owner_id=SERVICE_OWNER_ID,
        type=job_type,
        queue="default",
        priority=DEFAULT,
        max_attempts=4,
        timeout_s=300,
        deadline_s=86_400,
        input=given,
    )


async def consumed(database: Database, workers: int, *, within_s: float) -> None:
    """Wait until so many workers take jobs. Raises: SystemExit when that takes longer than `within_s`."""
    until_s = monotonic_s() + within_s
    while (row := await database.row(_WORKERS)) is None or row[0] < workers:
        if monotonic_s() > until_s:
            raise SystemExit(f"after {within_s:.0f} s {row[0] if row else '?'} of {workers} workers take jobs")
        await asyncio.sleep(POLL_S)


async def drained(database: Database, *, within_s: float) -> Any:
    """Wait until every job has ended; return jobs, completed, attempts and the seconds from first start to last end.

    Raises: SystemExit when that takes longer than `within_s`, or a job did not complete in its first attempt.
    """
    until_s = monotonic_s() + within_s
    while True:
        row = await database.row(_OPEN)
        if row is not None and row[0] == 0:
            break
        if monotonic_s() > until_s:
            raise SystemExit(f"after {within_s:.0f} s {row[0] if row else '?'} jobs were still open")
        await asyncio.sleep(POLL_S)
    facts = await database.row(_FACTS)
    if facts is None or facts.completed != facts.jobs or facts.attempts != facts.jobs:
        raise SystemExit(f"not every job completed in one attempt: {facts}")
    return facts


async def empty(database: Database) -> None:
    """Delete all jobs."""
    await database.rows(text("TRUNCATE jobs CASCADE"))


_FILL = text("""
    WITH new AS (
        INSERT INTO jobs (id, owner_id, type, priority, run_at, queued_at, dispatch_at, timeout_s, deadline_at, input)
        SELECT uuidv7(), :owner_id, 'echo', :priority, now(), now(), now(), 300, now() + interval '1 day',
               '{"message": "hello"}'
        FROM generate_series(1, :count)
        RETURNING id
    )
    INSERT INTO job_events (job_id, version, name, status, attempt)
    SELECT id, 1, 'submitted', 'pending', 0 FROM new
""")


async def fill_at_once(database: Database, count: int) -> None:
    """Store `count` waiting echo jobs with one statement, without the application."""
    await database.rows(_FILL, {"owner_id": SERVICE_OWNER_ID, "priority": DEFAULT, "count": count})
