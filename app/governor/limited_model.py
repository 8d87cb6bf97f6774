"""A model behind the governor: each call is admitted, made, recorded and settled; refusals teach how to ask."""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any, Protocol

from app.core.clock import monotonic_s
from app.governor.call_series import CallSeries
from app.governor.limiter.admission import Admission, Admitted
from app.governor.limiter.call_request import CallRequest
from app.governor.limiter.quota import Quota
from app.governor.limiter.refusals import failing
from app.governor.limiter.scripts import Report, Target, Transition
from app.governor.outcomes import after_answer, after_error
from app.governor.states import BreakerChange, CallResult
from app.llm.base import JOB_HEADER, Ask, Completion, Model, ModelError, NotAdmitted, Usage, prompt_tokens

FULL_TIME_RATIO = 0.9
MOST_LESSONS = 4  # of one question to one model
TRIED_AGAIN_S = 1.0  # after a probe that failed without a new cool-down: the other breaker's matter, or Redis is away


class Lessons(Protocol):
    """What refusals taught about models, shared by all processes."""

    def learned(self, target: Target) -> Mapping[str, Any]:
        """Return the parameters that were learned about a model, by name; at once."""
        ...

    async def note(self, target: Target, learned: Mapping[str, Any], reason: str) -> None:
        """Keep what a refusal taught; `reason` is the provider's own sentence. Never fails."""
        ...

    def pilot(self, target: Target, form: str) -> AbstractAsyncContextManager[None]:
        """Return what a question of a form (text, schema, image) is asked inside of: a new model's first goes alone."""
        ...


class NoLessons:
    """Lessons that are never learned, for a model without a place to keep them."""

    def learned(self, target: Target) -> Mapping[str, Any]:  # noqa: ARG002 - the protocol's
        """Return nothing."""
        return {}

    async def note(self, target: Target, learned: Mapping[str, Any], reason: str) -> None:
        """Forget it."""

    def pilot(self, target: Target, form: str) -> AbstractAsyncContextManager[None]:  # noqa: ARG002 - the protocol's
        """Let every question pass."""
        return nullcontext()


@dataclass(frozen=True, slots=True)
class CallRecord:
    """One call that was made, for the provider's usage. `result` is ok or the error's kind; `seconds` without waits."""

    target: Target
    result: str
    seconds: float
    usage: Usage | None = None
    cost_usd: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Terms:
    """What a model's calls are held to.

    `caps` is its quota now, `full_time_s` what a call may take, `wait_max_s` how long a provider's wish to wait is
    followed at most; `on_call` hears each call's end. `places`: calls that may be under way at once over all workers,
    None is any number.
    """

    caps: Callable[[], Quota]
    full_time_s: float
    on_call: Callable[[CallRecord], None]
    wait_max_s: float = 900.0
    lessons: Lessons = field(default_factory=NoLessons)
    places: int | None = None


