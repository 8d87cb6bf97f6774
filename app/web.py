"""The built browser interface: hashed assets are kept for ever; the page is asked for anew, by who would show it."""

import mimetypes
import re
from pathlib import Path

from fastapi import FastAPI, Request
from starlette._utils import get_route_path
from starlette.exceptions import HTTPException
from starlette.responses import FileResponse, HTMLResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from app.core.accept import Accept
from app.core.checkout import CHECKOUT, PACKAGE
from app.core.root_path import root_path

DIST = CHECKOUT / "frontend" / "dist" if CHECKOUT else PACKAGE / "interface"
PAGE = "index.html"
PAGE_TYPES = ("text/html", "application/xhtml+xml")
JSON_TYPES = ("application/json", "application/problem+json")
READING = frozenset({"GET", "HEAD"})
# What begins so belongs to the API: what is unknown there is a 404, never the page.
API_PATHS = ("/api", "/v1", "/docs", "/redoc", "/openapi.json", "/live", "/ready", "/health", "/metrics")
NO_ROUTE = "There is no such route. The API's begin with /api/v1; /docs describes them."
ENCODINGS = (("br", ".br"), ("gzip", ".gz"))  # made at build time, the better one first
POLICY = (
    "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; "
    "object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)

_OWN_ADDRESS = re.compile(r'(?:src|href|content)="(?=/)')  # as the build writes them: frontend/vite.config.ts

# What a browser sees that is faster than the first build; it asks for the same address again.
_NOT_YET = """<!doctype html><html lang="en"><meta charset="utf-8"><meta name="color-scheme" content="light dark">
<meta http-equiv="refresh" content="2"><title>Headrace</title>
<body style="font-family: system-ui, sans-serif; margin: 4rem auto; max-width: 34rem; padding: 0 1rem">
<h1>Headrace</h1><p>The browser interface is not built yet. <code>make run</code> builds it beside the start, which
takes up to a minute the first time; this page then opens by itself.</p>
<p>The API is ready: <a href="/docs">its documentation</a>.</p>
"""


def mount_web(app: FastAPI, dist: Path = DIST) -> None:
    """Serve the interface wherever no route answers; what nobody shows in a browser is a 404 there."""
    root = dist.resolve()

    async def page_or_asset(scope: Scope, receive: Receive, send: Send) -> None:
        scope["route"] = label  # for who counts the answers further out
        request = Request(scope)
        await _answer(root, get_route_path(scope).removeprefix("/"), request)(scope, receive, send)

    label = Route("/{path:path}", page_or_asset)
    app.router.redirect_slashes = False
    app.router.default = page_or_asset


def _answer(root: Path, path: str, request: Request) -> Response:
    if f"/{path}".startswith(API_PATHS) or "\x00" in path:
        raise HTTPException(404, NO_ROUTE)
    if request.method not in READING:
        raise HTTPException(405 if path in {"", "*"} else 404, NO_ROUTE, {"Allow": "GET, HEAD, OPTIONS"})
    if file := _find(root, path):
        return _serve(file, request, "public, max-age=31536000, immutable" if "/assets/" in f"/{path}" else "no-cache")
    if path.startswith("assets/") or not _is_shown(path, request):
        raise HTTPException(404, NO_ROUTE)
    if (root / PAGE).is_file():
        return _show(root / PAGE, request) if root_path(request) else _serve(root / PAGE, request, "no-cache")
    if not Accept(request.headers.getlist("accept")).names(PAGE_TYPES):
        raise HTTPException(404, "The browser interface was not built (`make run` builds it); see /docs for the API.")
    headers = {"Retry-After": "2", "Content-Security-Policy": POLICY}
    return HTMLResponse(_rooted(_NOT_YET, request), 503, headers=headers)


def _find(root: Path, path: str) -> Path | None:
    """Return the file of a path, None for what is none, or has a name that no file can have."""
    try:
        file = (root / path).resolve()
        return file if path and file.is_relative_to(root) and file.is_file() else None
    except (OSError, RuntimeError, ValueError):  # too long, a loop of links, a character that names cannot have
        return None


def _show(page: Path, request: Request) -> Response:
    """Return the page; what it names beside itself, and the API, are where the root path says."""
    headers = {"Content-Security-Policy": POLICY, "Cache-Control": "no-cache", "Vary": "Accept"}
    return HTMLResponse(_rooted(page.read_text("utf-8"), request), headers=headers)


def _rooted(text: str, request: Request) -> str:
    return _OWN_ADDRESS.sub(rf"\g<0>{root_path(request)}", text)


def _is_shown(path: str, request: Request) -> bool:
    """Return whether a client would show the page: it names HTML, not after JSON; the first page needs no name."""
    accept = Accept(request.headers.getlist("accept"))
    if accept.names(PAGE_TYPES):
        return accept.prefers(PAGE_TYPES, JSON_TYPES)
    return path == "" and accept.takes(PAGE_TYPES[0]) and not accept.names(JSON_TYPES)


def _serve(file: Path, request: Request, cache: str) -> Response:
    """Return a file, compressed as the browser accepts it where the build has left such a copy."""
    headers = {"Content-Security-Policy": POLICY, "Cache-Control": cache, "Vary": "Accept, Accept-Encoding"}
    kind = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
    accepted = {part.split(";")[0].strip() for part in request.headers.get("accept-encoding", "").split(",")}
    for encoding, ending in ENCODINGS:
        packed = file.with_name(file.name + ending)
        if encoding in accepted and packed.is_file():
            return FileResponse(packed, media_type=kind, headers={**headers, "Content-Encoding": encoding})
    return FileResponse(file, media_type=kind, headers=headers)
