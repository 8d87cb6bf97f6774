"""Two teams and who sees both: every verb that names a row finds the own ones alone, and another's is not there."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import httpx2
import pytest
from redis.asyncio import Redis
from sqlalchemy import text

from app.auth.caller import Caller, Right, Role
from app.core.database import Database
from app.jobs.maintenance.bulk import BulkActions
from app.jobs.outcomes import AttemptUsage
from tests.rig import jobs, pdfs
from tests.rig.callers import make_caller, posing_as
from tests.rig.dead_letters import failed

API = "/api/v1"
RED, BLUE, OFFICE = (UUID(int=0x7 << 76 | 0x2 << 62 | number) for number in (1, 2, 3))
red, blue = make_caller("red", RED), make_caller("blue", BLUE)
overseer = make_caller("overseer", OFFICE, Role.OPERATOR)
as_red = make_caller("overseer as red", RED, Role.ADMIN, is_narrowed=True)
as_blue = make_caller("overseer as blue", BLUE, Role.OPERATOR, is_narrowed=True)
SEE_RED, SEE_NOT = (red, overseer, as_red), (blue, as_blue)
PDF = pdfs.of_texts([(72, 700, 12, "The first page")])
ECHO: Mapping[str, Any] = {"type": "echo", "input": {"message": "x"}}


@dataclass(frozen=True, slots=True)
class Asker:
    """Asks the API as one caller or another."""

    client: httpx2.AsyncClient
    database: Database

    async def ask(
        self, caller: Caller, method: str, path: str, headers: Mapping[str, str] | None = None, **more: Any
    ) -> httpx2.Response:
        headers = {**posing_as(caller), **(headers or {})}
        return await self.client.request(method, f"{API}{path}", headers=headers, **more)

    async def made(self, caller: Caller, path: str, **more: Any) -> str:
        answer = await self.ask(caller, "POST", path, **more)
        assert answer.is_success, answer.text
        made: str = answer.json()["id"]
        return made

    async def file(self, caller: Caller) -> str:
        return await self.made(caller, "/files", files={"file": ("a.pdf", PDF, "application/pdf")})


@pytest.fixture
def asker(client: httpx2.AsyncClient, database: Database) -> Asker:
    return Asker(client, database)


async def waiting(asker: Asker, caller: Caller) -> str:
    return await asker.made(caller, "/jobs", json=ECHO)


async def dead(asker: Asker, caller: Caller) -> str:
    return str(await failed(asker.database, owner_id=caller.owner_id))


async def uploaded(asker: Asker, caller: Caller) -> str:
    return await asker.file(caller)


async def of_file(asker: Asker, caller: Caller) -> str:
    job = {"type": "pdf_extract", "input": {"file_id": await asker.file(caller)}}
    return await asker.made(caller, "/jobs", json=job)


async def action(asker: Asker, caller: Caller) -> str:
    return await asker.made(caller, "/dead-letters/discard", json={"all": True})


Make = Callable[[Asker, Caller], Awaitable[str]]
BY_ID: Mapping[str, tuple[Make, str, str, Any]] = {
    "get": (waiting, "GET", "/jobs/ID", None),
    "change": (waiting, "PATCH", "/jobs/ID", {"priority": "high"}),
    "cancel": (waiting, "POST", "/jobs/ID/cancel", None),
    "retry": (dead, "POST", "/jobs/ID/retry", None),
    "delete": (waiting, "DELETE", "/jobs/ID", None),
    "delete by force": (waiting, "DELETE", "/jobs/ID?force=true", None),
    "explain": (waiting, "GET", "/jobs/ID/explain", None),
    "see a page": (of_file, "GET", "/jobs/ID/pages/1", None),
    "know a file": (uploaded, "GET", "/files/ID", None),
    "read a file": (uploaded, "GET", "/files/ID/content", None),
    "delete a file": (uploaded, "DELETE", "/files/ID", None),
    "see an action": (action, "GET", "/dead-letters/actions/ID", None),
    "stop an action": (action, "POST", "/dead-letters/actions/ID/cancel", None),
}
_STATE = text("""
    SELECT (SELECT jsonb_agg(to_jsonb(jobs) ORDER BY id) FROM jobs), (SELECT jsonb_agg(id ORDER BY id) FROM files),
           (SELECT jsonb_agg(to_jsonb(bulk_actions) ORDER BY id) FROM bulk_actions)
