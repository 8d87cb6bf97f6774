"""A chain of played models over real scripts: what its tests have in common."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from random import Random
from typing import Any

import pytest

from app.governor.fallback_chain import FallbackChain
from app.governor.limited_model import CallRecord, LimitedModel, NoLessons, Terms
from app.governor.limiter.admission import Admission
from app.governor.limiter.quota import Quota, parse_quota
from app.governor.limiter.scripts import Target, Transition
from app.llm.base import (
    STEP_HEADER,
    Ask,
    Completion,
    Limits,
    Message,
    ModelError,
    Spending,
    Usage,
)
from tests.integration.governor.clock import Played

NO_QUOTA = Quota()


def failed(kind: str, *, usage: Usage | None = None, learned: Mapping[str, Any] | None = None) -> ModelError:
    error = ModelError(kind, f"It is {kind}.")  # type: ignore[arg-type]
    error.usage, error.learned = usage, learned or {}
    return error


@dataclass
class PlayedModel:
    """A model that fails as planned, call by call, and answers from then on; keeps what it was asked."""

    name: str
    plan: list[ModelError] = field(default_factory=list)
    context_tokens: int | None = None
    vision: bool = False
    provider: str = ""
    asked: list[Ask] = field(default_factory=list)

    async def complete(self, ask: Ask) -> Completion:
        ask.admitted()
        self.asked.append(ask)
        if len(self.asked) <= len(self.plan):
            error = self.plan[len(self.asked) - 1]
            if error.usage is not None:
                ask.spent(Spending(self.provider, self.name, error.usage, self.price_usd(error.usage)))
            raise error
        ask.spent(Spending(self.provider, self.name, Usage(10, 5), Decimal("0.5")))
        return Completion(f"{self.name} says", self.provider, self.name, "stop", Usage(10, 5), Decimal("0.5"))

    def price_usd(self, usage: Usage) -> Decimal | None:
        return Decimal(usage.prompt_tokens + usage.completion_tokens) / 10

    def room_tokens(self, ask: Ask) -> int:
        return ask.limits.max_output_tokens

    async def close(self) -> None:
        pass


@dataclass
class Kit:
    """What the chains of a test have in common."""

    clock: Played
    told: list[Transition] = field(default_factory=list)
    records: list[CallRecord] = field(default_factory=list)

    def chain(
        self,
        *models: PlayedModel,
        quotas: Mapping[str, str] | None = None,
        goes_on: bool = True,
        lessons: Any = None,
        provider: str | None = None,
    ) -> FallbackChain:
        admission = Admission(
            self.clock.scripts,
            workers=lambda: 1,
            is_closed=lambda _: False,
            on_transition=self.told.append,
            random=Random(1),
        )

        def caps(name: str) -> Callable[[], Quota]:
            return lambda: parse_quota((quotas or {}).get(name, ""))

        governed = []
        for one in models:
            one.provider = provider or f"of-{one.name}"
            terms = Terms(caps(one.name), 10.0, self.records.append, lessons=lessons or NoLessons())
            governed.append(LimitedModel(one, Target(one.provider, one.name), admission, terms))
        return FallbackChain("chain", governed, goes_on=goes_on)

    async def open(self, chain: FallbackChain, model: PlayedModel, kind: str = "unavailable") -> None:
        """Let a model fail until its breaker opens."""
        model.asked.clear()
        model.plan = [failed(kind) for _ in range(5)]
        for _ in range(5):
            with pytest.raises(ModelError):
                await FallbackChain("alone", [one for one in chain._models if one.model is model]).complete(ask())
        model.asked.clear()
        model.plan = []


def ask(**more: Any) -> Ask:
    return Ask((Message("user", "hello"),), Limits(100, 10.0), **{"headers": {STEP_HEADER: "3"}, **more})
