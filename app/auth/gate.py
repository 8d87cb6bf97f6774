"""The gate before every route: who asks is known before a byte of a body is read; what is not named open is closed.

It counts requests, too: a caller's to the caller, and to the address what is open or shows nothing that opens anything.
"""

import asyncio
from collections.abc import Set as AbstractSet

from fastapi import Request
from starlette._utils import get_route_path
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.auth.credential import presented_in
from app.auth.guard import host_of
from app.auth.identity import identify
from app.auth.request_limits import Headers, RequestLimits, as_text
from app.core.application_state import part_of
from app.core.errors import HeadraceError, UnauthorizedError
from app.core.problems import from_unexpected, problem
from app.core.routes import OPTIONS, Routes

READING = frozenset({"GET", "HEAD", "OPTIONS"})
OPEN_BODY_S = 10.0  # for the whole body of a stranger, who may send one only where a session is opened


class Gate:
    """ASGI middleware that leaves the caller in the request's state, or answers 401 or 429 itself.

    `open_routes` are the methods and paths that need no caller, and under `open_folders` nothing does that only reads.
    Whatever else lies under `closed` (beginnings of paths), and all that does not only read, is closed: a route that
    is added later, too, and one that does not exist. Which methods an open path has is told to everybody, by `routes`.
    `uncounted` are beginnings of open paths that no limit counts: probes, and the files of pages.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        open_routes: AbstractSet[tuple[str, str]],
        open_folders: tuple[str, ...],
        closed: tuple[str, ...],
        routes: Routes,
        uncounted: tuple[str, ...] = (),
    ) -> None:
        self._app = app
        self._open_routes = open_routes
        self._open_folders = open_folders
        self._closed = closed
        self._open_paths = frozenset(path for _, path in open_routes)
        self._routes = routes
        self._uncounted = uncounted

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on when it is known who asks, or when it does not matter."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        _drop_escaped_cookies(scope)
        request, path, only_reads = Request(scope), get_route_path(scope), scope["method"] in READING
        try:
            if self._is_open(scope["method"], path):
                receive = receive if only_reads else _hurried(receive)
                headers = () if path.startswith(self._uncounted) else await _count_stranger(request)
            else:
                headers = await _admit(request)
        except Exception as error:  # noqa: BLE001 - PostgreSQL, which knows the sessions, may be away
            known = error if isinstance(error, HeadraceError) else from_unexpected(request, error)
            await problem(request, known)(scope, receive, send)
            return
        await self._app(scope, receive, _telling(headers, send) if headers else send)

    def _is_open(self, method: str, path: str) -> bool:
        reads = method in READING
        if ("GET" if reads else method, path) in self._open_routes:
            return True
        if path in self._open_paths:  # a method that it does not have is 405, whoever asks
            return method not in self._routes.allowed(path) or method == OPTIONS
        return reads and (path.startswith(self._open_folders) or not path.startswith(self._closed))


async def _admit(request: Request) -> Headers:
    """Find out who asks, and count it; return what the answer tells of limits. Raises: whatever refuses the request."""
    presented = presented_in(request.headers)
    try:
        request.state.caller = caller = await identify(request, presented)
    except UnauthorizedError as error:
        error.headers |= as_text(await _count_stranger(request))
        raise
    return await part_of(request.app, RequestLimits).of_caller(caller, is_session=presented is None)


async def _count_stranger(request: Request) -> Headers:
    return await part_of(request.app, RequestLimits).of_address(host_of(request))


def _telling(headers: Headers, send: Send) -> Send:
    """Return a `send` that adds headers to an answer."""

    async def telling(message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message.get("headers", ()), *headers]
        await send(message)

    return telling


def _drop_escaped_cookies(scope: Scope) -> None:
    """Drop cookies with a backslash, which none of ours has, before anybody reads them.

    To read them is quadratic in Python below 3.11.10: half a minute for 60 kB. Source: CVE-2024-7592.
    """
    for index, (name, value) in enumerate(scope["headers"]):
        if name == b"cookie" and b"\\" in value:
            kept = b";".join(pair for pair in value.split(b";") if b"\\" not in pair)
            scope["headers"] = [*scope["headers"][:index], (name, kept), *scope["headers"][index + 1 :]]


def _hurried(receive: Receive) -> Receive:
    """Return a `receive` whose messages together take ten seconds at most."""
    until_s = asyncio.get_running_loop().time() + OPEN_BODY_S

    async def hurried() -> Message:
        try:
            async with asyncio.timeout_at(until_s):
                return await receive()
        except TimeoutError:
            detail = f"The body did not come within {OPEN_BODY_S:g} seconds."
            raise HTTPException(408, detail) from None  # the one kind of error that FastAPI lets pass while it reads

    return hurried
