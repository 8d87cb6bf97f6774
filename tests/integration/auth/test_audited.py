"""Each route that changes something leaves exactly one line of who asked, or stands here with the reason why none."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from itertools import count
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI
from redis.asyncio import Redis
from sqlalchemy import text

from app.core.database import Database
from app.core.settings import Settings
from tests.integration.auth.test_rights import RIGHTS_OF_KEYS, operations
from tests.integration.guessing import OWN
from tests.rig import jobs
from tests.rig.applications import started
from tests.rig.dead_letters import many_failed
from tests.rig.people import AUTH, KEYS, ME, PASSWORD, SERVICE, USERS, key_of, person

OF_A_JOB = "a job has a history of its own, and says who made it"
OF_A_FILE = "a file belongs to jobs, and its row says whose it is"
SIGNS_IN = "it changes nothing of the platform: sessions are rows, and guesses are told together (guesses.blocked)"
SIGNS_OUT = "it ends what is the caller's alone, and is no line of an administrator's log"
CHOOSES = "it changes only what one's own browser shows; what is done there for the team has lines of its own"
UNAUDITED = {
    "chooseTeam": CHOOSES,
    **dict.fromkeys(("submitJob", "submitJobs", "updateJob", "deleteJob", "cancelJob", "retryJob"), OF_A_JOB),
    **dict.fromkeys(("uploadFile", "deleteFile"), OF_A_FILE),
    **dict.fromkeys(("openSession", "logIn", "refreshTokens"), SIGNS_IN),
    **dict.fromkeys(("closeSession", "logOut", "signOutAtProvider"), SIGNS_OUT),
}
ADMIN, QUEUE, TYPE = "/api/v1/admin", "/api/v1/queues/default", "/api/v1/job-types/echo"
PROVIDER, LETTERS = "/api/v1/providers/simulated", "/api/v1/dead-letters"
CALLERS = "the caller's"
_numbers = count(1)
OLD, NEW = {"current": PASSWORD, "new": "the river ran high"}, {"name": "Eve", "password": "the river ran high"}


@dataclass(slots=True)
class Scene:
    """An application with one caller of it, and what he is about to change."""

    client: httpx2.AsyncClient
    database: Database
    headers: dict[str, str]

    async def post(self, path: str, body: Any = None, method: str = "POST") -> Any:
        """Do something as the service account that the change needs."""
        answer = await self.client.request(method, path, json=body, headers={**SERVICE, **OWN})
        assert answer.is_success, answer.text
        return answer.json() if answer.content else None

    async def user(self) -> str:
        return (await person(self.client)).id

    async def team(self) -> str:
        return str((await self.post(f"{ADMIN}/teams", {"name": f"team {next(_numbers)}"}))["id"])

    async def member(self) -> str:
        path = f"{ADMIN}/teams/{await self.team()}/members/{await self.user()}"
        await self.post(path, method="PUT")
        return path

    async def key(self, *, is_revoked: bool = False) -> str:
        path = f"{KEYS}/{(await key_of(self.client, self.headers))['id']}"
        if is_revoked:
            await self.client.delete(path, headers=self.headers)
        return path

    async def session(self) -> str:
        body = {"token": SERVICE["X-Service-Token"]}
        opened = await self.client.post("/api/v1/session", json=body, headers=OWN)
        self.client.cookies.delete(opened.headers["set-cookie"].partition("=")[0])
        (row, *_) = await self.database.rows(text("SELECT id FROM sessions ORDER BY opened_at DESC"))
        return f"{ADMIN}/sessions/{row.id}"

    async def own_session(self) -> str:
        """Return the path of a browser session of the caller's."""
        email = (await self.client.get(ME, headers=self.headers)).json()["email"]
        proof = {"username": email, "password": PASSWORD} if email else {"token": SERVICE["X-Service-Token"]}
        opened = await self.client.post("/api/v1/session", json=proof, headers=OWN)
        assert opened.is_success, opened.text
        self.client.cookies.clear()
        (row, *_) = await self.database.rows(text("SELECT id FROM sessions ORDER BY opened_at DESC"))
        return f"{AUTH}/sessions/{row.id}"

    async def invite(self) -> dict[str, Any]:
        made: dict[str, Any] = await self.post(f"{ADMIN}/invites", {"email": f"{len(self.headers)}@guests.test"})
        return made

    async def unused_key(self) -> None:
        await self.key()
        aged = "UPDATE api_keys SET created_at = now() - interval '31 days' WHERE description <> :callers"
        await self.database.rows(text(aged), {"callers": CALLERS})

    async def action(self) -> str:
        await many_failed(self.database, 1)
        return str((await self.post(f"{LETTERS}/retry", {"all": True}))["id"])


