"""What the fault tests ask of a stack, and ask for."""

from typing import Any

import httpx2
from sqlalchemy import text

from app.core.database import Database
from app.core.database_errors import is_away
from tests.rig.stack import FINAL_WITHIN_S, WITHIN_S, eventually

JOBS = "/api/v1/jobs"


def echo(*, sleep_s: float = 0.0, **more: Any) -> dict[str, Any]:
    """Return a job that asks no model."""
    return {"type": "echo", "input": {"message": "hello", "sleep_s": sleep_s}, **more}


def asking(plan: str = "ok", **more: Any) -> dict[str, Any]:
    """Return a job that asks the scripted model once, which does as the plan says."""
    return {"type": "summarize", "input": {"text": f"[[plan:{plan}]] The mill was built in 1784."}, **more}


async def post(client: httpx2.AsyncClient, body: dict[str, Any], *, count: int = 1) -> list[str]:
    """Submit a batch of equal jobs and return their ids."""
    answer = await client.post(f"{JOBS}/batch", json={"jobs": [body] * count})
    assert answer.status_code == 202, answer.text
    return [job["id"] for job in answer.json()["jobs"]]


async def count(database: Database, where: str = "true") -> int:
    """Return how many jobs match a condition; -1 while the database is away."""
    try:
        row = await database.row(text(f"SELECT count(*) FROM jobs WHERE {where}"))
    except Exception as error:
        if is_away(error):
            return -1
        raise
    assert row is not None
    return int(row[0])


async def wait_count(database: Database, where: str, wanted: int, *, within_s: float = WITHIN_S) -> None:
    """Wait until at least so many jobs match."""

    async def there() -> bool:
        return await count(database, where) >= wanted

    await eventually(there, within_s=within_s, what=f"{wanted} jobs with {where}")


async def wait_none_open(database: Database, *, within_s: float = FINAL_WITHIN_S) -> None:
    """Wait until every job has ended."""

    async def ended() -> bool:
        return await count(database, "finished_at IS NULL") == 0

    await eventually(ended, within_s=within_s, what="every job ends")


async def wait_started_for(database: Database, seconds: float) -> None:
    """Wait until PostgreSQL runs that long: within one lease of its start nothing is rescued."""

    async def over() -> bool:
        row = await database.row(text(f"SELECT now() - pg_postmaster_start_time() > interval '{seconds} s'"))
        return bool(row and row[0])

    await eventually(over, within_s=seconds + WITHIN_S, what="PostgreSQL's quiet time is over")
