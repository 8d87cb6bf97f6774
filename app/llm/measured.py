"""A model whose calls are counted and timed, whoever answers."""

import asyncio
from collections.abc import Callable
from dataclasses import replace

from app.core import metrics
from app.core.clock import monotonic_s
from app.llm.base import Ask, Completion, Model, ModelError


class MeasuredModel:
    """Wraps a model. The labels are the configured names: what an answer calls its model is not ours to trust."""

    def __init__(self, model: Model) -> None:
        """Wrap `model`."""
        self._model = model
        self.provider = model.provider
        self.name = model.name
        self.context_tokens = model.context_tokens

    async def complete(self, ask: Ask) -> Completion:
        """Ask the model once and count the call; raises what it raises."""
        call = _Call(self.provider, self.name, ask.admitted)
        try:
            completion = await self._model.complete(replace(ask, admitted=call.admit))
        except ModelError as error:
            call.end(error.kind)
            raise
        except asyncio.CancelledError:
            call.end("cancelled")
            raise
        call.end("ok")
        for kind, count in (
            ("prompt", completion.usage.prompt_tokens),
            ("completion", completion.usage.completion_tokens),
        ):
            metrics.MODEL_TOKENS.labels(self.provider, self.name, kind).inc(count)
        return completion

    async def close(self) -> None:
        """Close the model's connections."""
        await self._model.close()


class _Call:
    """One call: its wait for a place until `admit`, then the call itself."""

    def __init__(self, provider: str, model: str, admitted: Callable[[], None]) -> None:
        self._labels = provider, model
        self._tell = admitted
        self._asked_at_s = monotonic_s()
        self._begun_at_s: float | None = None

    def admit(self) -> None:
        self._begun_at_s = monotonic_s()
        metrics.MODEL_WAIT.labels(*self._labels).observe(self._begun_at_s - self._asked_at_s)
        self._tell()

    def end(self, result: str) -> None:
        if self._begun_at_s is None:  # it ended while it waited: the provider was not asked
            return
        metrics.MODEL_CALLS.labels(*self._labels, result).inc()
        metrics.MODEL_DURATION.labels(*self._labels).observe(monotonic_s() - self._begun_at_s)
