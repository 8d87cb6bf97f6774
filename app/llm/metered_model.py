"""A model whose calls are counted and timed, whoever answers."""

import asyncio
from dataclasses import replace
from decimal import Decimal
from typing import get_args

from app.core import metrics
from app.core.clock import monotonic_s
from app.llm.base import Ask, Completion, ErrorKind, Model, ModelError, Usage

OTHER_RESULTS = ("ok", "cancelled", "crashed")  # beside the kinds of errors


class MeteredModel:
    """Wraps a model. The labels are the configured names: what an answer calls its model is not ours to trust."""

    def __init__(self, model: Model) -> None:
        """Wrap `model`."""
        self._model = model
        self.provider = model.provider
        self.name = model.name
        self.context_tokens = model.context_tokens
        self.vision = model.vision
        labels = model.provider, model.name
        metrics.begin(metrics.MODEL_CALLS, [model.provider], [model.name], (*get_args(ErrorKind), *OTHER_RESULTS))
        self._wait = metrics.MODEL_WAIT.labels(*labels)
        self._duration = metrics.MODEL_DURATION.labels(*labels)
        self._prompt_tokens = metrics.MODEL_TOKENS.labels(*labels, "prompt")
        self._completion_tokens = metrics.MODEL_TOKENS.labels(*labels, "completion")

    async def complete(self, ask: Ask) -> Completion:
        """Ask the model once and count the call, unless it ended while it waited for a place; raises what it raises."""
        asked_at_s = monotonic_s()
        begun_at_s: float | None = None

        def admitted() -> None:
            nonlocal begun_at_s
            begun_at_s = monotonic_s()
            self._wait.observe(begun_at_s - asked_at_s)
            ask.admitted()

        result = "crashed"
        try:
            completion = await self._model.complete(replace(ask, admitted=admitted))
            result = "ok"
        except ModelError as error:
            result = error.kind
            raise
        except asyncio.CancelledError:
            result = "cancelled"
            raise
        finally:
            if begun_at_s is not None:
                metrics.MODEL_CALLS.labels(self.provider, self.name, result).inc()
                self._duration.observe(monotonic_s() - begun_at_s)
        self._prompt_tokens.inc(completion.usage.prompt_tokens)
        self._completion_tokens.inc(completion.usage.completion_tokens)
        return completion

    def price_usd(self, usage: Usage) -> Decimal | None:
        """Return what so many tokens cost."""
        return self._model.price_usd(usage)

    def room_tokens(self, ask: Ask) -> int:
        """Return how many tokens an answer may have at most."""
        return self._model.room_tokens(ask)

    async def close(self) -> None:
        """Close the model's connections."""
        await self._model.close()
