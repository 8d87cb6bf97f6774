"""The path under which a proxy shows all this: whether the proxy takes it off or not, routes see it alike."""

from fastapi import Request
from starlette.types import ASGIApp, Receive, Scope, Send

FIRST = "/"


class RootPath:
    """ASGI middleware before all that looks at the path.

    Every path begins with the root path afterwards, and the scope says how long that is, so that routes leave it out
    and links have it.
    """

    def __init__(self, app: ASGIApp, *, root_path: str) -> None:
        """Wrap an application; `root_path` begins with a slash and does not end with one, or is empty."""
        self._app = app
        self._root_path = root_path

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on with its whole path."""
        if self._root_path and scope["type"] != "lifespan":
            scope["root_path"] = self._root_path
            if not f"{scope['path']}{FIRST}".startswith(f"{self._root_path}{FIRST}"):
                scope["path"] = self._root_path + scope["path"]
        await self._app(scope, receive, send)


def root_path(request: Request) -> str:
    """Return what stands before each path of ours, without a slash at its end."""
    found: str = request.scope.get("root_path", "")
    return found.rstrip(FIRST)


def link(request: Request, path: str) -> str:
    """Return the path of something of ours as a client must write it."""
    return root_path(request) + path
