"""One request and its answer, as uvicorn plays it, but for the end: an answer does not cut off its request."""

import asyncio
from typing import Protocol, Self
from urllib.parse import unquote

import httptools
from starlette.requests import Request
from uvicorn._types import ASGISendEvent, HTTPScope
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

_HALF_CLOSED = "half_closed"  # in the state of a request


def put_address(scope: HTTPScope, url: bytes, *, root_path: str) -> None:
    """Write where a request goes into its scope. Raises: HttpParserError and others for what is none."""
    parts = httptools.parse_url(url)
    path = parts.path.decode("ascii")
    scope["path"] = root_path + (unquote(path) if "%" in path else path)
    scope["raw_path"] = root_path.encode("ascii") + parts.path
    scope["query_string"] = parts.query or b""


class Line(Protocol):
    """The connection as an answer sees it."""

    transport: asyncio.Transport

    def is_rest_small(self) -> bool:
        """Say whether so little of the body is left that the connection is worth keeping for the next request."""
        ...

    def linger(self) -> None:
        """Read over what the client still sends, for a while, and end then."""
        ...

    def close(self) -> None:
        """End when all that was written is sent."""
        ...


def may_be_gone(request: Request) -> bool:
    """Say whether a client sends no more: one that went away looks like one that only waits for its answer.

    So only work that nobody would miss may ask.
    """
    half_closed: asyncio.Event | None = getattr(request.state, _HALF_CLOSED, None)
    return half_closed is not None and half_closed.is_set()


class Cycle(RequestResponseCycle):
    """Says that the connection ends where much of the request was not waited for."""

    line: Line

    def put_on(self, line: Line) -> Self:
        """Answer on this connection."""
        self.line = line
        self.transport = _Closing(line, self)
        return self

    async def send(self, message: ASGISendEvent) -> None:
        """Send a part of the answer."""
        if not self.response_started and self.more_body and not self.line.is_rest_small():
            self.keep_alive = False
        await super().send(message)
        if self.response_complete:  # what was not asked for is not kept until the collector comes by
            self.body = bytearray()
            self.transport = self.line.transport


def new_cycle(protocol: HttpToolsProtocol, *, keep_alive: bool, half_closed: asyncio.Event) -> Cycle:
    """Return the answer to the request that a connection has just read the head of; it is not put on it yet."""
    protocol.scope["state"][_HALF_CLOSED] = half_closed
    return Cycle(
        scope=protocol.scope,
        transport=protocol.transport,
        flow=protocol.flow,
        logger=protocol.logger,
        access_logger=protocol.access_logger,
        access_log=protocol.access_log,
        default_headers=protocol.server_state.default_headers,
        message_event=asyncio.Event(),
        expect_100_continue=protocol.expect_100_continue,
        keep_alive=keep_alive,
        on_response=protocol.on_response_complete,
    )


class _Closing(asyncio.Transport):
    """The transport, which closes only when the request has come to its end."""

    def __init__(self, line: Line, cycle: Cycle) -> None:
        super().__init__()
        self._line = line
        self._cycle = cycle

    def write(self, data: bytes | bytearray | memoryview) -> None:
        if not self._line.transport.is_closing():  # nobody reads it, and uvloop would raise an error
            self._line.transport.write(data)

    def is_closing(self) -> bool:
        return self._line.transport.is_closing()

    def close(self) -> None:
        if self._cycle.response_complete and self._cycle.more_body:
            self._line.linger()
        else:
            self._line.close()
