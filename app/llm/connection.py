"""The way to one provider, for all its models.

A call goes below the `openai` package, whose own sending costs three times as much processor time as the HTTP beneath
it: its address, its headers and the shape of its errors are kept, its checks of types that we do not use are not.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import httpx2
from yarl import URL

from app.llm import loading, transport
from app.llm.catalog import ProviderConfig
from app.llm.exchange import Exchange, Reply

if TYPE_CHECKING:
    import openai

PATH = "chat/completions"
_NO_KEY = "none"  # the client demands one, also for a server that wants none


class Connection:
    """One client, made at the first call for the loop that runs then.

    `places` is what a call waits for where the provider takes so many at once alone (`calls_at_once`).
    """

    def __init__(self, provider: ProviderConfig) -> None:
        self.provider = provider
        self.host = urlsplit(provider.base_url).hostname or ""
        self.places: AbstractAsyncContextManager[Any] = (
            asyncio.Semaphore(provider.calls_at_once) if provider.calls_at_once else nullcontext()
        )
        self._client: openai.AsyncOpenAI | None = None
        self._exchange: Exchange
        self._url: URL
        self._headers: dict[str, str]

    async def load(self) -> None:
        """Import what calls need, before the first of them."""
        await loading.load()

    def client(self) -> "openai.AsyncOpenAI":
        """Return the one client."""
        if self._client is None:
            import openai  # noqa: PLC0415 - for who calls

            provider = self.provider
            self._exchange = Exchange(provider)
            http = transport.client(provider, exchange=self._exchange)
            self._client = openai.AsyncOpenAI(
                base_url=provider.base_url,
                api_key=provider.api_key.get_secret_value() or _NO_KEY,
                max_retries=0,  # retrying is the job's matter
                default_headers=dict(provider.headers),
                http_client=http,
            )
            base = self._client.base_url  # it ends with a slash
            self._url = URL(f"{base.copy_with(query=None)}{PATH}", encoded=True).with_query(base.query.decode())
            self._headers = _headers(self._client, http, provider)
        return self._client

    @asynccontextmanager
    async def post(
        self, body: Mapping[str, Any], *, headers: Mapping[str, str], query: Mapping[str, str]
    ) -> AsyncIterator[Reply]:
        """Ask for a completion, and close the connection's answer with the block; a good answer is not read yet.

        Raises: openai.APIStatusError for every status that is no success; aiohttp's errors; ValueError for a body that
        is no JSON.
        """
        self.client()
        content = json.dumps(body, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()
        sent = {**self._headers, **_lower(headers)}
        url = self._url.update_query(query) if query else self._url
        reply = await self._exchange.send("POST", url, sent, content)
        try:
            if not reply.is_success:
                raise await _refused(reply, url)
            yield reply
        finally:
            await reply.aclose()

    async def close(self) -> None:
        """Close the connections; doing it again changes nothing."""
        client, self._client = self._client, None
        if client is not None:
            await client.close()


def _headers(client: "openai.AsyncOpenAI", http: httpx2.AsyncClient, provider: ProviderConfig) -> dict[str, str]:
    """Return what the client would send with each call; where the key stands in another header, not its own as well."""
    own = {} if provider.key_headers else client.auth_headers
    given = {**http.headers, **own, **client.default_headers}
    return _lower({name: value for name, value in given.items() if isinstance(value, str)})


def _lower(headers: Mapping[str, str]) -> dict[str, str]:
    """Return headers by their names in lower case, so that the later one stands for the earlier."""
    return {name.lower(): value for name, value in headers.items()}


async def _refused(reply: Reply, url: URL) -> "openai.APIStatusError":
    """Return the client's error for an answer: with what stands under `error` in its body."""
    import openai  # noqa: PLC0415 - for who calls

    response = transport.failed(reply, await reply.error_body(), httpx2.Request("POST", str(url)))
    try:
        body = json.loads(response.text)
    except (ValueError, RecursionError):
        body = response.text.strip()
    said = body.get("error", body) if isinstance(body, dict) else body
    return openai.APIStatusError(f"Error code: {response.status_code}", response=response, body=said)