Change = tuple[str, str, Any]
Prepare = Callable[[Scene], Awaitable[Change]]


def plainly(method: str, path: str, body: Any = None) -> Prepare:
    async def prepare(_: Scene) -> Change:
        return method, path, body

    return prepare


def at(method: str, find: Callable[[Scene], Awaitable[str]], tail: str = "", body: Any = None) -> Prepare:
    async def prepare(scene: Scene) -> Change:
        return method, await find(scene) + tail, body

    return prepare


async def _with_failed(scene: Scene) -> str:
    await many_failed(scene.database, 1)
    return LETTERS


async def _janitor(scene: Scene) -> str:
    await scene.unused_key()
    return f"{ADMIN}/janitor"


async def _sent(scene: Scene) -> str:
    await jobs.insert(scene.database)
    return "/api/v1/jobs/resend"


async def _users(scene: Scene) -> str:
    return f"{USERS}/{await scene.user()}"


async def _own_sessions(scene: Scene) -> str:
    await scene.own_session()
    return f"{AUTH}/sessions"


async def _teams(scene: Scene) -> str:
    return f"{ADMIN}/teams/{await scene.team()}"


async def _new_member(scene: Scene) -> str:
    return f"{await _teams(scene)}/members/{await scene.user()}"


async def _invites(scene: Scene) -> str:
    return f"{ADMIN}/invites/{(await scene.invite())['id']}"


async def _actions(scene: Scene) -> str:
    return f"{LETTERS}/actions/{await scene.action()}/cancel"


async def _revoked(scene: Scene) -> str:
    return await scene.key(is_revoked=True)


AUDITED: dict[str, tuple[str, Prepare]] = {
    **{f"{verb}Queue": (f"queue.{verb}", plainly("POST", f"{QUEUE}/{verb}")) for verb in ("pause", "resume")},
    **{f"{verb}JobType": (f"type.{verb}", plainly("POST", f"{TYPE}/{verb}")) for verb in ("pause", "resume")},
    "limitQueue": ("queue.limit", plainly("PUT", f"{QUEUE}/limit", {"max_running": 5})),
    "limitJobType": ("type.limit", plainly("PUT", f"{TYPE}/limit", {"max_running": 5})),
    "setProviderQuota": ("provider.quota", plainly("PUT", f"{PROVIDER}/quota", {"quota": "300/min"})),
    "openBreaker": ("breaker.open", plainly("POST", f"{PROVIDER}/breaker/open")),
    "closeBreaker": ("breaker.close", plainly("POST", f"{PROVIDER}/breaker/close")),
    "resetBreaker": ("breaker.reset", plainly("POST", f"{PROVIDER}/breaker/reset")),
    "checkModel": ("provider.check", plainly("POST", f"{PROVIDER}/check", {})),
    "forgetModel": ("provider.forget", plainly("POST", f"{PROVIDER}/forget", {})),
    "retryDeadLetters": ("dead_letters.retry", at("POST", _with_failed, "/retry", {"all": True})),
    "discardDeadLetters": ("dead_letters.discard", at("POST", _with_failed, "/discard", {"all": True})),
    "cancelBulkAction": ("dead_letters.retry.cancel", at("POST", _actions)),
    "resendJobs": ("jobs.resend", at("POST", _sent)),
    "pruneJobs": ("jobs.prune", plainly("POST", f"{ADMIN}/prune", {"dry_run": False})),
    "runJanitor": ("key.clean", at("POST", _janitor)),
    "endSession": ("sessions.end", at("DELETE", Scene.session)),
    "endSessions": ("sessions.end", plainly("DELETE", f"{ADMIN}/sessions")),
    "endOwnSession": ("sessions.end", at("DELETE", Scene.own_session)),
    "endOtherSessions": ("sessions.end", at("DELETE", _own_sessions)),
    "endUserSessions": ("user.sign_out", at("DELETE", _users, "/sessions")),
    "createUser": ("user.create", plainly("POST", USERS, {**NEW, "email": "eve@example.org"})),
    "updateUser": ("user.update", at("PATCH", _users, body={"role": "viewer"})),
    "makeResetLink": ("user.reset_link", at("POST", _users, "/reset")),
    "createTeam": ("team.create", plainly("POST", f"{ADMIN}/teams", {"name": "smiths"})),
    "updateTeam": ("team.update", at("PATCH", _teams, body={"hides_payloads": True})),
    "addTeamMember": ("team.add", at("PUT", _new_member)),
    "removeTeamMember": ("team.remove", at("DELETE", Scene.member)),
    "createKey": ("key.create", plainly("POST", KEYS, {"description": "nightly"})),
    "revokeKey": ("key.revoke", at("DELETE", Scene.key)),
    "restoreKey": ("key.restore", at("POST", _revoked, "/restore")),
    "rotateKey": ("key.rotate", at("POST", Scene.key, "/rotate")),
    "createInvite": ("invite.create", plainly("POST", f"{ADMIN}/invites", {"email": "guest@example.org"})),
    "revokeInvite": ("invite.revoke", at("DELETE", _invites)),
    # These end what the caller asks with.
    "changePassword": ("user.password", plainly("POST", f"{AUTH}/password", OLD)),
    "logOutEverywhere": ("user.sign_out", plainly("POST", f"{AUTH}/logout-all")),
}
# Of routes that nobody has to sign in for: the line is of whom they make, or let in.
OPEN = {"registerUser": "user.register", "acceptInvite": "invite.accept", "resetPassword": "user.reset"}
NOT_OF_THE_SERVICE = {"changePassword", "logOutEverywhere"}  # which has neither
ENDS_SESSIONS = {"endSessions", "changePassword", "logOutEverywhere"}


