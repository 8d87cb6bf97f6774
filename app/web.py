"""The built browser interface, served by the API: hashed assets are kept for ever, the page is asked for anew."""

import mimetypes
from pathlib import Path

from fastapi import FastAPI, Request
from starlette.exceptions import HTTPException
from starlette.responses import FileResponse, HTMLResponse, Response

DIST = Path(__file__).parents[1] / "frontend" / "dist"
PAGE = "index.html"
# Paths under these belong to the API: what is unknown there is a 404, never the page.
API_PATHS = ("api/", "v1/", "docs", "openapi.json", "live", "ready", "health", "metrics")
ENCODINGS = (("br", ".br"), ("gzip", ".gz"))  # made at build time, the better one first
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; "
        "object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
}


# What a browser sees that is faster than the first build; it asks for the same address again.
_NOT_YET = """<!doctype html><html lang="en"><meta charset="utf-8"><meta name="color-scheme" content="light dark">
<meta http-equiv="refresh" content="2"><title>Headrace</title>
<body style="font-family: system-ui, sans-serif; margin: 4rem auto; max-width: 34rem; padding: 0 1rem">
<h1>Headrace</h1><p>The browser interface is not built yet. <code>make run</code> builds it beside the start, which
takes up to a minute the first time; this page then opens by itself.</p>
<p>The API is ready: <a href="/docs">its documentation</a>.</p>
"""


def mount_web(app: FastAPI, dist: Path = DIST) -> None:
    """Serve the interface under every path that is not the API's; call it after all other routes are there."""
    root = dist.resolve()

    @app.get("/{path:path}", include_in_schema=False)
    async def page_or_asset(path: str, request: Request) -> Response:
        if path.startswith(API_PATHS) or "\x00" in path:
            raise HTTPException(404, "There is no such route.")
        if not (root / PAGE).is_file():
            if "text/html" in request.headers.get("accept", ""):
                return HTMLResponse(_NOT_YET, 503, headers={"Retry-After": "2", "Cache-Control": "no-store"})
            raise HTTPException(
                404, "The browser interface was not built (`make run` builds it); see /docs for the API."
            )
        file = (root / path).resolve()
        if path and file.is_relative_to(root) and file.is_file():
            return _serve(
                file, request, "public, max-age=31536000, immutable" if "/assets/" in f"/{path}" else "no-cache"
            )
        if path.startswith("assets/"):
            raise HTTPException(404, "There is no such asset.")
        return _serve(root / PAGE, request, "no-cache")


def _serve(file: Path, request: Request, cache: str) -> Response:
    """Return a file, compressed as the browser accepts it where the build has left such a copy."""
    headers = {**HEADERS, "Cache-Control": cache, "Vary": "Accept-Encoding"}
    kind = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
    accepted = {part.split(";")[0].strip() for part in request.headers.get("accept-encoding", "").split(",")}
    for encoding, ending in ENCODINGS:
        packed = file.with_name(file.name + ending)
        if encoding in accepted and packed.is_file():
            return FileResponse(packed, media_type=kind, headers={**headers, "Content-Encoding": encoding})
    return FileResponse(file, media_type=kind, headers=headers)
