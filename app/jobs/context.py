"""A processor's view of the platform, for one attempt: asks the model within all limits, books what it used."""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from app.core.clock import monotonic_s
from app.core.database import Database
from app.core.faultpoint import faultpoint
from app.core.settings import Settings
from app.jobs.lease import Held
from app.jobs.outcomes import Spent
from app.jobs.repository import running
from app.llm.base import ATTEMPT_HEADER, JOB_HEADER, STEP_HEADER, Ask, Limits, Message, Model
from app.storage.local import FileStore

PROGRESS_EVERY_S = 1.0


class AttemptClock:
    """The time limit of one attempt. It stands still while a call waits for a place; the job's deadline does not."""

    def __init__(self, timeout: asyncio.Timeout, *, limit_s: float, deadline_s: float) -> None:
        """Bound an entered `timeout` by `limit_s`; `deadline_s` is how far the job's deadline lies ahead."""
        now_s = asyncio.get_running_loop().time()
        self._timeout = timeout
        self._left_s = limit_s
        self._deadline_at_s = now_s + deadline_s
        self._is_paused = True
        self.go_on()

    def pause(self) -> float:
        """Stand still until `go_on`; return the seconds that are left."""
        self._left_s = max(0.001, self._ends_at_s - asyncio.get_running_loop().time())
        self._timeout.reschedule(self._deadline_at_s)
        self._is_paused = True
        return self._left_s

    def go_on(self) -> None:
        """Run on with the seconds that were left; nothing happens when it does not stand still."""
        if not self._is_paused or self._timeout.expired():
            return
        self._is_paused = False
        self._ends_at_s = min(asyncio.get_running_loop().time() + self._left_s, self._deadline_at_s)
        self._timeout.reschedule(self._ends_at_s)


class JobContext:
    """The Context of one attempt. Knows its lease; hands the processor nothing of it."""

    def __init__(
        self,
        *,
        held: Held,
        spent: Spent,
        model: Model,
        files: FileStore,
        database: Database,
        settings: Settings,
        clock: AttemptClock,
    ) -> None:
        """Keep what the calls need; `clock` bounds the attempt."""
        self._held = held
        self._spent = spent
        self._model = model
        self._database = database
        self._settings = settings
        self._clock = clock
        self._progress_at_s = float("-inf")
        self.files = files
        self.context_tokens = model.context_tokens

    async def ask(
        self, *messages: Message, schema: Mapping[str, Any] | None = None, max_output_tokens: int | None = None
    ) -> str:
        """Ask the model once and return its text. Raises: ModelError; LeaseLost when the job may not be ours."""
        self._held.ensure_trusted()
        faultpoint("worker.calling")
        self._spent.calls += 1
        left_s = self._clock.pause()
        try:
            completion = await self._model.complete(
                self._ask_of(messages, schema=schema, max_output_tokens=max_output_tokens, left_s=left_s)
            )
        finally:
            self._clock.go_on()
        self._spent.provider = completion.provider
        self._spent.model = completion.model
        self._spent.prompt_tokens += completion.usage.prompt_tokens
        self._spent.completion_tokens += completion.usage.completion_tokens
        self._held.ensure_trusted()
        return completion.text

    def _ask_of(
        self,
        messages: tuple[Message, ...],
        *,
        schema: Mapping[str, Any] | None,
        max_output_tokens: int | None,
        left_s: float,
    ) -> Ask:
        ceiling = self._settings.llm_max_output_tokens
        claim = self._held.claim
        return Ask(
            messages=messages,
            limits=Limits(
                max_output_tokens=min(max_output_tokens or ceiling, ceiling),
                timeout_s=min(self._settings.llm_timeout_s, left_s),
            ),
            schema=schema,
            headers={
                JOB_HEADER: str(claim.id),
                ATTEMPT_HEADER: str(claim.attempt),
                STEP_HEADER: str(self._spent.calls),
            },
            admitted=self._clock.go_on,
        )

    async def progress(self, done: int, total: int, note: str = "") -> None:
        """Show how far the job is, at most once a second; an outage of the database drops it."""
        now_s = monotonic_s()
        if now_s - self._progress_at_s < PROGRESS_EVERY_S and done < total:
            return
        self._progress_at_s = now_s
        with suppress(Exception):
            shown = {"done": done, "total": total, "note": note[:200]}
            await running.set_progress(self._database, self._held.claim, shown)
        await asyncio.sleep(0)