class LimitedModel:
    """One model whose calls wait for their provider's limits and breaker, and teach the governor."""

    def __init__(self, model: Model, target: Target, admission: Admission, terms: Terms) -> None:
        """Wrap `model`."""
        self.model = model
        self.target = target
        self._admission = admission
        self._terms = terms

    async def ask(self, calls: CallSeries, *, waits: bool, ratio: float = 1.0) -> Completion:
        """Answer a question, in several calls where refusals teach how it must be put. Raises: ModelError, NotAdmitted.

        `waits`: nobody else is asked meanwhile, so it waits for a place, and a start ahead is reserved for the
        job. `ratio`: the part of the time that is left which one call may take.
        """
        lessons = self._terms.lessons
        passing: dict[str, Any] = {}
        async with lessons.pilot(self.target, calls.form):
            for _ in range(MOST_LESSONS):
                try:
                    completion = await self._once(calls, waits=waits, ratio=ratio, passing=passing)
                except ModelError as error:
                    if not error.learned and not error.passing:
                        raise
                    if error.learned:
                        await lessons.note(self.target, error.learned, error.message)
                    passing |= error.passing
                else:
                    if completion.learned:
                        await lessons.note(self.target, completion.learned, "It thought so much before an answer.")
                    return completion
            return await self._once(calls, waits=waits, ratio=ratio, passing=passing)

    def room_tokens(self, ask: Ask) -> int:
        """Return how many tokens the answer to a question may have at most, as the model is known now."""
        return self.model.room_tokens(replace(ask, learned=self._terms.lessons.learned(self.target)))

    async def _once(self, calls: CallSeries, *, waits: bool, ratio: float, passing: Mapping[str, Any]) -> Completion:
        """Make one call. Raises: ModelError, NotAdmitted."""
        ask = calls.ask
        request = CallRequest(
            self.target,
            prompt_tokens(ask.messages),
            ask.limits.max_output_tokens,
            reservation=ask.headers.get(JOB_HEADER, "") if waits else "",
            attempt=calls.attempt,
            places=self._terms.places,
            waits=waits,
        )
        admitted = await self._admission.admit(request, self._terms.caps())
        found, report, changes = await self._call(calls, admitted, ratio, passing)
        if isinstance(found, Completion):
            return found
        if admitted.is_probe and report.result is CallResult.FAULT:
            raise self._probe_failed(found, report, changes) from found
        raise found

    async def _call(
        self, calls: CallSeries, admitted: Admitted, ratio: float, passing: Mapping[str, Any]
    ) -> tuple[Completion | ModelError, Report, tuple[Transition, ...]]:
        """Make an admitted call, record it and settle it; return what came of it."""
        begun_at_s: float | None = None

        def begin() -> None:
            nonlocal begun_at_s
            begun_at_s = monotonic_s()
            calls.ask.admitted()

        report = Report(CallResult.NEUTRAL, admitted.tokens)
        try:
            learned = self._terms.lessons.learned(self.target)
            ask = replace(calls.next(ratio), admitted=begin, learned=learned, passing=passing)
            report = Report(CallResult.NEUTRAL, admitted.tokens, round(admitted.tokens))
            try:
                completion = await self.model.complete(ask)
                found: Completion | ModelError = completion
                report = after_answer(completion, tokens_reserved=admitted.tokens)
            except ModelError as error:
                found, report = error, self._report(error, admitted, ask.limits.timeout_s)
        except asyncio.CancelledError:
            if begun_at_s is None:
                report = Report(CallResult.NEUTRAL, admitted.tokens)
            raise
        finally:
            if begun_at_s is not None:
                report = replace(report, took_s=monotonic_s() - begun_at_s)
            # Shielded: a cancelled attempt must not leave the breaker waiting for its probe.
            changes = await asyncio.shield(
                self._admission.settle(self.target, self._terms.caps(), admitted.call, report)
            )
        self._record(found, 0.0 if begun_at_s is None else monotonic_s() - begun_at_s)
        return found, report, changes

    def _report(self, error: ModelError, admitted: Admitted, timeout_s: float) -> Report:
        had_full_time = timeout_s >= self._terms.full_time_s * FULL_TIME_RATIO
        report = after_error(error, tokens_reserved=admitted.tokens, had_full_time=had_full_time)
        if error.retry_after_s is not None:  # the report keeps the whole wish: people are told that it is not followed
            error.retry_after_s = min(error.retry_after_s, self._terms.wait_max_s)
        return report

    def _probe_failed(self, error: ModelError, report: Report, changes: tuple[Transition, ...]) -> NotAdmitted:
        """Return what a failed probe is for its job: it tried the provider for all of them, so it costs no attempt."""
        reopened = [one for one in changes if one.change is BreakerChange.REOPENED]
        delay_s = max((one.cooldown_s for one in reopened), default=TRIED_AGAIN_S)
        model = self.target.model if report.scope == "model" else None
        return failing(self.target, model, why=error.kind, delay_s=delay_s)

    def _record(self, found: Completion | ModelError, seconds: float) -> None:
        """Record what a call cost, whatever came of it; the model itself tells the job."""
        if isinstance(found, Completion):
            record = CallRecord(self.target, "ok", seconds, found.usage, found.cost_usd)
        else:
            cost_usd = None if found.usage is None else self.model.price_usd(found.usage)
            record = CallRecord(self.target, found.kind, seconds, found.usage, cost_usd)
        self._terms.on_call(record)