@pytest.fixture
async def app(settings: Settings, database: Database, redis: Redis) -> AsyncIterator[FastAPI]:
    async with started(settings.model_copy(update={"registration": "open"})) as app:
        yield app


def test_every_route_that_changes_something_is_in_a_table(app: FastAPI) -> None:
    changing = {name for name, (method, _, _) in operations(app).items() if method != "GET"}
    assert changing == {*AUDITED, *OPEN, *UNAUDITED}


async def lines(database: Database) -> list[Any]:
    return list(await database.rows(text("SELECT * FROM audit_log ORDER BY id")))


async def caller(client: httpx2.AsyncClient, who: str) -> tuple[dict[str, str], str, str | None]:
    """Return the headers of a new caller, his id and that of his key."""
    if who == "service":
        return SERVICE, "00000000-0000-7000-8000-000000000001", None
    root = await person(client, "admin")
    if who == "key":
        made = await key_of(client, root.headers, scopes=sorted(RIGHTS_OF_KEYS), description=CALLERS)
        return {"X-API-Key": made["key"]}, root.id, made["id"]
    if who == "browser":
        body = {"username": root.email, "password": PASSWORD}
        opened = await client.post("/api/v1/session", json=body, headers=OWN)
        cookie = opened.headers["set-cookie"].partition(";")[0]
        client.cookies.clear()
        return {**OWN, "Cookie": cookie}, root.id, None
    return root.headers, root.id, None


@pytest.mark.parametrize("who", ["service", "administrator", "key", "browser"])
async def test_each_change_is_one_line_of_who_made_it(
    anonymous: httpx2.AsyncClient, database: Database, who: str
) -> None:
    headers, user_id, key_id = await caller(anonymous, who)
    for name, (action, prepare) in AUDITED.items():
        if who == "service" and name in NOT_OF_THE_SERVICE:
            continue
        method, path, body = await prepare(Scene(anonymous, database, headers))
        before = len(await lines(database))
        answer = await anonymous.request(method, path, json=body, headers=headers)
        assert answer.is_success, (name, answer.text)
        (line,) = (await lines(database))[before:]
        assert (line.action, str(line.user_id), line.key_id) == (action, user_id, key_id), name
        assert line.address == "127.0.0.1"
        assert line.request_id == answer.headers["x-request-id"]
        if name in ENDS_SESSIONS:
            headers, user_id, key_id = await caller(anonymous, who)


async def test_who_comes_in_by_himself_leaves_a_line(anonymous: httpx2.AsyncClient, database: Database) -> None:
    scene = Scene(anonymous, database, SERVICE)
    ada = await person(anonymous)
    invite, reset = await scene.invite(), await scene.post(f"{USERS}/{ada.id}/reset")
    bodies = {
        "register": {**NEW, "email": "eve@example.org"},
        "invite": {**NEW, "token": invite["link"].partition("#")[2]},
        "reset": {"password": "the river ran high", "token": reset["link"].partition("#")[2]},
    }
    before = len(await lines(database))
    for way, body in bodies.items():
        assert (await anonymous.post(f"{AUTH}/{way}", json=body)).is_success
    made = (await lines(database))[before:]
    assert [line.action for line in made] == list(OPEN.values())
    assert [line.actor for line in made] == ["nobody", invite["email"], ada.email]
    assert {line.address for line in made} == {"127.0.0.1"}
