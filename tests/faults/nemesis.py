"""Faults upon a running stack, each written down with the jobs that it hits, so that their recovery can be timed."""

import asyncio
import signal
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from random import Random
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import text

from app.core.clock import monotonic_s, utc_now
from app.core.database import Database
from app.core.database_errors import is_away
from app.core.redis import REDIS_AWAY, connect
from tests.rig.exposition import parse
from tests.rig.ports import free_port
from tests.rig.postgres import OwnPostgres
from tests.rig.stack import Process, Stack

T = TypeVar("T")
DOWN_S = 1.5
PATIENCE_S = 30.0
FREEZE_LEASES = 1.5
_HELD = text("""
    SELECT id FROM jobs WHERE status = 'processing' AND worker IN (SELECT id FROM workers WHERE pid = :pid)
""")
_SENT = text("SELECT id FROM jobs WHERE status = 'pending' AND run_at <= now() AND dispatch_at > now()")
_NEXT_STARTS = text("""
    SELECT extract(epoch FROM min(at))::float FROM job_events
    WHERE name = 'started' AND at > to_timestamp(:at) AND job_id = ANY(:ids) GROUP BY job_id
""")
_RESCUES = text("""
    SELECT extract(epoch FROM min(at))::float FROM job_events
    WHERE name = 'lease_expired' AND at > to_timestamp(:at) AND job_id = ANY(:ids) GROUP BY job_id
""")
_NEXT_START = text(
    "SELECT extract(epoch FROM min(at))::float FROM job_events WHERE name = 'started' AND at > to_timestamp(:at)"
)


@dataclass(frozen=True, slots=True)
class Strike:
    """One fault: its kind, when it was (seconds since the epoch), and the jobs whose message (or lease) it took."""

    kind: str
    at: float
    jobs: list[UUID]
    is_of_leases: bool


@dataclass(frozen=True, slots=True)
class Recovery:
    """For one kind of fault, seconds: until hit jobs were taken back, until they started again, until any job did."""

    of_rescues_s: list[float]
    of_jobs_s: list[float]
    of_work_s: list[float]


