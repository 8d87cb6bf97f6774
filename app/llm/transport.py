"""The way to a provider over HTTP: what is read of its answers is bounded, and nothing is kept between two calls."""

import asyncio
import re
import ssl
import zlib
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Mapping
from contextlib import aclosing, suppress
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import httpx2

from app.llm.catalog import ProviderConfig
from app.llm.decoding import ACCEPTED, Decoder, UnknownEncodingError

MAX_ANSWER_BYTES = 32_000_000
MAX_ERROR_BYTES = 256 * 1024
MAX_LINE_BYTES = 4_000_000  # a whole answer as one event fits
MAX_CONNECTIONS = 4_000
MAX_HEADERS = 128
MAX_HEADER_BYTES = 8_190
ERROR_BODY_S = 5.0  # an error whose body does not end is judged by what has come
CLOSE_S = 2.0

_TURN_BYTES = 1_000_000  # of unpacked content, then others have their turn
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
_DROPPED = frozenset({b"set-cookie", b"set-cookie2", b"content-encoding", b"content-length", b"transfer-encoding"})
_LINES = ("text/event-stream", "application/x-ndjson", "application/jsonl", "application/stream+json")
# Only these name a way of writing text. Python's own names include packers: `charset=zlib_codec` would unpack.
_CHARSET = re.compile(r"charset\s*=\s*\"?([^\s;\"]+)", re.IGNORECASE)
_TEXT = re.compile(
    r"utf-?8|utf-?16(?:-?[lb]e)?|utf-?32(?:-?[lb]e)?|(?:us-)?ascii|iso-?8859-\d{1,2}|latin-?1|(?:windows-|cp)125\d|"
    r"gbk|gb2312|gb18030|big5|shift_jis|euc-(?:jp|kr)|koi8-[ru]",
    re.IGNORECASE,
)


class AnswerError(httpx2.DecodingError):
    """An answer that breaks a limit, or that cannot be unpacked; the message is our own words."""


def client(
    provider: ProviderConfig,
    *,
    timeout_s: float | None = None,
    base_url: str = "",
    headers: Mapping[str, str] | None = None,
) -> httpx2.AsyncClient:
    """Return a client for one provider; it opens nothing before its first call. `timeout_s`: of each part of a call.

    Of an answer at most 32 MB are read, packed or not, of an error 256 kB, of a line of a stream 4 MB. No cookie is
    kept, no redirect followed; a job's text goes to the configured host only.
    """
    return _client_class()(
        base_url=base_url,
        headers={**(headers or {}), "Accept-Encoding": ACCEPTED},
        timeout=httpx2.Timeout(timeout_s or provider.timeout_s, connect=provider.connect_timeout_s),
        limits=httpx2.Limits(max_connections=MAX_CONNECTIONS),
        follow_redirects=False,
        trust_env=urlsplit(provider.base_url).hostname not in _LOOPBACK,  # no proxy on the way to this machine
        verify=certificates(),
    )


@cache
def certificates() -> ssl.SSLContext:
    """Return what servers are checked by, read once for all clients: it takes 30 ms or more."""
    return httpx2.create_ssl_context()


@cache
def _client_class() -> type[httpx2.AsyncClient]:
    """Return openai's client on aiohttp (3.54, to which the requirements are pinned) with bounded transports."""
    import openai  # noqa: PLC0415 - half a second and 16 MB: for who calls

    class Client(openai.DefaultAioHttpClient):
        def _init_transport(self, *args: Any, **kwargs: Any) -> httpx2.AsyncBaseTransport:
            return Bounded(_forgetful(super()._init_transport(*args, **kwargs)))

        def _init_proxy_transport(self, *args: Any, **kwargs: Any) -> httpx2.AsyncBaseTransport:
            return Bounded(_forgetful(super()._init_proxy_transport(*args, **kwargs)))

    return Client


class _Connector(aiohttp.TCPConnector):
    """A pool that keeps no connection whose request said `Connection: close`.

    aiohttp goes by the answer alone, and a server may close without a word; the next call would find it dead.
    """

    async def connect(self, req: Any, *args: Any, **kwargs: Any) -> Any:
        """Return the connection for one request."""
        connection = await super().connect(req, *args, **kwargs)
        if req.headers.get("Connection", "").lower() == "close" and connection.protocol is not None:
            connection.protocol.force_close()
        return connection


def _forgetful(inner: Any) -> httpx2.AsyncBaseTransport:
    """Make the transport open a session that keeps no cookies, and whose headers are bounded."""

    def session() -> aiohttp.ClientSession:
        return aiohttp.ClientSession(
            connector=_Connector(
                limit=MAX_CONNECTIONS, keepalive_timeout=inner.limits.keepalive_expiry, ssl=inner.ssl_context
            ),
            cookie_jar=aiohttp.DummyCookieJar(),
            max_line_size=MAX_HEADER_BYTES,
            max_field_size=MAX_HEADER_BYTES,
            max_headers=MAX_HEADERS,
        )

    inner.client = session  # called at the first request, in the loop that runs then
    transport: httpx2.AsyncBaseTransport = inner
    return transport


