"""A processor's view of the platform, for one attempt: asks the model within all limits, counts what it used."""

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from app.core import strict_json
from app.core.clock import monotonic_s
from app.core.database import Database
from app.core.errors import HeadraceError
from app.core.faultpoint import faultpoint
from app.core.settings import Settings
from app.jobs.outcomes import AttemptUsage
from app.jobs.repository import checkpoints
from app.jobs.repository import claim as claiming
from app.jobs.runtime.attempt_clock import AttemptClock
from app.jobs.runtime.lease import RunningAttempt
from app.jobs.runtime.whole_answer import Progress, Room, whole
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
    Spending,
    Usage,
    prompt_tokens,
)
from app.processors.base import ProcessorError
from app.processors.ocr import languages_for
from app.storage.base import LocalFile
from app.storage.local import FileStore
from app.storage.uploads import Uploads

PROGRESS_EVERY_S = 1.0
_CUT = ":cut:"  # behind the key of an answer that is not whole yet
_ANSWER = "answer:"  # keys of kept answers; other keys are the processor's own parts


@dataclass(slots=True)
class _Reserved:
    """What one question's call under way may cost at most."""

    usd: Decimal = Decimal(0)


class JobContext:
    """The Context of one attempt. It knows the lease and hides it from the processor."""

    def __init__(
        self,
        *,
        running: RunningAttempt,
        usage: AttemptUsage,
        model: Model,
        files: FileStore,
        uploads: Uploads,
        database: Database,
        settings: Settings,
        clock: AttemptClock,
    ) -> None:
        """Keep what the calls need; `clock` bounds the attempt."""
        self._running = running
        self._usage = usage
        self._model = model
        self._database = database
        self._settings = settings
        self._clock = clock
        self._progress_at_s = float("-inf")
        self._kept: asyncio.Task[dict[str, Any]] | None = None
        self._unkept: dict[str, Any] = {}  # answers that are stored only when the attempt must end early
        self._reserved_usd = Decimal(0)  # what the calls under way may cost at most
        self.files = files
        self._uploads = uploads
        self.context_tokens = model.context_tokens
        self.vision = model.vision
        self.ocr = languages_for(settings)

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
        self._running.ensure_trusted()
        limit = min(max_output_tokens or self._settings.llm_max_output_tokens, self._settings.llm_max_output_tokens)
        key = _ANSWER + _digest(self._model.name, messages, schema, limit)
        if (known := (await self._load()).get(key)) is not None:
            return str(known)
        faultpoint("worker.calling")
        progress = await self._progress(key)
        made = progress.calls
        try:
            completion = await self._whole(messages, schema, limit, progress)
        except (ModelError, NotAdmitted):
            if progress.calls > made:
                self._unkept[f"{key}{_CUT}{progress.calls}"] = asdict(progress)
            await self._keep(self._unkept)
            raise
        if keep:
            await self._keep({key: completion.text})
        else:
            self._unkept[key] = completion.text
        self._running.ensure_trusted()
        return completion.text

    async def _progress(self, key: str) -> Progress:
        """Return the progress that an earlier attempt made with a question whose answer was cut off."""
        kept = [value for name, value in (await self._load()).items() if name.startswith(f"{key}{_CUT}")]
        return Progress(**max(kept, key=lambda one: one["calls"])) if kept else Progress()

    async def _whole(
        self, messages: tuple[Message, ...], schema: Mapping[str, Any] | None, limit: int, progress: Progress
    ) -> Completion:
        """Ask until the answer is whole; more room than was wanted is given within LLM_MAX_OUTPUT_TOKENS."""
        return await whole(
            lambda said, room: self._call(said, schema, room),
            messages,
            Room(limit, self._settings.llm_max_output_tokens),
            progress=progress,
            sent_room=lambda room: self._model.room_tokens(Ask(messages, Limits(room, 0.0), schema)),
            continues=schema is None,
        )

    async def _call(
        self, messages: tuple[Message, ...], schema: Mapping[str, Any] | None, max_output_tokens: int
    ) -> Completion:
        self._usage.calls += 1
        claim, step = self._running.claim, self._usage.calls
        reserved = _Reserved()

        def allow() -> None:
            """Let one more call of this question begin, if the job's sum allows it."""
            self._running.ensure_trusted()
            self._reserve(reserved, Decimal(0))
            self._reserve(reserved, self._most_usd(ask))

        def count(call: Spending) -> None:
            """Replace the reservation of a call by what the call cost."""
            self._reserve(reserved, Decimal(0))
            self._count(call)

        try:
            with self._clock.call() as admitted:
                ask = Ask(
                    messages=messages,
                    limits=Limits(max_output_tokens, min(self._settings.llm_timeout_s, self._clock.left_s)),
                    schema=schema,
                    headers={JOB_HEADER: str(claim.id), ATTEMPT_HEADER: str(claim.attempt), STEP_HEADER: str(step)},
                    admitted=admitted,
                    allow=allow,
                    spent=count,
                    left_s=lambda: self._clock.left_s,
                )
                allow()
                completion = await self._model.complete(ask)
        finally:
            self._reserve(reserved, Decimal(0))
        self._usage.provider, self._usage.model = completion.provider, completion.model
        self._usage.fallback = completion.fallback or self._usage.fallback
        if completion.reasoning:
            self._usage.reasoning = "\n\n".join(filter(None, (self._usage.reasoning, completion.reasoning)))
        return completion

    def _reserve(self, reserved: _Reserved, usd: Decimal) -> None:
        """Reserve what a call under way may cost, instead of what was reserved for it before."""
        self._reserved_usd += usd - reserved.usd
        reserved.usd = usd

    def _most_usd(self, ask: Ask) -> Decimal:
        """Return what a call may cost at most, 0 without a limit of the job's. Raises: ProcessorError."""
        claim = self._running.claim
        if claim.max_cost_usd is None:
            return Decimal(0)
        most = self._model.price_usd(Usage(prompt_tokens(ask.messages), self._model.room_tokens(ask)))
        if most is None:
            text = f"The price of {self._model.name!r} is unknown, so max_cost_usd cannot be kept."
            raise ProcessorError("price_unknown", text)
        spent_usd = (claim.cost_usd or Decimal(0)) + (self._usage.cost_usd or Decimal(0)) + self._reserved_usd
        if spent_usd + most > claim.max_cost_usd:
            text = f"The next call may cost up to {most:.6f} USD; {spent_usd:.6f} of {claim.max_cost_usd:f} are spent."
            raise ProcessorError("cost_limit", text)
        return most

    def _count(self, call: Spending) -> None:
        """Add what a call cost, whatever came of it."""
        usage = self._usage
        usage.provider, usage.model = call.provider, call.model
        usage.prompt_tokens += call.usage.prompt_tokens
        usage.completion_tokens += call.usage.completion_tokens
        usage.cached_tokens += call.usage.cached_tokens
        usage.reasoning_tokens += call.usage.reasoning_tokens
        if call.cost_usd is None:
            usage.unpriced += 1
        else:
            usage.cost_usd = (usage.cost_usd or Decimal(0)) + call.cost_usd

    async def _load(self) -> Mapping[str, Any]:
        """Return what earlier attempts kept, read once; a first attempt reads nothing."""
        if self._running.claim.attempt == 1:
            return {}
        if self._kept is None:
            self._kept = asyncio.ensure_future(checkpoints.find(self._database, self._running.claim))
        return await asyncio.shield(self._kept)

    async def _keep(self, values: Mapping[str, Any]) -> None:
        """Store answers; an outage of the database costs the answer, and not the attempt."""
        if values:
            with suppress(Exception):
                await checkpoints.save(self._database, self._running.claim, dict(values))

    async def parts(self) -> Mapping[str, Any]:
        """Return what earlier attempts of the job saved with `save_part`, by key."""
        return {key: value for key, value in (await self._load()).items() if not key.startswith(_ANSWER)}

    async def save_part(self, key: str, value: Any) -> None:
        """Keep a finished part for later attempts. Raises: LeaseLost when the job may not be ours."""
        self._running.ensure_trusted()
        await self._keep({key: strict_json.clean(value)})

    @asynccontextmanager
    async def file(self, file_id: UUID) -> AsyncIterator[LocalFile]:
        """Open an uploaded file of the job's owner as a local file, inside an `async with`.

        Raises: FileMissing; ProcessorError (storage_unavailable, storage_full), retryable.
        """
        async with AsyncExitStack() as stack:
            try:
                found = await stack.enter_async_context(self._uploads.lend(self._running.claim.owner_id, file_id))
            except HeadraceError as error:
                raise ProcessorError(error.code, error.detail, retryable=True) from error
            yield found

    async def progress(self, done: int, total: int, message: str = "") -> None:
        """Show how far the job is, at most once a second; an outage of the database drops it."""
        now_s = monotonic_s()
        with suppress(Exception):
            shown = {"done": int(done), "total": int(total), "message": strict_json.clean(str(message))[:200]}
            if now_s - self._progress_at_s < PROGRESS_EVERY_S and done < total:
                return
            self._progress_at_s = now_s
            await claiming.set_progress(self._database, self._running.claim, shown)
        await asyncio.sleep(0)


def _digest(model: str, messages: tuple[Message, ...], schema: Mapping[str, Any] | None, limit: int) -> str:
    """Return the key of a question: a hash of model, messages, schema and limit."""
    said = [
        (one.role, one.content, [hashlib.sha256(image.data).hexdigest() for image in one.images]) for one in messages
    ]
    return hashlib.sha256(json.dumps([model, said, schema, limit], sort_keys=True).encode()).hexdigest()[:32]
