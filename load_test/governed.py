"""A whole stack with three workers and the scripted provider, whose limits a benchmark sets and whose log it reads."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx2
from sqlalchemy import text

from app.core.clock import monotonic_s
from app.core.database import Database
from load_test import rig
from load_test.rig import Rig
from tests.scripted_model.process import ScriptedModel, command
from tests.scripted_model.witness import Record, read_calls

WORKERS = 3
LATENCY_S = 0.3  # of an answer: long enough for calls to overlap
AT_ONCE = 1000
POLL_S = 0.05
_JOBS = text("SELECT id::text AS id, status, attempt - refunds AS used, refunds, error_code FROM jobs ORDER BY id")
_OPEN = text("SELECT count(*) FROM jobs WHERE finished_at IS NULL")


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the result: a value, its goal in words, and whether it is met (None: only told)."""

    name: str
    value: float
    goal: str = ""
    is_met: bool | None = None


@dataclass(slots=True)
class Governed:
    """The running stack; its workers are started last, so that what waits is there before them."""

    servers: Rig
    model: ScriptedModel
    client: httpx2.AsyncClient
    database: Database

    async def submit(self, bodies: Sequence[Mapping[str, Any]]) -> list[str]:
        """Submit jobs in this order and return their ids."""
        ids: list[str] = []
        for begun in range(0, len(bodies), AT_ONCE):
            answer = await self.client.post("/api/v1/jobs/batch", json={"jobs": bodies[begun : begun + AT_ONCE]})
            answer.raise_for_status()
            ids += [job["id"] for job in answer.json()["jobs"]]
        return ids

    def start_workers(self, slots: int) -> None:
        """Start the scheduler and the workers."""
        self.servers.start("scheduler", "-m", "app", "scheduler")
        for number in range(WORKERS):
            self.servers.start(f"worker-{number}", "-m", "app", "worker", WORKER_CONCURRENCY=str(slots))

    def calls(self) -> list[Record]:
        """Return what the provider has seen so far."""
        return read_calls(self.model.log)

    async def seen(self, count: int, *, within_s: float) -> list[Record]:
        """Wait for so many calls and return them."""
        await until(lambda: len(self.calls()) >= count, within_s=within_s, what=f"{count} calls")
        return self.calls()

    async def ended(self, *, within_s: float) -> None:
        """Wait until every job has ended."""

        async def none_open() -> bool:
            row = await self.database.row(_OPEN)
            return row is not None and row[0] == 0

        await until(none_open, within_s=within_s, what="every job ends")

    async def jobs(self) -> list[Any]:
        """Return id, status, used attempts, refunds and error code of each job, in the order of submission."""
        return list(await self.database.rows(_JOBS))


async def until(condition: Callable[[], Any], *, within_s: float, what: str) -> None:
    """Wait until a condition, plain or async, holds. Raises: SystemExit when that takes too long."""
    until_s = monotonic_s() + within_s
    while True:
        found = condition()
        if asyncio.iscoroutine(found):
            found = await found
        if found:
            return
        if monotonic_s() > until_s:
            raise SystemExit(f"not within {within_s:.0f} s: {what}")
        await asyncio.sleep(POLL_S)


@asynccontextmanager
async def stack(servers: Rig, wanted: Mapping[str, Any], **environment: str) -> AsyncIterator[Governed]:
    """Yield a stack with the API up, and no worker yet; `wanted` controls the provider from its start."""
    port, log = rig.free_port(), servers.folder / "calls.jsonl"
    servers.start("model", *command(log, port=port, **{"latency_s": LATENCY_S, **wanted}), port=port)
    model = ScriptedModel(f"http://127.0.0.1:{port}/v1", log)
    provider = {"LLM_PROVIDER": "openai", "OPENAI_BASE_URL": model.base_url, "OPENAI_API_KEY": "sk-only-for-tests"}
    servers.settings |= {**provider, "GRACE_S": "0.5", **environment}  # what still waits at the end need not finish
    url = servers.api()
    database = servers.database()
    headers = {"X-Service-Token": rig.TOKEN}
    try:
        async with httpx2.AsyncClient(base_url=url, headers=headers, timeout=60, trust_env=False) as client:
            yield Governed(servers, model, client, database)
    finally:
        await database.close()


def small(number: int) -> dict[str, Any]:
    """Return a job of one small call, about 100 tokens."""
    return {"type": "summarize", "input": {"text": f"Mill {number} was built in 1784 and ground barley until 1963."}}


def large(number: int, *, tokens: int = 3000) -> dict[str, Any]:
    """Return a job of one call that is so large."""
    text_ = f"Mill {number}. " + "It makes electricity now, as the miller's grandson wanted it. " * (tokens * 4 // 62)
    return {"type": "summarize", "input": {"text": text_}}
