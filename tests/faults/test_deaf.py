"""A worker whose consumer is dead without knowing it: it ends by itself, and whoever runs it starts it again."""

import io
import signal
import sys
from collections.abc import AsyncIterator
from urllib.parse import urlsplit

import pytest
from pydantic import SecretStr
from sqlalchemy import text

from app.core.database import Database
from app.core.stall import DEAF_EXIT_CODE, LOOK_EVERY_S
from app.local.output import Output
from app.local.process import ProcessSpec
from app.local.supervised import Service
from tests.rig import jobs
from tests.rig.proxy import Proxy
from tests.rig.stack import Stack, environment_of, eventually

WATCHDOG_S = 3 * LOOK_EVERY_S
SEES_WHAT_IS_NOT_THERE = """
from app.jobs.runtime import watchdog
from app.worker import main

async def has_messages(redis, queues):
    return True

watchdog.has_messages = has_messages
main()
"""


@pytest.fixture
async def proxy(stack: Stack) -> AsyncIterator[Proxy]:
    """The line between the worker and the stack's broker."""
    proxy = Proxy(urlsplit(stack.settings.redis_url.get_secret_value()).port or 0)
    await proxy.mend()
    yield proxy
    await proxy.cut()


def worker_through(proxy: Proxy, stack: Stack) -> ProcessSpec:
    """Return a worker as the local stack keeps one, whose broker is behind the proxy."""
    url = stack.settings.redis_url.get_secret_value()
    settings = stack.settings.model_copy(
        update={
            "redis_url": SecretStr(url.replace(str(urlsplit(url).port), str(proxy.port))),
            "watchdog_s": WATCHDOG_S,
        }
    )
    argv = (sys.executable, "-m", "app", "worker")
    return ProcessSpec(name="worker-1", argv=argv, ready=lambda _: True, env=environment_of(settings), grace_s=10)


@pytest.mark.slow
async def test_a_deaf_worker_gives_its_jobs_back_and_is_started_again(
    stack: Stack, proxy: Proxy, database: Database
) -> None:
    stack.broker()
    stack.scheduler()
    log = io.StringIO()
    service = Service(worker_through(proxy, stack), Output(log))
    service.start()
    try:
        long = await jobs.insert(database, input={"message": "long", "sleep_s": 600})
        await eventually(lambda: jobs.column(database, long, "status = 'processing'"), what="it consumes")
        proxy.blackhole_who_says(b"BRPOP")  # Celery connects anew and anew; its other connections and ours work
        await eventually(lambda: proxy.swallowed, what="the consumer has asked for messages in vain")
        waiting = await jobs.insert(database)
        await eventually(lambda: service.status.restarts, what="it has ended")
        assert "deaf" in log.getvalue()
        assert f"worker-1 ended with code {DEAF_EXIT_CODE}" in log.getvalue()
        assert await jobs.column(database, long, "status || attempt || refunds") == "pending11"
        proxy.blackhole_who_says(b"")
        await eventually(lambda: jobs.column(database, waiting, "status = 'completed'"), what="it consumes again")
        assert service.status.restarts == 1
    finally:
        service.kill()
        print(log.getvalue())  # noqa: T201 - pytest shows it with a failure
        await service.stop()


async def test_one_that_runs_nothing_ends_at_once_and_says_why_by_its_code(stack: Stack) -> None:
    stack.broker()
    worker = stack.python("worker", "-c", SEES_WHAT_IS_NOT_THERE, WATCHDOG_S=str(LOOK_EVERY_S), GRACE_S="600")
    assert await worker.ended() == DEAF_EXIT_CODE
    log = worker.log.read_text("utf-8")
    assert " deaf " in log
    assert "exit_hard" not in log


async def test_without_a_limit_it_is_not_watched(stack: Stack, database: Database) -> None:
    stack.broker()
    worker = stack.python("worker", "-c", SEES_WHAT_IS_NOT_THERE, WATCHDOG_S="0")
    second_beat = text("SELECT 1 FROM workers WHERE beat_at > started_at")  # several looks later
    await eventually(lambda: database.row(second_beat), what="it lives on")
    worker.signal(signal.SIGTERM)
    assert await worker.ended() == 0