class Bounded(httpx2.AsyncBaseTransport):
    """Another transport's answers, unpacked here and bounded; those of a failed call are read at once."""

    def __init__(self, inner: httpx2.AsyncBaseTransport) -> None:
        """Wrap a transport; closing this one closes it."""
        self._inner = inner

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send a request. What breaks a limit raises AnswerError where it is read; an error's body is just cut."""
        response = await self._inner.handle_async_request(request)
        headers = _headers(response.headers)
        if response.is_success:
            stream = _Bounded(response)
            return httpx2.Response(
                response.status_code, headers=headers, stream=stream, request=request, extensions=response.extensions
            )
        content = await _error_body(response)
        return httpx2.Response(
            response.status_code, headers=headers, content=content, request=request, extensions=response.extensions
        )

    async def aclose(self) -> None:
        """Close the connections."""
        await self._inner.aclose()


class _Bounded(httpx2.AsyncByteStream):
    def __init__(self, response: httpx2.Response) -> None:
        self._response = response

    async def __aiter__(self) -> AsyncIterator[bytes]:
        has_lines = self._response.headers.get("content-type", "").lower().startswith(_LINES)
        line_bytes = 0
        async with aclosing(_pieces(self._response, MAX_ANSWER_BYTES)) as pieces:
            async for piece in pieces:
                if has_lines:
                    end = max(piece.rfind(b"\n"), piece.rfind(b"\r"))
                    line_bytes = len(piece) - end - 1 if end >= 0 else line_bytes + len(piece)
                    if line_bytes > MAX_LINE_BYTES:
                        raise AnswerError("one of its lines is too large")
                yield piece

    async def aclose(self) -> None:
        await self._response.aclose()


@dataclass(slots=True)
class _Budget:
    """What was read of one answer, as it came and unpacked."""

    most_bytes: int
    raw_bytes: int = 0
    plain_bytes: int = 0

    def left(self) -> int:
        return max(0, self.most_bytes - self.plain_bytes)

    def check(self) -> None:
        if max(self.raw_bytes, self.plain_bytes) > self.most_bytes:
            raise AnswerError("it is too large")


async def _pieces(response: httpx2.Response, most_bytes: int) -> AsyncGenerator[bytes, None]:
    """Yield the unpacked content in pieces of at most 64 kB. Raises: AnswerError, and what the transport raises."""
    decoder = _decoder(response)
    budget = _Budget(most_bytes)
    unpacked_bytes = 0
    assert isinstance(response.stream, httpx2.AsyncByteStream)  # noqa: S101 - for the types alone
    async for raw in response.stream:
        budget.raw_bytes += len(raw)
        for piece in _unpacked(decoder, raw):
            yield piece[: budget.left()]
            budget.plain_bytes += len(piece)
            budget.check()
            unpacked_bytes += len(piece)
            if unpacked_bytes >= _TURN_BYTES:
                unpacked_bytes = 0
                await asyncio.sleep(0)
        budget.check()


def _decoder(response: httpx2.Response) -> Decoder:
    if response.is_success and _length(response.headers) > MAX_ANSWER_BYTES:
        raise AnswerError("it is too large")
    try:
        return Decoder(response.headers.get("content-encoding", ""))
    except UnknownEncodingError as error:
        raise AnswerError(f"it is packed in a way that was not asked for ({error})") from None


def _unpacked(decoder: Decoder, raw: bytes) -> Iterator[bytes]:
    try:
        yield from decoder.pieces(raw)
    except zlib.error:
        raise AnswerError("it cannot be unpacked") from None


async def _error_body(response: httpx2.Response) -> bytes:
    """Return what an error says, as far as it comes in time, and close its connection; the rest is dropped."""
    content = bytearray()
    try:
        with suppress(httpx2.HTTPError, aiohttp.ClientError, OSError, TimeoutError):
            async with asyncio.timeout(ERROR_BODY_S), aclosing(_pieces(response, MAX_ERROR_BYTES)) as pieces:
                async for piece in pieces:
                    content += piece
    finally:
        with suppress(httpx2.HTTPError, aiohttp.ClientError, OSError, TimeoutError):
            async with asyncio.timeout(CLOSE_S):
                await response.aclose()
    return bytes(content)


def _length(headers: httpx2.Headers) -> int:
    text = headers.get("content-length", "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 20 else 0  # noqa: PLR2004 - digits


def _headers(given: httpx2.Headers) -> list[tuple[bytes, bytes]]:
    """Return the headers without cookies, without what is no longer true, and with a charset only where it is one."""
    return [
        (name, _plain_type(value) if name.lower() == b"content-type" else value)
        for name, value in given.raw
        if name.lower() not in _DROPPED
    ]


def _plain_type(value: bytes) -> bytes:
    text = value.decode("latin-1")
    charset = _CHARSET.search(text)
    if charset is None or _TEXT.fullmatch(charset[1].strip("'")):
        return value
    return text.partition(";")[0].encode("latin-1")
