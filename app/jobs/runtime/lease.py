"""The running attempts of one worker process: their leases, kept by one heartbeat, and the ways to end them early."""

import asyncio
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from uuid import UUID

from app.core.clock import monotonic_s
from app.core.database import Database
from app.core.database_errors import is_away
from app.core.logging import get_logger
from app.core.loop import still_wanted
from app.jobs.repository import claim as claiming
from app.jobs.rows import Claim

TRUSTED_RATIO = 5 / 6  # of a lease: past it without a good beat, nothing more may be started for the job
RENEW_RATIO = 1 / 3
_log = get_logger(__name__)


class Interrupt(StrEnum):
    """Why a running attempt is ended from outside."""

    CANCEL = "cancel"
    STOP = "stop"
    LOST = "lost"


class LeaseLost(Exception):  # noqa: N818 - a fact, not a fault
    """The lease may be over, so the attempt must not go on."""


@dataclass(slots=True, eq=False)
class RunningAttempt:
    """One running attempt: its claim, its coroutine, and when its lease was last known to be good."""

    claim: Claim
    task: "asyncio.Task[Any]"
    lease_s: float
    good_at_s: float
    interrupt: Interrupt | None = None

    def ensure_trusted(self) -> None:
        """Raise LeaseLost when the last good beat is too long ago to be sure that the job is still ours."""
        if monotonic_s() - self.good_at_s > self.lease_s * TRUSTED_RATIO:
            raise LeaseLost

    def end(self, why: Interrupt) -> None:
        """End the attempt's coroutine; the first reason stands."""
        if self.interrupt is None:
            self.interrupt = why
            self.task.cancel()


class Leases:
    """All attempts that this process runs."""

    def __init__(self, database: Database, *, lease_s: float) -> None:
        """Hold nothing yet. `lease_s` is the length of a lease in seconds."""
        self._database = database
        self.lease_s = lease_s
        self._running: dict[UUID, RunningAttempt] = {}
        self.claims = 0  # ever made by this process
        self.stopping = False

    @property
    def busy(self) -> int:
        """How many attempts run now."""
        return len(self._running)

    def register(self, claim: Claim, *, claimed_at_s: float) -> RunningAttempt:
        """Register the current task as the runner of a claim; `claimed_at_s` is the time just before the claim."""
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - a coroutine always runs in a task
        running = RunningAttempt(claim, task, self.lease_s, claimed_at_s)
        self._running[claim.id] = running
        self.claims += 1
        if self.stopping:
            running.end(Interrupt.STOP)
        return running

    def unregister(self, running: RunningAttempt) -> None:
        """Forget an attempt that is over."""
        if self._running.get(running.claim.id) is running:
            del self._running[running.claim.id]

    def cancel(self, job_id: UUID) -> None:
        """End a job's attempt because its end was asked for; nothing happens when it does not run here."""
        if running := self._running.get(job_id):
            running.end(Interrupt.CANCEL)

    def stop_all(self) -> None:
        """End every attempt, also those still to come, so that they are given back."""
        self.stopping = True
        for running in list(self._running.values()):
            running.end(Interrupt.STOP)

    async def renew_forever(self) -> None:
        """Renew all leases every third of a lease; an outage is waited out, the trusted time bounds what it may do."""
        while still_wanted():
            await asyncio.sleep(self.lease_s * RENEW_RATIO)
            try:
                await self.renew()
            except Exception as error:  # noqa: BLE001 - the heartbeat must outlive everything
                _log.warning("beat_failed", error=type(error).__name__, away=is_away(error))

    async def renew(self) -> None:
        """Renew the leases that are not fresh; end what was lost or is to be cancelled."""
        asked_at_s = monotonic_s()
        old = [
            running
            for running in self._running.values()
            if asked_at_s - running.good_at_s > self.lease_s * RENEW_RATIO / 2
        ]
        if not old:
            return
        kept = await claiming.beat(self._database, [running.claim for running in old], lease_s=self.lease_s)
        for running in old:
            if running.claim.id not in kept:
                running.end(Interrupt.LOST)
                continue
            running.good_at_s = asked_at_s
            if kept[running.claim.id]:
                running.end(Interrupt.CANCEL)
