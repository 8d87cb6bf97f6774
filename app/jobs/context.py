"""A processor's view of the platform, for one attempt: asks the model within all limits, books what it used."""

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager, suppress
from decimal import Decimal
from typing import Any
from uuid import UUID

from app.core import strict_json
from app.core.clock import monotonic_s
from app.core.database import Database
from app.core.errors import HeadraceError
from app.core.faultpoint import faultpoint
from app.core.settings import Settings
from app.jobs.lease import Held
from app.jobs.outcomes import Spent
from app.jobs.repository import parts, running
from app.llm.base import (
    ATTEMPT_HEADER,
    JOB_HEADER,
    STEP_HEADER,
    Ask,
    Completion,
    Limits,
    Message,
    Model,
    ModelError,
    NotAdmitted,
    Usage,
    prompt_tokens,
)
from app.processors.base import ProcessorError
from app.storage.base import LocalFile
from app.storage.local import FileStore
from app.storage.uploads import Uploads

PROGRESS_EVERY_S = 1.0
_ANSWER = "answer:"  # keys of kept answers; other keys are the processor's own parts


class AttemptClock:
    """The time limit of one attempt. It stands still while all its calls wait for a place; the job's deadline does not.

    Raises TimeoutError in the attempt's task through the `timeout` that it moves.
    """

    def __init__(self, timeout: asyncio.Timeout, *, limit_s: float, deadline_s: float) -> None:
        """Bound an entered `timeout` by `limit_s`; `deadline_s` is how far the job's deadline lies ahead."""
        self._timeout = timeout
        self._left_s = limit_s
        self._deadline_at_s = _now_s() + deadline_s
        self._ends_at_s = 0.0
        self._calls = self._waiting = 0
        self._stands = True
        self._update()

    @property
    def left_s(self) -> float:
        """The seconds that a call may take which begins when the clock runs."""
        return self._left_s if self._stands else max(0.001, self._ends_at_s - _now_s())

    @contextmanager
    def call(self) -> Iterator[Callable[[], None]]:
        """Count one call in; it waits for a place until what is yielded is called."""
        waits = True
        self._calls += 1
        self._waiting += 1
        self._update()

        def admitted() -> None:
            nonlocal waits
            if waits:
                waits = False
                self._waiting -= 1
                self._update()

        try:
            yield admitted
        finally:
            admitted()
            self._calls -= 1
            self._update()

    def _update(self) -> None:
        stands = 0 < self._calls == self._waiting
        if stands == self._stands or self._timeout.expired():
            return
        if stands:
            self._left_s = self.left_s
            self._timeout.reschedule(self._deadline_at_s)
        else:
            self._ends_at_s = min(_now_s() + self._left_s, self._deadline_at_s)
            self._timeout.reschedule(self._ends_at_s)
        self._stands = stands


def _now_s() -> float:
    return asyncio.get_running_loop().time()


