"""The API's documentation as pages, with assets of our own machine: no CDN is asked, and a policy says so."""

import base64
import hashlib
import re
from importlib.util import find_spec
from pathlib import Path

from fastapi import FastAPI, Request
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.responses import HTMLResponse
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

DOCUMENT = "/openapi.json"
PAGES = ("/docs",)
ASSETS = "/docs/assets"
# Its styles stand in elements; what it tries out, it asks of us.
_POLICY = (
    "default-src 'none'; script-src 'self' {scripts}; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "font-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_INLINE_SCRIPT = re.compile(r"<script>(.*?)</script>", re.DOTALL)


class _Assets(StaticFiles):
    """Files that a browser may keep, and asks for anew."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        response.headers["Cache-Control"] = "no-cache"
        return response


def mount_documentation(app: FastAPI) -> None:
    """Serve the pages; without the package of their assets there are none."""
    spec = find_spec("swagger_ui")
    if spec is None or not spec.submodule_search_locations:
        return
    app.mount(ASSETS, _Assets(directory=Path(spec.submodule_search_locations[0]) / "static"))

    @app.get(PAGES[0], include_in_schema=False)
    async def docs(_: Request) -> HTMLResponse:
        return as_page(
            get_swagger_ui_html(
                openapi_url=DOCUMENT,
                title="Headrace API",
                swagger_js_url=f"{ASSETS}/swagger-ui-bundle.js",
                swagger_css_url=f"{ASSETS}/swagger-ui.css",
                swagger_favicon_url=f"{ASSETS}/favicon-32x32.png",
                swagger_ui_parameters={"validatorUrl": None},  # else it shows the document to a stranger
            )
        )


def as_page(page: HTMLResponse) -> HTMLResponse:
    """Return a page with a policy that lets its own scripts run, those in its text by their hashes."""
    inline = _INLINE_SCRIPT.findall(bytes(page.body).decode())
    hashes = (base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() for script in inline)
    page.headers["Content-Security-Policy"] = _POLICY.format(scripts=" ".join(f"'sha256-{one}'" for one in hashes))
    page.headers["Cache-Control"] = "no-cache"
    return page
