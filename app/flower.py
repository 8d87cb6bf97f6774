"""Flower's process: Flower's own command, which ends when it has gone deaf so that it is started again.

Flower hears events on a connection of which it never asks whether it is still there; once the other side has silently
gone, it shows the last it heard for ever.
"""

import asyncio
import os
import signal
import sys
from typing import Any

from flower import command, views
from flower.app import Flower
from flower.utils.broker import RedisBase
from redis.asyncio import Redis

from app.core.broker import celery
from app.core.clock import utc_now
from app.core.logging import get_logger, setup_logging
from app.core.loop import BROKEN_EXIT_CODE
from app.core.redis import REDIS_AWAY, connect
from app.core.settings import Settings, get_settings
from app.core.stall import DEAF_EXIT_CODE, LOOK_EVERY_S, Silence

MAX_TASKS = 5000
PURGE_AFTER_S = 3600
_log = get_logger(__name__)


class Broker(RedisBase):  # type: ignore[misc]
    """What Flower's page of queues asks: Redis as every other process reaches it, with TLS, sentinels or a socket."""

    def __init__(self, broker_url: str, *_: Any, **options: Any) -> None:
        super().__init__(broker_url, **options)
        self.redis = connect(get_settings().redis_url.get_secret_value(), timeout_s=self.socket_timeout)


def heard(state: Any) -> int:
    """Return how many events were ever heard; `state` is Flower's EventsState."""
    return sum(counter.total() for counter in state.counter.values())


def is_anyone_there(state: Any) -> bool:
    """Say whether a worker was heard that has not said goodbye since, so that its heartbeats should come."""
    return any(worker.heartbeats for worker in state.workers.values())


def forget_gone(state: Any) -> None:
    """Forget each worker that signed off, or was last heard PURGE_AFTER_S ago: every start of one has a new name.

    Flower keeps what it counted of each for ever, and drops their labels only when somebody reads its metrics.
    """
    long_ago_s = utc_now().timestamp() - PURGE_AFTER_S
    gone = {
        name
        for name in {*state.counter, *state.workers}
        if name not in state.workers or max(state.workers[name].heartbeats, default=0.0) < long_ago_s
    }
    state.metrics.remove_workers(gone)
    for name in gone:
        state.workers.pop(name, None)
        state.counter.pop(name, None)


async def answers(redis: Redis) -> bool:
    """Say whether the broker can be reached; while it cannot, Flower hears nothing and is not deaf."""
    try:
        await redis.ping()
    except REDIS_AWAY:
        return False
    return True


async def watch(state: Any, redis: Redis, *, deaf_after_s: float) -> None:
    """Look every LOOK_EVERY_S, and return when Flower has been deaf for `deaf_after_s`; call on Flower's own loop."""
    silence = Silence(deaf_after_s)
    while True:
        if silence.look(heard(state), expected=is_anyone_there(state) and await answers(redis)):
            return
        forget_gone(state)
        await asyncio.sleep(LOOK_EVERY_S)


def main(*, host: str, deaf_after_s: float) -> None:
    """Serve Flower on FLOWER_PORT until told to stop, or until it is deaf. Raises: SettingsError."""
    settings = get_settings().need("redis_url", "flower_basic_auth")
    setup_logging(settings)

    class Watched(Flower):  # type: ignore[misc]
        """Flower's application; its state may only be read on its loop."""

        def start(self) -> None:
            asked: list[int] = []

            def end(number: int, _: object) -> None:
                asked.append(number)
                sys.exit(0)

            signal.signal(signal.SIGTERM, end)  # in the place of Flower's, which does not tell
            self.io_loop.add_callback(self.watch)
            try:
                super().start()
            except SystemExit:  # also of a task
                if asked:
                    raise
            _log.error("flower_ended")
            os._exit(BROKEN_EXIT_CODE)

        async def watch(self) -> None:
            try:
                redis = connect(settings.redis_url.get_secret_value())
                await watch(self.events.state, redis, deaf_after_s=deaf_after_s)
            except Exception as error:  # noqa: BLE001 - nobody would see any more that it is deaf
                _log.error("background_ended", exc_info=error)
                os._exit(BROKEN_EXIT_CODE)
            _log.error("flower_deaf", silent_s=deaf_after_s)
            os._exit(DEAF_EXIT_CODE)  # nothing is kept, and its threads may hang on the dead connection

    command.Flower = Watched  # the command makes its application by this name
    views.Broker = Broker
    run: Any = celery.start  # it returns when Flower has stopped, though its types say that it never does
    sys.exit(run(["flower", *arguments(settings, host=host)]))


def arguments(settings: Settings, *, host: str) -> tuple[str, ...]:
    """Return the arguments of Flower's command; they go before its own environment variables, which begin alike."""
    return (
        f"--address={host}",
        f"--port={settings.flower_port}",
        "--logging=error",
        f"--basic-auth={settings.flower_basic_auth.get_secret_value()}",
        # Else its password shuts workers down, sends tasks and revokes them, past every rule and audit of ours.
        f"--read-only={str(settings.flower_read_only).lower()}",
        # By default it keeps 100,000 tasks, and every worker that ever was: hundreds of megabytes within a day.
        f"--max-tasks={MAX_TASKS}",
        f"--purge-offline-workers={PURGE_AFTER_S}",
    )
