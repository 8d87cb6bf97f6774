"""HTTP/1.1 as it is spoken with strangers: uvicorn's protocol with limits, and with answers that always arrive.

Beside the limits: an offer to speak another protocol (`Upgrade`) is ignored and the body kept, and a client that still
sends what was answered already is heard out for a while, since a connection that is closed with unread bytes is reset,
and the answer is lost with it. Source: RFC 9110, 7.8, and RFC 9112, 9.6.
"""

import asyncio
from typing import Any

import httptools
from starlette.types import ASGIApp
from uvicorn._types import ASGI3Application
from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
from uvicorn.server import ServerState

from app.core.connections import Connections, Phase
from app.core.errors import HeadraceError
from app.core.http_connection_state import ConnectionState
from app.core.http_cycle import Cycle, new_cycle, put_address
from app.core.http_head import announced_bytes, fault_of
from app.core.http_refusals import (
    HeadTooLargeError,
    MalformedRequestError,
    TooLateError,
    TooManyWaitError,
    no_room,
    whole_answer,
)
from app.core.http_upgrade import repeated_head
from app.core.logging import get_logger

SMALL_REST_BYTES = 65_536
FRAMING_RATIO = 16  # in chunks of one byte, each has five bytes of framing beside it
_log = get_logger(__name__)


