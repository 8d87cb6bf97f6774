"""Whether any process grows under load that goes on: memory by the minute, beside where it stood after the third.

Jobs are submitted in batches at a steady pace, each as soon as its time has come; what ended long ago is left where it
is, as it would be for a month. The last minute is compared with the third.
"""

import asyncio
import json
from dataclasses import dataclass, field
from statistics import median
from typing import Annotated, Any

import httpx2
import typer
from rich.console import Console
from rich.table import Table
from sqlalchemy import text

from app.core.clock import monotonic_s
from app.core.database import Database
from load_test import rig
from load_test.rig import Rig, memory_mb, servers_of

MINUTE_S = 60.0
SAMPLE_S = 5.0
BATCH_S = 0.25  # a batch so often
WARM_MINUTES = 3
MOST_GROWTH = 0.02  # and a megabyte, which one sample may differ
DRAINED_S = 60.0
PARTS = ("api", "scheduler", "worker", "flower")
_COUNTS = text("""
    SELECT count(*) AS jobs, count(*) FILTER (WHERE finished_at IS NULL) AS open,
           count(*) FILTER (WHERE status <> 'completed' AND finished_at IS NOT NULL) AS failed FROM jobs
""")
_console = Console(width=120)


@dataclass(slots=True)
class Curve:
    """The memory of a process in megabytes, by the minute."""

    samples: list[list[float]] = field(default_factory=list)

    @property
    def minutes(self) -> list[float]:
        """The median of each minute."""
        return [median(one) for one in self.samples if one]

    @property
    def grew_mb(self) -> float:
        """How much more the last minute has than the third."""
        return self.minutes[-1] - self.minutes[WARM_MINUTES - 1]

    @property
    def is_met(self) -> bool:
        """Whether it grew by no more than samples differ."""
        return self.grew_mb <= self.most_mb

    @property
    def most_mb(self) -> float:
        """How much it may grow."""
        return 1 + MOST_GROWTH * self.minutes[WARM_MINUTES - 1]

    def figures(self) -> dict[str, Any]:
        """Return the figures as JSON has them."""
        return {
            "memory_mb": self.minutes,
            "grew_mb": self.grew_mb,
            "most_mb": self.most_mb,
            "is_met": self.is_met,
        }


def main(
    *,
    rate: Annotated[int, typer.Option(min=1, help="Jobs a second: half of what bench_drain says.")] = 1_200,
    minutes: Annotated[int, typer.Option(min=WARM_MINUTES + 1, help="How long.")] = 10,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Run echo jobs at a steady rate. Exits with 1 when a process grows after the third minute, or a job fails."""
    with rig.running() as servers:
        curves, facts = asyncio.run(_soak(servers, rate, minutes))
    if as_json:
        told = {name: one.figures() for name, one in curves.items()}
        typer.echo(json.dumps({"rate": rate, "processes": told, **facts}, indent=2))
    else:
        _print(curves, facts, rate)
    if facts["failed"] or facts["open"] or not all(one.is_met for one in curves.values()):
        raise typer.Exit(1)


async def _soak(servers: Rig, rate: int, minutes: int) -> tuple[dict[str, Curve], dict[str, Any]]:
    url = servers.api()
    servers.start("scheduler", "-m", "app", "scheduler")
    servers.start("worker", "-m", "app", "worker", WORKER_CONCURRENCY="200")
    servers.start("flower", "-m", "app", "flower", FLOWER_BASIC_AUTH="headrace:only-for-benchmarks")
    pids = {**{name: servers.pids[name] for name in PARTS}, "valkey": servers_of(servers.pids.values())["valkey"]}
    curves = {name: Curve([[] for _ in range(minutes)]) for name in pids}
    database = servers.database()
    begun_s = monotonic_s()
    until_s = begun_s + minutes * MINUTE_S
    try:
        sampling = asyncio.create_task(_sample(curves, pids, begun_s, until_s))
        sent = await _send(url, rate, until_s)
        await sampling
        return curves, {"sent": sent, **await _ends(database)}
    finally:
        await database.close()


async def _sample(curves: dict[str, Curve], pids: dict[str, int], begun_s: float, until_s: float) -> None:
    while (now_s := monotonic_s()) < until_s:
        for name, pid in pids.items():
            curves[name].samples[int((now_s - begun_s) / MINUTE_S)].append(memory_mb(pid))
        await asyncio.sleep(SAMPLE_S)


async def _send(url: str, rate: int, until_s: float) -> int:
    """Send a batch every quarter of a second; one that is late is followed at once."""
    count = max(1, round(rate * BATCH_S))
    body = json.dumps({"jobs": [{"type": "echo", "input": {"message": "hello"}}] * count}).encode()
    headers = {"X-Service-Token": rig.TOKEN, "Content-Type": "application/json"}
    sent, next_s = 0, monotonic_s()
    async with httpx2.AsyncClient(headers=headers, timeout=30) as client:
        while monotonic_s() < until_s:
            (await client.post(f"{url}/api/v1/jobs/batch", content=body)).raise_for_status()
            sent += count
            next_s += BATCH_S
            await asyncio.sleep(max(0.0, next_s - monotonic_s()))
    return sent


async def _ends(database: Database) -> dict[str, int]:
    """Wait until nothing is open, and say what became of the jobs."""
    until_s = monotonic_s() + DRAINED_S
    while True:
        row = await database.row(_COUNTS)
        assert row is not None  # noqa: S101 - a count has a row
        if not row.open or monotonic_s() > until_s:
            return {"jobs": row.jobs, "open": row.open, "failed": row.failed}
        await asyncio.sleep(1)


def _print(curves: dict[str, Curve], facts: dict[str, Any], rate: int) -> None:
    length = max(len(one.minutes) for one in curves.values())
    table = Table(title=f"memory by the minute in MB, {rate:,} jobs a second")
    for column in ("", *(str(minute) for minute in range(1, length + 1)), "grew", ""):
        table.add_column(column, justify="left" if not column else "right")
    for name, one in curves.items():
        cells = (f"{value:.0f}" for value in one.minutes)
        table.add_row(name, *cells, f"{one.grew_mb:+.1f}", "met" if one.is_met else "NOT met")
    _console.print(table)
    _console.print(
        f"  {facts['sent']:,} jobs sent, {facts['jobs']:,} stored; {facts['failed']} failed, {facts['open']} open"
    )


if __name__ == "__main__":
    typer.run(main)
