"""What a long backlog costs those who submit and read beside it, and that urgent jobs pass it.

Compared are 1,000 waiting jobs and many more, on one database: the buffers of each statement, which no other load on
the machine changes, and the median latency of submits, which take turns. Then Redis is watched while a scheduler runs.
"""

import asyncio
import json
import subprocess
import sys
from dataclasses import asdict, dataclass
from statistics import median
from typing import Annotated, Any

import httpx2
import typer
from redis import Redis
from rich.console import Console
from rich.table import Table
from sqlalchemy import text

from app.core.broker_messages import PRIORITY_STEPS, list_key
from app.core.clock import monotonic_s
from app.core.database import Database
from app.jobs.maintenance.dispatcher import MIN_ROOM
from app.jobs.repository import counts
from load_test import backlog, buffers, rig
from load_test.rig import Rig

FEW = 1_000
LATENCY_RATIO = 1.5
RUN_TIMEOUT_S = 300
WATCHED_S = 5.0
PATIENCE_S = 60.0
POLL_S = 0.02
BODY = {"type": "echo", "input": {"message": "hello"}}
_DROP_SUBMITTED = text("DELETE FROM jobs WHERE request_id IS NOT NULL")
_STARTED_BEFORE = text("SELECT count(*) FROM jobs WHERE claimed_at < (SELECT claimed_at FROM jobs WHERE priority = 1)")
_IS_STARTED = text("SELECT count(*) FROM jobs WHERE priority = 1 AND claimed_at IS NOT NULL")
_console = Console()


@dataclass(frozen=True, slots=True)
class Figure:
    """One comparison: at few waiting jobs, at many, and what may be at most."""

    name: str
    few: float | None
    many: float
    limit: float

    @property
    def is_met(self) -> bool:
        """Whether the many cost no more than allowed."""
        return self.many <= self.limit


def main(
    *,
    jobs: Annotated[int, typer.Option(min=2 * FEW, help="Waiting jobs, compared with 1,000.")] = 100_000,
    requests: Annotated[int, typer.Option(min=100, help="Submits a run.")] = 1_500,
    rounds: Annotated[int, typer.Option(min=1, help="Runs at each size; their median counts.")] = 5,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Compare 1,000 waiting jobs with many. Exits with 1 when a figure is over its limit."""
    with rig.running() as servers:
        figures = asyncio.run(_measure(servers, jobs, requests, rounds))
    if as_json:
        told = [{**asdict(one), "is_met": one.is_met} for one in figures]
        typer.echo(json.dumps({"few": FEW, "many": jobs, "figures": told}, indent=2))
    else:
        _print(figures, jobs)
    if not all(one.is_met for one in figures):
        raise typer.Exit(1)


async def _measure(servers: Rig, jobs: int, requests: int, rounds: int) -> list[Figure]:
    url = servers.api()
    database = servers.database()
    try:
        found = []
        _submit(servers, url, requests)  # warm
        for size in (FEW, jobs):
            await backlog.empty(database)
            await backlog.fill_at_once(database, size)
            await counts.add_up(database)  # as the scheduler does now and then
            await buffers.vacuum(database)
            read = await buffers.measure(database)
            latencies_ms = []
            for _ in range(rounds):
                latencies_ms.append(_submit(servers, url, requests))
                await database.rows(_DROP_SUBMITTED)
            found.append({**read, "submit, median ms": median(latencies_ms)})
        few, many = found
        figures = [
            Figure(name, few[name], many[name], (buffers.MOST if name in read else LATENCY_RATIO) * few[name])
            for name in few
        ]
        return [*figures, *await _watch(servers, url, database)]
    finally:
        await database.close()


def _submit(servers: Rig, url: str, requests: int) -> float:
    """Send requests over one connection; return their median latency in milliseconds."""
    body = servers.folder / "body.json"
    body.write_text(json.dumps(BODY))
    argv = (f"{url}/api/v1/jobs", str(body), rig.TOKEN, str(requests), "1")
    done = subprocess.run(  # noqa: S603 - our own command line
        (sys.executable, "-m", "load_test.http_load", *argv),
        check=True,
        capture_output=True,
        cwd=rig.ROOT,
        timeout=RUN_TIMEOUT_S,
    )
    run = json.loads(done.stdout)
    if run["statuses"] != {"202": requests}:
        raise SystemExit(f"the API answered {run['statuses']}; its log: {servers.logs}")
    return float(run["p50_ms"])


async def _watch(servers: Rig, url: str, database: Database) -> list[Figure]:
    """Let a scheduler fill the broker, watch how far, submit a `high` job and then start a worker."""
    redis = Redis.from_url(servers.redis_url)
    servers.start("scheduler", "-m", "app", "scheduler")
    await _until(lambda: _messages(redis) >= MIN_ROOM, "the buffer is full")
    deepest, until_s = 0, monotonic_s() + WATCHED_S
    while monotonic_s() < until_s:
        deepest = max(deepest, _messages(redis))
        await asyncio.sleep(POLL_S)
    async with httpx2.AsyncClient(headers={"X-Service-Token": rig.TOKEN}) as client:
        answer = await client.post(f"{url}/api/v1/jobs", json={**BODY, "priority": "high"})
        answer.raise_for_status()
    await _until(lambda: int(redis.llen(list_key("default", PRIORITY_STEPS[0]))) == 1, "the high job is sent")
    servers.start("worker", "-m", "app", "worker")
    until_s = monotonic_s() + PATIENCE_S
    while not await _count(database, _IS_STARTED):
        if monotonic_s() > until_s:
            raise SystemExit("the high job was not started")
        await asyncio.sleep(POLL_S)
    earlier = await _count(database, _STARTED_BEFORE)
    return [
        Figure("messages in Redis, most", None, deepest, MIN_ROOM),
        Figure("jobs started before the high one", None, earlier, 0),
    ]


def _messages(redis: Redis) -> int:
    return sum(int(redis.llen(list_key("default", step))) for step in PRIORITY_STEPS)


async def _count(database: Database, statement: Any) -> int:
    row = await database.row(statement)
    return int(row[0]) if row else 0


async def _until(condition: Any, what: str) -> None:
    until_s = monotonic_s() + PATIENCE_S
    while not condition():
        if monotonic_s() > until_s:
            raise SystemExit(f"not within {PATIENCE_S:.0f} s: {what}")
        await asyncio.sleep(POLL_S)


def _print(figures: list[Figure], jobs: int) -> None:
    table = Table(title=f"{jobs:,} waiting jobs beside {FEW:,}; buffers, where nothing else is said")
    for column in ("", f"{FEW:,}", f"{jobs:,}", "ratio", "limit", ""):
        table.add_column(column, justify="left" if not column else "right")
    for one in figures:
        ratio = f"{one.many / one.few:.2f}" if one.few else "-"
        few = "-" if one.few is None else f"{one.few:,.4g}"
        met = "met" if one.is_met else "NOT met"
        table.add_row(one.name, few, f"{one.many:,.6g}", ratio, f"{one.limit:,.4g}", met)
    _console.print(table)


if __name__ == "__main__":
    typer.run(main)