""")


@pytest.mark.parametrize(("make", "method", "path", "body"), BY_ID.values(), ids=BY_ID)
async def test_what_is_named_by_its_id(asker: Asker, make: Make, method: str, path: str, body: Any) -> None:
    for who in SEE_RED:
        named = await make(asker, red)
        before = await asker.database.row(_STATE)
        for other in SEE_NOT:
            unknown = str(uuid4())
            answer, missing = [
                await asker.ask(other, method, path.replace("ID", one), json=body) for one in (named, unknown)
            ]
            assert (answer.status_code, missing.status_code) == (404, 404), (other.name, answer.text)
            told, told_of_missing = [
                {name: value for name, value in one.json().items() if name != "request_id"} for one in (answer, missing)
            ]
            assert str(told).replace(named, unknown) == str(told_of_missing), other.name
        assert await asker.database.row(_STATE) == before
        assert (await asker.ask(who, method, path.replace("ID", named), json=body)).is_success, who.name


async def seen(asker: Asker, caller: Caller, path: str) -> set[str]:
    answer = await asker.ask(caller, "GET", path)
    assert answer.status_code == 200, answer.text
    return {item["id"] for item in answer.json()["items"]}


JOB_LISTS = {
    "all": "/jobs",
    "oldest first": "/jobs?sort=created_at",
    "failed": "/jobs?status=failed",
    "of a type": "/jobs?type=echo",
    "of a queue": "/jobs?queue=default&type=echo&status=failed",
    "by their end": "/jobs?sort=-finished_at",
    "of a kind of failures": "/dead-letters/groups/FINGERPRINT/jobs",
}


@pytest.mark.parametrize("path", JOB_LISTS.values(), ids=JOB_LISTS)
async def test_a_list_of_jobs_has_those_that_the_caller_sees(asker: Asker, path: str) -> None:
    ids = [await dead(asker, caller) for caller in (red, blue, red)]
    path = path.replace("FINGERPRINT", await jobs.column(asker.database, UUID(ids[0]), "error_fingerprint"))
    for caller in (red, as_red):
        assert await seen(asker, caller, path) == {ids[0], ids[2]}, caller.name
    for caller in (blue, as_blue):
        assert await seen(asker, caller, path) == {ids[1]}, caller.name
    assert await seen(asker, overseer, path) == set(ids)


async def test_the_jobs_of_a_queue(asker: Asker) -> None:
    path, first, second = "/queues/default/jobs", await waiting(asker, red), await waiting(asker, blue)
    assert await seen(asker, red, path) == {first}
    assert await seen(asker, blue, path) == {second}
    assert await seen(asker, overseer, path) == {first, second}
    third = await waiting(asker, red)
    cursor = (await asker.ask(red, "GET", f"{path}?limit=1")).json()["next_cursor"]
    assert await seen(asker, red, f"{path}?limit=1&cursor={cursor}") == {third}
    assert (await asker.ask(blue, "GET", f"{path}?cursor={cursor}")).json()["code"] == "bad_cursor"


async def test_a_count_is_of_what_the_caller_sees(asker: Asker) -> None:
    made = {red: 3, blue: 5}
    for caller, number in made.items():
        for _ in range(number):
            await dead(asker, caller)
    for caller, number in {**made, overseer: 8}.items():
        for more in ("", "&status=failed", "&type=echo&sort=finished_at"):
            page = (await asker.ask(caller, "GET", f"/jobs?limit=1&count=estimate{more}")).json()
            assert page["estimated_count"] == number, (caller.name, more)


async def test_files(asker: Asker) -> None:
    own, other = await asker.file(red), await asker.file(blue)
    assert await seen(asker, red, "/files") == {own}
    assert await seen(asker, as_blue, "/files") == {other}
    assert await seen(asker, overseer, "/files") == {own, other}


@pytest.mark.parametrize("who", [blue, overseer, as_blue], ids=lambda who: who.name)
async def test_a_job_names_files_of_its_own_team_alone(asker: Asker, who: Caller) -> None:
    """Who sees another team's file cannot have a job of the own team read it either."""
    own, other = await asker.file(who), await asker.file(red)
    job = {"type": "pdf_extract", "input": {"file_id": other}}
    for path, body in (("/jobs", job), ("/jobs/batch", {"jobs": [job]})):
        answer = await asker.ask(who, "POST", path, json=body)
        assert (answer.status_code, answer.json()["code"]) == (422, "file_not_found")
    assert await asker.made(who, "/jobs", json={**job, "input": {"file_id": own}})


async def test_dead_letters(asker: Asker) -> None:
    for caller in (red, blue, blue):
        await dead(asker, caller)
    for caller, count in ((red, 1), (blue, 2), (as_red, 1), (overseer, 3)):
        found = (await asker.ask(caller, "GET", "/dead-letters")).json()
        assert (found["total"], found["total_groups"]) == (count, 1), caller.name
        assert (found["groups"][0]["count"], len(found["groups"][0]["samples"])) == (count, count), caller.name
        dry = await asker.ask(caller, "POST", "/dead-letters/retry", json={"all": True, "dry_run": True})
        assert dry.json()["matched"] == count, caller.name


