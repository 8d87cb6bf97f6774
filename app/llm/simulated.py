"""A provider that only pretends: the same question always gets the same answer, for load tests and demonstrations."""

import asyncio
import hashlib
import json
from decimal import Decimal

from app.llm.base import ATTEMPT_HEADER, JOB_HEADER, STEP_HEADER, Ask, Completion, ModelError, Spending, Usage
from app.llm.catalog import Price
from app.llm.pricing import FREE, by_price
from app.llm.schema_example import minimal_instance

MODEL_NAME = "simulated-1"

_SHOWN_CHARS = 80


class SimulatedModel:
    """Answers after `latency_s`; `failure_ratio` of the calls fail, always the same ones of a job, attempt and step."""

    def __init__(
        self,
        *,
        provider: str = "simulated",
        name: str = MODEL_NAME,
        context_tokens: int | None = None,
        vision: bool = False,
        price: Price = FREE,
        latency_s: float = 0.0,
        failure_ratio: float = 0.0,
    ) -> None:
        self.provider = provider
        self.name = name
        self.context_tokens = context_tokens
        self.vision = vision
        self._price = price
        self._latency_s = latency_s
        self._failure_ratio = failure_ratio

    async def complete(self, ask: Ask) -> Completion:
        """Answer from a hash of the messages. Raises: ModelError (unavailable, timeout)."""
        ask.admitted()
        if self._latency_s > ask.limits.timeout_s:
            await asyncio.sleep(ask.limits.timeout_s)
            raise ModelError("timeout", "the simulated provider did not answer in time")
        await asyncio.sleep(self._latency_s)
        if self._fails(ask):
            raise ModelError(
                "unavailable", "the simulated provider failed, as SIMULATED_FAILURE_RATIO asks", status=503
            )
        text = _answer(ask)
        words = sum(len(message.content.split()) for message in ask.messages)
        usage = Usage(words, len(text.split()))
        cost_usd = self.price_usd(usage)
        ask.spent(Spending(self.provider, self.name, usage, cost_usd))
        return Completion(text, self.provider, self.name, "stop", usage, cost_usd)

    def price_usd(self, usage: Usage) -> Decimal:
        """Return what so many tokens cost: nothing, but for a price that was configured to try it out."""
        return by_price(self._price, usage)

    def room_tokens(self, ask: Ask) -> int:
        """Return how many tokens an answer may have at most."""
        return ask.limits.max_output_tokens

    async def close(self) -> None:
        """Nothing is open."""

    def _fails(self, ask: Ask) -> bool:
        call = "/".join(ask.headers.get(name, "") for name in (JOB_HEADER, ATTEMPT_HEADER, STEP_HEADER))
        return int.from_bytes(hashlib.sha256(call.encode()).digest()[:4]) / 2**32 < self._failure_ratio


def _answer(ask: Ask) -> str:
    if ask.schema is not None:
        return json.dumps(minimal_instance(ask.schema))
    said = "\n".join(message.content for message in ask.messages)
    digest = hashlib.sha256(said.encode("utf-8", "replace")).hexdigest()[:12]
    start = " ".join(ask.messages[-1].content.split())[:_SHOWN_CHARS] if ask.messages else ""
    return f"Simulated answer {digest} to: {start}"
