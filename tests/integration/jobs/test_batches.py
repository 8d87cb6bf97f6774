"""Several jobs in one statement: each has its own fate, and no two statements wait for each other."""

import asyncio
from dataclasses import replace
from unittest.mock import ANY
from uuid import uuid4

import httpx2
from fastapi import FastAPI
from sqlalchemy import event, text
from uuid_utils.compat import uuid7

from app.auth.caller import SERVICE_OWNER_ID
from app.core.application_state import part_of
from app.core.database import Database
from app.jobs.api.resources import Resources
from app.jobs.outcomes import AttemptUsage, Completed, Failed, JobError, Outcome, Released, Retry
from app.jobs.repository import attempt_end, claim, commands
from app.jobs.repository.attempt_end import Ended
from app.jobs.repository.submit import store_jobs
from app.jobs.rows import Claim, ClaimRequest
from app.jobs.states import Status
from tests.integration.conftest import anonymous, app, client
from tests.rig import jobs
from tests.rig.invariants import check_invariants

__all__ = ["anonymous", "app", "client"]  # fixtures
OOPS = JobError("unavailable", "503")
TOGETHER = 40


async def claim_all(database: Database, wanted: list[ClaimRequest], worker: str = "w1") -> list[Claim | None]:
    return await claim.claim(database, wanted, worker=worker, lease_s=60)


def end(claimed: Claim, outcome: Outcome) -> Ended:
    assert isinstance(outcome, (Completed, Failed, Retry, Released))
    return attempt_end.ended(claimed, outcome, AttemptUsage(provider="p", prompt_tokens=2))


async def test_of_a_batch_of_claims_each_job_decides_for_itself(database: Database) -> None:
    due, later, gone = [await jobs.insert(database, delay_s=delay_s) for delay_s in (0, 60, 0)]
    async with database.begin() as connection:
        await commands.cancel(connection, SERVICE_OWNER_ID, gone)
    wanted = [ClaimRequest(one, uuid4()) for one in (later, due, due, gone, uuid7())]
    claims = await claim_all(database, wanted)
    won = [one for one in claims if one is not None]
    assert [one.id for one in won] == [due], "a message that came twice is one claim"
    assert claims.index(won[0]) in {1, 2}
    assert won[0].token == wanted[claims.index(won[0])].token
    await check_invariants(database, quiet=False)


async def test_attempts_that_end_together_end_each_in_its_own_way(database: Database) -> None:
    claimed = [await jobs.claim(database, await jobs.insert(database)) for _ in range(6)]
    async with database.begin() as connection:
        await commands.cancel(connection, SERVICE_OWNER_ID, claimed[5].id)
    results = [Completed({"number": number}) for number in range(6)]
    ends = [
        end(claimed[0], results[0]),
        end(claimed[1], Failed(OOPS)),
        end(claimed[2], Retry(60, OOPS)),
        end(claimed[3], Released(60, OOPS)),
        end(claimed[4], results[4]),
        end(claimed[5], results[5]),
    ]
    assert await attempt_end.write(database, ends) == [
        Status.COMPLETED,
        Status.FAILED,
        Status.PENDING,
        Status.PENDING,
        Status.COMPLETED,
        Status.CANCELLED,
    ]
    assert [await jobs.column(database, one.id, "result") for one in claimed] == [
        *({"number": 0}, None, None, None, {"number": 4}, None)
    ]
    assert [await jobs.column(database, one.id, "refunds") for one in claimed] == [0, 0, 0, 1, 0, 0]
    assert [await jobs.column(database, one.id, "prompt_tokens") for one in claimed] == [2] * 6
    assert await attempt_end.write(database, [ends[4], ends[1]]) == [Status.COMPLETED, None], (
        "a repeated finish is found"
    )
    await check_invariants(database, quiet=False)


async def test_a_late_end_beside_the_right_one_of_the_same_job_changes_nothing(database: Database) -> None:
    job_id = await jobs.insert(database)
    late = await jobs.claim(database, job_id)
    await jobs.give_back(database, late, Released(0, OOPS), AttemptUsage())
    current = await jobs.claim(database, job_id)
    ends = [end(late, Completed({"by": "late"})), end(current, Completed({"by": "current"}))]
    assert await attempt_end.write(database, ends) == [None, Status.COMPLETED]
    assert await jobs.column(database, job_id, "result") == {"by": "current"}


