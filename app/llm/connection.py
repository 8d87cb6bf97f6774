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

from app.llm import loading, transport
from app.llm.catalog import ProviderConfig

if TYPE_CHECKING:
    import openai

PATH = b"chat/completions"
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
        self._http: httpx2.AsyncClient
        self._url: httpx2.URL
        self._headers: dict[bytes, bytes]
        self._timeouts: dict[str, Any]

    async def load(self) -> None:
        """Import what calls need, before the first of them."""
        await loading.load()

    def client(self) -> "openai.AsyncOpenAI":
        """Return the one client."""
        if self._client is None:
            import openai  # noqa: PLC0415 - for who calls

            provider = self.provider
            self._http = transport.client(provider)
            self._client = openai.AsyncOpenAI(
                base_url=provider.base_url,
                api_key=provider.api_key.get_secret_value() or _NO_KEY,
                max_retries=0,  # retrying is the job's matter
                default_headers=dict(provider.headers),
                http_client=self._http,
            )
            self._url = _at(self._client.base_url)
            self._headers = _headers(self._client, self._http, self._url, provider)
            self._timeouts = {"timeout": self._http.timeout.as_dict()}
        return self._client

    @asynccontextmanager
    async def post(
        self, body: Mapping[str, Any], *, headers: Mapping[str, str], query: Mapping[str, str]
    ) -> AsyncIterator[httpx2.Response]:
        """Ask for a completion, and close the connection's answer with the block; a good answer is not read yet.

        Raises: openai.APIStatusError for every status that is no success; httpx2's and aiohttp's errors; ValueError for
        a body that is no JSON.
        """
        self.client()
        content = json.dumps(body, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()
        sent = {**self._headers, **_raw(headers), b"content-length": b"%d" % len(content)}
        request = httpx2.Request(
            "POST",
            self._url.copy_merge_params(query) if query else self._url,
            headers=list(sent.items()),
            stream=httpx2.ByteStream(content),  # whole already: nothing is left to find out about it
            extensions=self._timeouts,
        )
        response = await self._http.send(request, stream=True)
        try:
            if not response.is_success:
                raise _refused(response)
            yield response
        finally:
            await response.aclose()

    async def close(self) -> None:
        """Close the connections; doing it again changes nothing."""
        client, self._client = self._client, None
        if client is not None:
            await client.close()


def _at(base: httpx2.URL) -> httpx2.URL:
    """Return the address of chat completions below a client's own, which ends with a slash."""
    return base.copy_with(raw_path=base.raw_path + PATH)


def _headers(
    client: "openai.AsyncOpenAI", http: httpx2.AsyncClient, url: httpx2.URL, provider: ProviderConfig
) -> dict[bytes, bytes]:
    """Return what the client would send with each call; where the key stands in another header, not its own as well."""
    own = {} if provider.key_headers else client.auth_headers
    host = {"Host": url.netloc.decode("ascii")}
    given = {**own, **client.default_headers}
    return {
        **_raw(host),
        **{name.lower(): value for name, value in http.headers.raw},
        **_raw({name: value for name, value in given.items() if isinstance(value, str)}),
    }


def _raw(headers: Mapping[str, str]) -> dict[bytes, bytes]:
    """Return headers by their names in lower case, so that the later one stands for the earlier."""
    return {name.lower().encode("ascii"): value.encode("latin-1") for name, value in headers.items()}


def _refused(response: httpx2.Response) -> "openai.APIStatusError":
    """Return the client's error for an answer, whose body the transport has read: with what stands under `error`."""
    import openai  # noqa: PLC0415 - for who calls

    try:
        body = json.loads(response.text)
    except (ValueError, RecursionError):
        body = response.text.strip()
    said = body.get("error", body) if isinstance(body, dict) else body
    return openai.APIStatusError(f"Error code: {response.status_code}", response=response, body=said)
