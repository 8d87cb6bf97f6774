"""Any provider that speaks OpenAI's chat completions, the local model's server included."""

import asyncio
from contextlib import AbstractAsyncContextManager, nullcontext
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import httpx2
import openai

from app.llm import wire
from app.llm.base import Ask, Completion, Usage
from app.llm.failures import from_exception

MAX_CONNECTIONS = 4_000

_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
_FAULTS = (openai.OpenAIError, httpx2.HTTPError, aiohttp.ClientError, OSError, ValueError)


class OpenAIModel:
    """One model of one provider; its client is made at the first call, once, for the loop that runs then.

    `calls_at_once` lets further calls queue here, and waiting does not count in a call's timeout. `stream` reads the
    answer in pieces: llama.cpp notices a lost caller only when it writes, so this frees it soon after a cancel.
    """

    def __init__(
        self,
        *,
        provider: str,
        name: str,
        base_url: str,
        api_key: str,
        context_tokens: int | None,
        connect_timeout_s: float,
        timeout_s: float,
        calls_at_once: int | None = None,
        stream: bool = False,
        vision: bool = False,
    ) -> None:
        """Keep the settings; nothing is opened."""
        self.provider = provider
        self.name = name
        self.context_tokens = context_tokens
        self.vision = vision
        self._base_url = base_url
        self._host = urlsplit(base_url).hostname or ""
        self._timeout_s = timeout_s
        self._connect_timeout_s = connect_timeout_s
        self._dialect = wire.Dialect(provider, name, api_key, self._host == "api.openai.com", stream)
        self._gate: AbstractAsyncContextManager[Any] = (
            asyncio.Semaphore(calls_at_once) if calls_at_once else nullcontext()
        )
        self._client: openai.AsyncOpenAI | None = None

    async def complete(self, ask: Ask) -> Completion:
        """Ask once. Raises: ModelError. Cancelling closes the connection, so the provider sees it."""
        async with self._gate:
            ask.admitted()
            try:
                async with asyncio.timeout(min(self._timeout_s, ask.limits.timeout_s)):
                    return await self._call(ask)
            except _FAULTS as error:
                raise from_exception(error, api_key=self._dialect.api_key) from error

    def price_usd(self, usage: Usage) -> Decimal | None:
        """Return what so many tokens cost; unknown."""
        del usage
        return None

    async def close(self) -> None:
        """Close the connections."""
        if self._client is not None:
            await self._client.close()

    async def _call(self, ask: Ask) -> Completion:
        create: Any = self._open().chat.completions.with_streaming_response.create  # typed by too many overloads
        async with create(**wire.request(ask, self._dialect), extra_headers=dict(ask.headers)) as response:
            if self._dialect.stream:
                return await wire.read_events(response.iter_lines(), self._dialect)
            return await wire.read_whole(response.iter_bytes(), self._dialect)

    def _open(self) -> openai.AsyncOpenAI:
        if self._client is None:
            self._client = openai.AsyncOpenAI(
                base_url=self._base_url,
                api_key=self._dialect.api_key,
                max_retries=0,  # retrying is the job's matter
                # llama.cpp drops a connection after a stream without saying so; the next call would find it dead.
                default_headers={"Connection": "close"} if self._dialect.stream else None,
                http_client=openai.DefaultAioHttpClient(
                    timeout=httpx2.Timeout(self._timeout_s, connect=self._connect_timeout_s),
                    limits=httpx2.Limits(max_connections=MAX_CONNECTIONS),
                    follow_redirects=False,  # a job's text goes to the configured host only
                    trust_env=self._host not in _LOOPBACK,  # no proxy on the way to this machine
                ),
            )
        return self._client
