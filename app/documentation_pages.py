"""The API's documentation as pages, with assets of our own machine: no CDN is asked, and a policy says so."""

import base64
import hashlib
import re

from fastapi import FastAPI, Request
from fastapi.openapi.docs import get_redoc_html, get_swagger_ui_html
from fastapi.responses import HTMLResponse
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from app.core.root_path import link

DOCUMENT = "/openapi.json"
PAGES = ("/docs", "/redoc")
ASSETS = "/docs/assets"
# Where their files are looked for, in this order; FastAPI Offline has Redoc's script.
_PACKAGES: list[str | tuple[str, str]] = [("swagger_ui", "static"), ("fastapi_offline", "static")]
_TITLE = "Headrace API"
# Their styles stand in elements; what they try out, they ask of us; Redoc searches in a worker.
_POLICY = (
    "default-src 'none'; script-src 'self' {scripts}; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "font-src 'self' data:; connect-src 'self'; worker-src blob:; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)
_INLINE_SCRIPT = re.compile(r"<script>(.*?)</script>", re.DOTALL)


class _Assets(StaticFiles):
    """Files that a browser may keep, and asks for anew."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        response.headers["Cache-Control"] = "no-cache"
        return response


def mount_documentation(app: FastAPI) -> None:
    """Serve the pages and their files."""
    app.mount(ASSETS, _Assets(packages=_PACKAGES))

    @app.get(PAGES[0], include_in_schema=False)
    async def docs(request: Request) -> HTMLResponse:
        assets = link(request, ASSETS)
        return as_page(
            get_swagger_ui_html(
                openapi_url=link(request, DOCUMENT),
                title=_TITLE,
                swagger_js_url=f"{assets}/swagger-ui-bundle.js",
                swagger_css_url=f"{assets}/swagger-ui.css",
                swagger_favicon_url=f"{assets}/favicon-32x32.png",
                swagger_ui_parameters={"validatorUrl": None},  # else it shows the document to a stranger
            )
        )

    @app.get(PAGES[1], include_in_schema=False)
    async def redoc(request: Request) -> HTMLResponse:
        assets = link(request, ASSETS)
        return as_page(
            get_redoc_html(
                openapi_url=link(request, DOCUMENT),
                title=_TITLE,
                redoc_js_url=f"{assets}/redoc.standalone.js",
                redoc_favicon_url=f"{assets}/favicon-32x32.png",
                with_google_fonts=False,
            )
        )


def as_page(page: HTMLResponse) -> HTMLResponse:
    """Return a page with a policy that lets its own scripts run, those in its text by their hashes."""
    inline = _INLINE_SCRIPT.findall(bytes(page.body).decode())
    hashes = (base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() for script in inline)
    page.headers["Content-Security-Policy"] = _POLICY.format(scripts=" ".join(f"'sha256-{one}'" for one in hashes))
    page.headers["Cache-Control"] = "no-cache"
    return page