@dataclass(slots=True)
class Nemesis:
    """Hurts one stack. Workers that it ends are started again; `database` is the test's own pool."""

    stack: Stack
    database: Database
    postgres: OwnPostgres | None
    random: Random
    broker: Process | None = None
    workers: list[Process] = field(default_factory=list)
    strikes: list[Strike] = field(default_factory=list)
    absorbed: int = 0  # deliveries that brought nothing, of all workers
    refused: Counter[str] = field(default_factory=Counter)
    _frozen: set[int] = field(default_factory=set)
    _ports: dict[int, int] = field(default_factory=dict)

    async def start_worker(self) -> Process:
        """Start a worker whose metrics can be read."""
        port = free_port()
        worker = await self.stack.worker(METRICS_PORT=str(port))
        self._ports[worker.popen.pid] = port
        self.workers.append(worker)
        return worker

    def start_broker(self) -> None:
        """Start an empty broker."""
        self.broker = self.stack.broker()

    async def kill_worker(self) -> None:
        """`kill -9` of a worker, which is then started again."""
        worker = self._pick()
        await self.read_metrics(worker)
        await self._note("kill -9 of a worker", _HELD, pid=worker.popen.pid)
        worker.signal(signal.SIGKILL)
        self.workers.remove(worker)
        await worker.ended(5)
        await self.start_worker()

    async def stop_worker(self) -> None:
        """SIGTERM to a worker; another one is started at once."""
        worker = self._pick()
        await self.read_metrics(worker)
        await self._note("SIGTERM of a worker", _HELD, pid=worker.popen.pid)
        worker.signal(signal.SIGTERM)
        self.workers.remove(worker)
        await self.start_worker()
        await worker.ended(self.stack.settings.grace_s + 8)

    async def freeze_worker(self) -> None:
        """Stop a worker for longer than its lease, then let it go on."""
        worker = self._pick()
        self._frozen.add(worker.popen.pid)
        await self._note("worker frozen", _HELD, pid=worker.popen.pid)
        worker.signal(signal.SIGSTOP)
        await asyncio.sleep(self.stack.settings.lease_s * FREEZE_LEASES)
        worker.signal(signal.SIGCONT)
        self._frozen.discard(worker.popen.pid)

    async def flush(self) -> None:
        """FLUSHALL, while the broker is there."""
        await self._note("FLUSHALL", _SENT)
        redis = connect(self.stack.settings.redis_url.get_secret_value(), timeout_s=2)
        until_s = monotonic_s() + PATIENCE_S
        while True:
            try:
                await redis.flushall()
                break
            except REDIS_AWAY:
                assert monotonic_s() < until_s
                await asyncio.sleep(0.1)
        await redis.aclose()

    async def restart_broker(self) -> None:
        """`kill -9` of the broker, which comes back empty a moment later."""
        assert self.broker is not None
        await self._note("broker restarted empty", _SENT)
        self.broker.signal(signal.SIGKILL)
        await self.broker.ended(5)
        await asyncio.sleep(DOWN_S)
        self.start_broker()

    async def freeze_broker(self) -> None:
        """Stop the broker for a few seconds."""
        assert self.broker is not None
        broker = self.broker
        await self._note("broker frozen 4 s", _SENT)
        broker.signal(signal.SIGSTOP)
        await asyncio.sleep(4)
        broker.signal(signal.SIGCONT)

    async def restart_postgres(self) -> None:
        """Stop PostgreSQL at once and start it again a moment later."""
        assert self.postgres is not None
        await self._note("PostgreSQL stopped at once", _SENT)
        await self.postgres.stop_at_once()
        await asyncio.sleep(DOWN_S)
        await self.postgres.start()

    async def drop_connections(self) -> None:
        """End every connection to PostgreSQL but our own."""
        query = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'headrace-%'"
        await self._note("connections ended", _SENT)
        await self.ask(lambda: self.database.rows(text(query)))

    async def read_metrics(self, worker: Process) -> None:
        """Add what a worker has counted; a killed one cannot be asked any more."""
        import httpx2

        try:
            async with httpx2.AsyncClient(timeout=2) as client:
                answer = await client.get(f"http://127.0.0.1:{self._ports[worker.popen.pid]}/metrics")
        except httpx2.TransportError:
            return
        for (name, labels), value in parse(answer.text).items():
            if name == "headrace_claims_total" and ("result", "nothing") in labels:
                self.absorbed += int(value)
            outcome = dict(labels).get("outcome")
            if name == "headrace_attempts_total" and outcome in {"stale", "lost"}:
                self.refused[outcome] += int(value)

    async def recoveries(self) -> dict[str, Recovery]:
        """Return how long it took after the faults of each kind; a job that needed no second start is left out."""
        found: dict[str, Recovery] = defaultdict(lambda: Recovery([], [], []))
        for strike in self.strikes:
            starts = await self.database.rows(_NEXT_STARTS, {"at": strike.at, "ids": strike.jobs})
            found[strike.kind].of_jobs_s.extend(row[0] - strike.at for row in starts)
            if strike.is_of_leases:
                taken = await self.database.rows(_RESCUES, {"at": strike.at, "ids": strike.jobs})
                found[strike.kind].of_rescues_s.extend(row[0] - strike.at for row in taken)
            row = await self.database.row(_NEXT_START, {"at": strike.at})
            if row is not None and row[0] is not None:
                found[strike.kind].of_work_s.append(row[0] - strike.at)
        return found

    def counts(self) -> Counter[str]:
        """Return how many faults of each kind there were."""
        return Counter(strike.kind for strike in self.strikes)

    async def ask(self, question: Callable[[], Awaitable[T]]) -> T:
        """Ask the database, through an outage of it."""
        until_s = monotonic_s() + PATIENCE_S
        while True:
            try:
                return await question()
            except Exception as error:
                if not is_away(error) or monotonic_s() > until_s:
                    raise
            await asyncio.sleep(0.2)

    async def _note(self, kind: str, query: Any, **parameters: Any) -> None:
        rows = await self.ask(lambda: self.database.rows(query, parameters))
        self.strikes.append(Strike(kind, utc_now().timestamp(), [row.id for row in rows], query is _HELD))

    def _pick(self) -> Process:
        return self.random.choice([one for one in self.workers if one.popen.pid not in self._frozen])
