"""The worker process: Celery's consumer on the main thread, and one event loop that runs all jobs."""

import os
import signal
import socket
import sys
import warnings
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

from celery import signals
from celery.exceptions import SecurityWarning

from app.core import faultpoint, gc_tuning, metrics_server, open_files
from app.core.broker import celery
from app.core.broker_messages import RUN_TASK
from app.core.consumer import Consumer
from app.core.logging import get_logger, setup_logging
from app.core.loop import BROKEN_EXIT_CODE
from app.core.loop_pool import LoopPool
from app.jobs.runtime import tasks
from app.llm import pricing
from app.llm.catalog_source import load_catalog
from app.ops import configuration
from app.processors import registry
from app.worker_process import WorkerProcess

BLOCKED_LEAST_S = 30.0
_log = get_logger(__name__)


def _close_stdout() -> None:
    """Let nothing of Celery's plain text (`worker: Warm shutdown`) stand between the lines of the log."""
    with Path(os.devnull).open("wb") as nowhere:
        os.dup2(nowhere.fileno(), 1)


def _end_blocked(where: str) -> None:
    """End this process, whose loop a job type's code keeps: nothing else would, and the next job would find it so."""
    _log.error("loop_blocked", where=where)
    os._exit(BROKEN_EXIT_CODE)


def main() -> None:
    """Run one worker process until it is told to stop. Raises: SettingsError."""
    settings = configuration.load("database_url", "redis_url")  # here, for Celery swallows what its signals raise
    open_files.allow(settings)
    setup_logging(settings)
    registry.load(settings)
    pricing.load(load_catalog(settings))
    faultpoint.arm(settings.fault_points)
    _close_stdout()
    worker_id = f"worker-{uuid4().hex[:8]}@{socket.gethostname()}"

    metrics_server.serve(settings)
    process = WorkerProcess(settings, worker_id)
    # While it waits for its tables; Celery brings its own handler.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(process.exit_code or 0))
    process.open()
    LoopPool.loop = process.loop
    LoopPool.tasks = {RUN_TASK: partial(tasks.run_job, process.executor)}
    # Past a lease all its jobs are others' anyway.
    process.loop.watch(max(settings.lease_s, BLOCKED_LEAST_S), _end_blocked)
    gc_tuning.settle(gc_tuning.MANY_AT_ONCE)

    def stopping(how: str = "", **_: Any) -> None:
        if how == "Warm":
            process.begin_stop(0)

    def stopped(**_: Any) -> None:
        process.close()

    # Celery warns root of pickled messages; ours are JSON alone (accept_content).
    warnings.filterwarnings("ignore", category=SecurityWarning)
    signals.setup_logging.connect(lambda **_: None, weak=False)  # ours stays
    signals.worker_ready.connect(lambda **_: process.begin(), weak=False)
    signals.worker_shutting_down.connect(stopping, weak=False)
    signals.worker_shutdown.connect(stopped, weak=False)
    Consumer.before_stop = process.begin_stop
    # As `celery worker` does, whose command line would load those of all its plugins.
    consume: Any = celery.Worker
    consume(
        hostname=worker_id,
        concurrency=settings.worker_concurrency,
        queues=list(settings.queues),
        without_gossip=True,
        without_mingle=True,
        task_events=True,
        loglevel=settings.log_level,
        quiet=True,  # no banner
    ).start()
    # Celery leaves with 0 for many an end that nobody asked for.
    sys.exit(BROKEN_EXIT_CODE if process.exit_code is None else process.exit_code)