class JobContext:
    """The Context of one attempt. Knows its lease; hands the processor nothing of it."""

    def __init__(
        self,
        *,
        held: Held,
        spent: Spent,
        model: Model,
        files: FileStore,
        uploads: Uploads,
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
        self._kept: asyncio.Task[dict[str, Any]] | None = None
        self._unkept: dict[str, Any] = {}  # answers that are stored only when the attempt must end early
        self._booked_usd = Decimal(0)  # what the calls under way may cost at most
        self.files = files
        self._uploads = uploads
        self.context_tokens = model.context_tokens
        self.vision = model.vision

    async def ask(
        self,
        *messages: Message,
        schema: Mapping[str, Any] | None = None,
        max_output_tokens: int | None = None,
        keep: bool = False,
    ) -> str:
        """Ask the model once and return its text, or what it answered to the same question before.

        Raises: ModelError; NotAdmitted when the provider's limit or breaker says to wait; LeaseLost when the job may
        not be ours; ProcessorError (cost_limit, price_unknown).
        """
        self._held.ensure_trusted()
        limit = min(max_output_tokens or self._settings.llm_max_output_tokens, self._settings.llm_max_output_tokens)
        key = _ANSWER + _digest(self._model.name, messages, schema, limit)
        if (known := (await self._load()).get(key)) is not None:
            return str(known)
        faultpoint("worker.calling")
        try:
            completion = await self._call(messages, schema, limit)
        except (ModelError, NotAdmitted):
            await self._keep(self._unkept)
            raise
        self._book(completion)
        if keep:
            await self._keep({key: completion.text})
        else:
            self._unkept[key] = completion.text
        self._held.ensure_trusted()
        return completion.text

    async def _call(
        self, messages: tuple[Message, ...], schema: Mapping[str, Any] | None, max_output_tokens: int
    ) -> Completion:
        most_usd = self._most_usd(messages, max_output_tokens)
        self._spent.calls += 1
        claim, step = self._held.claim, self._spent.calls
        self._booked_usd += most_usd
        try:
            with self._clock.call() as admitted:
                return await self._model.complete(
                    Ask(
                        messages=messages,
                        limits=Limits(max_output_tokens, min(self._settings.llm_timeout_s, self._clock.left_s)),
                        schema=schema,
                        headers={JOB_HEADER: str(claim.id), ATTEMPT_HEADER: str(claim.attempt), STEP_HEADER: str(step)},
                        admitted=admitted,
                    )
                )
        finally:
            self._booked_usd -= most_usd

    def _most_usd(self, messages: tuple[Message, ...], max_output_tokens: int) -> Decimal:
        """Return what a call may cost at most, 0 without a limit of the job's. Raises: ProcessorError."""
        claim = self._held.claim
        if claim.max_cost_usd is None:
            return Decimal(0)
        most = self._model.price_usd(Usage(prompt_tokens(messages), max_output_tokens))
        if most is None:
            text = f"The price of {self._model.name!r} is unknown, so max_cost_usd cannot be kept."
            raise ProcessorError("price_unknown", text)
        spent = (claim.cost_usd or Decimal(0)) + (self._spent.cost_usd or Decimal(0)) + self._booked_usd
        if spent + most > claim.max_cost_usd:
            text = f"The next call may cost up to {most:.6f} USD; {spent:.6f} of {claim.max_cost_usd:f} are spent."
            raise ProcessorError("cost_limit", text)
        return most

    def _book(self, completion: Completion) -> None:
        spent = self._spent
        spent.provider = completion.provider
        spent.model = completion.model
        spent.fallback = completion.fallback or spent.fallback
        spent.prompt_tokens += completion.usage.prompt_tokens
        spent.completion_tokens += completion.usage.completion_tokens
        spent.cached_tokens += completion.usage.cached_tokens
        if completion.cost_usd is None:
            spent.unpriced += 1
        else:
            spent.cost_usd = (spent.cost_usd or Decimal(0)) + completion.cost_usd

    async def _load(self) -> Mapping[str, Any]:
        """Return what earlier attempts kept, read once; a first attempt reads nothing."""
        if self._held.claim.attempt == 1:
            return {}
        if self._kept is None:
            self._kept = asyncio.ensure_future(parts.find(self._database, self._held.claim))
        return await asyncio.shield(self._kept)

    async def _keep(self, values: Mapping[str, Any]) -> None:
        """Store answers; an outage of the database costs the answer, and not the attempt."""
        if values:
            with suppress(Exception):
                await parts.save(self._database, self._held.claim, dict(values))

    async def parts(self) -> Mapping[str, Any]:
        """Return what earlier attempts of the job saved with `save_part`, by key."""
        return {key: value for key, value in (await self._load()).items() if not key.startswith(_ANSWER)}

    async def save_part(self, key: str, value: Any) -> None:
        """Keep a finished part for later attempts. Raises: LeaseLost when the job may not be ours."""
        self._held.ensure_trusted()
        await self._keep({key: strict_json.clean(value)})

    @asynccontextmanager
    async def file(self, file_id: UUID) -> AsyncIterator[LocalFile]:
        """Have an uploaded file of the job's owner as a local file for a while.

        Raises: FileMissing; ProcessorError (storage_unavailable, storage_full), retryable.
        """
        async with AsyncExitStack() as stack:
            try:
                found = await stack.enter_async_context(self._uploads.lend(self._held.claim.owner_id, file_id))
            except HeadraceError as error:
                raise ProcessorError(error.code, error.detail, retryable=True) from error
            yield found

    async def progress(self, done: int, total: int, message: str = "") -> None:
        """Show how far the job is, at most once a second; an outage of the database drops it."""
        now_s = monotonic_s()
        if now_s - self._progress_at_s < PROGRESS_EVERY_S and done < total:
            return
        self._progress_at_s = now_s
        with suppress(Exception):
            shown = {"done": done, "total": total, "message": message[:200]}
            await running.set_progress(self._database, self._held.claim, shown)
        await asyncio.sleep(0)


def _digest(model: str, messages: tuple[Message, ...], schema: Mapping[str, Any] | None, limit: int) -> str:
    """Return what tells one question from another."""
    said = [
        (one.role, one.content, [hashlib.sha256(image.data).hexdigest() for image in one.images]) for one in messages
    ]
    return hashlib.sha256(json.dumps([model, said, schema, limit], sort_keys=True).encode()).hexdigest()[:32]
