"""Which pages of other sites may ask the API (CORS): those of listed origins, by keys and tokens, never by a session.

No answer allows credentials, so browsers send no cookie of ours; that makes `*` for names of headers mean all of them,
which clients such as OpenAI's need. Source: https://fetch.spec.whatwg.org/#http-new-header-syntax
"""

from collections.abc import Collection

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.core.routes import OPTIONS

KEPT_S = 600  # how long a browser remembers what a preflight said
_NO_CONTENT = 204
_ORIGIN = "Origin"
_ALLOW = "Access-Control-Allow-Origin"
_EXPOSE = "Access-Control-Expose-Headers"
_PREFLIGHT = {
    "Access-Control-Allow-Methods": "GET, HEAD, POST, PUT, PATCH, DELETE",
    "Access-Control-Allow-Headers": "*, Authorization",  # which no `*` stands for
    "Access-Control-Max-Age": str(KEPT_S),
    "Vary": _ORIGIN,
}


class CrossOrigin:
    """ASGI middleware outside of the gate, so that what it refuses can be read by the page that asked, too."""

    def __init__(self, app: ASGIApp, *, origins: Collection[str]) -> None:
        """Wrap an application; `origins` are written as browsers send them."""
        self._app = app
        self._origins = frozenset(origins)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on; a preflight of an origin of the list, which shows no credential, is answered here."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        origin = headers.get(_ORIGIN, "")
        may = origin in self._origins
        if may and scope["method"] == OPTIONS and "Access-Control-Request-Method" in headers:
            await Response(status_code=_NO_CONTENT, headers={_ALLOW: origin, **_PREFLIGHT})(scope, receive, send)
            return

        async def telling(message: Message) -> None:
            if message["type"] == "http.response.start":
                answered = MutableHeaders(scope=message)
                answered.add_vary_header(_ORIGIN)
                if may:
                    answered[_ALLOW], answered[_EXPOSE] = origin, "*"
            await send(message)

        await self._app(scope, receive, telling)
