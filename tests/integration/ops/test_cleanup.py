"""Resending, pruning by hand, and the audit log."""

from typing import Any
from uuid import UUID, uuid4

import httpx2
import pytest
from sqlalchemy import text

from app.auth import audit
from app.auth.caller import SERVICE, Actor
from app.core.database import Database
from app.jobs.maintenance.bulk import BulkActions
from app.jobs.outcomes import AttemptUsage
from app.jobs.repository import dispatch
from tests.rig import jobs
from tests.rig.callers import ADMINISTRATOR, posing_as
from tests.rig.dead_letters import failed

RESEND = "/api/v1/jobs/resend"
PRUNE = "/api/v1/admin/prune"
AUDIT = "/api/v1/admin/audit"


async def sent(database: Database) -> UUID:
    """A job that was sent to a broker that has lost it."""
    job_id = await jobs.insert(database)
    due = await dispatch.take_due(database, "default", 5, room=1)
    assert [one.id for one in due] == [job_id]
    return job_id


async def is_due(database: Database, job_id: UUID) -> bool:
    return bool(await jobs.column(database, job_id, "dispatch_at <= now()"))


async def test_resending_sends_again_what_the_broker_should_have(
    client: httpx2.AsyncClient, database: Database
) -> None:
    client.headers.update(posing_as(ADMINISTRATOR))
    lost = [await sent(database) for _ in range(2)]
    claimed = await jobs.claim(database, await sent(database))
    later = await jobs.insert(database, delay_s=60)
    foreign = await sent(database)
    await jobs.change(database, foreign, f"owner_id = '{uuid4()}'")
    backlog = await jobs.insert(database)
    untouched = await jobs.column(database, backlog, "dispatch_at")
    before = await jobs.column(database, claimed.id, "dispatch_at")
    assert (await client.post(RESEND, json={"dry_run": True})).json() == {"found": 2, "resent": 0}
    assert not await is_due(database, lost[0])
    answer = await client.post(RESEND)
    assert (answer.status_code, answer.json()) == (200, {"found": 2, "resent": 2})
    assert [await is_due(database, job_id) for job_id in (*lost, later, foreign)] == [True, True, False, False]
    assert await jobs.column(database, backlog, "dispatch_at") == untouched
    assert await jobs.column(database, claimed.id, "dispatch_at") == before
    lines = (await client.get(AUDIT)).json()["items"]
    assert [(line["action"], line["detail"]) for line in lines] == [("jobs.resend", {"found": 2, "resent": 2})]
    assert (await client.post(RESEND)).json() == {"found": 0, "resent": 0}


async def test_what_is_being_claimed_is_found_but_not_sent_again(
    client: httpx2.AsyncClient, database: Database
) -> None:
    job_id = await sent(database)
    async with database.begin() as connection:
        await connection.execute(text("SELECT 1 FROM jobs WHERE id = :id FOR UPDATE"), {"id": job_id})
        assert (await client.post(RESEND, json={})).json() == {"found": 1, "resent": 0}


async def aged(database: Database, job_id: UUID, days: int) -> None:
    await jobs.change(database, job_id, f"finished_at = now() - interval '{days} days'")


async def test_a_pruning_is_a_dry_run_by_default(client: httpx2.AsyncClient, database: Database) -> None:
    client.headers.update(posing_as(ADMINISTRATOR))
    done = await jobs.claim(database, await jobs.insert(database))
    await jobs.finish(database, done, {"message": "x"}, AttemptUsage())
    dead, fresh, foreign = await failed(database), await failed(database), await failed(database, owner_id=uuid4())
    await aged(database, done.id, 50)
    for job_id in (dead, foreign):
        await aged(database, job_id, 40)
    await aged(database, fresh, 20)
    met = (await client.post(PRUNE)).json()
    oldest = met.pop("oldest_finished_at")
    assert met == {"matched": 2, "by_status": {"completed": 1, "failed": 1}, "kept_days": 30.0}
    assert await jobs.column(database, done.id, f"finished_at = '{oldest}'")
    met = (await client.post(PRUNE, json={"older_than_days": 10})).json()
    assert (met["matched"], met["kept_days"]) == (3, 10.0)
    empty = {"matched": 0, "by_status": {}, "oldest_finished_at": None, "kept_days": 60.0}
    assert (await client.post(PRUNE, json={"older_than_days": 60})).json() == empty
    await BulkActions(database).run()
    assert (await database.rows(text("SELECT count(*) FROM jobs")))[0][0] == 4
    assert (await client.get(AUDIT)).json()["items"] == []


async def test_a_pruning_deletes_in_the_background(client: httpx2.AsyncClient, database: Database) -> None:
    old, fresh = await failed(database), await failed(database)
    await aged(database, old, 31)
    answer = await client.post(PRUNE, json={"dry_run": False})
    assert (answer.status_code, answer.json()["action"], answer.json()["total"]) == (202, "prune", 1)
    await BulkActions(database).run()
    done = (await client.get(answer.headers["location"])).json()
    assert (done["status"], done["done"], done["filter"]) == ("completed", 1, {"older_than_days": 30.0})
    assert (await client.get(f"/api/v1/jobs/{old}")).status_code == 404
    assert (await client.get(f"/api/v1/jobs/{fresh}")).status_code == 200
    assert [line["action"] for line in (await client.get(AUDIT)).json()["items"]] == ["jobs.prune"]


@pytest.mark.parametrize("body", [{"older_than_days": 0}, {"older_than_days": 1e9}, {"days": 1}, []])
async def test_a_pruning_of_everything_is_refused(client: httpx2.AsyncClient, body: Any) -> None:
    assert (await client.post(PRUNE, json=body)).status_code == 422


async def test_the_audit_log_is_paged_newest_first(client: httpx2.AsyncClient, database: Database) -> None:
    for number in range(5):
        async with database.begin() as connection:
            await audit.record(connection, Actor(SERVICE, "trace-1"), "queue.pause", f"q{number}")
    page = await client.get(AUDIT, params={"limit": 2})
    seen = [(item["target"], item["request_id"]) for item in page.json()["items"]]
    while "link" in page.headers:
        page = await client.get(page.headers["link"].split(">")[0].lstrip("<"))
        seen += [(item["target"], item["request_id"]) for item in page.json()["items"]]
    assert seen == [(f"q{number}", "trace-1") for number in (4, 3, 2, 1, 0)]
    assert page.json()["next_cursor"] is None
    assert (await client.get(AUDIT, params={"cursor": "nonsense"})).json()["code"] == "bad_cursor"
    assert (await client.get(AUDIT, params={"cursor": "_" * 21 + "w"})).status_code == 200
