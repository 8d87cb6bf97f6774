"""Sending due jobs to the broker: the lists, the room in them, and the keys by which API and scheduler agree.

A message is a hint. Whatever goes wrong here, the row stays due and is sent again.
"""

import asyncio
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress

from redis.asyncio import Redis

from app.core import metrics
from app.core.broker_messages import PRIORITY_STEPS, encode_message, list_key, priority_step
from app.core.clock import monotonic_s
from app.core.database import Database
from app.core.faultpoint import faultpoint
from app.core.logging import get_logger
from app.core.loop import still_wanted
from app.core.redis import PREFIX, REDIS_AWAY
from app.jobs.repository import dispatch
from app.jobs.repository.dispatch import Due

EPOCH_KEY = f"{PREFIX}epoch"
WAKE_KEY = f"{PREFIX}wake"
MIN_WAKE_WAIT_S = 0.02  # Redis looks at its clock only so often; less is slept
OPEN_S = 3
HIGH, DEFAULT, LOW = 1, 5, 9
PRIORITIES = {"high": HIGH, "default": DEFAULT, "low": LOW}
DIRECT_BACKLOG = 10_000
DIRECT_BATCH = 500
DIRECT_PAUSE_S = 0.01  # under load more jobs share a round trip; one that comes alone waits for nobody
REFRESH_S, IDLE_REFRESH_S = 0.25, 2.0
_log = get_logger(__name__)


def open_key(queue: str) -> str:
    """Return the key whose value is the number of jobs that the API may send to a queue by itself."""
    return f"{PREFIX}open:{queue}"


def begin_metrics(queues: Sequence[str]) -> None:
    """Show what a process that sends to these queues counts."""
    metrics.begin(metrics.SENT, queues)
    metrics.begin(metrics.NOT_SENT, queues)


async def send(redis: Redis, jobs: Sequence[Due]) -> None:
    """Put one message for each job on the lists, oldest first. Raises: one of REDIS_AWAY, after at most 0.5 s."""
    batches: dict[str, list[bytes]] = {}
    for job in jobs:
        message = encode_message(job.id, attempt=job.attempt, job_type=job.type, queue=job.queue, priority=job.priority)
        batches.setdefault(list_key(job.queue, priority_step(job.priority)), []).append(message)
    async with redis.pipeline(transaction=False) as pipe:
        for key, messages in batches.items():
            pipe.lpush(key, *messages)
        await pipe.execute()


async def send_or_unsend(database: Database, redis: Redis, jobs: Sequence[Due]) -> bool:
    """Send jobs that are marked as sent; when that fails make them due again. Returns whether they were sent."""
    try:
        await send(redis, jobs)
    except REDIS_AWAY as error:
        metrics.add_each(metrics.NOT_SENT, (job.queue for job in jobs))
        _log.warning("send_failed", jobs=len(jobs), error=type(error).__name__)
        with suppress(Exception):  # the rows are due again after a while anyway
            await dispatch.unsend(database, [job.id for job in jobs])
        return False
    metrics.add_each(metrics.SENT, (job.queue for job in jobs))
    return True


async def depths(redis: Redis, queues: Sequence[str]) -> dict[str, int]:
    """Return how many messages wait on each queue's lists. Raises: one of REDIS_AWAY."""
    keys = [(queue, list_key(queue, step)) for queue in queues for step in PRIORITY_STEPS]
    async with redis.pipeline(transaction=False) as pipe:
        for _, key in keys:
            pipe.llen(key)
        lengths = await pipe.execute()
    total: Counter[str] = Counter(dict.fromkeys(queues, 0))
    for (queue, _), length in zip(keys, lengths, strict=True):
        total[queue] += length
    return dict(total)


async def wake(redis: Redis) -> None:
    """Have a dispatcher look at once: there is a job that is for it to send. Raises: one of REDIS_AWAY."""
    async with redis.pipeline(transaction=False) as pipe:
        pipe.lpush(WAKE_KEY, "1")
        pipe.ltrim(WAKE_KEY, 0, 0)
        await pipe.execute()


