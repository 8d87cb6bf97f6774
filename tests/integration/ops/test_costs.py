"""What jobs cost by day, owner, type and model: counted once from each attempt's line, the same before and after."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import httpx2
import pytest
from sqlalchemy import literal, select, text

from app.auth.caller import SERVICE_OWNER_ID
from app.core.clock import utc_now
from app.core.database import Database
from app.core.settings import Settings
from app.jobs.maintenance.pruner import prune
from app.jobs.outcomes import AttemptUsage, JobError, Retry
from app.jobs.repository import commands, costs
from tests.rig import jobs
from tests.rig.callers import MEMBER, posing_as

PATH = "/api/v1/costs"
OLD = "at = at - interval '2 minutes'"


def spent(
    model: str | None = "small", usd: str | None = "0.5", *, unpriced: int = 0, prompt_tokens: int = 10
) -> AttemptUsage:
    return AttemptUsage(
        provider=model and "one",
        model=model,
        prompt_tokens=prompt_tokens if model else 0,
        cached_tokens=4 if model else 0,
        completion_tokens=3 if model else 0,
        cost_usd=None if usd is None else Decimal(usd),
        unpriced=unpriced,
    )


async def end_one(database: Database, used: AttemptUsage, *, days_ago: int = 0, **changes: Any) -> UUID:
    claimed = await jobs.claim(database, await jobs.insert(database, **changes))
    await jobs.finish(database, claimed, {"message": "done"}, used)
    await age(database, claimed.id, f"interval '{days_ago} days'")
    return claimed.id


async def age(database: Database, job_id: UUID, interval: str) -> None:
    change = f"UPDATE job_events SET at = at - {interval} WHERE job_id = :id"
    await database.rows(text(change), {"id": job_id})


async def settle(database: Database) -> None:
    """Let two minutes pass and have the costs counted, twice: the second time must find nothing."""
    await database.rows(text(f"UPDATE job_events SET {OLD}"))
    await costs.roll_up(database)
    await costs.roll_up(database)


async def read(client: httpx2.AsyncClient, **query: Any) -> dict[str, Any]:
    answer = await client.get(PATH, params=query)
    assert answer.status_code == 200
    found: dict[str, Any] = answer.json()
    return found


def brief(found: dict[str, Any]) -> dict[str, tuple[Any, ...]]:
    """Return jobs, cost and unpriced calls by key."""
    return {one["key"]: (one["jobs"], one["cost_usd"], one["unpriced"]) for one in found["items"]}


async def test_where_nothing_was_spent_the_sums_are_zero_and_the_cost_unknown(client: httpx2.AsyncClient) -> None:
    found = await read(client)
    today = utc_now().date()
    assert found["items"] == []
    assert (found["group_by"], found["last_day"]) == ("day", today.isoformat())
    assert found["first_day"] == (today - timedelta(days=29)).isoformat()
    assert set(found["total"].values()) == {0, None}


async def test_sums_are_the_same_before_and_after_they_were_counted(
    client: httpx2.AsyncClient, database: Database
) -> None:
    await end_one(database, spent(), type="classify")
    await end_one(database, spent("large", "2"), type="classify")
    await end_one(database, spent("large", "1"), type="summarize", days_ago=1)
    await end_one(database, spent(None, None), type="echo")
    await database.rows(text(f"UPDATE job_events SET {OLD}"))
    before = [await read(client, group_by=by) for by in ("day", "owner", "type", "model")]
    await costs.roll_up(database)
    rolled = await database.row(text("SELECT count(*) FROM cost_days"))
    assert rolled is not None
    assert rolled[0] == 3
    assert [await read(client, group_by=by) for by in ("day", "owner", "type", "model")] == before
    by_day, by_owner, by_type, by_model = before
    assert list(brief(by_day).values()) == [(1, 1.0, 0), (2, 2.5, 0)]
    assert brief(by_owner) == {str(SERVICE_OWNER_ID): (3, 3.5, 0)}
    assert list(brief(by_type).items()) == [("classify", (2, 2.5, 0)), ("summarize", (1, 1.0, 0))]
    assert list(brief(by_model).items()) == [("large", (2, 3.0, 0)), ("small", (1, 0.5, 0))]
    assert by_day["total"] == {
        "jobs": 3,
        "attempts": 3,
        "prompt_tokens": 30,
        "cached_tokens": 12,
        "completion_tokens": 9,
        "cost_usd": 3.5,
        "unpriced": 0,
    }


async def test_what_comes_later_is_added_once(client: httpx2.AsyncClient, database: Database) -> None:
    for number in range(1, 4):
        await end_one(database, spent())
        await settle(database)
        assert (await read(client))["total"]["jobs"] == number
    assert (await read(client))["total"]["cost_usd"] == 1.5


async def test_lines_that_are_counted_while_somebody_reads_are_not_shown_twice(
    client: httpx2.AsyncClient, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    await end_one(database, spent())
    await settle(database)
    monkeypatch.setattr(costs, "_SEEN", select(literal(0).label("seq")))
    assert (await read(client))["total"]["cost_usd"] == 0.5


async def test_the_newest_lines_wait_and_are_shown_all_the_same(client: httpx2.AsyncClient, database: Database) -> None:
    await end_one(database, spent())
    await costs.roll_up(database)
    rolled = await database.row(text("SELECT count(*) FROM cost_days"))
    assert rolled is not None
    assert rolled[0] == 0
    assert (await read(client))["total"]["cost_usd"] == 0.5


@pytest.mark.parametrize("is_counted", [False, True])
async def test_an_unknown_price_is_null_and_counted(
    client: httpx2.AsyncClient, database: Database, is_counted: bool
) -> None:
    await end_one(database, spent("large", None, unpriced=2))
    if is_counted:
        await settle(database)
    assert brief(await read(client, group_by="model")) == {"large": (1, None, 2)}
    await end_one(database, spent("large", "0.5", unpriced=1))
    if is_counted:
        await settle(database)
    assert brief(await read(client, group_by="model")) == {"large": (2, 0.5, 3)}
    await end_one(database, spent("large", None, unpriced=1))
    if is_counted:
        await settle(database)
    assert brief(await read(client, group_by="model")) == {"large": (3, 0.5, 4)}


async def test_each_attempt_counts_and_a_retry_counts_nothing_twice(
    client: httpx2.AsyncClient, database: Database
) -> None:
    job_id = await jobs.insert(database, max_attempts=2)
    for _ in range(2):
        claimed = await jobs.claim(database, job_id)
        await jobs.give_back(database, claimed, Retry(0.0, JobError("unavailable", "503")), spent())
    await settle(database)
    first = (await read(client))["total"]
    assert (first["jobs"], first["attempts"], first["cost_usd"]) == (1, 2, 1.0)
    async with database.begin() as connection:
        assert await commands.retry(connection, SERVICE_OWNER_ID, job_id) is not None
    await jobs.finish(database, await jobs.claim(database, job_id), {"message": "done"}, spent())
    await settle(database)
    second = (await read(client))["total"]
    assert (second["jobs"], second["attempts"], second["cost_usd"]) == (2, 3, 1.5)


async def test_sums_outlive_the_jobs(client: httpx2.AsyncClient, database: Database, settings: Settings) -> None:
    job_id = await end_one(database, spent())
    await settle(database)
    await jobs.change(database, job_id, "finished_at = now() - interval '90 days'")
    await prune(database, settings)
    assert (await read(client))["total"]["cost_usd"] == 0.5


async def test_somebody_elses_jobs_are_not_shown(client: httpx2.AsyncClient, database: Database) -> None:
    client.headers.update(posing_as(MEMBER))
    await end_one(database, spent(), owner_id=uuid4())
    assert (await read(client))["items"] == []
    await settle(database)
    assert (await read(client, group_by="owner"))["items"] == []


async def test_only_the_days_asked_for_are_summed(client: httpx2.AsyncClient, database: Database) -> None:
    today = utc_now().date()
    for days_ago in (0, 3, 5, 40):
        await end_one(database, spent(), days_ago=days_ago)
    for _ in range(2):
        four = {"from": today - timedelta(days=4), "to": today - timedelta(days=1)}
        assert brief(await read(client, **four)) == {(today - timedelta(days=3)).isoformat(): (1, 0.5, 0)}
        assert (await read(client))["total"]["jobs"] == 3
        assert (await read(client, **{"from": today - timedelta(days=300)}))["total"]["jobs"] == 4
        await costs.roll_up(database)


async def test_old_days_are_dropped(database: Database, client: httpx2.AsyncClient) -> None:
    await end_one(database, spent(), days_ago=40)
    await costs.roll_up(database)
    await costs.prune(database, kept_s=39 * 86_400.0)
    assert (await read(client, **{"from": utc_now().date() - timedelta(days=60)}))["items"] == []


async def test_a_backlog_is_counted_in_batches(
    client: httpx2.AsyncClient, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(3):
        await end_one(database, spent(), days_ago=1)
    before = (await read(client))["total"]
    lines = await database.row(text("SELECT count(*) FROM job_events"))
    assert lines is not None
    monkeypatch.setattr(costs, "_SETTLED", costs.settled(2))
    for _ in range(lines[0] // 2 + 1):
        await costs.roll_up(database)
        assert (await read(client))["total"] == before


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ({"from": "yesterday"}, "#query/from"),
        ({"from": "2026-02-30"}, "#query/from"),
        ({"from": "2026-02-02", "to": "2026-02-01"}, "#query/from"),
        ({"from": "2024-01-01", "to": "2026-02-01"}, "#query/from"),
        ({"to": "9999-12-31"}, "#query/to"),
        ({"to": "0001-01-01"}, "#query/to"),
        ({"group_by": "queue"}, "#query/group_by"),
    ],
)
async def test_a_bad_query_is_refused(client: httpx2.AsyncClient, query: dict[str, str], pointer: str) -> None:
    answer = await client.get(PATH, params=query)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, pointer)


async def test_a_single_day_is_a_span(client: httpx2.AsyncClient) -> None:
    day = date(2026, 2, 1).isoformat()
    found = await read(client, **{"from": day, "to": day})
    assert (found["first_day"], found["last_day"]) == (day, day)
