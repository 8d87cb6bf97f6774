"""Any provider that speaks OpenAI's chat completions, the local model's server included."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

import aiohttp
import httpx2

from app.llm import hints, learning, pricing, refusal, similarity, thoughts
from app.llm.answer import Answer
from app.llm.base import Ask, Completion, ModelError, Spending, Usage
from app.llm.catalog import ModelConfig
from app.llm.connection import Connection
from app.llm.dialect import Dialect
from app.llm.failures import from_exception
from app.llm.request import request, room_tokens

STALL_TIMEOUT_S = 60.0

_TEACHING = frozenset(
    {
        *("provider_rejected", "context_too_long", "unavailable", "request_too_large", "insufficient_credits"),
        "model_not_found",  # OpenRouter: no endpoint of it takes the requested parameters
    }
)


def _faults() -> tuple[type[Exception], ...]:
    """Return what may go wrong with a call."""
    import openai  # noqa: PLC0415 - a call has loaded it

    return openai.OpenAIError, httpx2.HTTPError, aiohttp.ClientError, OSError, ValueError


class OpenAIModel:
    """One model of one provider, asked in its own dialect.

    Waiting for one of the provider's places does not count in a call's timeout. An answer in pieces must go on:
    after its first piece, one that says nothing more for `stall_timeout_s` is given up.
    """

    def __init__(
        self, config: ModelConfig, connection: Connection, *, stall_timeout_s: float = STALL_TIMEOUT_S
    ) -> None:
        provider = config.provider
        self.provider = provider.name
        self.name = config.model
        self.context_tokens = config.context_tokens
        self.vision = config.vision
        self._config = config
        self._connection = connection
        self._timeout_s = provider.timeout_s
        self._stall_timeout_s = stall_timeout_s
        self._spoken: tuple[Mapping[str, Any], Dialect] | None = None

    async def complete(self, ask: Ask) -> Completion:
        """Ask once. Raises: ModelError. Cancelling closes the connection, so the provider sees it."""
        await self._connection.load()
        dialect = self._dialect(ask.learned, ask.passing)
        answer = Answer(
            self.provider,
            self.name,
            self._config.provider.api_key.get_secret_value(),
            may_quote=thoughts.are_in(one.content for one in ask.messages),
        )
        async with self._connection.places:
            ask.admitted()
            try:
                completion = await self._read(ask, dialect, answer)
            except ModelError as error:
                raise self._taught(error, answer.error_body, ask, dialect) from error.__cause__
            except _faults() as error:
                found = from_exception(error, api_key=answer.api_key)
                found.usage, found.text = answer.usage, "".join(answer.text)
                raise self._taught(found, getattr(error, "body", None), ask, dialect) from error
        completion = replace(
            completion,
            cost_usd=pricing.cost_usd(self._config, completion),
            learned=learning.from_answer(completion, dialect),
            reasoning=completion.reasoning if dialect.thinking == "keep" else "",
        )
        ask.spent(Spending(completion.provider, completion.model, completion.usage, completion.cost_usd))
        return completion

    def price_usd(self, usage: Usage) -> Decimal | None:
        """Return what so many tokens cost, None where the price is unknown."""
        return pricing.price_usd(self._config, usage)

    def room_tokens(self, ask: Ask) -> int:
        """Return how many tokens an answer may have at most, thinking included."""
        return room_tokens(ask, self._dialect(ask.learned, ask.passing))

    def _dialect(self, learned: Mapping[str, Any], passing: Mapping[str, Any]) -> Dialect:
        """Return how the model is asked; what was learned seldom changes, and is asked for several times a call."""
        if passing or self._spoken is None or self._spoken[0] != learned:
            dialect = self._config.spoken(learned, passing)
            if passing:
                return dialect
            self._spoken = dict(learned), dialect
        return self._spoken[1]

    async def close(self) -> None:
        """Close the provider's connections; those of its other models, too."""
        await self._connection.close()

    async def _read(self, ask: Ask, dialect: Dialect, answer: Answer) -> Completion:
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(min(self._timeout_s, ask.limits.timeout_s)):
            if not dialect.stream:
                return await self._call(ask, dialect, answer)
            async with asyncio.timeout(None) as stall:
                answer.moved = lambda: stall.reschedule(loop.time() + self._stall_timeout_s)
                return await self._call(ask, dialect, answer)

    async def _call(self, ask: Ask, dialect: Dialect, answer: Answer) -> Completion:
        if (url := self._config.provider.embeddings_url) and ask.messages[-1].comparison:
            client = self._connection.client().with_options(base_url=url)
            ask, settled = await similarity.settle(ask, client, self.provider)
            if settled is not None:
                return settled
        # llama.cpp drops a connection after a stream without saying so; the next call would find it dead.
        closing = {"Connection": "close"} if dialect.stream else {}
        headers = {**dialect.headers, **ask.headers, **closing}
        body = request(ask, dialect, model=self.name)
        async with self._connection.post(body, headers=headers, query=dialect.query) as reply:
            given = reply.headers
            said = hints.read(given)
            is_stream = "event-stream" in given.get("content-type", "event-stream" if dialect.stream else "")
            try:
                completion = await answer.read(reply.pieces(), is_stream=is_stream)
            except ModelError as error:
                error.hints = said
                raise
            return replace(completion, hints=said)

    def _taught(self, error: ModelError, body: object, ask: Ask, dialect: Dialect) -> ModelError:
        """Return the error with what it teaches about the model, and book what it cost all the same."""
        if error.usage is not None:
            ask.spent(Spending(self.provider, self.name, error.usage, self.price_usd(error.usage)))
        found = learning.Lesson()
        if error.kind == "output_truncated":
            found = learning.from_starved(error, room_tokens(ask, dialect), dialect)
        elif body is not None and _may_teach(error) and (said := refusal.read(error.status, body)):
            found = learning.lesson(said, ask, dialect)
        error.learned, error.passing = found.lasting, found.passing
        if self._spoken_after(error, ask) == dialect:  # the file says otherwise: it would only be refused again
            error.learned, error.passing = {}, {}
        return error

    def _spoken_after(self, error: ModelError, ask: Ask) -> Dialect:
        learned = learning.united(ask.learned, error.learned)
        return self._dialect(learned, {**ask.passing, **error.passing})


def _may_teach(error: ModelError) -> bool:
    """Say whether an error is about what was sent; one whose kind is known to be another is not."""
    return error.kind in _TEACHING or (
        error.kind == "bad_response" and error.status is None  # an error object with HTTP 200
    )
