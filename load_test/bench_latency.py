"""How soon a job starts that comes alone: from its submit to its start and its end, while nothing else is to do.

Beside it stand the usual design, an ORM insert and `send_task` in the request, and stock Celery's `send_task` without
any request; both up to the start of the task in a worker. The three take turns, each when the one before has ended and
all have rested a moment. Starts are told by who starts, PostgreSQL or the task; all have this machine's clock.
"""

import asyncio
import json
import time
from collections.abc import Callable
from contextlib import ExitStack, closing
from dataclasses import dataclass
from datetime import datetime
from http.client import HTTPConnection
from statistics import quantiles
from typing import Annotated, Any
from urllib.parse import urlsplit

import typer
from celery import Celery
from redis import Redis
from rich.console import Console
from rich.table import Table

from app.core.clock import monotonic_s, utc_now
from load_test import backlog, rig
from load_test.peers_latency import STARTED
from load_test.peers_submit import QUEUE, TASK
from load_test.rig import Rig

P50_MS = 6.0
WARM = 10
PATIENCE_S = 60.0
POLL_S = 0.002
BODY = json.dumps({"type": "echo", "input": {"message": "hello"}}).encode()
HEADERS = {"X-Service-Token": rig.TOKEN, "Content-Type": "application/json"}
NAMES = {
    "row_to_start": "headrace, from its row to its start",
    "request_to_start": "headrace, from the request to its start",
    "request_to_end": "headrace, from the request until the client sees its end",
    "naive_to_start": "insert and send_task, from the request to the start",
    "stock_to_start": "send_task alone, to the start",
}
_console = Console(width=120)


@dataclass(slots=True)
class Client:
    """One connection to a server that is kept: as little as can be between the clock and the request."""

    connection: HTTPConnection

    @classmethod
    def to(cls, url: str) -> "Client":
        """Return one that connects with its first request."""
        parts = urlsplit(url)
        return cls(HTTPConnection(parts.hostname or "", parts.port, timeout=PATIENCE_S))

    def ask(self, method: str, path: str, body: bytes | None = None) -> Any:
        """Return the JSON of an answer. Raises: SystemExit when it is an error."""
        self.connection.request(method, path, body, HEADERS)
        answer = self.connection.getresponse()
        text = answer.read()
        if not answer.status < 300:  # noqa: PLR2004 - HTTP's own
            raise SystemExit(f"{method} {path} was answered with {answer.status}: {text[:200]!r}")
        return json.loads(text)

    def close(self) -> None:
        """Leave the server."""
        self.connection.close()


def main(
    *,
    jobs: Annotated[int, typer.Option(min=10, help="How many of each, one after another.")] = 200,
    rest_ms: Annotated[int, typer.Option(min=0, help="How long all rest between two.")] = 50,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Time lone jobs beside lone stock tasks."""
    with rig.running() as servers, ExitStack() as cleanup:
        found = _measure(_turns(servers, cleanup), jobs, rest_ms / 1000)
    figures = {name: _figures(times_ms) for name, times_ms in found.items()}
    if as_json:
        typer.echo(json.dumps(figures, indent=2))
    else:
        _print(figures, jobs)


def _turns(servers: Rig, cleanup: ExitStack) -> list[Callable[[], dict[str, float]]]:
    """Start all that takes part; return what runs one job or task and says how many milliseconds it took."""
    headrace = cleanup.enter_context(closing(Client.to(servers.api())))
    naive = cleanup.enter_context(closing(Client.to(servers.serve("naive", "load_test.peers_submit:naive"))))
    redis = cleanup.enter_context(Redis.from_url(servers.redis_url))
    sender = Celery(broker=servers.redis_url)
    producer = cleanup.enter_context(sender.producer_or_acquire())
    servers.start("scheduler", "-m", "app", "scheduler")
    servers.start("worker", "-m", "app", "worker")
    argv = ("-m", "celery", "-A", "load_test.peers_latency:celery", "--quiet", "worker", "--pool=threads")
    servers.start("stock", *argv, "--loglevel=WARNING", "-Q", QUEUE)
    asyncio.run(_until_consumed(servers))

    def send() -> None:
        sender.send_task(TASK, ("job",), queue=QUEUE, producer=producer, ignore_result=True)

    def submit() -> None:
        naive.ask("POST", "/api/v1/jobs", BODY)

    return [
        lambda: _ours(headrace),
        lambda: {"naive_to_start": _to_start_ms(redis, submit)},
        lambda: {"stock_to_start": _to_start_ms(redis, send)},
    ]


async def _until_consumed(servers: Rig) -> None:
    database = servers.database()
    try:
        await backlog.consumed(database, 1, within_s=PATIENCE_S)
    finally:
        await database.close()


def _measure(turns: list[Callable[[], dict[str, float]]], jobs: int, rest_s: float) -> dict[str, list[float]]:
    found: dict[str, list[float]] = {name: [] for name in NAMES}
    for number in range(-WARM, jobs):
        for turn in turns:
            time.sleep(rest_s)
            for name, took_ms in turn().items():
                if number >= 0:
                    found[name].append(took_ms)
    return found


def _ours(client: Client) -> dict[str, float]:
    sent_at, begun_s = utc_now(), monotonic_s()
    job = client.ask("POST", "/api/v1/jobs", BODY)
    while job["finished_at"] is None:
        if monotonic_s() > begun_s + PATIENCE_S:
            raise SystemExit(f"after {PATIENCE_S:.0f} s a job is {job['status']}")
        time.sleep(POLL_S)
        job = client.ask("GET", f"/api/v1/jobs/{job['id']}")
    ended_s = monotonic_s()
    created_at, started_at = (datetime.fromisoformat(job[name]) for name in ("created_at", "started_at"))
    return {
        "row_to_start": (started_at - created_at).total_seconds() * 1000,
        "request_to_start": (started_at - sent_at).total_seconds() * 1000,
        "request_to_end": (ended_s - begun_s) * 1000,
    }


def _to_start_ms(redis: Redis, send: Callable[[], None]) -> float:
    """Return the milliseconds from before `send` to the start of the task in the worker."""
    sent_at_s = utc_now().timestamp()
    send()
    told: Any = redis.brpop([STARTED], timeout=PATIENCE_S)
    if told is None:
        raise SystemExit(f"after {PATIENCE_S:.0f} s a stock task had not started")
    return (float(told[1]) - sent_at_s) * 1000


def _figures(times_ms: list[float]) -> dict[str, float]:
    parts = quantiles(times_ms, n=100, method="inclusive")
    return {"p50_ms": parts[49], "p99_ms": parts[98], "max_ms": max(times_ms)}


def _print(figures: dict[str, dict[str, float]], jobs: int) -> None:
    table = Table(title=f"{jobs} of each, one after another, milliseconds")
    for column in ("", "p50", "p99", "max"):
        table.add_column(column, justify="left" if not column else "right")
    for name, one in figures.items():
        table.add_row(NAMES[name], *(f"{value:.1f}" for value in one.values()))
    _console.print(table)
    p50_ms = figures["row_to_start"]["p50_ms"]
    _console.print(
        f"  p50 to the start {p50_ms:.2f} ms   goal ≤ {P50_MS:g}   {'met' if p50_ms <= P50_MS else 'NOT met'}"
    )


if __name__ == "__main__":
    typer.run(main)
