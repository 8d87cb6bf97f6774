"""The exchange as what the clients of `openai` and `httpx2` stand on, for all that is no model's call."""

from collections.abc import AsyncIterator, Mapping

import httpx2
from yarl import URL

from app.llm.catalog import ProviderConfig
from app.llm.decoding import ACCEPTED
from app.llm.exchange import Exchange, Reply


def client(
    provider: ProviderConfig,
    *,
    timeout_s: float | None = None,
    base_url: str = "",
    headers: Mapping[str, str] | None = None,
    exchange: Exchange | None = None,
) -> httpx2.AsyncClient:
    """Return a client for one provider; it opens nothing before its first call. `timeout_s`: of each part of a call.

    No cookie is kept, no redirect followed; a job's text goes to the configured host only. It closes its `exchange`.
    """
    return httpx2.AsyncClient(  # nosemgrep: http-client-without-timeout - the exchange has it
        base_url=base_url,
        headers={**(headers or {}), "Accept-Encoding": ACCEPTED},
        follow_redirects=False,
        trust_env=False,  # the exchange does
        transport=Transport(exchange or Exchange(provider, timeout_s=timeout_s)),
    )


class Transport(httpx2.AsyncBaseTransport):
    """An exchange's answers as httpx2's; those of a failed call are read at once."""

    def __init__(self, exchange: Exchange) -> None:
        """Stand on an exchange; closing this closes it."""
        self._exchange = exchange

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send a request. What breaks a limit raises AnswerError where it is read; an error's body is just cut."""
        url, content = URL(str(request.url), encoded=True), await request.aread()
        reply = await self._exchange.send(request.method, url, list(request.headers.items()), content)
        if reply.is_success:
            return httpx2.Response(reply.status, headers=reply.raw_headers, stream=_Content(reply), request=request)
        return failed(reply, await reply.error_body(), request)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._exchange.close()


class _Content(httpx2.AsyncByteStream):
    def __init__(self, reply: Reply) -> None:
        self._reply = reply

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for piece in self._reply.pieces():
            yield piece

    async def aclose(self) -> None:
        await self._reply.aclose()


def failed(reply: Reply, content: bytes, request: httpx2.Request) -> httpx2.Response:
    """Return a failed call's answer with its body, as the clients' errors carry it."""
    return httpx2.Response(reply.status, headers=reply.raw_headers, content=content, request=request)
