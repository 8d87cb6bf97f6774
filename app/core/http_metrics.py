"""Counts and times the answers of an ASGI application, by the template of their route."""

from collections.abc import Sequence
from functools import cache

from fastapi.routing import iter_route_contexts
from prometheus_client import Counter, Histogram
from starlette.routing import BaseRoute
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.core import metrics
from app.core.clock import monotonic_s

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
UNKNOWN = "other"  # a method that nobody serves, or a path without a route: neither may become a label
UNANSWERED = 500
CLASSES = ("2xx", "4xx", "5xx")  # others are no fault, and show when they come


def begin(routes: Sequence[BaseRoute]) -> None:
    """Show answers at zero for an application's routes, and for what has no route."""
    metrics.begin(metrics.HTTP_REQUESTS, (*METHODS, UNKNOWN), [UNKNOWN], CLASSES)
    for route in iter_route_contexts(routes):
        metrics.begin(metrics.HTTP_REQUESTS, route.methods or (), [str(route.path)], CLASSES)


class HttpMetrics:
    """ASGI middleware, the outermost of ours. A stream counts when it begins, not when it ends."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on and count its answer; an error that escapes is answered with 500 further out."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started_s = monotonic_s()
        begun = False

        async def counted(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                begun = True
                _count(scope, message["status"], started_s)
            await send(message)

        try:
            await self._app(scope, receive, counted)
        except Exception:
            if not begun:
                _count(scope, UNANSWERED, started_s)
            raise


def _count(scope: Scope, status: int, started_s: float) -> None:
    route = getattr(scope.get("route"), "path", UNKNOWN)
    method = scope["method"] if scope["method"] in METHODS else UNKNOWN
    requests, duration = _series(method, route, status // 100)
    requests.inc()
    duration.observe(monotonic_s() - started_s)


@cache  # bounded by the number of routes; a look-up by labels costs three times as much
def _series(method: str, route: str, status_class: int) -> tuple[Counter, Histogram]:
    return (
        metrics.HTTP_REQUESTS.labels(method, route, f"{status_class}xx"),
        metrics.HTTP_DURATION.labels(method, route),
    )