@pytest.mark.parametrize(
    ("who", "left"), [(red, {"blue"}), (as_red, {"blue"}), (overseer, set())], ids=lambda one: getattr(one, "name", "")
)
@pytest.mark.parametrize("verb", ["retry", "discard", "prune"])
async def test_an_action_means_what_its_maker_sees(asker: Asker, verb: str, who: Caller, left: set[str]) -> None:
    ids = {caller.name: await dead(asker, caller) for caller in (red, blue)}
    for job_id in ids.values():
        await jobs.change(asker.database, UUID(job_id), "finished_at = finished_at - interval '9 days'")
    if verb == "prune" and Right.OPERATE not in who.rights:
        refused = await asker.ask(who, "POST", "/admin/prune", json={"older_than_days": 8, "dry_run": False})
        assert (refused.status_code, refused.json()["code"]) == (403, "insufficient_scope")
        return
    if verb == "prune":
        body: dict[str, Any] = {"older_than_days": 8}
        met = (await asker.ask(who, "POST", "/admin/prune", json=body)).json()["matched"]
        made = await asker.made(who, "/admin/prune", json={**body, "dry_run": False})
    else:
        body = {"all": True}
        met = (await asker.ask(who, "POST", f"/dead-letters/{verb}", json={**body, "dry_run": True})).json()["matched"]
        made = await asker.made(who, f"/dead-letters/{verb}", json=body)
    assert met == 2 - len(left)
    await BulkActions(asker.database).run()
    done = (await asker.ask(who, "GET", f"/dead-letters/actions/{made}")).json()
    assert (done["total"], done["done"], done["status"]) == (2 - len(left), 2 - len(left), "completed")
    rows = await asker.database.rows(text("SELECT id FROM jobs WHERE status = 'failed'"))
    assert {str(row.id) for row in rows} == {ids[name] for name in left}


async def test_actions_are_listed_for_those_whose_jobs_they_mean(asker: Asker) -> None:
    of = {caller.name: await action(asker, caller) for caller in (red, blue, overseer, as_red)}
    path = "/dead-letters/actions"
    assert await seen(asker, red, path) == await seen(asker, as_red, path) == {of["red"], of["overseer as red"]}
    assert await seen(asker, blue, path) == {of["blue"]}
    assert await seen(asker, overseer, path) == set(of.values())
    for method, more in (("GET", ""), ("POST", "/cancel")):
        assert (await asker.ask(red, method, f"{path}/{of['overseer']}{more}")).status_code == 404
        assert (await asker.ask(overseer, method, f"{path}/{of['overseer']}{more}")).status_code == 200


async def test_resending(asker: Asker, redis: Redis) -> None:
    for caller in (red, blue):
        job_id = await jobs.insert(asker.database, owner_id=caller.owner_id)
        await jobs.change(asker.database, job_id, "dispatch_at = now() + interval '1 minute', dispatch_count = 1")
    for caller, count in ((as_red, 1), (as_blue, 1), (overseer, 2)):
        answer = await asker.ask(caller, "POST", "/jobs/resend", json={"dry_run": True})
        assert answer.json()["found"] == count, caller.name
    assert (await asker.ask(as_red, "POST", "/jobs/resend")).json() == {"found": 1, "resent": 1}
    assert (await asker.ask(overseer, "POST", "/jobs/resend")).json() == {"found": 1, "resent": 1}
    assert (await asker.ask(red, "POST", "/jobs/resend")).status_code == 403


async def test_costs(asker: Asker) -> None:
    used = AttemptUsage(provider="one", model="small", prompt_tokens=10, completion_tokens=3)
    for caller in (red, blue, blue):
        claimed = await jobs.claim(asker.database, await jobs.insert(asker.database, owner_id=caller.owner_id))
        await jobs.finish(asker.database, claimed, {"message": "x"}, used)
    for caller, expected in (
        (red, {str(RED): 1}),
        (as_blue, {str(BLUE): 2}),
        (overseer, {str(RED): 1, str(BLUE): 2}),
    ):
        found = (await asker.ask(caller, "GET", "/costs?group_by=owner")).json()
        assert {item["key"]: item["jobs"] for item in found["items"]} == expected, caller.name
        assert found["total"]["jobs"] == sum(expected.values())


async def test_a_key_is_the_team_s_own(asker: Asker) -> None:
    async def submit(caller: Caller) -> tuple[str, bool]:
        answer = await asker.ask(caller, "POST", "/jobs", {"Idempotency-Key": "one"}, json=ECHO)
        return answer.json()["id"], "idempotency-replayed" in answer.headers

    first = {caller.name: await submit(caller) for caller in (red, blue, overseer)}
    assert len({job_id for job_id, _ in first.values()}) == 3
    assert not any(replayed for _, replayed in first.values())
    assert await submit(red) == await submit(as_red) == (first["red"][0], True)


async def test_a_job_says_who_made_it_and_belongs_to_the_team_acted_for(asker: Asker) -> None:
    for caller in (red, overseer, as_red):
        one = await asker.made(caller, "/jobs", json=ECHO)
        many = (await asker.ask(caller, "POST", "/jobs/batch", json={"jobs": [ECHO]})).json()["jobs"][0]["id"]
        for job_id in (one, many):
            assert (await asker.ask(caller, "GET", f"/jobs/{job_id}")).json()["created_by"] == str(caller.user_id)
            assert await jobs.column(asker.database, UUID(job_id), "owner_id") == caller.owner_id
    old = await jobs.insert(asker.database, owner_id=RED)
    assert (await asker.ask(red, "GET", f"/jobs/{old}")).json()["created_by"] is None
