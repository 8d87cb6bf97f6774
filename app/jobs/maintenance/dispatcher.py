"""The dispatcher of the scheduler process: fills the broker's short buffer in order of priority and due time."""

import asyncio
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from redis.asyncio import Redis

from app.core import metrics
from app.core.clock import monotonic_s
from app.core.database import Database
from app.core.faultpoint import faultpoint
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
    send_or_unsend,
    wait_for_wake,
)
from app.jobs.repository import backlog, dispatch, flow_control, workers
from app.jobs.repository.dispatch import (
    Due,
    Passed,
    room_for_suspects,
    take_due,
    take_due_of_model,
    take_due_of_type,
    take_due_suspects,
)
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
SUSPECTS_EVERY_S = 1.0
RETRY_SHARE = 0.3  # of what is sent, while fresh jobs wait, too
PAUSE_PER_COST = 10.0
PAUSE_MOST_S = 1.0  # every other type and queue waits with it
LONG_PASS_S = 0.05  # without a limit: very many jobs wait that no worker knows


Take = partial[Coroutine[Any, Any, list[Due]]]  # one of `take_due…`


@dataclass(slots=True)
class _Pace:
    """What the dispatcher remembers of a queue between ticks, to see how fast it is emptied."""

    depth: int = 0
    sent: int = 0
    at_s: float = 0.0
    taken_per_s: float = 0.0
    lost_checked_at_s: float = float("-inf")
    suspects_at_s: float = float("-inf")

    def observe(self, depth: int, now_s: float) -> None:
        elapsed = now_s - self.at_s
        if elapsed > 0:
            taken = max(0, self.depth + self.sent - depth)
            self.taken_per_s = max(taken / elapsed, self.taken_per_s * 0.5**elapsed)
        self.depth, self.sent, self.at_s = depth, 0, now_s


