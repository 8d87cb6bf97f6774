"""What a worker process consists of beside Celery: its connections, its executor, and what runs beside the jobs."""

import asyncio
import os
import signal
import socket
import threading
from random import Random

from app import __version__
from app.core import metrics
from app.core.database import Database
from app.core.logging import get_logger
from app.core.loop import BROKEN_EXIT_CODE, LoopThread, still_wanted
from app.core.redis import connect
from app.core.settings import Settings
from app.core.stall import DEAF_EXIT_CODE
from app.events import bus
from app.governor.breaker.transitions import TransitionRecorder
from app.governor.dialect_store import DialectStore
from app.governor.governor import Governor
from app.governor.limiter.limits import target_of
from app.governor.overrides import Overrides
from app.governor.usage.recorder import UsageRecorder
from app.jobs.repository import eligibility, workers
from app.jobs.runtime.executor import Executor
from app.jobs.runtime.lease import Leases
from app.jobs.runtime.recycling import Recycler
from app.jobs.runtime.watchdog import Watchdog
from app.llm.catalog_source import load_catalog
from app.ops.health import schema_version
from app.storage.local import FileStore

BEAT_S = 5.0
STATEMENT_TIMEOUT_S = 5  # all of a worker's are short, and a lease waits for none
EXIT_AFTER_GRACE_S = 3.0
WORN_EXIT_CODE = 75  # EX_TEMPFAIL of sysexits.h: start me again
HARD_EXIT_CODE = 70  # asked to end, and did not by itself
_log = get_logger(__name__)