async def wait_for_wake(redis: Redis, most_s: float) -> None:
    """Return when somebody calls `wake`, or did while nobody waited, at the latest after `most_s`.

    Raises: one of REDIS_AWAY, also where the client waits less for an answer.
    """
    if most_s < MIN_WAKE_WAIT_S:
        await asyncio.sleep(most_s)
    else:
        await redis.blpop([WAKE_KEY], timeout=most_s)


async def has_messages(redis: Redis, queues: Sequence[str]) -> bool:
    """Say whether any message waits on the queues' lists. Raises: one of REDIS_AWAY."""
    return bool(await redis.exists(*(list_key(queue, step) for queue in queues for step in PRIORITY_STEPS)))


class DirectSender:
    """Sends newly stored jobs from the API process, off the request's path.

    A queue may be used directly while the scheduler says that nothing older waits there, and only for as many jobs
    as it has room for; `high` may always. Nothing here can delay or fail a request.
    """

    def __init__(self, database: Database, redis: Redis, queues: Sequence[str]) -> None:
        """Keep the connections; `run` does the work."""
        self._database = database
        self._redis = redis
        self._queues = tuple(queues)
        self._room: dict[str, int] = {}
        begin_metrics(queues)
        self._waiting: asyncio.Queue[Due] = asyncio.Queue(DIRECT_BACKLOG)
        self._has_others = asyncio.Event()
        self._asked_at_s = float("-inf")

    def admit(self, queue: str, priority: int) -> bool:
        """Say whether the next job may be sent directly, and reserve its place. To be asked before it is stored."""
        self._asked_at_s = monotonic_s()
        if self._waiting.full():
            return False
        if priority == HIGH:
            return bool(self._room)  # Redis answers
        if self._room.get(queue, 0) <= 0:
            return False
        self._room[queue] -= 1
        return True

    def send_soon(self, jobs: Sequence[Due], *, others: bool) -> None:
        """Send stored jobs in the background. What finds no place, and any `others`, are left to the scheduler."""
        for job in jobs:
            try:
                self._waiting.put_nowait(job)
            except asyncio.QueueFull:
                others = True
        if others:
            self._has_others.set()

    async def run(self) -> None:
        """Send what comes and keep the rooms fresh, until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._send_forever())
            group.create_task(self._refresh_forever())
            group.create_task(self._wake_forever())

    async def _send_forever(self) -> None:
        while still_wanted():
            batch = [await self._waiting.get()]
            while len(batch) < DIRECT_BATCH and not self._waiting.empty():
                batch.append(self._waiting.get_nowait())
            if not await send_or_unsend(self._database, self._redis, batch):
                self._room = {}
            faultpoint("api.after_send")
            await asyncio.sleep(DIRECT_PAUSE_S)

    async def _wake_forever(self) -> None:
        while still_wanted():
            await self._has_others.wait()
            self._has_others.clear()
            with suppress(*REDIS_AWAY):  # then it looks a little later
                await wake(self._redis)
            await asyncio.sleep(REFRESH_S)

    async def _refresh_forever(self) -> None:
        while still_wanted():
            await self.refresh()
            is_busy = monotonic_s() - self._asked_at_s < IDLE_REFRESH_S
            await asyncio.sleep(REFRESH_S if is_busy else IDLE_REFRESH_S)

    async def refresh(self) -> None:
        """Read how much room each queue has; none while Redis is away."""
        try:
            values = await self._redis.mget([open_key(queue) for queue in self._queues])
        except REDIS_AWAY:
            self._room = {}
        else:
            self._room = {queue: int(value or 0) for queue, value in zip(self._queues, values, strict=True)}


async def restore_after_flush(database: Database, redis: Redis, epoch: str) -> None:
    """Send everything again when the broker has lost its memory: its epoch key is gone. Raises: one of REDIS_AWAY."""
    if await redis.exists(EPOCH_KEY):
        return
    count = await dispatch.resend_all(database)
    await redis.set(EPOCH_KEY, epoch, nx=True)  # last: whoever dies before it leaves the work to the next
    metrics.RESENT.labels("broker_empty").inc(count)
    _log.warning("broker_empty", resent=count)
