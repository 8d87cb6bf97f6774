"""Figures: whoever sees one team is told of its jobs, and of nothing that the others do or spend."""

from typing import Any
from uuid import UUID, uuid4

import httpx2
import pytest

from app.core.database import Database
from tests.rig import jobs
from tests.rig.dead_letters import failed
from tests.rig.people import SERVICE, bearer, key_of, person

STATS, THROUGHPUT = "/api/v1/admin/stats", "/api/v1/admin/throughput"


async def some_jobs(database: Database, owner_id: UUID, *, kind: str, waiting: int) -> None:
    for _ in range(waiting):
        await jobs.insert(database, owner_id=owner_id, type=kind)
    await jobs.insert(database, owner_id=owner_id, type=kind, delay_s=1000.0)
    await failed(database, owner_id=owner_id, type=kind)


async def stats(client: httpx2.AsyncClient, headers: dict[str, str]) -> dict[str, Any]:
    answer = await client.get(STATS, headers=headers)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_counts_are_those_of_the_jobs_that_the_caller_sees(
    anonymous: httpx2.AsyncClient, database: Database
) -> None:
    ada, eve = await person(anonymous), await person(anonymous, "viewer")
    await some_jobs(database, UUID(ada.id), kind="echo", waiting=2)
    await some_jobs(database, uuid4(), kind="summarize", waiting=5)
    key = bearer((await key_of(anonymous, ada.headers))["key"])
    for headers in (ada.headers, key, {**SERVICE, "X-Team": ada.id}):
        found = await stats(anonymous, headers)
        counted = {name: count for name, count in found["by_status"].items() if count}
        assert counted == {"pending": 2, "scheduled": 1, "failed": 1}
        assert found["by_type"].keys() == {"echo"}
        assert found["oldest_waiting_s"] > 0
        assert (found["windows"], found["gone_workers"]) == ({}, [])
    none = await stats(anonymous, eve.headers)
    assert (sum(none["by_status"].values()), none["by_queue"], none["oldest_waiting_s"]) == (0, {}, None)
    everything = await stats(anonymous, SERVICE)
    assert (everything["by_status"]["pending"], everything["by_type"].keys()) == (7, {"echo", "summarize"})
    assert everything["windows"]["1h"]["failed"] == 2


@pytest.mark.parametrize("path", [THROUGHPUT, "/api/v1/providers/simulated/metrics"])
async def test_what_all_teams_do_is_for_operators(anonymous: httpx2.AsyncClient, path: str) -> None:
    for role, status in (("viewer", 403), ("member", 403), ("operator", 200), ("admin", 200)):
        assert (await anonymous.get(path, headers=(await person(anonymous, role)).headers)).status_code == status
    readers = bearer((await key_of(anonymous, SERVICE, scopes=["jobs:read"]))["key"])
    assert (await anonymous.get(path, headers=readers)).status_code == 403


async def test_a_queue_s_depth_is_told_to_everybody(anonymous: httpx2.AsyncClient, database: Database) -> None:
    await some_jobs(database, uuid4(), kind="echo", waiting=3)
    queues = (await anonymous.get("/api/v1/queues", headers=(await person(anonymous)).headers)).json()["queues"]
    assert queues[0]["waiting"] == 3
