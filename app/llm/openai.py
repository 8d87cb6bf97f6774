"""Any provider that speaks OpenAI's chat completions, the local model's server included."""

import asyncio
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import replace
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import httpx2
import openai

from app.llm import hints, pricing, transport, wire
from app.llm.base import Ask, Completion, ModelError, Usage
from app.llm.catalog import ModelConfig, ProviderConfig
from app.llm.failures import from_exception

_NO_KEY = "none"  # the client demands one, also for a server that wants none
_FAULTS = (openai.OpenAIError, httpx2.HTTPError, aiohttp.ClientError, OSError, ValueError)


class Connection:
    """The way to one provider, for all its models: one client, made at the first call for the loop that runs then.

    `places` is what a call waits for where the provider takes so many at once alone (`calls_at_once`).
    """

    def __init__(self, provider: ProviderConfig) -> None:
        """Keep the settings; nothing is opened."""
        self.provider = provider
        self.host = urlsplit(provider.base_url).hostname or ""
        self.places: AbstractAsyncContextManager[Any] = (
            asyncio.Semaphore(provider.calls_at_once) if provider.calls_at_once else nullcontext()
        )
        self._client: openai.AsyncOpenAI | None = None

    def client(self) -> openai.AsyncOpenAI:
        """Return the one client."""
        if self._client is None:
            provider = self.provider
            # llama.cpp drops a connection after a stream without saying so; the next call would find it dead.
            closing = {"Connection": "close"} if provider.stream else {}
            self._client = openai.AsyncOpenAI(
                base_url=provider.base_url,
                api_key=provider.api_key.get_secret_value() or _NO_KEY,
                max_retries=0,  # retrying is the job's matter
                default_headers={**provider.headers, **closing},
                http_client=transport.client(provider),
            )
        return self._client

    async def close(self) -> None:
        """Close the connections; doing it again changes nothing."""
        client, self._client = self._client, None
        if client is not None:
            await client.close()


class OpenAIModel:
    """One model of one provider.

    Waiting for one of the provider's places does not count in a call's timeout. A provider with `stream` is read in
    pieces: llama.cpp notices a lost caller only when it writes, so this frees it soon after a cancel.
    """

    def __init__(self, config: ModelConfig, connection: Connection) -> None:
        """Keep the settings; nothing is opened."""
        provider = config.provider
        self.provider = provider.name
        self.name = config.model
        self.context_tokens = config.context_tokens
        self.vision = config.vision
        self._config = config
        self._connection = connection
        self._timeout_s = provider.timeout_s
        self._dialect = wire.Dialect(
            provider.name,
            config.model,
            provider.api_key.get_secret_value(),
            is_openai=connection.host == "api.openai.com",
            stream=provider.stream,
        )

    async def complete(self, ask: Ask) -> Completion:
        """Ask once. Raises: ModelError. Cancelling closes the connection, so the provider sees it."""
        async with self._connection.places:
            ask.admitted()
            try:
                async with asyncio.timeout(min(self._timeout_s, ask.limits.timeout_s)):
                    return await self._call(ask)
            except _FAULTS as error:
                raise from_exception(error, api_key=self._dialect.api_key) from error

    def price_usd(self, usage: Usage) -> Decimal | None:
        """Return what so many tokens cost, None where the price is unknown."""
        return pricing.price_usd(self._config, usage)

    async def close(self) -> None:
        """Close the provider's connections; those of its other models, too."""
        await self._connection.close()

    async def _call(self, ask: Ask) -> Completion:
        client = self._connection.client()
        create: Any = client.chat.completions.with_streaming_response.create  # typed by too many overloads
        async with create(**wire.request(ask, self._dialect), extra_headers=dict(ask.headers)) as response:
            said = hints.read(response.headers)
            try:
                if self._dialect.stream:
                    completion = await wire.read_events(response.iter_lines(), self._dialect)
                else:
                    completion = await wire.read_whole(response.iter_bytes(), self._dialect)
            except ModelError as error:
                error.hints = said
                raise
            return replace(completion, hints=said, cost_usd=pricing.cost_usd(self._config, completion))
