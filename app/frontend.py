"""The frontend process: serves the built interface, and passes what belongs to the API on to it, as it streams.

It knows no secret and no database. The browser's Host stays, since a session's Origin is compared with it.
"""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import aiohttp
from fastapi import FastAPI, Request
from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect
from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send
from yarl import URL

from app.core import problems
from app.core.errors import HeadraceError
from app.core.logging import get_logger, setup_logging
from app.core.proxies import TrustedProxies
from app.core.root_path import RootPath
from app.core.routes import Routes
from app.core.security_headers import SecurityHeaders
from app.core.settings import Settings, exit_when_refused, get_settings
from app.web import API_PATHS, mount_web

CONNECT_TIMEOUT_S = 3.0
# Far below the time after which the API closes an idle connection (`Limits.idle_s`): none is used that just ends.
KEPT_S = 60.0
# Of one connection, not of a request. Source: RFC 9110, 7.6.1.
HOP_BY_HOP = frozenset(
    {
        *("connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "proxy-connection"),
        *("te", "trailer", "transfer-encoding", "upgrade"),
    }
)
# Answered by this server itself, or said anew by it.
OWN_REQUEST_HEADERS = frozenset({"expect", "forwarded", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto"})
OWN_ANSWER_HEADERS = frozenset({"date", "server"})
# aiohttp would add these where a client sends none.
NEVER_ADDED = ("Accept", "Accept-Encoding", "Content-Type", "User-Agent")
_log = get_logger(__name__)


class ApiAwayError(HeadraceError):
    """The API refused the connection or closed it without an answer."""

    status, code, title = 502, "api_unreachable", "The API cannot be reached"


def create_app(settings: Settings | None = None) -> FastAPI:
    """Build the application for the API at API_HOST and API_PORT; bad settings of the process end it."""
    if settings is None:
        with exit_when_refused():
            settings = get_settings()
    setup_logging(settings)
    proxy = Proxy(settings.api_url)
    app = FastAPI(title="Headrace", openapi_url=None, docs_url=None, redoc_url=None, lifespan=proxy.lifespan)
    for prefix in API_PATHS:
        app.router.add_route(f"{prefix}{{rest:path}}", proxy)  # type: ignore[arg-type]  # an ASGI app, of any method
    mount_web(app)
    problems.install(app, Routes(app))
    app.add_middleware(SecurityHeaders)
    app.add_middleware(RootPath, root_path=settings.root_path)
    app.add_middleware(TrustedProxies, trusted=settings.trusted_proxies)
    return app


class Proxy:
    """An ASGI application that asks one other server and streams its answer."""

    def __init__(self, base_url: str) -> None:
        self._base_url = base_url

    @asynccontextmanager
    async def lifespan(self, _: FastAPI) -> AsyncIterator[None]:
        """Keep the connections to the API while the application runs."""
        async with aiohttp.ClientSession(
            auto_decompress=False,
            connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=KEPT_S),
            cookie_jar=aiohttp.DummyCookieJar(),  # a jar would give one browser's session to the next
            skip_auto_headers=NEVER_ADDED,
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_TIMEOUT_S),  # streams have no end
        ) as self._session:
            yield

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass one request on. Raises: ApiAwayError when no answer began."""
        request = Request(scope, receive)
        has_body = _has_body(request.headers)
        try:
            answer = await self._session.request(
                request.method,
                self._url(scope),
                headers=_forwarded(request),
                data=request.stream() if has_body else None,
                expect100=has_body,  # else a refusal of a large body is lost with the connection that it closes
                allow_redirects=False,
            )
        except ClientDisconnect:
            return
        except (aiohttp.ClientError, OSError) as error:
            _log.warning("api_unreachable", path=request.url.path, error=type(error).__name__)
            raise ApiAwayError(
                "The API does not answer; try again in a moment.", headers={"Retry-After": "2"}
            ) from None
        async with answer:
            response = StreamingResponse(answer.content.iter_any(), answer.status)
            response.raw_headers = _kept(answer.raw_headers)
            await response(scope, receive, send)

    def _url(self, scope: Scope) -> URL:
        """Return the API's URL for a request, byte for byte as it was asked."""
        query = scope["query_string"].decode("latin-1")
        return URL(f"{self._base_url}{scope['raw_path'].decode('latin-1')}{'?' if query else ''}{query}", encoded=True)


def _has_body(headers: Mapping[str, str]) -> bool:
    return "transfer-encoding" in headers or headers.get("content-length", "0") != "0"


def _forwarded(request: Request) -> list[tuple[str, str]]:
    left_out = HOP_BY_HOP | OWN_REQUEST_HEADERS | _named_by_connection(request.headers)
    client = request.client.host if request.client else "unknown"
    return [
        *((name, value) for name, value in request.headers.items() if name not in left_out),
        ("X-Forwarded-For", client),
        ("X-Forwarded-Host", request.headers.get("host", "")),
        ("X-Forwarded-Proto", request.url.scheme),
    ]


def _kept(raw: tuple[tuple[bytes, bytes], ...]) -> list[tuple[bytes, bytes]]:
    headers = [(name.lower(), value) for name, value in raw]
    left_out = HOP_BY_HOP | OWN_ANSWER_HEADERS | _named_by_connection(Headers(raw=headers))
    return [(name, value) for name, value in headers if name.decode("latin-1") not in left_out]


def _named_by_connection(headers: Headers) -> set[str]:
    return {name.strip().lower() for value in headers.getlist("connection") for name in value.split(",")}
