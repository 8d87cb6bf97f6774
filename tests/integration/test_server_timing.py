"""Answers tell known callers what their time went to."""

import re

import httpx2

from app.core.database import Database
from tests.rig import jobs

FORM = re.compile(r"db;dur=(\d+\.\d), queue;dur=(\d+\.\d), total;dur=(\d+\.\d)")


async def test_a_caller_sees_what_the_time_went_to(client: httpx2.AsyncClient, database: Database) -> None:
    job_id = await jobs.insert(database)
    for method, path in (("GET", "/api/v1/jobs"), ("GET", f"/api/v1/jobs/{job_id}"), ("DELETE", "/api/v1/jobs/x")):
        answer = await client.request(method, path)
        found = FORM.fullmatch(answer.headers["server-timing"])
        assert found is not None
        db_ms, queue_ms, total_ms = map(float, found.groups())
        assert 0 <= db_ms + queue_ms <= total_ms + 0.2
        assert (db_ms > 0) == (answer.status_code == 200)


async def test_a_stranger_sees_nothing_of_it(anonymous: httpx2.AsyncClient) -> None:
    for path in ("/live", "/ready", "/health", "/api/v1/jobs", "/docs"):
        assert "server-timing" not in (await anonymous.get(path)).headers
