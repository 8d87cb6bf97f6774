"""The clock process: sends what is due, rescues, expires, rolls up, prunes, acts on many jobs.

Several may run; SKIP LOCKED keeps them apart.
"""

import asyncio
import os
import signal
import socket
import sys
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from functools import partial
from typing import Any
from uuid import uuid4

from redis.asyncio import Redis

from app.auth.keys import janitor
from app.auth.links import repository as links
from app.auth.principals import Principals
from app.auth.revocations import Revocations
from app.auth.sessions import repository as sessions
from app.auth.tokens import repository as tokens
from app.core import faultpoint, metrics, metrics_server
from app.core.clock import monotonic_s
from app.core.database import Database
from app.core.database_errors import sqlstate
from app.core.logging import get_logger, setup_logging
from app.core.loop import BROKEN_EXIT_CODE, still_wanted
from app.core.redis import REDIS_AWAY, SCHEDULER_ALIVE_S, TIMEOUT_S, connect, scheduler_key
from app.core.settings import Settings
from app.governor import repository
from app.governor.limiter.capacity import Capacity, capacity_of
from app.governor.overrides import Overrides
from app.jobs.maintenance.bulk import BULK_EVERY_S, BulkActions
from app.jobs.maintenance.dispatcher import IDLE_TICK_S, Dispatcher
from app.jobs.maintenance.expirer import EXPIRE_EVERY_S, expire
from app.jobs.maintenance.pruner import PRUNE_EVERY_S, prune
from app.jobs.maintenance.rescuer import RESCUE_EVERY_S, Rescuer
from app.jobs.maintenance.rollup import ROLL_UP_EVERY_S, roll_up
from app.jobs.repository import counts, waits
from app.llm.catalog_source import load_catalog
from app.ops import configuration
from app.ops.audit_log import service as audit_log
from app.ops.health import schema_version
from app.storage import uploads

RESTART_S = 1.0
BEAT_EVERY_S = 2.0
OVERRIDES_EVERY_S = 3.0
COUNT_EVERY_S = 5.0
SLOW_STATEMENT_S = 120.0
_log = get_logger(__name__)


async def _repeat(name: str, act: Callable[[], Awaitable[object]], *, every_s: float, after_s: float = 0.0) -> None:
    """Call `act` again and again, through every outage, until cancelled; first after `after_s`.

    Those that begin at different times do with one connection.
    """
    metrics.begin(metrics.SCHEDULER_ERRORS, [name])
    await asyncio.sleep(after_s)
    while still_wanted():
        try:
            await act()
        except Exception as error:  # noqa: BLE001 - the clock must not stop
            metrics.SCHEDULER_ERRORS.labels(name).inc()
            _log.warning("tick_failed", part=name, error=type(error).__name__, sqlstate=sqlstate(error))
            await asyncio.sleep(RESTART_S)
        await asyncio.sleep(every_s)


def _timed(name: str, act: Callable[[], Awaitable[object]]) -> Callable[[], Awaitable[None]]:
    """Return `act`, with the time of each pass in the metrics."""
    metrics.begin(metrics.PASS_DURATION, [name])

    async def timed() -> None:
        with metrics.PASS_DURATION.labels(name).time():
            await act()

    return timed


async def beat(redis: Redis, dispatcher: Dispatcher) -> None:
    """Renew this host's key, if the dispatcher has ticked since about the last time: what `ready scheduler` sees.

    Waits for its first tick.
    """
    await dispatcher.has_ticked.wait()
    if monotonic_s() - dispatcher.ticked_at_s < BEAT_EVERY_S:
        with suppress(*REDIS_AWAY):
            await redis.set(scheduler_key(socket.gethostname()), os.getpid(), ex=SCHEDULER_ALIVE_S)


async def follow(overrides: Overrides, capacity: Capacity, database: Database, redis: Redis) -> None:
    """Enforce what operators ordered; what a worker put off before it heard of a change is tried again.

    The API ends all waits with the change itself. A worker that reads it up to three seconds later may have given a
    job a wait by the old quota since.
    """
    for provider in await overrides.enforce(redis):
        with suppress(*REDIS_AWAY):
            for target in capacity.limits.configured:
                if target.provider == provider:
                    await capacity.scripts.clear(target, capacity.limits.of(target))
        await waits.end(database, capacity.catalog.names_of(provider))


async def _first_of(*awaited: Coroutine[Any, Any, object]) -> None:
    """Return when one of these has ended; the others are cancelled. Raises: what it raised."""
    tasks = [asyncio.create_task(one) for one in awaited]
    done, pending = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in pending:
        task.cancel()
    for task in done:
        task.result()


