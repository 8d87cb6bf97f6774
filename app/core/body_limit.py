"""How large a request's body may be, by path; what is larger is refused before it is read."""

from collections.abc import Mapping

from fastapi import Request
from starlette._utils import get_route_path
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.core.errors import BodyTooLargeError
from app.core.problems import problem


class BodyLimit:
    """ASGI middleware. `limits` has bytes by exact path, None for a route that counts for itself.

    Other paths have `default_bytes`.
    """

    def __init__(self, app: ASGIApp, *, default_bytes: int, limits: Mapping[str, int | None]) -> None:
        self._app = app
        self._default_bytes = default_bytes
        self._limits = limits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, with a body that ends in 413 where it grows too large."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        limit = self._limits.get(get_route_path(scope), self._default_bytes)
        if limit is None:
            await self._app(scope, receive, send)
            return
        detail = f"The body is larger than this route's limit of {limit} bytes."
        if announced_bytes(scope) > limit:
            answer = problem(Request(scope), BodyTooLargeError(detail, headers={"Connection": "close"}))
            await answer(scope, receive, send)
            return
        seen = 0

        async def counted() -> Message:
            nonlocal seen
            message = await receive()
            seen += len(message.get("body", b""))
            if seen > limit:
                raise HTTPException(413, detail)  # the one kind of error that FastAPI lets pass while it reads
            return message

        await self._app(scope, counted, send)


def announced_bytes(scope: Scope) -> int:
    """Return the Content-Length of a request, 0 without one."""
    for name, value in scope["headers"]:
        if name == b"content-length":
            return int(value) if value.isdigit() else 0
    return 0
