"""How fast workers get through a backlog: durable echo jobs, beside stock Celery tasks that do nothing.

Both have the same broker, the same number of worker processes and slots (stock Celery's are threads), and take turns;
medians are compared. All workers wait before the first job comes, so that none is measured while others still start.
A durable job is claimed and finished in PostgreSQL with its history; a stock task is gone when its worker dies.
"""

import asyncio
import json
import time
from statistics import median
from typing import Annotated, Any

import typer
from celery import Celery
from redis import Redis
from rich.console import Console

from app.core.clock import monotonic_s
from load_test import backlog, rig
from load_test.options import numbers
from load_test.peers_drain import NOOP, QUEUE
from load_test.rig import Rig

GOAL = 3.0
SLOTS = 200
PATIENCE_S = 300.0
POLL_S = 0.005
PING_S = 0.5
_HELD = f"{QUEUE}-held"
_console = Console()


def main(
    *,
    jobs: Annotated[int, typer.Option(min=100, help="Jobs, and tasks, a round.")] = 10_000,
    workers: Annotated[str, typer.Option(help="Worker processes; several numbers with commas between.")] = "1",
    slots: Annotated[int, typer.Option(min=1, help="Slots of each worker.")] = SLOTS,
    rounds: Annotated[int, typer.Option(min=1, help="Runs of each; their median counts.")] = 3,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Compare draining durable jobs with draining stock Celery's no-op tasks."""
    counts = numbers(workers)
    of_ours: dict[int, list[float]] = {count: [] for count in counts}
    of_stock: dict[int, list[float]] = {count: [] for count in counts}
    for number in range(rounds):
        for count in counts:
            with rig.running() as servers:
                of_stock[count].append(stock(servers, jobs, count, slots))
                of_ours[count].append(asyncio.run(ours(servers, jobs, count, slots)))
            told = f"stock {of_stock[count][-1]:7.0f} tasks/s   headrace {of_ours[count][-1]:7.0f} jobs/s"
            rig.progress(f"  round {number + 1}  {count} worker(s)   {told}")
    found = [_figures(count, slots, median(of_ours[count]), median(of_stock[count])) for count in of_ours]
    if as_json:
        typer.echo(json.dumps(found, indent=2))
        return
    for one in found:
        _print(one, jobs, rounds)


def _figures(workers: int, slots: int, ours_per_s: float, stock_per_s: float) -> dict[str, Any]:
    return {
        "workers": workers,
        "slots": slots,
        "headrace_per_s": ours_per_s,
        "stock_per_s": stock_per_s,
        "ratio": ours_per_s / stock_per_s,
    }


def _print(one: dict[str, Any], jobs: int, rounds: int) -> None:
    ratio = one["ratio"]
    _console.print(f"  {jobs} jobs, {one['workers']} worker process(es) of {one['slots']} slots, medians of {rounds}:")
    _console.print(
        f"  stock Celery no-op {one['stock_per_s']:8.0f}/s\n  durable echo jobs  {one['headrace_per_s']:8.0f}/s"
    )
    _console.print(f"  of stock {ratio:18.2f}   goal ≥ {GOAL}   {'met' if ratio >= GOAL else 'NOT met'}")


async def ours(servers: Rig, jobs: int, workers: int, slots: int) -> float:
    """Return durable jobs a second from the first start to the last end."""
    database = servers.database()
    try:
        for number in range(workers):
            servers.start(f"worker-{number}", "-m", "app", "worker", WORKER_CONCURRENCY=str(slots))
        await backlog.consumed(database, workers, within_s=PATIENCE_S)
        await backlog.fill(database, jobs, "echo", {"message": "hello"})
        servers.start("scheduler", "-m", "app", "scheduler")  # which sends them
        facts = await backlog.drained(database, within_s=PATIENCE_S)
        return float(jobs / facts.took_s)
    finally:
        await database.close()


def stock(servers: Rig, jobs: int, workers: int, slots: int) -> float:
    """Return tasks a second from the first that left the queue to the last."""
    redis = Redis.from_url(servers.redis_url)
    sender = Celery(broker=servers.redis_url)
    with sender.producer_or_acquire() as producer:
        for number in range(jobs):
            sender.send_task(NOOP, (str(number),), queue=QUEUE, producer=producer, ignore_result=True)
    redis.rename(QUEUE, _HELD)
    with servers.scope():
        for number in range(workers):
            argv = ("-m", "celery", "-A", "load_test.peers_drain:celery", "--quiet", "worker", "--pool=threads")
            options = (f"--concurrency={slots}", f"--hostname=stock-{number}", "--loglevel=WARNING", "-Q", QUEUE)
            servers.start(f"stock-{number}", *argv, *options)
        _until_ready(sender, workers)
        redis.rename(_HELD, QUEUE)
        begun_s = _when(redis, jobs - 1)
        ended_s = _when(redis, 0)
    return jobs / (ended_s - begun_s)


def _until_ready(sender: Celery, workers: int) -> None:
    """Wait until so many workers of stock Celery answer."""
    until_s = monotonic_s() + PATIENCE_S
    while len(sender.control.ping(timeout=PING_S, limit=workers) or []) < workers:
        if monotonic_s() > until_s:
            raise SystemExit("stock Celery's workers did not start")


def _when(redis: Redis, left: int) -> float:
    """Wait until at most `left` tasks are queued or not yet acknowledged; return that moment."""
    until_s = monotonic_s() + PATIENCE_S
    while int(redis.llen(QUEUE)) + int(redis.hlen("unacked")) > left:
        if monotonic_s() > until_s:
            raise SystemExit("stock Celery did not get through its tasks")
        time.sleep(POLL_S)
    return monotonic_s()


if __name__ == "__main__":
    typer.run(main)
