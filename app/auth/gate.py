"""The gate before every route: who asks is known before a byte of a body is read; what is not named open is closed."""

import asyncio
from collections.abc import Set as AbstractSet

from fastapi import Request
from starlette._utils import get_route_path
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.auth.identity import identify
from app.core.errors import HeadraceError
from app.core.problems import from_unexpected, problem
from app.core.routes import OPTIONS, Routes

READING = frozenset({"GET", "HEAD", "OPTIONS"})
OPEN_BODY_S = 10.0  # for the whole body of a stranger, who may send one only where a session is opened


class Gate:
    """ASGI middleware that leaves the caller in the request's state, or answers 401 itself.

    `open_routes` are the methods and paths that need no caller, and under `open_folders` nothing does that only reads.
    Whatever else lies under `closed` (beginnings of paths), and all that does not only read, is closed: a route that
    is added later, too, and one that does not exist. Which methods an open path has is told to everybody, by `routes`.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        open_routes: AbstractSet[tuple[str, str]],
        open_folders: tuple[str, ...],
        closed: tuple[str, ...],
        routes: Routes,
    ) -> None:
        self._app = app
        self._open_routes = open_routes
        self._open_folders = open_folders
        self._closed = closed
        self._open_paths = frozenset(path for _, path in open_routes)
        self._routes = routes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on when it is known who asks, or when it does not matter."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        _drop_escaped_cookies(scope)
        if self._is_open(scope["method"], get_route_path(scope)):
            await self._app(scope, receive if scope["method"] in READING else _hurried(receive), send)
            return
        request = Request(scope)
        try:
            request.state.caller = await identify(request)
        except Exception as error:  # noqa: BLE001 - PostgreSQL, which knows the sessions, may be away
            known = error if isinstance(error, HeadraceError) else from_unexpected(request, error)
            await problem(request, known)(scope, receive, send)
            return
        await self._app(scope, receive, send)

    def _is_open(self, method: str, path: str) -> bool:
        reads = method in READING
        if ("GET" if reads else method, path) in self._open_routes:
            return True
        if path in self._open_paths:  # a method that it does not have is 405, whoever asks
            return method not in self._routes.allowed(path) or method == OPTIONS
        return reads and (path.startswith(self._open_folders) or not path.startswith(self._closed))


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
