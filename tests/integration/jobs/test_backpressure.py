"""As many jobs wait as may: beyond that a submit is refused as a whole, with a time, and stores nothing."""

from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest

from app.auth.caller import SERVICE_OWNER_ID
from app.core.database import Database
from app.core.settings import Settings
from app.jobs.api.backpressure import FRESH_S, UNKNOWN_S, Backpressure, TooManyWaitingError
from tests.conftest import TOKEN
from tests.rig import jobs
from tests.rig.applications import started
from tests.rig.stack import eventually

API = "/api/v1/jobs"
ECHO: dict[str, Any] = {"type": "echo", "input": {"message": "x"}}


async def asking(settings: Settings, **limits: int) -> AsyncIterator[httpx2.AsyncClient]:
    async with started(settings.model_copy(update={"queues": ("default", "other"), **limits})) as app:
        transport = httpx2.ASGITransport(app, raise_app_exceptions=False)
        headers = {"X-Service-Token": TOKEN}
        async with httpx2.AsyncClient(transport=transport, base_url="http://headrace.test", headers=headers) as client:
            yield client


async def stored(client: httpx2.AsyncClient) -> int:
    return len((await client.get(API, params={"limit": 100})).json()["items"])


@pytest.fixture
async def two(settings: Settings, database: Database) -> AsyncIterator[httpx2.AsyncClient]:
    """A client of an API where two jobs may wait."""
    async for client in asking(settings, max_waiting_jobs=2):
        yield client


async def test_what_would_wait_beyond_is_refused_with_a_time(two: httpx2.AsyncClient) -> None:
    for _ in range(2):
        assert (await two.post(API, json=ECHO)).status_code == 202
    refused = await two.post(API, json=ECHO)
    assert (refused.status_code, refused.json()["code"]) == (429, "too_many_waiting")
    assert refused.headers["retry-after"] == str(UNKNOWN_S), "nothing ends"
    assert "MAX_WAITING_JOBS lets 2 wait" in refused.json()["detail"]
    assert await stored(two) == 2


async def test_a_batch_is_stored_whole_or_not_at_all(two: httpx2.AsyncClient) -> None:
    assert (await two.post(API, json=ECHO)).status_code == 202
    batch = await two.post(f"{API}/batch", json={"jobs": [ECHO, ECHO]})
    assert (batch.status_code, await stored(two)) == (429, 1)
    never = await two.post(f"{API}/batch", json={"jobs": [ECHO] * 3})
    assert (never.status_code, await stored(two)) == (422, 1)
    assert "more than MAX_WAITING_JOBS ever lets wait" in never.json()["detail"]


async def test_an_answer_that_was_given_is_given_again(two: httpx2.AsyncClient) -> None:
    key = {"Idempotency-Key": "one"}
    first = await two.post(API, json=ECHO, headers=key)
    assert (await two.post(API, json=ECHO)).status_code == 202
    again = await two.post(API, json=ECHO, headers=key)
    assert (again.status_code, again.json()["id"]) == (202, first.json()["id"])


async def test_there_is_room_again_when_a_job_has_begun(two: httpx2.AsyncClient, database: Database) -> None:
    ids = [(await two.post(API, json=ECHO)).json()["id"] for _ in range(2)]
    assert (await two.post(API, json=ECHO)).status_code == 429
    await jobs.claim(database, ids[0])

    async def is_taken() -> bool:
        return (await two.post(API, json=ECHO)).status_code == 202

    await eventually(is_taken, what="another job is taken")
    assert await stored(two) == 3


async def test_queues_are_bounded_each(settings: Settings, database: Database) -> None:
    async for client in asking(settings, max_waiting_jobs_per_queue=1):
        for queue, status in (("default", 202), ("default", 429), ("other", 202), ("other", 429)):
            answer = await client.post(API, json={**ECHO, "queue": queue})
            assert answer.status_code == status, (queue, answer.text)
        assert "in the queue 'other'" in answer.json()["detail"]


async def test_teams_are_bounded_each(settings: Settings, database: Database) -> None:
    async for client in asking(settings, max_waiting_jobs_per_team=1):
        made = await client.post("/api/v1/admin/teams", json={"name": "Research"})
        for team, status in (({}, 202), ({}, 429), ({"X-Team": made.json()["id"]}, 202), ({}, 429)):
            assert (await client.post(API, json=ECHO, headers=team)).status_code == status, team


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


async def test_the_time_is_that_in_which_jobs_end_now(settings: Settings, database: Database) -> None:
    clock = Clock()
    limits = settings.model_copy(update={"max_waiting_jobs": 10})
    held = Backpressure(database, limits, clock)
    waiting = [await jobs.insert(database) for _ in range(20)]
    await held.look()
    for job_id in waiting[:10]:
        await jobs.finish(database, await jobs.claim(database, job_id), {})
    clock.now_s += 5 * FRESH_S  # ten of them in five seconds
    await held.look()
    with pytest.raises(TooManyWaitingError) as caught:
        held.take(SERVICE_OWNER_ID, {"default": 4})
    assert caught.value.headers["Retry-After"] == "2"
    with pytest.raises(TooManyWaitingError):
        held.take(SERVICE_OWNER_ID, {"default": 1})


async def test_nothing_is_read_where_nothing_is_bounded(settings: Settings) -> None:
    nobody: Any = None
    free = Backpressure(nobody, settings)
    await free.look()
    free.take(SERVICE_OWNER_ID, {"default": 10**9})
