"""A model behind the governor: one that is admitted call by call, and the chain of models behind one name."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from uuid import uuid4

from app.core.clock import monotonic_s
from app.governor.admission import Admission
from app.governor.quota import Quota
from app.governor.reports import after_answer, after_error
from app.governor.scripts import Report, Target
from app.llm.base import JOB_HEADER, Ask, Completion, Model, ModelError, NotAdmitted, Usage, prompt_tokens

FULL_TIME_RATIO = 0.9


@dataclass(frozen=True, slots=True)
class CallRecord:
    """One call that was made, for the provider's books. `result` is ok or the error's kind; `seconds` without waits."""

    target: Target
    result: str
    seconds: float
    usage: Usage | None = None
    cost_usd: Decimal | None = None


class GovernedModel:
    """One model whose calls wait for their provider's limits and breaker, and teach the governor."""

    def __init__(
        self,
        model: Model,
        target: Target,
        admission: Admission,
        *,
        caps: Callable[[], Quota],
        full_time_s: float,
        note: Callable[[CallRecord], None],
    ) -> None:
        """Wrap `model`. `caps` is its quota now, `full_time_s` what a call may take, `note` hears each call's end."""
        self.model = model
        self.target = target
        self._admission = admission
        self._caps = caps
        self._full_time_s = full_time_s
        self._note = note

    async def admit(self, ask: Ask, *, book: bool) -> tuple[str, float]:
        """Wait for a start; return the call's name and the tokens booked. Raises: NotAdmitted."""
        call = uuid4().hex
        tokens = await self._admission.admit(
            self.target,
            self._caps(),
            call=call,
            prompt_tokens=prompt_tokens(ask.messages),
            output_tokens=ask.limits.max_output_tokens,
            booking=ask.headers.get(JOB_HEADER, "") if book else "",
        )
        return call, tokens

    async def call(self, ask: Ask, call: str, tokens_booked: float) -> Completion:
        """Make an admitted call. Raises: ModelError."""
        begun_at_s: float | None = None

        def admitted() -> None:
            nonlocal begun_at_s
            begun_at_s = monotonic_s()
            ask.admitted()

        report = Report("neutral", tokens_booked, round(tokens_booked))
        try:
            completion = await self.model.complete(replace(ask, admitted=admitted))
            report = after_answer(completion, tokens_booked=tokens_booked)
        except ModelError as error:
            had_full_time = ask.limits.timeout_s >= self._full_time_s * FULL_TIME_RATIO
            report = after_error(error, tokens_booked=tokens_booked, had_full_time=had_full_time)
            self._book(error.kind, begun_at_s)
            raise
        except asyncio.CancelledError:
            if begun_at_s is None:
                report = Report("neutral", tokens_booked)
            raise
        finally:
            # Shielded: a cancelled attempt must not leave the breaker waiting for its probe.
            await asyncio.shield(self._admission.settle(self.target, self._caps(), call, report))
        self._book("ok", begun_at_s, completion)
        return completion

    def _book(self, result: str, begun_at_s: float | None, completion: Completion | None = None) -> None:
        seconds = 0.0 if begun_at_s is None else monotonic_s() - begun_at_s
        usage, cost = (completion.usage, completion.cost_usd) if completion else (None, None)
        self._note(CallRecord(self.target, result, seconds, usage, cost))


class Chain:
    """The models behind one name, the first of which that may be asked now answers. A Model itself."""

    def __init__(self, name: str, models: Sequence[GovernedModel]) -> None:
        """Keep the models in the order in which they are preferred; at least one."""
        self.name = name
        self._models = tuple(models)
        parts = [one.model for one in self._models]
        self.provider = parts[0].provider
        self.context_tokens = min((one.context_tokens for one in parts if one.context_tokens), default=None)
        self.vision = any(one.vision for one in parts)

    async def complete(self, ask: Ask) -> Completion:
        """Ask the first model that is admitted, once. Raises: ModelError, NotAdmitted of the shortest wait."""
        has_images = any(said.images for said in ask.messages)
        able = [one for one in self._models if one.model.vision or not has_images] or self._models
        refusals: list[tuple[NotAdmitted, GovernedModel]] = []
        for one in able:
            try:
                call, tokens = await one.admit(ask, book=len(able) == 1)
            except NotAdmitted as refusal:
                refusals.append((refusal, one))
                continue
            return await self._ask(one, ask, call, tokens, refusals)
        soonest, best = min(refusals, key=lambda each: each[0].delay_s)
        if len(able) > 1 and soonest.kind == "rate_limited":
            call, tokens = await best.admit(ask, book=True)  # a place there; raises, unless one has come free
            return await self._ask(best, ask, call, tokens, refusals)
        raise soonest

    async def _ask(
        self,
        one: GovernedModel,
        ask: Ask,
        call: str,
        tokens: float,
        refusals: Sequence[tuple[NotAdmitted, GovernedModel]],
    ) -> Completion:
        completion = await one.call(ask, call, tokens)
        passed = ", ".join(f"{other.target.model}: {refusal.kind}" for refusal, other in refusals if other is not one)
        return replace(completion, fallback=passed) if passed else completion

    def room_tokens(self, ask: Ask) -> int:
        """Return how many tokens an answer may have at most: the most of the models."""
        return max(one.model.room_tokens(ask) for one in self._models)

    def price_usd(self, usage: Usage) -> Decimal | None:
        """Return what so many tokens may cost: the dearest of the models; None where one's price is unknown."""
        prices = [one.model.price_usd(usage) for one in self._models]
        known = [price for price in prices if price is not None]
        return max(known) if len(known) == len(prices) else None

    async def close(self) -> None:
        """Nothing is open here: the governor closes the models."""
