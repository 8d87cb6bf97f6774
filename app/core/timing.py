"""What a request's time goes to, as its answer tells: the database, the wait for a connection, all of it.

Only to callers that are known: to a stranger it would tell what is found and what is not.
"""

from contextvars import ContextVar
from dataclasses import dataclass

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.core.clock import monotonic_s

HEADER = "Server-Timing"


@dataclass(slots=True)
class Timings:
    """Seconds that a request has spent so far: in statements, and in the queue for a connection."""

    db_s: float = 0.0
    queue_s: float = 0.0


current: ContextVar[Timings | None] = ContextVar("headrace_timings", default=None)


class ServerTiming:
    """ASGI middleware inside of the gate, which knows the caller. A submit's row may be another request's statement."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on and tell when its answer begins."""
        if scope["type"] != "http" or "caller" not in scope.get("state", {}):
            await self._app(scope, receive, send)
            return
        started_s, timings = monotonic_s(), Timings()

        async def timed(message: Message) -> None:
            if message["type"] == "http.response.start":
                total_s = monotonic_s() - started_s
                parts = (("db", timings.db_s), ("queue", timings.queue_s), ("total", total_s))
                value = ", ".join(f"{name};dur={seconds * 1000:.1f}" for name, seconds in parts)
                MutableHeaders(scope=message)[HEADER] = value
            await send(message)

        token = current.set(timings)
        try:
            await self._app(scope, receive, timed)
        finally:
            current.reset(token)