class GuardedProtocol(HttpToolsProtocol):
    """One connection."""

    def __init__(
        self,
        connections: Connections,
        *,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        """Begin; `connections` are all of this server's."""
        super().__init__(config, server_state, app_state, _loop)
        self._all = connections
        self._limits = connections.limits
        self._is_deaf = False  # what still comes is counted and thrown away
        self._in_head = False
        self._body_bytes = 0
        self._useless_bytes = 0  # that came and were no body: heads, chunks' framing, trailers
        self._linger_bytes = 0  # that may still come
        self._begun: RequestResponseCycle = None  # type: ignore[assignment]  # as `cycle`
        self._half_closed = asyncio.Event()  # the client sends no more
        self._refusal: HeadraceError | None = None
        self._last_word: HeadraceError | None = None  # once all before it is answered

    # What the transport calls

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # a TCP server's
        """Find a place for a new connection, or give it up."""
        super().connection_made(transport)
        self._state = ConnectionState(self, self._all, transport, self.flow)
        if self._all.is_over():
            transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget it."""
        self._state.leave()
        super().connection_lost(exc)
        self.pipeline.clear()
        self.cycle = self._begun = None  # type: ignore[assignment]  # as before the first; they would keep each other

    def eof_received(self) -> bool:  # type: ignore[override]  # uvicorn's always ends
        """Say whether the connection stays: for the answers to all that came whole. The client may also be gone."""
        self._half_closed.set()
        cycle: RequestResponseCycle | None = self.cycle
        if cycle is None or cycle.response_complete or (cycle.more_body and not self.pipeline):
            return False
        if cycle.more_body:
            self._forget_last()
        self._state.enter(Phase.HALF_CLOSED)
        return True

    def pause_writing(self) -> None:
        """Note that the client takes less than is sent."""
        super().pause_writing()
        self._state.hold()

    def resume_writing(self) -> None:
        """Note that it has taken enough for more."""
        super().resume_writing()
        self._state.release()

    def data_received(self, data: bytes) -> None:
        """Read what came, within the limits."""
        if self._state.phase is Phase.LINGER:
            self._linger_bytes -= len(data)
            if self._linger_bytes < 0:
                self.close()
                return
        if not self._is_deaf:
            self._useless_bytes += len(data)
            self._read(data)

    def _read(self, data: bytes) -> None:
        while data:
            try:
                self.parser.feed_data(data)
            except httptools.HttpParserUpgrade as offered:
                data = self._declined() + data[offered.args[0] :]
            except httptools.HttpParserError:
                self._refuse(self._refusal or MalformedRequestError("This is no HTTP/1.1 request."))
                return
            else:
                break
        if self._useless_bytes > self._limits.head_bytes:
            self._refuse(HeadTooLargeError(self._limits))

    def _declined(self) -> bytes:
        """Return the head once more, without the offer of another protocol, for a parser that goes on with its body."""
        head = repeated_head(self.parser, self.url, self.headers)
        self.parser = httptools.HttpRequestParser(self)
        self.parser.set_dangerous_leniencies(lenient_data_after_close=True)
        return head

    # What the parser calls

    def on_message_begin(self) -> None:
        """Begin a request."""
        super().on_message_begin()
        self._in_head = True
        self._body_bytes = 0
        if self._state.phase is Phase.IDLE:
            self._state.enter(Phase.HEAD)

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header; what comes after the body (trailers) is none."""
        if not self._in_head:
            return
        lower = name.lower()
        self.headers.append((lower, value))
        if lower == b"expect" and value.lower() == b"100-continue":
            self.expect_100_continue = True

    def on_headers_complete(self) -> None:
        """Start the application, or wait for the answer to an earlier request."""
        self._in_head = False
        method, version = self.parser.get_method(), self.parser.get_http_version()
        if fault := fault_of(self.url, self.headers, method=method, version=version, limits=self._limits):
            raise self._noted(fault)
        if self.parser.should_upgrade():
            return  # the same head comes once more
        if self.transport.is_closing():  # as its client was told
            return
        if len(self.pipeline) >= self._limits.pipelined:
            raise self._noted(TooManyWaitError(self._limits))
        self.scope["method"], self.scope["http_version"] = method.decode("ascii"), version
        put_address(self.scope, self.url, root_path=self.root_path)
        before: RequestResponseCycle | None = self.cycle
        self.cycle = self._new_cycle()
        app = self.app if self._may_ask() else no_room
        if before is None or before.response_complete:
            self._begin(self.cycle, app)
        else:
            self.flow.pause_reading()
            self.pipeline.appendleft((self.cycle, app))  # type: ignore[arg-type]  # Starlette's and uvicorn's own types

    def _new_cycle(self) -> Cycle:
        is_kept = self.scope["http_version"] != "1.0" and self.parser.should_keep_alive() and self._state.has_room
        return new_cycle(self, keep_alive=is_kept, half_closed=self._half_closed).put_on(self)

    def _begin(self, cycle: RequestResponseCycle, app: ASGIApp | ASGI3Application) -> None:
        self._begun = cycle
        unheard = Phase.BODY if cycle.more_body else Phase.BUSY
        self._state.enter(Phase.HALF_CLOSED if self._half_closed.is_set() else unheard)
        self._start_asgi_task(cycle, app)  # type: ignore[arg-type]

    def _forget_last(self) -> None:
        """Forget the last request, which waits for others and does not come whole."""
        self.pipeline.popleft()
        self.cycle = self.pipeline[0][0] if self.pipeline else self._begun

    def _may_ask(self) -> bool:
        return self._state.has_room or self.scope["path"] in self._limits.probes or not self._all.is_crowded()

    def on_body(self, body: bytes) -> None:
        """Take a part of the body."""
        self._useless_bytes = max(0, self._useless_bytes - FRAMING_RATIO * len(body))
        self._body_bytes += len(body)
        if self._state.phase is Phase.BODY:
            self._state.enter(Phase.BODY)
        super().on_body(body)

    def on_message_complete(self) -> None:
        """Note that the body has ended."""
        if self.parser.should_upgrade():
            return
        self._useless_bytes = 0
        self.cycle.more_body = False
        self.cycle.message_event.set()
        if self._state.phase is Phase.BODY:
            self._state.enter(Phase.BUSY)
        elif self._state.phase is Phase.LINGER:
            self._wait_for_request()

    # What ends

    def is_rest_small(self) -> bool:
        """Say whether so little of the body is left that the connection is worth keeping for the next request."""
        left = announced_bytes(self.cycle.scope["headers"]) - self._body_bytes
        return 0 < left <= SMALL_REST_BYTES and not self.cycle.waiting_for_100_continue

    def on_response_complete(self) -> None:
        """Go on with the next request, or wait for it."""
        self.server_state.total_requests += 1
        if self.transport.is_closing():
            return
        self.flow.resume_reading()
        if self._state.phase is Phase.LINGER:
            return
        if self.pipeline:
            self._begin(*self.pipeline.pop())
        elif self._last_word is not None:
            self._say(self._last_word)
        elif self.cycle.more_body:
            self.linger()
        else:
            self._wait_for_request()

    def _wait_for_request(self) -> None:
        if self.cycle.keep_alive and not self._half_closed.is_set():
            self._state.enter(Phase.HEAD if self._in_head else Phase.IDLE)
        else:
            self.close()

    def linger(self) -> None:
        """Read over what the client still sends, for a while."""
        if self._half_closed.is_set():
            self.close()
            return
        self._linger_bytes = self._limits.linger_bytes
        self._state.enter(Phase.LINGER)
        self.flow.resume_reading()

    def close(self) -> None:
        """End it when all that was written is sent."""
        self._state.close()

    def expire(self, phase: Phase) -> None:
        """End it, since it has been in this phase for too long; a body that waits for us has all the time."""
        match phase:
            case Phase.HEAD:
                self._refuse(TooLateError(f"The headers did not come within {self._limits.head_s:g} s."))
            case Phase.BODY if self.flow.read_paused or self.cycle.waiting_for_100_continue:
                self._state.enter(Phase.BODY)
            case Phase.BODY:
                self._refuse(TooLateError(f"Nothing came of the body for {self._limits.pause_s:g} s."))
            case _ if phase is not Phase.SENDING or not self._state.is_taken():
                self.transport.abort()

    def evict(self) -> None:
        """End it to make room for another, whatever is still to be sent."""
        self.transport.abort()

    def _noted(self, refusal: HeadraceError) -> HeadraceError:
        """Keep a refusal over the parser, which turns what its callbacks raise into an error of its own."""
        self._refusal = refusal
        return refusal

    def _refuse(self, error: HeadraceError) -> None:
        """Answer without the application, after all that was asked before, and hear nothing more."""
        self._is_deaf = True
        if self.transport.is_closing():
            return
        cycle: RequestResponseCycle | None = self.cycle
        if cycle is not None and not cycle.response_complete:
            if self.pipeline or not cycle.more_body:
                if cycle.more_body:  # the broken one itself, of which nobody has heard yet
                    self._forget_last()
                self._last_word = error
                return
            cycle.disconnected = True
            cycle.message_event.set()
            if cycle.response_started:
                self.close()
                return
        self._say(error)

    def _say(self, error: HeadraceError) -> None:
        _log.info("request_refused", status=error.status, code=error.code)
        self.transport.write(whole_answer(error, self.server_state.default_headers))
        self.linger()