async def run(settings: Settings) -> bool:
    """Run one scheduler until SIGTERM or SIGINT; return whether it was one of these that ended it."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    url, name = settings.database_url.get_secret_value(), "headrace-scheduler"
    # What reads or deletes very many rows takes its time, and holds nobody up.
    slow = Database(
        url, application_name=f"{name} slow", pool_size=3, statement_timeout_s=SLOW_STATEMENT_S, plans_anew=True
    )
    database = Database(url, application_name=name, pool_size=5, plans_anew=True)  # for what must not wait
    await _first_of(schema_version.wait_until_fit(database), stop.wait())
    redis = connect(settings.redis_url.get_secret_value())
    capacity = capacity_of(settings, load_catalog(settings), redis)
    waking = connect(settings.redis_url.get_secret_value(), timeout_s=IDLE_TICK_S + TIMEOUT_S)
    dispatcher = Dispatcher(database, redis, settings.queues, epoch=uuid4().hex, capacity=capacity, waking=waking)
    following = partial(follow, Overrides(database, capacity.limits), capacity, database, redis)
    rescuer = Rescuer(database, settings)
    cleaning = partial(janitor.clean, slow, Revocations(Principals(), redis), settings)
    actions = BulkActions(slow)
    files = uploads.open_uploads(settings, slow)

    loops = [
        asyncio.create_task(_repeat("dispatch", dispatcher.run, every_s=0)),
        asyncio.create_task(_repeat("rescue", _timed("rescue", rescuer.tick), every_s=RESCUE_EVERY_S)),
        asyncio.create_task(
            _repeat("expire", _timed("expire", lambda: expire(database)), every_s=EXPIRE_EVERY_S, after_s=1)
        ),
        asyncio.create_task(
            _repeat("roll_up", _timed("roll_up", lambda: roll_up(database)), every_s=ROLL_UP_EVERY_S, after_s=2)
        ),
        asyncio.create_task(_repeat("prune", lambda: prune(slow, settings), every_s=PRUNE_EVERY_S)),
        asyncio.create_task(_repeat("files", files.prune, every_s=uploads.PRUNE_EVERY_S)),
        asyncio.create_task(_repeat("prune_providers", lambda: repository.prune(slow), every_s=PRUNE_EVERY_S)),
        asyncio.create_task(_repeat("sessions", lambda: sessions.prune(slow), every_s=PRUNE_EVERY_S)),
        asyncio.create_task(_repeat("tokens", lambda: tokens.prune(slow), every_s=PRUNE_EVERY_S)),
        asyncio.create_task(_repeat("links", lambda: links.prune(slow), every_s=PRUNE_EVERY_S)),
        asyncio.create_task(_repeat("audit", lambda: audit_log.prune(slow, settings), every_s=PRUNE_EVERY_S)),
        asyncio.create_task(_repeat("keys", cleaning, every_s=janitor.EVERY_S, after_s=janitor.EVERY_S)),
        asyncio.create_task(_repeat("overrides", following, every_s=OVERRIDES_EVERY_S)),
        asyncio.create_task(_repeat("bulk", actions.run, every_s=BULK_EVERY_S)),
        asyncio.create_task(_repeat("count", lambda: counts.add_up(slow), every_s=COUNT_EVERY_S, after_s=3)),
        asyncio.create_task(_repeat("beat", lambda: beat(redis, dispatcher), every_s=BEAT_EVERY_S)),
    ]
    _log.info("scheduler_started", queues=list(settings.queues))
    asked = asyncio.create_task(stop.wait())
    ended, _ = await asyncio.wait([asked, *loops], return_when=asyncio.FIRST_COMPLETED)
    for task in ended - {asked}:  # one that is missing would be missed by nobody
        _log.error("background_ended", exc_info=task.exception())
    for task in (asked, *loops):
        task.cancel()
    await asyncio.gather(*loops, return_exceptions=True)
    await redis.aclose()
    await waking.aclose()
    await database.close()
    await slow.close()
    return asked in ended


def main() -> None:
    """Run the scheduler process. Raises: SettingsError."""
    settings = configuration.load("database_url", "redis_url", ocr=False)
    setup_logging(settings)
    faultpoint.arm(settings.fault_points)
    metrics_server.serve(settings)
    try:
        was_asked = asyncio.run(run(settings))
    except SystemExit as error:  # of a task; whatever its code, nobody asked
        _log.error("interrupted", exc_info=error)
        was_asked = False
    sys.exit(0 if was_asked else BROKEN_EXIT_CODE)