async def test_statements_over_the_same_jobs_in_any_order_never_deadlock(database: Database) -> None:
    for _ in range(15):
        ids = [await jobs.insert(database) for _ in range(20)]
        claims = await asyncio.gather(
            *(
                claim_all(database, [ClaimRequest(one, uuid4()) for one in order], worker)
                for worker, order in (("w1", ids), ("w2", ids[::-1]), ("w3", ids), ("w4", ids[::-1]))
            )
        )
        claimed = [one for batch in claims for one in batch if one is not None]
        assert sorted(one.id for one in claimed) == sorted(ids)
        ends = [end(one, Completed({"x": 1})) for one in claimed]
        await asyncio.gather(
            claim.beat(database, claimed, lease_s=60),
            attempt_end.write(database, ends[10:][::-1]),
            claim.beat(database, claimed[::-1], lease_s=60),
            attempt_end.write(database, ends[:10][::-1]),
        )
    await check_invariants(database)


async def test_submits_of_one_moment_share_statements_and_are_all_there(
    app: FastAPI, client: httpx2.AsyncClient, database: Database
) -> None:
    statements: list[str] = []
    engine = part_of(app, Resources).database.engine.sync_engine
    event.listen(engine, "before_cursor_execute", lambda _c, _k, statement, *_: statements.append(statement))
    body = {"type": "echo", "input": {"message": "hello"}}
    answers = await asyncio.gather(
        *(client.post("/api/v1/jobs", json={**body, "metadata": {"n": n}}) for n in range(TOGETHER))
    )
    assert {answer.status_code for answer in answers} == {202}
    assert [answer.json()["metadata"]["n"] for answer in answers] == list(range(TOGETHER)), "each got its own job"
    inserts = [statement for statement in statements if "INSERT INTO jobs" in statement]
    assert 1 <= len(inserts) <= TOGETHER // 4
    row = await database.row(text("SELECT count(*), count(DISTINCT metadata) FROM jobs"))
    assert row is not None
    assert tuple(row) == (TOGETHER, TOGETHER)
    await check_invariants(database, quiet=False)


async def test_the_answer_to_a_submit_is_what_a_reader_sees(client: httpx2.AsyncClient) -> None:
    given = {
        "type": "echo",
        "input": {"message": "hello"},
        "priority": "low",
        "metadata": {"order": 7},
        "max_attempts": 2,
    }
    for extra in ({}, {"delay_s": 60}, {"timeout_s": 5, "deadline_s": 50}):
        answered = (await client.post("/api/v1/jobs", json={**given, **extra})).json()
        seen = (await client.get(f"/api/v1/jobs/{answered['id']}")).json()
        assert answered == {name: seen[name] for name in answered}
        assert seen.keys() - answered.keys() == {"created_by", "payload_hidden", "attempts", "events"}


async def test_a_claim_that_is_repeated_is_found_by_its_token(database: Database) -> None:
    wanted = [ClaimRequest(await jobs.insert(database), uuid4()) for _ in range(3)]
    first = await claim_all(database, wanted)
    assert await claim_all(database, wanted) == [replace(one, remaining_s=ANY) if one else None for one in first]
    assert None not in first
    assert [await jobs.column(database, one.id, "attempt") for one in wanted] == [1, 1, 1]


async def test_a_store_that_is_repeated_answers_the_same(database: Database) -> None:
    new = [jobs.new_job() for _ in range(3)]
    first = await store_jobs(database, new[:2])
    again = await store_jobs(database, new)
    assert [row.id for row in again] == [one.id for one in new]
    assert [(row.created_at, row.shown) for row in again[:2]] == [(row.created_at, row.shown) for row in first]
    row = await database.row(text("SELECT count(*) FROM jobs"))
    assert row is not None
    assert row[0] == 3
    await check_invariants(database, quiet=False)


async def test_a_connection_that_died_a_moment_ago_costs_no_submit(
    app: FastAPI, client: httpx2.AsyncClient, database: Database
) -> None:
    body = {"type": "echo", "input": {"message": "hello"}}
    assert (await client.post("/api/v1/jobs", json=body)).status_code == 202
    await database.rows(
        text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'headrace-api'")
    )
    answers = await asyncio.gather(*(client.post("/api/v1/jobs", json=body) for _ in range(20)))
    assert {answer.status_code for answer in answers} == {202}
    row = await database.row(text("SELECT count(*) FROM jobs"))
    assert row is not None
    assert row[0] == 21
