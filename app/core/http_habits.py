"""What clients do out of habit and every route answers alike: a slash at the end, HEAD, an unknown query parameter."""

from collections import Counter
from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from urllib.parse import parse_qsl

from fastapi import Request
from starlette._utils import get_route_path
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.core.errors import FieldError, InvalidError
from app.core.problems import not_allowed, problem
from app.core.routes import HEAD, Route, Routes

MAX_PARAMETERS = 100  # of one query; a known name is given once


class _AnsweredError(BaseException):
    """The headers are out, and a body would be thrown away: whatever still makes one ends here."""


class Habits:
    """ASGI middleware before all that looks at the path or the method.

    A path under `api` (beginnings of paths) means the same with a slash at its end: no redirect, which many clients do
    not follow, or not with their body. HEAD is GET without the body.
    """

    def __init__(self, app: ASGIApp, *, api: tuple[str, ...]) -> None:
        self._app = app
        self._api = api

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on as the routes know it."""
        if scope["type"] == "http":
            path = scope["path"]
            if path.endswith("/") and get_route_path(scope).startswith(self._api):
                scope["path"] = path.rstrip("/")
            if scope["method"] == HEAD:
                await self._answer_head(scope, receive, send)
                return
        await self._app(scope, receive, send)

    async def _answer_head(self, scope: Scope, receive: Receive, send: Send) -> None:
        asked = {**scope, "method": "GET"}

        async def without_body(message: Message) -> None:
            if message["type"] != "http.response.start":
                return
            if "route" in asked:
                scope["route"] = asked["route"]  # for who counts the answers further out
            await send(message)
            await send({"type": "http.response.body", "body": b""})
            raise _AnsweredError

        try:
            await self._app(asked, receive, without_body)
        except _AnsweredError:
            return


class KnownQuery:
    """ASGI middleware: a query parameter that the route does not know, or that is given twice, is a 422.

    Ignored, a filter with a typo would find everything. It applies to every route of the API by what it declares.
    A path with a name of its own is never taken for one with an id: `GET /jobs/batch` is a 405, not a malformed id.
    `lenient` are the paths whose query others write: balancers add to a probe's what they like against caches, and
    providers of single sign-on to the way back.
    """

    def __init__(self, app: ASGIApp, *, routes: Routes, lenient: AbstractSet[str] = frozenset()) -> None:
        self._lenient = lenient
        self._app = app
        self._routes = routes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it by the names of its query parameters."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        path = get_route_path(scope)
        exactly = self._routes.methods_of_exactly(path)
        if exactly is not None and scope["method"] not in exactly:
            await not_allowed(Request(scope), self._routes.allowed(path))(scope, receive, send)
            return
        if scope["query_string"] and path not in self._lenient:
            route = self._routes.find(scope["method"], path)
            if route is not None and (faults := _faults(route, scope["query_string"].decode("latin-1"))):
                more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
                refused = InvalidError(
                    f"{faults[0].pointer}: {faults[0].detail}{more}", code="unknown_parameter", errors=faults
                )
                await problem(Request(scope), refused)(scope, receive, send)
                return
        await self._app(scope, receive, send)


def _faults(route: Route, query: str) -> list[FieldError]:
    try:
        given = Counter(name for name, _ in parse_qsl(query, keep_blank_values=True, max_num_fields=MAX_PARAMETERS))
    except ValueError:
        return [FieldError("#query", f"more than {MAX_PARAMETERS} parameters")]
    unknown = [name for name in given if not route.knows(name)]
    repeated = [name for name, count in given.items() if count > 1 and not route.query.get(name, False)]
    words = _known(route.names())
    return [
        *(FieldError(f"#query/{name[:100]}", f"no such parameter; {words}") for name in unknown),
        *(FieldError(f"#query/{name}", "given more than once") for name in repeated if name not in unknown),
    ]


def _known(names: Iterable[str]) -> str:
    listed = ", ".join(names)
    return f"known here: {listed}" if listed else "none is known here"
