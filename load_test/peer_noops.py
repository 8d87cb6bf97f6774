"""No-ops of other job queues, each run in an environment of its own by `bench_peers`; knows nothing of Headrace.

`python peer_noops.py PEER fill COUNT DATABASE_URL REDIS_URL` puts that many into the queue; `work` instead of `fill`
works them off in this process, and prints how many a second ended between the first and the last.
"""

import asyncio
import json
import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Any

SLOTS = 200  # of those that have slots; dramatiq has 8 threads as it comes, rq runs one after the other
FILLED_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Task:
    """What is to be done: fill or work, how many, and where."""

    verb: str
    total: int
    database_url: str
    redis_url: str

    @property
    def parts(self) -> list[range]:
        """The numbers of the no-ops, as many at once as are put into the queue."""
        return [range(n, min(self.total, n + FILLED_AT_ONCE)) for n in range(0, self.total, FILLED_AT_ONCE)]


class Count:
    """Counts no-ops, and ends this process with the last one."""

    def __init__(self, total: int) -> None:
        self.left = self.total = total
        self.first_s = 0.0

    def __call__(self) -> None:
        """Count one."""
        if self.left == self.total:
            self.first_s = time.perf_counter()
        self.left -= 1
        if self.left == 0:
            per_s = (self.total - 1) / (time.perf_counter() - self.first_s)
            os.write(1, json.dumps({"per_s": per_s}).encode() + b"\n")
            os._exit(0)


def procrastinate(task: Task) -> None:
    """PostgreSQL, LISTEN and NOTIFY, a row for each job with its events."""
    module: Any = import_module("procrastinate")
    app = module.App(connector=module.PsycopgConnector(conninfo=task.database_url, min_size=4, max_size=20))
    count = Count(task.total)

    async def noop(n: int) -> None:
        count()

    made = app.task(name="noop")(noop)

    async def run() -> None:
        async with app.open_async():
            if task.verb == "work":
                await app.run_worker_async(concurrency=SLOTS, wait=True)
            await app.schema_manager.apply_schema_async()
            for part in task.parts:
                await made.batch_defer_async(*({"n": n} for n in part))

    asyncio.run(run())


def pgqueuer(task: Task) -> None:
    """PostgreSQL, a row for each job until it ends, then a line in a log."""
    module, drivers, queries = (import_module(name) for name in ("pgqueuer", "pgqueuer.db", "pgqueuer.queries"))
    count = Count(task.total)

    async def noop(job: Any) -> None:
        count()

    async def run() -> None:
        driver = drivers.AsyncpgDriver(await import_module("asyncpg").connect(task.database_url))
        if task.verb == "work":
            queuer = module.PgQueuer(driver)
            queuer.entrypoint("noop")(noop)
            await queuer.run(batch_size=SLOTS // 2, max_concurrent_tasks=SLOTS)
        asked = queries.Queries(driver)
        await asked.install()
        for part in task.parts:
            await asked.enqueue(["noop"] * len(part), [b"x"] * len(part), [0] * len(part))

    asyncio.run(run())


def arq(task: Task) -> None:
    """Redis, asyncio, results kept for an hour."""
    module, connections, worker = (import_module(name) for name in ("arq", "arq.connections", "arq.worker"))
    settings = connections.RedisSettings.from_dsn(task.redis_url)
    count = Count(task.total)

    async def noop(_: Any, n: int) -> None:
        count()

    async def fill() -> None:
        pool = await module.create_pool(settings)
        for part in task.parts:
            await asyncio.gather(*(pool.enqueue_job("noop", n) for n in part))

    if task.verb == "fill":
        asyncio.run(fill())
    else:
        asyncio.set_event_loop(asyncio.new_event_loop())
        worker.Worker([worker.func(noop, name="noop")], redis_settings=settings, max_jobs=SLOTS, poll_delay=0.05).run()


def dramatiq(task: Task) -> None:
    """Redis, threads."""
    module, brokers = import_module("dramatiq"), import_module("dramatiq.brokers.redis")
    broker = brokers.RedisBroker(url=task.redis_url)
    module.set_broker(broker)
    count = Count(task.total)

    def noop(n: int) -> None:
        count()

    actor = module.actor(noop)
    if task.verb == "fill":
        for n in range(task.total):
            actor.send(n)
    else:
        module.Worker(broker).start()
        broker.join(actor.queue_name)


def taskiq(task: Task) -> None:
    """Redis, asyncio; a task is gone when it was taken."""
    receivers, brokers = import_module("taskiq.api"), import_module("taskiq_redis")
    broker = brokers.ListQueueBroker(task.redis_url)
    count = Count(task.total)

    async def noop(n: int) -> None:
        count()

    made = broker.task(task_name="noop")(noop)

    async def run() -> None:
        if task.verb == "work":
            await receivers.run_receiver_task(broker, max_async_tasks=SLOTS, run_startup=True)
        await broker.startup()
        for part in task.parts:
            await asyncio.gather(*(made.kiq(n) for n in part))

    asyncio.run(run())


def rq(task: Task) -> None:
    """Redis, one after the other, results kept."""
    module = import_module("rq")
    connection = import_module("redis").Redis.from_url(task.redis_url)
    queue = module.Queue(connection=connection)
    if task.verb == "work":
        module.SimpleWorker([queue], connection=connection).work(burst=True, logging_level="ERROR")
        return
    for part in task.parts:
        queue.enqueue_many([module.Queue.prepare_data(f"{__name__}.rq_noop", (task.total,)) for _ in part])


_of_rq: list[Count] = []


def rq_noop(total: int) -> None:
    """Count; rq finds it by its name."""
    if not _of_rq:
        _of_rq.append(Count(total))
    _of_rq[0]()


PEERS: dict[str, Callable[[Task], None]] = {
    one.__name__: one for one in (procrastinate, pgqueuer, arq, dramatiq, taskiq, rq)
}

if __name__ == "__main__":
    PEERS[sys.argv[1]](Task(sys.argv[2], int(sys.argv[3]), *sys.argv[4:6]))
