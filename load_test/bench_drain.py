"""How fast workers get through a backlog: durable echo jobs, beside stock Celery tasks that do nothing.

Both have the same broker, the same number of worker processes and slots (stock Celery's are threads), and take turns;
medians are compared. A durable job is claimed and finished in PostgreSQL with its history; a stock task is gone when
its worker dies.
"""

import asyncio
import json
import time
from statistics import median
from typing import Annotated

import typer
from celery import Celery
from redis import Redis
from rich.console import Console

from app.core.clock import monotonic_s
from load_test import backlog, rig
from load_test.peers_drain import NOOP, QUEUE
from load_test.rig import Rig

GOAL = 3.0
SLOTS = 200
PATIENCE_S = 300.0
POLL_S = 0.005
_console = Console()


def main(
    *,
    jobs: Annotated[int, typer.Option(min=100, help="Jobs, and tasks, a round.")] = 10_000,
    workers: Annotated[int, typer.Option(min=1, max=16, help="Worker processes.")] = 1,
    slots: Annotated[int, typer.Option(min=1, help="Slots of each worker.")] = SLOTS,
    rounds: Annotated[int, typer.Option(min=1, help="Runs of each; their median counts.")] = 3,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Compare draining durable jobs with draining stock Celery's no-op tasks."""
    of_ours, of_stock = [], []
    for number in range(rounds):
        with rig.running() as servers:
            of_stock.append(stock(servers, jobs, workers, slots))
            of_ours.append(asyncio.run(ours(servers, jobs, workers, slots)))
        _console.print(f"  round {number + 1}  stock {of_stock[-1]:7.0f} tasks/s   headrace {of_ours[-1]:7.0f} jobs/s")
    ratio = median(of_ours) / median(of_stock)
    if as_json:
        typer.echo(
            json.dumps({"headrace_per_s": median(of_ours), "stock_per_s": median(of_stock), "ratio": ratio}, indent=2)
        )
        return
    _console.print(f"  {jobs} jobs, {workers} worker process(es) of {slots} slots, medians of {rounds}:")
    _console.print(f"  stock Celery no-op {median(of_stock):8.0f}/s\n  durable echo jobs  {median(of_ours):8.0f}/s")
    _console.print(f"  of stock {ratio:18.2f}   goal ≥ {GOAL}   {'met' if ratio >= GOAL else 'NOT met'}")


async def ours(servers: Rig, jobs: int, workers: int, slots: int) -> float:
    """Return durable jobs a second from the first start to the last end."""
    database = servers.database()
    try:
        await backlog.fill(database, jobs, "echo", {"message": "hello"})
        servers.start("scheduler", "-m", "app", "scheduler")
        for number in range(workers):
            servers.start(f"worker-{number}", "-m", "app", "worker", WORKER_CONCURRENCY=str(slots))
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
    with servers.scope():
        for number in range(workers):
            argv = ("-m", "celery", "-A", "load_test.peers_drain:celery", "--quiet", "worker", "--pool=threads")
            options = (f"--concurrency={slots}", f"--hostname=stock-{number}", "--loglevel=WARNING", "-Q", QUEUE)
            servers.start(f"stock-{number}", *argv, *options)
        begun_s = _when(redis, jobs - 1)
        ended_s = _when(redis, 0)
    return jobs / (ended_s - begun_s)


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
