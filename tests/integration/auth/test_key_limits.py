"""Keys for some job types and models: whatever may be done, they do it to such jobs alone, and call no others."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx2
import pytest
from redis.asyncio import Redis

from app.core.database import Database
from app.core.settings import Settings
from app.jobs.maintenance.bulk import BulkActions
from tests.rig.dead_letters import failed
from tests.rig.people import KEYS, SERVICE, Person, bearer, key_of, person, process

JOBS, DEAD = "/api/v1/jobs", "/api/v1/dead-letters"
ECHO: dict[str, Any] = {"type": "echo", "input": {"message": "hello"}, "delay_s": 3600}
SUMMARY: dict[str, Any] = {"type": "summarize", "input": {"text": "It rained. The mill stood."}, "delay_s": 3600}
FILE = """
[providers.one]
kind = "simulated"
[models.small]
provider = "one"
[models.large]
provider = "one"
[aliases]
default = ["small"]
thorough = ["large", "small"]
"""


@pytest.fixture
async def client(
    settings: Settings, database: Database, redis: Redis, tmp_path: Path
) -> AsyncIterator[httpx2.AsyncClient]:
    """A client without a credential, of an API with two models and two aliases."""
    path = tmp_path / "providers.toml"
    path.write_text(FILE)
    async with process(settings, providers_file=path) as client:
        yield client


async def made(client: httpx2.AsyncClient, ada: Person, body: dict[str, Any], **more: Any) -> str:
    answer = await client.post(JOBS, json=body | more, headers=ada.headers)
    assert answer.status_code == 202, answer.text
    return str(answer.json()["id"])


VERBS = [("PATCH", "", {"priority": "high"}), ("POST", "/cancel", None), ("POST", "/retry", None), ("DELETE", "", None)]


@pytest.mark.parametrize(("method", "tail", "body"), VERBS)
async def test_each_verb_of_a_job_is_for_the_key_s_jobs_alone(
    client: httpx2.AsyncClient, method: str, tail: str, body: Any
) -> None:
    ada = await person(client)
    key = bearer((await key_of(client, ada.headers, job_types=["echo", "summarize"], models=["small"]))["key"])
    translate = {"type": "translate", "input": {"text": "x", "target_language": "de"}, "delay_s": 3600}
    for wanted, code in ((translate, "job_type_not_allowed"), (SUMMARY | {"model": "large"}, "model_not_allowed")):
        path = f"{JOBS}/{await made(client, ada, wanted)}"
        before = (await client.get(path, headers=key)).json()
        refused = await client.request(method, path + tail, json=body, headers=key)
        assert (refused.status_code, refused.json()["code"]) == (403, code)
        assert (await client.get(path, headers=key)).json() == before
    for wanted in (ECHO, SUMMARY):
        path = f"{JOBS}/{await made(client, ada, wanted)}"
        if tail == "/retry":
            await client.post(f"{path}/cancel", headers=key)
        assert (await client.request(method, path + tail, json=body, headers=key)).status_code < 300


async def failures(database: Database, ada: Person) -> tuple[UUID, UUID, UUID]:
    """Return failed jobs: one that asks no model, one of the small model, and one of the large one."""
    owner = UUID(ada.id)
    echo = await failed(database, owner_id=owner)
    small, large = [
        await failed(database, owner_id=owner, type="summarize", requested_model=one) for one in ("small", "large")
    ]
    return echo, small, large


async def states(client: httpx2.AsyncClient, ada: Person) -> dict[UUID, str]:
    items = (await client.get(JOBS, headers=ada.headers)).json()["items"]
    return {UUID(one["id"]): one["status"] for one in items}


@pytest.mark.parametrize(
    ("narrow", "meant"), [({"models": ["small"]}, {0, 1}), ({"job_types": ["summarize"]}, {1, 2}), ({}, {0, 1, 2})]
)
async def test_many_dead_letters_are_retried_of_the_key_s_jobs_alone(
    client: httpx2.AsyncClient, database: Database, narrow: dict[str, Any], meant: set[int]
) -> None:
    ada = await person(client)
    letters = await failures(database, ada)
    key = bearer((await key_of(client, ada.headers, **narrow))["key"])
    dry = await client.post(f"{DEAD}/retry", json={"all": True, "dry_run": True}, headers=key)
    assert dry.json()["matched"] == len(meant)
    action = await client.post(f"{DEAD}/retry", json={"all": True}, headers=key)
    assert (action.status_code, action.json()["total"]) == (202, len(meant))
    await BulkActions(database).run()
    retried = {index for index, one in enumerate(letters) if (await states(client, ada))[one] == "pending"}
    assert retried == meant


async def test_many_are_discarded_and_pruned_of_the_key_s_jobs_alone(
    client: httpx2.AsyncClient, database: Database
) -> None:
    root = await person(client, "admin")
    letters = await failures(database, root)
    scopes = ["jobs:read", "jobs:write", "operate"]
    key = bearer((await key_of(client, root.headers, scopes=scopes, models=["small"], job_types=["summarize"]))["key"])
    await client.post(f"{DEAD}/discard", json={"all": True}, headers=key)
    await BulkActions(database).run()
    assert (await states(client, root)).keys() == {letters[0], letters[2]}
    old = {"older_than_days": 1e-9, "dry_run": False}
    assert (await client.post("/api/v1/admin/prune", json=old | {"dry_run": True}, headers=key)).json()["matched"] == 0
    assert (await client.post("/api/v1/admin/prune", json=old, headers=key)).json()["total"] == 0
    await BulkActions(database).run()
    assert len(await states(client, root)) == 2


async def test_a_key_stops_no_action_that_meets_other_jobs(client: httpx2.AsyncClient, database: Database) -> None:
    ada = await person(client)
    await failures(database, ada)
    key = bearer((await key_of(client, ada.headers, job_types=["summarize"]))["key"])
    for headers, status in ((ada.headers, 403), (key, 200)):
        action = (await client.post(f"{DEAD}/discard", json={"all": True}, headers=headers)).json()
        path = f"{DEAD}/actions/{action['id']}"
        assert (await client.post(f"{path}/cancel", headers=key)).status_code == status
        is_stopped = (await client.get(path, headers=key)).json()["status"] == "cancelled"
        assert is_stopped == (status == 200)


async def test_a_key_checks_no_other_model(client: httpx2.AsyncClient) -> None:
    key = bearer((await key_of(client, SERVICE, scopes=["operate"], models=["small"]))["key"])
    for model, status in (("small", 200), ("large", 403)):
        answer = await client.post("/api/v1/providers/one/check", json={"model": model}, headers=key)
        assert answer.status_code == status, answer.text
    assert answer.json()["code"] == "model_not_allowed"


@pytest.mark.parametrize(
    ("models", "taken", "refused"),
    [
        (["small"], [None, "small", "default"], ["large", "thorough"]),
        (["default"], [None, "small"], ["large", "thorough"]),
        (["thorough"], ["thorough", "large", "small", None], []),
        (["large"], ["large"], [None, "small", "thorough"]),
    ],
)
async def test_a_key_s_models_and_their_aliases_are_the_same(
    client: httpx2.AsyncClient, models: list[str], taken: list[str | None], refused: list[str | None]
) -> None:
    ada = await person(client)
    made_key = await key_of(client, ada.headers, models=models)
    assert made_key["models"] == models
    for model in taken:
        answer = await client.post(JOBS, json=SUMMARY | {"model": model}, headers=bearer(made_key["key"]))
        assert answer.status_code == 202, (model, answer.text)
    for model in refused:
        answer = await client.post(JOBS, json=SUMMARY | {"model": model}, headers=bearer(made_key["key"]))
        assert (answer.status_code, answer.json()["code"]) == (404, "model_not_found")
        assert models[0] in answer.json()["detail"], "the refusal says what is allowed"


@pytest.mark.parametrize(
    ("wanted", "pointer", "said"),
    [
        ({"job_types": ["echo", "sumarize"]}, "#/job_types/1", ["'sumarize'", "perhaps 'summarize'", "echo, "]),
        ({"models": ["smal"]}, "#/models/0", ["'smal'", "perhaps 'small'", "default, thorough, small, large"]),
        ({"models": ["zzz"]}, "#/models/0", ["no model 'zzz'; there are: default"]),
    ],
)
async def test_a_key_is_for_job_types_and_models_that_there_are(
    client: httpx2.AsyncClient, wanted: dict[str, Any], pointer: str, said: list[str]
) -> None:
    ada = await person(client)
    answer = await client.post(KEYS, json={"description": "x", **wanted}, headers=ada.headers)
    assert answer.status_code == 422
    (fault,) = answer.json()["errors"]
    assert fault["pointer"] == pointer
    assert all(text in fault["detail"] for text in said), fault["detail"]
    assert (await client.get(KEYS, headers=ada.headers)).json()["items"] == []
