"""The API's metrics: what this process counted, and the state of the whole system as gauges."""

import asyncio
import math
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence

from prometheus_client import CONTENT_TYPE_LATEST, Gauge, generate_latest
from redis.asyncio import Redis

from app.core.database import Database
from app.governor.providers import Providers
from app.governor.states import BreakerState
from app.jobs.api.resources import Resources
from app.jobs.broker_buffer import depths
from app.ops.stats.repository import HOLDERS, oldest_snapshots, oldest_transaction_s
from app.ops.stats.service import Stats

CONTENT_TYPE = CONTENT_TYPE_LATEST
TIMEOUT_S = 8.0  # Prometheus gives a scrape 10 s; counting tens of millions of jobs may take a few

# Defined here and not in app/core/metrics.py: only the API may show them, and a worker no zero in their place.
UP = Gauge("headrace_part_up", "1 while a part answers the API: postgresql, redis.", ["part"])
JOBS = Gauge("headrace_jobs", "Jobs by queue and status.", ["queue", "status"])
OLDEST = Gauge("headrace_oldest_waiting_seconds", "How long the oldest waiting job has been due; 0 when none waits.")
WORKERS = Gauge("headrace_workers", "Worker processes that renewed their row within 15 s.")
SLOTS = Gauge("headrace_worker_slots", "Jobs that all live workers can run at once.")
BUSY = Gauge("headrace_worker_slots_busy", "Jobs that all live workers run now, as of their last heartbeat.")
TRANSACTION = Gauge(
    "headrace_oldest_transaction_seconds", "How long a client has held a transaction of this database open; 0: none."
)
SNAPSHOT = Gauge(
    "headrace_oldest_snapshot_transactions",
    "How many transactions ago the oldest snapshot was taken that is still held: by client, standby, slot, prepared.",
    ["holder"],
)
BREAKER = Gauge("headrace_breaker_state", "1 for the state that a provider's breaker is in.", ["provider", "state"])
MODEL_BREAKER = Gauge(
    "headrace_model_breaker_state",
    "1 for the state that a model's own breaker is in.",
    ["provider", "model", "state"],
)
QUOTA_LEFT = Gauge(
    "headrace_quota_left",
    "What is left of a model's quota in its interval: requests, tokens.",
    ["provider", "model", "kind"],
)
DEPTH = Gauge("headrace_broker_messages", "Messages that wait on a queue's lists at the broker.", ["queue"])


async def render(resources: Resources, stats: Stats, providers: Providers) -> bytes:
    """Return all metrics in Prometheus' text format; the gauges of a part that is away are missing or NaN."""
    database, redis, queues = resources.database, resources.redis, resources.settings.queues
    await asyncio.gather(
        _refresh("postgresql", lambda: _read_database(stats, database), _forget_database),
        _refresh("redis", lambda: _read_redis(redis, queues, providers), _forget_redis),
    )
    return generate_latest()


async def _refresh(part: str, read: Callable[[], Awaitable[None]], forget: Callable[[], None]) -> None:
    try:
        async with asyncio.timeout(TIMEOUT_S):
            await read()
    except Exception:  # noqa: BLE001 - whatever it is, the other metrics are worth the more now
        forget()
        UP.labels(part).set(0)
    else:
        UP.labels(part).set(1)


async def _read_database(stats: Stats, database: Database) -> None:
    now = await stats.snapshot()
    counts: Counter[tuple[str, str]] = Counter()
    for row in now.counts:
        counts[row.queue, row.status] += row.count
    JOBS.clear()
    for (queue, status), count in counts.items():
        JOBS.labels(queue, status).set(count)
    OLDEST.set(now.oldest_waiting_s or 0)
    WORKERS.set(len(now.workers))
    SLOTS.set(sum(row.slots for row in now.workers))
    BUSY.set(sum(row.busy for row in now.workers))
    TRANSACTION.set(await oldest_transaction_s(database))
    held = {one.holder: one.transactions for one in await oldest_snapshots(database)}
    for holder in HOLDERS:
        SNAPSHOT.labels(holder).set(held.get(holder, 0))


def _forget_database() -> None:
    JOBS.clear()
    SNAPSHOT.clear()
    for gauge in (OLDEST, WORKERS, SLOTS, BUSY, TRANSACTION):
        gauge.set(math.nan)


async def _read_redis(redis: Redis, queues: Sequence[str], providers: Providers) -> None:
    for queue, depth in (await depths(redis, queues)).items():
        DEPTH.labels(queue).set(depth)
    breakers = await providers.breakers()
    for state in BreakerState:
        for name in providers.configs:
            BREAKER.labels(name, state).set(state == breakers.shown(name).state)
        for target, found in breakers.models.items():
            MODEL_BREAKER.labels(target.provider, target.model, state).set(state == found.state)
    for target, outlook in (await providers.capacity.outlooks()).items():
        left = {"requests": outlook.requests_left, "tokens": outlook.tokens_left}
        for kind, amount in left.items():
            if amount is not None:
                QUOTA_LEFT.labels(target.provider, target.model, kind).set(amount)


def _forget_redis() -> None:
    for gauge in (DEPTH, BREAKER, MODEL_BREAKER, QUOTA_LEFT):
        gauge.clear()
