"""What happened by minute: with zeros where nothing did, and the same before and after it was counted."""

from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import httpx2
import pytest
from sqlalchemy import text

from app.core.clock import utc_now
from app.core.database import Database
from app.core.histogram import BUCKET_BASE
from app.jobs.outcomes import AttemptUsage, Failed, JobError
from app.jobs.repository import rollups
from tests.rig import jobs

PATH = "/api/v1/admin/throughput"
NOTHING = {"submitted": 0, "completed": 0, "failed": 0, "cancelled": 0}


async def read(client: httpx2.AsyncClient, count: int = 60) -> list[dict[str, Any]]:
    answer = await client.get(PATH, params={"minutes": count})
    assert answer.status_code == 200
    found: list[dict[str, Any]] = answer.json()["minutes"]
    return found


def counts(minute: dict[str, Any]) -> dict[str, int]:
    return {name: minute[name] for name in NOTHING}


def busy(found: list[dict[str, Any]]) -> dict[datetime, dict[str, Any]]:
    """Return the minutes in which anything happened; not by their place, since a minute may begin meanwhile."""
    return {datetime.fromisoformat(one["at"]): one for one in found if counts(one) != NOTHING}


def minute_ago(count: int) -> datetime:
    """Return the start of an earlier minute."""
    return utc_now().replace(second=0, microsecond=0) - timedelta(minutes=count)


async def end_one(database: Database, minute: datetime, *, completed: bool = True) -> None:
    """Have a job end in the middle of a minute, after a wait of 1 s and a run of 2 s."""
    claimed = await jobs.claim(database, await jobs.insert(database))
    if completed:
        await jobs.finish(database, claimed, {"message": "done"}, AttemptUsage())
    else:
        await jobs.give_back(database, claimed, Failed(JobError("auth_failed", "no")), AttemptUsage())
    end = f"timestamptz '{minute.isoformat()}' + interval '30 seconds'"
    times = f"finished_at = {end}, claimed_at = {end} - interval '2 s', queued_at = {end} - interval '3 s'"
    await jobs.change(database, claimed.id, times)


async def test_an_empty_system_has_a_zero_for_each_minute(client: httpx2.AsyncClient) -> None:
    found = await read(client, 7)
    starts = [datetime.fromisoformat(one["at"]) for one in found]
    assert [later - earlier for earlier, later in pairwise(starts)] == [timedelta(minutes=1)] * 6
    assert all(counts(one) == NOTHING for one in found)
    assert found[-1]["wait"] == {"p50_s": None, "p95_s": None}


async def test_each_end_stands_in_its_minute_before_and_after_it_was_counted(
    client: httpx2.AsyncClient, database: Database
) -> None:
    two, five = minute_ago(2), minute_ago(5)
    for minute in (two, two, five):
        await end_one(database, minute)
    await end_one(database, two, completed=False)
    before = busy(await read(client))
    await rollups.roll_up(database)
    rolled = await database.row(text("SELECT count(*) FROM job_minutes"))
    after = busy(await read(client))
    assert rolled is not None
    assert rolled[0] > 0
    assert before == after
    assert counts(after[two]) == NOTHING | {"completed": 2, "failed": 1}
    assert counts(after[five]) == NOTHING | {"completed": 1}
    run, wait = after[two]["run"], after[two]["wait"]
    assert run["p50_s"] == run["p95_s"]
    assert 2.0 <= run["p95_s"] <= 2.0 * BUCKET_BASE
    assert 1.0 <= wait["p95_s"] <= 1.0 * BUCKET_BASE


async def test_submitted_jobs_are_counted_when_they_came(client: httpx2.AsyncClient, database: Database) -> None:
    for _ in range(3):
        await jobs.insert(database)
    assert sum(one["submitted"] for one in await read(client)) == 3
    # As if they had come earlier: ids as old as the rows.
    await database.rows(text("DELETE FROM job_events"))
    came = minute_ago(3)
    milliseconds = f"{int(came.timestamp() * 1000):012x}"
    await database.rows(
        text(
            f"UPDATE jobs SET created_at = timestamptz '{came.isoformat()}',"
            f" id = ('{milliseconds}' || right(replace(id::text, '-', ''), 20))::uuid"
        )
    )
    before = busy(await read(client))
    await rollups.roll_up(database)
    await rollups.roll_up(database)
    assert busy(await read(client)) == before
    assert {at: counts(one) for at, one in before.items()} == {came: NOTHING | {"submitted": 3}}


async def test_the_windows_of_the_statistics_know_no_submissions(database: Database) -> None:
    await jobs.insert(database)
    row = "date_trunc('minute', now()) - interval '3 minutes', 'submitted', 0, 5"
    await database.rows(text(f"INSERT INTO job_minutes SELECT {row}"))
    assert rollups.SUBMITTED not in await rollups.window(database, window_s=3600)


@pytest.mark.parametrize("count", [0, -1, 361, "many", 1.5])
async def test_a_bad_count_is_refused(client: httpx2.AsyncClient, count: object) -> None:
    answer = await client.get(PATH, params={"minutes": str(count)})
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "#query/minutes")
