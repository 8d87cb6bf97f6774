"""Sends due jobs for a dispatcher: which of them, and how many, where types and models have limits."""

from collections.abc import Collection, Coroutine, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from redis.asyncio import Redis

from app.core.clock import monotonic_s
from app.core.database import Database
from app.core.faultpoint import faultpoint
from app.jobs.broker_buffer import DEFAULT, HIGH, LOW, send_or_unsend
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

SUSPECTS_EVERY_S = 1.0
RETRY_SHARE = 0.3  # of what is sent, while fresh jobs wait, too
PAUSE_PER_COST = 10.0
PAUSE_MOST_S = 1.0  # every other type and queue waits with it
LONG_PASS_S = 0.05  # without a limit: very many jobs wait that no worker knows

Take = partial[Coroutine[Any, Any, list[Due]]]  # one of `take_due…`


def rest_s(took_s: float) -> float:
    """Return for how long the dispatcher does not look past jobs that may not start, after a look took so long."""
    return min(PAUSE_PER_COST * took_s, PAUSE_MOST_S)


class Sending:
    """What may be sent in a tick, and what is remembered of it between ticks."""

    def __init__(self, database: Database, redis: Redis, queues: Sequence[str], *, models: Collection[str]) -> None:
        """Send nothing yet; `models` are the names of all models."""
        self._database = database
        self._redis = redis
        self.known = dict.fromkeys(queues, profiles(()))  # what the workers of each queue know
        # How many more may be sent in this tick: of each type with a control, and for each model with a limit.
        self.types: dict[str, int] = {}
        self.models: dict[str, int] = {}
        self.sent = 0  # since somebody set it to 0
        self._waiting_models = set(models)  # whose jobs filled the room there was
        self._credits: dict[tuple[object, ...], float] = {}  # jobs that may be sent in order, retries or not
        self._passing_s = 0.0  # how long this tick looked for jobs beyond those with a limit; it may read all of them
        self._pass_again_at_s = float("-inf")
        self._suspects_at_s = dict.fromkeys(queues, float("-inf"))

    def begin(self, types: dict[str, int], models: dict[str, int]) -> None:
        """Begin a tick in which so many may be sent."""
        self.types, self.models = types, models
        self._waiting_models -= {name for name, free in models.items() if free > 0}

    def end(self) -> None:
        """End a tick: after a long look past jobs that may not start there is a rest."""
        if not self.rests:
            self._pass_again_at_s = monotonic_s() + rest_s(self._passing_s)
        self._passing_s = 0.0

    def waits_for(self, models: frozenset[str]) -> bool:
        """Say whether jobs wait for any of these models, whose places turn fast."""
        return bool(models & self._waiting_models)

    async def send(self, queue: str, priority: int, room: int, *, limited: bool = False) -> int:
        """Send up to `room` jobs: of types and models with a limit as many as may start. Returns how many."""
        sent = 0
        known = self.known[queue]
        for job_type, free in self.types.items():
            if (most := min(free, room - sent)) > 0:
                closed = Passed(models=[model for model, left in self.models.items() if left <= 0], known=known)
                due = await self._shared(partial(take_due_of_type, job_type=job_type), queue, priority, most, closed)
                sent += await self._send_all(due)
        passed = Passed(tuple(self.types), tuple(self.models), known, limited=limited)
        for model, free in self.models.items():
            if (most := min(free, room - sent)) > 0:
                due = await self._shared(partial(take_due_of_model, model=model), queue, priority, most, passed)
                sent += await self._send_all(due)
                if len(due) == most:
                    self._waiting_models.add(model)
        if room > sent and not self.rests:
            started_s = monotonic_s()
            due = await self._shared(partial(take_due), queue, priority, room - sent, passed)
            took_s = monotonic_s() - started_s
            if self.types or self.models or (len(due) < room - sent and took_s > LONG_PASS_S):
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

    async def send_suspects(self, queue: str) -> None:
        """Send jobs that lost workers, a few at once; the rest of a worker's slots is for others meanwhile."""
        if monotonic_s() - self._suspects_at_s[queue] < SUSPECTS_EVERY_S:
            return
        self._suspects_at_s[queue] = monotonic_s()
        room = await room_for_suspects(self._database, queue)
        types, models = ([name for name, free in given.items() if free <= 0] for given in (self.types, self.models))
        for priority in (HIGH, DEFAULT, LOW):
            if room > 0:
                passed = Passed(types, models, self.known[queue])
                due = await take_due_suspects(self._database, queue, priority, room=room, passed=passed)
                room -= await self._send_all(due)

    @property
    def rests(self) -> bool:
        """Whether looking beyond jobs with a limit, or that no worker knows, took long a moment ago."""
        return monotonic_s() < self._pass_again_at_s

    async def _send_all(self, due: Sequence[Due]) -> int:
        for one in due:
            for free, name in ((self.types, one.type), (self.models, one.model)):
                if name in free:
                    free[name] -= 1
        if due:
            faultpoint("scheduler.after_mark")
            await send_or_unsend(self._database, self._redis, due)
            self.sent += len(due)
        return len(due)