def rest_s(took_s: float) -> float:
    """Return for how long the dispatcher does not look past jobs that may not start, after a look took so long."""
    return min(PAUSE_PER_COST * took_s, PAUSE_MOST_S)


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
        self._known = dict.fromkeys(queues, profiles(()))  # what the workers of each queue know
        self._slots_at_s = float("-inf")
        # How many more may be sent in this tick: of each type with a control, and for each model with a limit.
        self._types: dict[str, int] = {}
        self._models: dict[str, int] = {}
        self._waiting_models = (
            set(capacity.catalog.names()) if capacity else set()
        )  # whose jobs filled the room there was
        self._credits: dict[tuple[object, ...], float] = {}  # jobs that may be sent in order, retries or not
        self._passing_s = 0.0  # how long this tick looked for jobs beyond those with a limit; it may read all of them
        self._pass_again_at_s = float("-inf")
        self._due_s: float | None = 0.0  # until the first pending job has its place; None without one
        self._sent = 0  # by the last tick
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
        rest_s = IDLE_TICK_S if self._due_s is None else min(max(self._due_s, 0), IDLE_TICK_S)
        try:
            await wait_for_wake(self._waking, rest_s)
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
                await self._look()
        except REDIS_AWAY:
            metrics.SCHEDULER_ERRORS.labels("broker").inc()
            self._looked_at_s = float("-inf")
            return False
        return await self._fill_all() if has_work else await self._rest_open()

    async def _look(self) -> None:
        """Learn what the broker holds, what the models take, who works, and what operators hold back."""
        self._depths = await depths(self._redis, tuple(self._paces))
        self._sendable = await self._capacity.look() if self._capacity else Sendable({})
        await self._refresh_slots()
        self._controls = await flow_control.read(self._database)
        self._looked_at_s = monotonic_s()

    async def _fill_all(self) -> bool:
        """Send what is due and fits into each queue. Returns whether more may be waiting."""
        controls, sendable = self._controls, self._sendable
        self._types, self._models = await self._less_sent(controls.free_by_type(), dict(sendable.startable))
        self._waiting_models -= {name for name, free in self._models.items() if free > 0}
        fulls = [
            await self._fill(queue, self._depths[queue], allowed=controls.free(Scope.QUEUE, queue))
            for queue in self._paces
        ]
        self._note_tick()
        if not self._rests:
            self._pass_again_at_s = self.ticked_at_s + rest_s(self._passing_s)
        self._passing_s = 0.0
        open_queues = (not controls.is_paused(Scope.QUEUE, queue) for queue in self._paces)
        may_be_more = any(full and is_open for full, is_open in zip(fulls, open_queues, strict=True))
        return may_be_more or bool(sendable.fast & self._waiting_models)

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
        if self._sent:
            self._sent, self._due_s = 0, 0.0
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
            self._known = {queue: profiles(row.known for row in workers.serving(live, queue)) for queue in self._paces}
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
            await self._send_suspects(queue)
        limited = allowed is not None
        urgent = await self._send(queue, HIGH, urgent_room, limited=limited)
        full = urgent == HIGH_BATCH
        room -= urgent if allowed is not None else 0
        for priority in (DEFAULT, LOW):
            if room <= 0:
                full = True
                break
            sent = await self._send(queue, priority, room, limited=limited)
            room -= sent
            pace.sent += sent
        full = full or room <= 0 or self._rests
        metrics.BACKLOGGED.labels(queue).set(full)
        # Where a model allows no more, who comes now must not overtake those that wait for it.
        await self._tell_open(queue, 0 if full else min([room, *self._models.values()]))
        if depth == 0 and not full:
            await self._find_lost(queue)
        return full

    async def _send(self, queue: str, priority: int, room: int, *, limited: bool = False) -> int:
        """Send up to `room` jobs: of types and models with a limit as many as may start. Returns how many."""
        sent = 0
        known = self._known[queue]
        for job_type, free in self._types.items():
            if (most := min(free, room - sent)) > 0:
                closed = Passed(models=[model for model, left in self._models.items() if left <= 0], known=known)
                due = await self._shared(partial(take_due_of_type, job_type=job_type), queue, priority, most, closed)
                sent += await self._send_all(due)
        passed = Passed(tuple(self._types), tuple(self._models), known, limited=limited)
        for model, free in self._models.items():
            if (most := min(free, room - sent)) > 0:
                due = await self._shared(partial(take_due_of_model, model=model), queue, priority, most, passed)
                sent += await self._send_all(due)
                if len(due) == most:
                    self._waiting_models.add(model)
        if room > sent and not self._rests:
            started_s = monotonic_s()
            due = await self._shared(partial(take_due), queue, priority, room - sent, passed)
            took_s = monotonic_s() - started_s
            if self._types or self._models or (len(due) < room - sent and took_s > LONG_PASS_S):
                self._passing_s += took_s
            sent += await self._send_all(due)
        return sent

    async def _shared(self, take: Take, queue: str, priority: int, room: int, passed: Passed) -> list[Due]:
        """Take up to `room` jobs: a part in the order of the backlog, then, if retries stand first in it, fresh ones.

        So thousands of retries that are due at once take RETRY_SHARE while there are fresh jobs, and all without.
        """
        key = (queue, priority, *take.keywords.values())
        credit = min(self._credits.get(key, 0.0) + RETRY_SHARE * room, room)
        in_order = int(credit)
        due = await take(self._database, queue, priority, room=in_order, passed=passed) if in_order else []
        self._credits[key] = credit - len(due)
        if len(due) == in_order < room and (not due or any(one.is_retry for one in due)):
            fresh = replace(passed, retries=False)
            due += await take(self._database, queue, priority, room=room - len(due), passed=fresh)
        if in_order <= len(due) < room:
            due += await take(self._database, queue, priority, room=room - len(due), passed=passed)
        return due

    async def _send_suspects(self, queue: str) -> None:
        """Send jobs that lost workers, a few at once; the rest of a worker's slots is for others meanwhile."""
        pace = self._paces[queue]
        if monotonic_s() - pace.suspects_at_s < SUSPECTS_EVERY_S:
            return
        pace.suspects_at_s = monotonic_s()
        room = await room_for_suspects(self._database, queue)
        types, models = ([name for name, free in given.items() if free <= 0] for given in (self._types, self._models))
        for priority in (HIGH, DEFAULT, LOW):
            if room > 0:
                passed = Passed(types, models, self._known[queue])
                due = await take_due_suspects(self._database, queue, priority, room=room, passed=passed)
                room -= await self._send_all(due)

    @property
    def _rests(self) -> bool:
        """Whether looking beyond jobs with a limit, or that no worker knows, took long a moment ago."""
        return monotonic_s() < self._pass_again_at_s

    async def _send_all(self, due: Sequence[Due]) -> int:
        for one in due:
            for free, name in ((self._types, one.type), (self._models, one.model)):
                if name in free:
                    free[name] -= 1
        if due:
            faultpoint("scheduler.after_mark")
            await send_or_unsend(self._database, self._redis, due)
            self._sent += len(due)
        return len(due)

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
