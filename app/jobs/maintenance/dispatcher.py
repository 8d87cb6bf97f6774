"""The dispatcher of the scheduler process: fills the broker's short buffer in order of priority and due time."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from redis.asyncio import Redis

from app.core import metrics
from app.core.clock import monotonic_s
from app.core.database import Database
from app.core.loop import still_wanted
from app.core.redis import REDIS_AWAY
from app.governor.limiter.capacity import Capacity, Sendable
from app.jobs.broker_buffer import (
    DEFAULT,
    HIGH,
    LOW,
    OPEN_S,
    begin_metrics,
    depths,
    open_key,
    restore_after_flush,
    wait_for_wake,
)
from app.jobs.maintenance.sending import Sending
from app.jobs.repository import backlog, dispatch, flow_control, workers
from app.jobs.repository.eligibility import profiles
from app.jobs.repository.flow_control import Scope

BUSY_TICK_S = 0.05
TICK_S = 0.25
IDLE_TICK_S = 1.0  # unless something is due before, or a submit wakes
IDLE_AFTER_S = 2.0
MIN_ROOM = 64
HIGH_BATCH = 1000
IDLE_LOOK_S = 10.0
IDLE_TELL_S = 1.5  # of OPEN_S
SLOTS_EVERY_S = 1.0
LOST_EVERY_S = 2.0


@dataclass(slots=True)
class _Pace:
    """What the dispatcher remembers of a queue between ticks, to see how fast it is emptied."""

    depth: int = 0
    sent: int = 0
    at_s: float = 0.0
    taken_per_s: float = 0.0
    lost_checked_at_s: float = float("-inf")

    def observe(self, depth: int, now_s: float) -> None:
        elapsed = now_s - self.at_s
        if elapsed > 0:
            taken = max(0, self.depth + self.sent - depth)
            self.taken_per_s = max(taken / elapsed, self.taken_per_s * 0.5**elapsed)
        self.depth, self.sent, self.at_s = depth, 0, now_s


class Dispatcher:
    """One of possibly several dispatchers; row locks keep them from sending the same job at once."""

    def __init__(
        self,
        database: Database,
        redis: Redis,
        queues: Sequence[str],
        *,
        epoch: str,
        capacity: Capacity | None = None,
        waking: Redis | None = None,
    ) -> None:
        """Serve `queues`. `epoch` is the value of the broker's epoch key, `capacity` says what the models take.

        `waking` is a client that may wait for IDLE_TICK_S without an answer.
        """
        self._database = database
        self._redis = redis
        self._waking = waking or redis
        self._paces = {queue: _Pace() for queue in queues}
        begin_metrics(queues)
        metrics.begin(metrics.RESENT, ("broker_empty", "lost"))
        metrics.begin(metrics.SCHEDULER_ERRORS, ["broker"])
        metrics.begin(metrics.PASS_DURATION, ["dispatch"])
        self._epoch = epoch
        self._capacity = capacity
        self._looked_at_s = float("-inf")  # when it last learned the following
        self._told_at_s = float("-inf")  # when it last told, at rest, that queues are open
        self._depths: dict[str, int] = {}
        self._sendable = Sendable({})
        self._controls = flow_control.Flow()
        self._slots: dict[str, int] = {}
        self._slots_at_s = float("-inf")
        self._sending = Sending(database, redis, queues, models=capacity.catalog.names() if capacity else ())
        self._due_s: float | None = 0.0  # until the first pending job has its place; None without one
        self._worked_at_s = float("-inf")  # when some job last had its place, or ran
        self.ticked_at_s = float("-inf")  # when PostgreSQL last answered all that a tick asks
        self.has_ticked = asyncio.Event()

    async def run(self) -> None:
        """Tick until cancelled; an outage of PostgreSQL ends this with an error, for the caller to retry."""
        while still_wanted():
            with metrics.PASS_DURATION.labels("dispatch").time():
                full = await self.tick()
            await self._rest(BUSY_TICK_S if full else TICK_S)

    async def _rest(self, usual_s: float) -> None:
        """Wait until the next tick: while nothing is to do, until something is due or a submit wakes."""
        if not self._is_idle:
            await asyncio.sleep(usual_s)
            return
        most_s = IDLE_TICK_S if self._due_s is None else min(max(self._due_s, 0), IDLE_TICK_S)
        try:
            await wait_for_wake(self._waking, most_s)
        except REDIS_AWAY:
            await asyncio.sleep(TICK_S)

    @property
    def _is_idle(self) -> bool:
        """Whether no job has had its place, nor run, for a while."""
        return monotonic_s() - self._worked_at_s >= IDLE_AFTER_S

    async def tick(self) -> bool:
        """Send what is due and fits. Returns whether more may be waiting. Does nothing while Redis is away."""
        has_work = await self._has_work()
        looks = not self._is_idle or monotonic_s() - self._looked_at_s >= IDLE_LOOK_S
        try:
            await restore_after_flush(self._database, self._redis, self._epoch)
            if looks:
                self._depths = await depths(self._redis, tuple(self._paces))
                self._sendable = await self._capacity.look() if self._capacity else Sendable({})
        except REDIS_AWAY:
            metrics.SCHEDULER_ERRORS.labels("broker").inc()
            self._looked_at_s = float("-inf")
            return False
        if looks:
            await self._refresh_slots()
            self._controls = await flow_control.read(self._database)
            self._looked_at_s = monotonic_s()
        return await self._fill_all() if has_work else await self._rest_open()

    async def _fill_all(self) -> bool:
        """Send what is due and fits into each queue. Returns whether more may be waiting."""
        controls, sendable = self._controls, self._sendable
        sending = self._sending
        sending.begin(*await self._less_sent(controls.free_by_type(), dict(sendable.startable)))
        fulls = [
            await self._fill(queue, self._depths[queue], allowed=controls.free(Scope.QUEUE, queue))
            for queue in self._paces
        ]
        self._note_tick()
        sending.end()
        open_queues = (not controls.is_paused(Scope.QUEUE, queue) for queue in self._paces)
        may_be_more = any(full and is_open for full, is_open in zip(fulls, open_queues, strict=True))
        return may_be_more or sending.waits_for(sendable.fast)

    async def _rest_open(self) -> bool:
        """Say of each queue how many jobs the API may send by itself: nothing waits before them."""
        if not self._is_idle or monotonic_s() - self._told_at_s >= IDLE_TELL_S:
            self._told_at_s = monotonic_s()
            for queue in self._paces:
                metrics.BACKLOGGED.labels(queue).set(False)
                room = self._room(queue, self._depths[queue], self._controls.free(Scope.QUEUE, queue))
                await self._tell_open(queue, min([room, *self._sendable.startable.values()]))
        self._note_tick()
        return False

    def _note_tick(self) -> None:
        self.ticked_at_s = monotonic_s()
        self.has_ticked.set()

    def _room(self, queue: str, depth: int, allowed: int | None) -> int:
        """Return how many messages a queue's lists have room for. `allowed`: how many more of its jobs may run."""
        room = max(MIN_ROOM, 2 * self._slots.get(queue, 0), int(self._paces[queue].taken_per_s)) - depth
        return room if allowed is None else min(room, allowed - depth)

    async def _has_work(self) -> bool:
        """Say whether any pending job has its place by now; who sent some a moment ago need not ask."""
        if self._sending.sent:
            self._sending.sent, self._due_s = 0, 0.0
            self._worked_at_s = monotonic_s()
            return True
        ahead = await backlog.look_ahead(self._database, tuple(self._paces))
        self._due_s = ahead.due_s
        has_work = ahead.due_s is not None and ahead.due_s <= 0
        if has_work or ahead.runs:  # what runs may be given back at any time
            self._worked_at_s = monotonic_s()
        return has_work

    async def _refresh_slots(self) -> None:
        if monotonic_s() - self._slots_at_s >= SLOTS_EVERY_S:
            live = await workers.find_live(self._database)
            self._slots = dict(workers.slots_of(live))
            self._sending.known = {
                queue: profiles(row.known for row in workers.serving(live, queue)) for queue in self._paces
            }
            self._slots_at_s = monotonic_s()

    async def _less_sent(self, types: dict[str, int], models: dict[str, int]) -> tuple[dict[str, int], dict[str, int]]:
        """Return the free slots, less the jobs that were sent and wait for a worker."""
        if not any(types.values()) and not any(models.values()):
            return types, models
        sent = await dispatch.count_sent(self._database)
        less = [
            {name: free - count[name] for name, free in given.items()}
            for given, count in zip((types, models), sent, strict=True)
        ]
        return less[0], less[1]

    async def _fill(self, queue: str, depth: int, *, allowed: int | None) -> bool:
        """Send what fits into a queue. `allowed`: how many more of its jobs may run, None is any number."""
        pace = self._paces[queue]
        pace.observe(depth, monotonic_s())
        room, urgent_room = self._room(queue, depth, allowed), HIGH_BATCH
        if allowed is not None:
            urgent_room = min(HIGH_BATCH, allowed - depth)
        if allowed is None or allowed > 0:
            await self._sending.send_suspects(queue)
        limited = allowed is not None
        urgent = await self._sending.send(queue, HIGH, urgent_room, limited=limited)
        full = urgent == HIGH_BATCH
        room -= urgent if allowed is not None else 0
        for priority in (DEFAULT, LOW):
            if room <= 0:
                full = True
                break
            sent = await self._sending.send(queue, priority, room, limited=limited)
            room -= sent
            pace.sent += sent
        full = full or room <= 0 or self._sending.rests
        metrics.BACKLOGGED.labels(queue).set(full)
        # Where a model allows no more, who comes now must not overtake those that wait for it.
        await self._tell_open(queue, 0 if full else min([room, *self._sending.models.values()]))
        if depth == 0 and not full:
            await self._find_lost(queue)
        return full

    async def _tell_open(self, queue: str, room: int) -> None:
        try:
            if room > 0:
                await self._redis.set(open_key(queue), room, ex=OPEN_S)
            else:
                await self._redis.delete(open_key(queue))
        except REDIS_AWAY:
            return

    async def _find_lost(self, queue: str) -> None:
        pace = self._paces[queue]
        if monotonic_s() - pace.lost_checked_at_s >= LOST_EVERY_S:
            pace.lost_checked_at_s = monotonic_s()
            metrics.RESENT.labels("lost").inc(await dispatch.resend_lost(self._database, queue))
