"""One request and its answer over HTTP, by aiohttp alone: what is read is bounded, nothing is kept between two calls.

Calls of models use it as it is; the clients of `openai` and `httpx2` stand on it through `app/llm/transport.py`.
"""

import asyncio
import io
import re
import ssl
from collections.abc import AsyncGenerator
from contextlib import aclosing, suppress
from functools import cache
from typing import Any
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import aiohttp
import httpx2
from yarl import URL

from app.llm import reading
from app.llm.catalog import ProviderConfig

MAX_CONNECTIONS = 20_000  # what is under way at once is bounded by slots and places
MAX_HEADERS = 128
MAX_HEADER_BYTES = 8_190
ERROR_BODY_S = 5.0  # an error whose body does not end is judged by what has come
CLOSE_S = 2.0
KEEPALIVE_S = 4.0  # Node and uvicorn close an idle connection after 5 s

_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
_CHUNK_BYTES = 16 * 1024
_MOST_AT_ONCE_BYTES = 512 * 1024  # of a body; a larger one is written in pieces
_DROPPED = frozenset({b"set-cookie", b"set-cookie2", b"content-encoding", b"content-length", b"transfer-encoding"})
# Only these name a way of writing text. Python's own names include packers: `charset=zlib_codec` would unpack.
_CHARSET = re.compile(r"charset\s*=\s*\"?([^\s;\"]+)", re.IGNORECASE)
_TEXT = re.compile(
    r"utf-?8|utf-?16(?:-?[lb]e)?|utf-?32(?:-?[lb]e)?|(?:us-)?ascii|iso-?8859-\d{1,2}|latin-?1|(?:windows-|cp)125\d|"
    r"gbk|gb2312|gb18030|big5|shift_jis|euc-(?:jp|kr)|koi8-[ru]",
    re.IGNORECASE,
)


class Reply:
    """An answer whose head has come. Its content is read once, and `aclose` gives its connection back or ends it.

    `raw_headers` are without cookies, without what unpacking makes untrue, and with a charset only where it is one.
    """

    def __init__(self, response: aiohttp.ClientResponse) -> None:
        """Take what aiohttp has read."""
        self.status = response.status
        self.reason = response.reason or ""
        self._response = response

    @property
    def is_success(self) -> bool:
        """Whether its status is one of success."""
        return 200 <= self.status < 300  # noqa: PLR2004 - HTTP's own range

    @property
    def raw_headers(self) -> list[tuple[bytes, bytes]]:
        """The headers as they came, but for those that are left out."""
        return [
            (name, _plain_type(value) if name.lower() == b"content-type" else value)
            for name, value in self._response.raw_headers
            if name.lower() not in _DROPPED
        ]

    @property
    def headers(self) -> dict[str, str]:
        """The same by their names in lower case; those that came twice are one, with a comma between."""
        found: dict[str, str] = {}
        for name, value in self.raw_headers:
            lower, text = name.decode("latin-1").lower(), value.decode("latin-1")
            found[lower] = f"{found[lower]}, {text}" if lower in found else text
        return found

    def pieces(self) -> AsyncGenerator[bytes, None]:
        """Return the content of a success, unpacked and bounded. Raises: AnswerError; aiohttp's errors."""
        headers = self._response.headers
        return reading.answer(
            self._response.content.iter_chunked(_CHUNK_BYTES),
            encoding=headers.get("Content-Encoding", ""),
            content_type=headers.get("Content-Type", ""),
            length_bytes=_length(headers.get("Content-Length", "")),
        )

    async def error_body(self) -> bytes:
        """Return what an error says, as far as it comes in time, and close its connection; the rest is dropped."""
        content = bytearray()
        raw = self._response.content.iter_chunked(_CHUNK_BYTES)
        encoding = self._response.headers.get("Content-Encoding", "")
        try:
            with suppress(reading.AnswerError, aiohttp.ClientError, OSError, TimeoutError):
                async with asyncio.timeout(ERROR_BODY_S):
                    async with aclosing(reading.pieces(raw, encoding, reading.MAX_ERROR_BYTES)) as plain:
                        async for piece in plain:
                            content += piece
        finally:
            with suppress(aiohttp.ClientError, OSError, TimeoutError):
                async with asyncio.timeout(CLOSE_S):
                    await self.aclose()
        return bytes(content)

    async def aclose(self) -> None:
        """Give the connection back, or end it where something of the answer is unread; may be repeated."""
        self._response.release()
        await self._response.wait_for_close()


class Exchange:
    """The connections to one provider, opened at the first request, in the loop that runs then."""

    def __init__(self, provider: ProviderConfig, *, timeout_s: float | None = None) -> None:
        """Open nothing. `timeout_s`: of each part of an exchange, else the provider's."""
        part_s = timeout_s or provider.timeout_s
        self._timeout = aiohttp.ClientTimeout(connect=part_s, sock_connect=provider.connect_timeout_s, sock_read=part_s)
        self._proxy = proxy_of(provider.base_url)
        self._session: aiohttp.ClientSession | None = None

    async def send(self, method: str, url: URL, headers: Any, content: bytes) -> Reply:
        """Send a request; return its answer's head. Raises: aiohttp's errors, TimeoutError, OSError.

        One that went out on a connection just closed by the other side, so that nobody has got it, is sent again.
        """
        try:
            return await self._send(method, url, headers, content)
        except aiohttp.ClientOSError as error:
            if not isinstance(error.__cause__, aiohttp.ClientConnectionResetError):
                raise
        return await self._send(method, url, headers, content)

    async def _send(self, method: str, url: URL, headers: Any, content: bytes) -> Reply:
        if self._session is None:
            self._session = _open()
        response = await self._session.request(
            method,
            url,
            headers=headers,
            data=(io.BytesIO(content) if len(content) > _MOST_AT_ONCE_BYTES else content) or None,
            allow_redirects=False,
            timeout=self._timeout,
            proxy=self._proxy,
        )
        return Reply(response)

    async def close(self) -> None:
        """Close the connections; doing it again changes nothing."""
        session, self._session = self._session, None
        if session is not None:
            await session.close()


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


def _open() -> aiohttp.ClientSession:
    return aiohttp.ClientSession(  # nosemgrep: http-client-without-timeout - each call has its own
        connector=_Connector(limit=MAX_CONNECTIONS, keepalive_timeout=KEEPALIVE_S, ssl=certificates()),
        cookie_jar=aiohttp.DummyCookieJar(),
        auto_decompress=False,
        max_line_size=MAX_HEADER_BYTES,
        max_field_size=MAX_HEADER_BYTES,
        max_headers=MAX_HEADERS,
    )


@cache
def certificates() -> ssl.SSLContext:
    """Return what servers are checked by, read once for all clients: it takes 30 ms or more."""
    return httpx2.create_ssl_context()


def proxy_of(base_url: str) -> URL | None:
    """Return the proxy that the environment names for an address, with who we are to it; none to this machine."""
    parts = urlsplit(base_url)
    host = parts.hostname or ""
    proxies = getproxies()
    found = proxies.get(parts.scheme) or proxies.get("all")
    if not found or host in _LOOPBACK or proxy_bypass(parts.netloc.rpartition("@")[2]):
        return None
    return URL(found if "://" in found else f"http://{found}")


def _length(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 20 else 0  # noqa: PLR2004 - digits


def _plain_type(value: bytes) -> bytes:
    text = value.decode("latin-1")
    charset = _CHARSET.search(text)
    if charset is None or _TEXT.fullmatch(charset[1].strip("'")):
        return value
    return text.partition(";")[0].encode("latin-1")