class WorkerProcess:
    """The resources of this process and its background coroutines."""

    def __init__(self, settings: Settings, worker_id: str) -> None:
        """Start the loop; nothing is opened yet."""
        self.settings = settings
        self.worker_id = worker_id
        self.loop = LoopThread()
        self.exit_code: int | None = None  # once somebody asked for the end, or there is a reason for one
        self._claims_shown = 0
        self._stopping = False
        self._consumes = asyncio.Event()

    def open(self) -> None:
        """Open the connections, once the tables fit, and start what runs beside the jobs."""
        self.loop.run(self._build())

    async def _build(self) -> None:
        settings = self.settings
        self.database = Database(
            settings.database_url.get_secret_value(),
            application_name=f"headrace-worker {self.worker_id}",
            pool_size=settings.database_pool_size,
            statement_timeout_s=STATEMENT_TIMEOUT_S,
        )
        await schema_version.wait_until_fit(self.database)
        self.redis = connect(settings.redis_url.get_secret_value(), timeout_s=BEAT_S * 2)
        self.leases = Leases(self.database, lease_s=settings.lease_s)
        self._fast_redis = connect(settings.redis_url.get_secret_value())
        self.usage_recorder = UsageRecorder(self.database)
        catalog = load_catalog(settings)
        self.knows = eligibility.here(catalog.names())
        transitions = TransitionRecorder(self.database, self._fast_redis, map(target_of, catalog.models.values()))
        dialects = DialectStore(self.database, self._fast_redis)
        self.governor = Governor(
            settings,
            catalog,
            self._fast_redis,
            worker_id=self.worker_id,
            on_transition=transitions.record,
            on_call=self.usage_recorder.record,
            lessons=dialects,
        )
        self.executor = Executor(
            settings=settings,
            database=self.database,
            model_of=self.governor.model,
            files=FileStore(settings.files_dir, settings.file_max_bytes),
            leases=self.leases,
            worker_id=self.worker_id,
            random=Random(),  # noqa: S311 - jitter
            knows=self.knows,
        )
        metrics.RUNNING.set_function(lambda: self.leases.busy)
        self._watching = asyncio.create_task(self._watch())
        self._background = [
            asyncio.create_task(self.leases.renew_forever()),
            asyncio.create_task(self._beat_forever()),
            asyncio.create_task(self._hear_cancellations()),
            asyncio.create_task(self.governor.keep_fresh()),
            asyncio.create_task(dialects.keep_fresh()),
            asyncio.create_task(Overrides(self.database, self.governor.limits).keep_fresh()),
            asyncio.create_task(self.usage_recorder.keep_written()),
        ]
        for task in self._background:
            task.add_done_callback(self._on_background_end)
        self._background += [self._watching, asyncio.create_task(self._wear_out())]

    async def _watch(self) -> None:
        if not self.settings.watchdog_s:
            return
        watchdog = Watchdog(
            self.redis,
            self.executor,
            queues=self.settings.queues,
            slots=self.settings.worker_concurrency,
            limit_s=self.settings.watchdog_s,
            end=self._end_deaf,
        )
        await watchdog.run()

    async def _wear_out(self) -> None:
        settings = self.settings
        if settings.worker_max_jobs or settings.worker_max_memory_mb:
            recycler = Recycler(
                self.database,
                self.leases,
                host=socket.gethostname(),
                max_jobs=settings.worker_max_jobs,
                max_memory_mb=settings.worker_max_memory_mb,
                random=Random(),  # noqa: S311 - spreads ends
                end=lambda: self.end_with(WORN_EXIT_CODE),
            )
            await recycler.run()

    def _end_deaf(self) -> None:
        self.end_with(DEAF_EXIT_CODE)

    def _on_background_end(self, task: "asyncio.Task[None]") -> None:
        """End the process when one of its loops has ended: without its beat, say, it would lose every job."""
        if not (task.cancelled() or self._stopping):
            _log.error("background_ended", exc_info=task.exception())
            self.end_with(BROKEN_EXIT_CODE)

    def end_with(self, code: int) -> None:
        """Stop as on SIGTERM, and leave with this code."""
        if self.exit_code is None:
            self.exit_code = code
            os.kill(os.getpid(), signal.SIGTERM)  # Celery's main thread hears it whatever it waits for

    async def _hear_cancellations(self) -> None:
        async for job_id in bus.cancellations(self.redis, self.worker_id):
            self.leases.cancel(job_id)

    async def _beat_forever(self) -> None:
        await self._consumes.wait()  # who takes no messages yet is of no use to anybody
        while still_wanted():
            await self._beat_once()
            await asyncio.sleep(BEAT_S)

    async def _beat_once(self) -> None:
        try:
            await self.beat()
        except Exception as error:  # noqa: BLE001 - the heartbeat must outlive everything
            _log.warning("worker_beat_failed", error=type(error).__name__)

    async def beat(self) -> None:
        """Renew this worker's row."""
        claims = self.leases.claims
        beat = workers.Beat(
            id=self.worker_id,
            host=socket.gethostname(),
            pid=os.getpid(),
            queues=list(self.settings.queues),
            slots=self.settings.worker_concurrency,
            busy=self.leases.busy,
            version=__version__,
            state=workers.STOPPING if self._stopping else workers.RUNNING,
            types=self.knows.types,
            models=self.knows.models,
        )
        await workers.beat_worker(self.database, beat, has_claimed=claims > self._claims_shown)
        self._claims_shown = claims

    def begin(self) -> None:
        """Stand in the list of workers from now on: it consumes."""
        self.loop.loop.call_soon_threadsafe(self._consumes.set)

    def begin_stop(self, code: int = BROKEN_EXIT_CODE) -> None:
        """Give running jobs the grace period, hand the rest back, and make sure that the process ends.

        `code`: what it leaves with, where nothing said so before.
        """
        if self._stopping:
            return
        self._stopping = True
        self.exit_code = code if self.exit_code is None else self.exit_code
        _log.info("stopping", running=self.leases.busy, grace_s=self.settings.grace_s)
        self.loop.loop.call_soon_threadsafe(self._watching.cancel)
        self.loop.submit(self._beat_once())  # so that no other one of this machine is recycled now
        for delay_s, act in (
            (self.settings.grace_s, self._release_all),
            (self.settings.grace_s + EXIT_AFTER_GRACE_S, self._exit_hard),
        ):
            timer = threading.Timer(delay_s, act)
            timer.daemon = True
            timer.start()

    def _release_all(self) -> None:
        self.loop.loop.call_soon_threadsafe(self.leases.stop_all)

    def _exit_hard(self) -> None:
        code = self.exit_code or HARD_EXIT_CODE
        _log.error("exit_hard", code=code)
        os._exit(code)

    def close(self) -> None:
        """Take this worker off the list and close the connections, within 2 seconds."""
        try:
            self.loop.run(self._close(), timeout_s=2)
        except Exception as error:  # noqa: BLE001 - the process ends anyway
            _log.warning("close_failed", error=type(error).__name__)
        self.loop.stop()

    async def _close(self) -> None:
        for task in self._background:
            task.cancel()
        await workers.end_worker(self.database, self.worker_id)
        await self.usage_recorder.flush()
        await self.governor.close()
        await self.redis.aclose()
        await self._fast_redis.aclose()
        await self.database.close()
