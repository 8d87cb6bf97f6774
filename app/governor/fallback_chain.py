"""The chain of models behind one name: the first that can answer does, in the same attempt."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from app.governor.call_series import CallSeries
from app.governor.limited_model import LimitedModel
from app.llm.base import MAX_MESSAGE_CHARS, Ask, Completion, ErrorKind, ModelError, NotAdmitted, Usage, WaitReason

# After these the next model is asked: they concern the model or its provider, and not the question. How much hope each
# leaves that the same model answers later: the first is raised rather than the last when all of them failed.
_HOPE: Mapping[ErrorKind, int] = {
    "rate_limited": 1,
    "network": 2,
    "unavailable": 2,
    "timeout": 2,
    "bad_response": 2,
    "insufficient_credits": 3,
    "auth_failed": 4,
    "model_not_found": 4,
    "request_too_large": 4,
    "context_too_long": 4,
}
_LEAST_HOPE = 5
GOES_ON = frozenset(_HOPE)
_FORBIDDEN = 403
_LAST_REDIRECT = 399
WAITED_FOR = frozenset({WaitReason.RATE_LIMITED, WaitReason.MODEL_BUSY})
HALF = 0.5  # of the time that is left: so much may a model take that is not the last


@dataclass(frozen=True, slots=True)
class Passed:
    """A model that was passed over, and why."""

    model: LimitedModel
    error: NotAdmitted | ModelError

    @property
    def kind(self) -> str:
        """What kept it from answering; of a failed probe what it ended with."""
        cause = self.error.__cause__
        return cause.kind if isinstance(cause, ModelError) else self.error.kind

    @property
    def hope(self) -> tuple[int, float]:
        """Return the sort key: the model that may answer soonest comes first."""
        if isinstance(self.error, NotAdmitted):
            return (0, self.error.delay_s)
        return (_HOPE.get(self.error.kind, _LEAST_HOPE), 0.0)


class FallbackChain:
    """The models behind one name, the first of which that can answer does. A Model itself."""

    def __init__(self, name: str, models: Sequence[LimitedModel], *, goes_on: bool = True) -> None:
        """Keep the models in the order in which they are preferred; at least one.

        `goes_on`: after an error that concerns a model the next one is asked; else the error ends the attempt.
        """
        self.name = name
        self._models = tuple(models)
        self._goes_on = goes_on
        parts = [one.model for one in self._models]
        self.provider = parts[0].provider
        self.context_tokens = min((one.context_tokens for one in parts if one.context_tokens), default=None)
        self.vision = any(one.vision for one in parts)

    async def complete(self, ask: Ask) -> Completion:
        """Answer by the first model that is admitted and does not fail. Raises: ModelError, NotAdmitted."""
        calls = CallSeries(ask)
        has_images = any(said.images for said in ask.messages)
        able = [one for one in self._models if one.model.vision or not has_images] or list(self._models)
        passed: list[Passed] = []
        while able:
            one = able.pop(0)
            ratio = HALF if able and self._goes_on else 1.0
            try:
                completion = await one.ask(calls, waits=not able and not passed, ratio=ratio)
            except NotAdmitted as refusal:
                passed.append(Passed(one, refusal))
            except ModelError as error:
                if not self._goes_on or not _concerns_model(error):
                    raise
                passed.append(Passed(one, error))
                able = _left(able, one, error)
            else:
                return _answered(completion, passed)
        return await self._last_try(calls, passed)

    async def _last_try(self, calls: CallSeries, passed: list[Passed]) -> Completion:
        """Wait at the model that is free first, or reserve a start there; else raise the error with the most hope."""
        best = min(passed, key=lambda each: each.hope)
        if len(passed) > 1 and best.error.kind in WAITED_FOR and isinstance(best.error, NotAdmitted):
            others = [one for one in passed if one is not best]
            try:
                # Raises with what was reserved, unless a start has come free meanwhile.
                return _answered(await best.model.ask(calls, waits=True), others)
            except (NotAdmitted, ModelError) as error:
                if isinstance(error, ModelError) and not _concerns_model(error):
                    raise
                best = Passed(best.model, error)
                passed = [*others, best]
        raise _named(best.error, passed)

    def room_tokens(self, ask: Ask) -> int:
        """Return how many tokens the answer to a question may have at most: the most of the models."""
        return max(one.room_tokens(ask) for one in self._models)

    def price_usd(self, usage: Usage) -> Decimal | None:
        """Return what so many tokens may cost: the dearest of the models; None where one's price is unknown."""
        prices = [one.model.price_usd(usage) for one in self._models]
        known = [price for price in prices if price is not None]
        return max(known) if len(known) == len(prices) else None

    async def close(self) -> None:
        """Nothing is open here: the governor closes the models."""


def _concerns_model(error: ModelError) -> bool:
    """Say whether another model may answer all the same; so also after a redirect, and where nobody is let in."""
    is_turned_away = error.status is not None and (error.status <= _LAST_REDIRECT or error.status == _FORBIDDEN)
    is_starved = error.kind == "output_truncated" and not error.text.strip()  # it thought until its room ended
    return error.kind in GOES_ON or is_starved or (error.kind == "provider_rejected" and is_turned_away)


def _left(able: list[LimitedModel], failed: LimitedModel, error: ModelError) -> list[LimitedModel]:
    """Return who may still answer: of a text that is too long those that may hold more."""
    most = failed.model.context_tokens
    if error.kind != "context_too_long" or most is None:
        return able
    return [one for one in able if one.model.context_tokens is None or one.model.context_tokens > most]


def _said(passed: Sequence[Passed]) -> str:
    return ", ".join(f"{one.model.target.model}: {one.kind}" for one in passed)


def _answered(completion: Completion, passed: Sequence[Passed]) -> Completion:
    return replace(completion, fallback=_said(passed)) if passed else completion


def _named(error: NotAdmitted | ModelError, passed: Sequence[Passed]) -> NotAdmitted | ModelError:
    """Return the error with all models and what kept them from answering, where there were several."""
    if len(passed) > 1:
        all_of_them = f" ({_said(passed)})"[:MAX_MESSAGE_CHARS]
        error.message = error.message[: MAX_MESSAGE_CHARS - len(all_of_them)] + all_of_them
    return error
