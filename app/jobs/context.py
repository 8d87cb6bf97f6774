"""A processor's view of the platform, for one attempt: asks the model within all limits, books what it used."""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from app.core.clock import monotonic_s
from app.core.database import Database
from app.core.settings import Settings
from app.jobs.lease import Held
from app.jobs.outcomes import Spent
from app.jobs.repository import attempt
from app.llm.base import Ask, Limits, Message, Model
from app.storage.local import FileStore

PROGRESS_EVERY_S = 1.0


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
        ends_at_s: float,
    ) -> None:
        """`ends_at_s`: the monotonic time at which the attempt is over."""
        self._held = held
        self._spent = spent
        self._model = model
        self._database = database
        self._settings = settings
        self._ends_at_s = ends_at_s
        self._progress_at_s = float("-inf")
        self.files = files
        self.context_tokens = model.context_tokens

    async def ask(
        self, *messages: Message, schema: Mapping[str, Any] | None = None, max_output_tokens: int | None = None
    ) -> str:
        """Ask the model once and return its text. Raises: ModelError; LeaseLost when the job may not be ours."""
        self._held.ensure_trusted()
        self._spent.calls += 1
        claim = self._held.claim
        ceiling = self._settings.llm_max_output_tokens
        completion = await self._model.complete(
            Ask(
                messages=messages,
                limits=Limits(
                    max_output_tokens=min(max_output_tokens or ceiling, ceiling),
                    timeout_s=min(self._settings.llm_timeout_s, max(0.001, self._ends_at_s - monotonic_s())),
                ),
                schema=schema,
                headers={
                    "X-Headrace-Job": str(claim.id),
                    "X-Headrace-Attempt": str(claim.attempt),
                    "X-Headrace-Step": str(self._spent.calls),
                },
            )
        )
        self._spent.provider = completion.provider
        self._spent.model = completion.model
        self._spent.prompt_tokens += completion.usage.prompt_tokens
        self._spent.completion_tokens += completion.usage.completion_tokens
        self._held.ensure_trusted()
        return completion.text

    async def progress(self, done: int, total: int, note: str = "") -> None:
        """Show how far the job is, at most once a second; an outage of the database drops it."""
        now_s = monotonic_s()
        if now_s - self._progress_at_s < PROGRESS_EVERY_S and done < total:
            return
        self._progress_at_s = now_s
        with suppress(Exception):
            shown = {"done": done, "total": total, "note": note[:200]}
            await attempt.set_progress(self._database, self._held.claim, shown)
        await asyncio.sleep(0)
