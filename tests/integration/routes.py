"""Every route of the application and of its document, and those that are open."""

import re
from collections.abc import Iterable, Iterator

from fastapi import FastAPI
from starlette.routing import BaseRoute

OPEN = {
    *(
        ("GET", path)
        for path in ("/live", "/ready", "/health", "/docs", "/redoc", "/openapi.json", "/docs/assets/index.css")
    ),
    *(("POST", "/api/v1/session"), ("DELETE", "/api/v1/session")),  # signing in and out
    *(
        ("POST", f"/api/v1/auth/{name}")
        for name in ("login", "refresh", "logout", "register", "invite", "reset", "oidc/logout")
    ),
    *(("GET", f"/api/v1/auth/{name}") for name in ("methods", "oidc/login", "oidc/callback")),
}


def of_the_document(app: FastAPI) -> set[tuple[str, str]]:
    return {(method.upper(), path) for path, verbs in app.openapi()["paths"].items() for method in verbs}


def of_the_application(routes: Iterable[BaseRoute]) -> Iterator[tuple[str, str]]:
    """Yield what answers, whether the document tells of it or not."""
    for route in routes:
        if (included := getattr(route, "original_router", None)) is not None:
            yield from of_the_application(included.routes)
        else:
            path = route.path  # type: ignore[attr-defined]  # each of them has one
            methods = getattr(route, "methods", None)
            yield from ((method, path) for method in (methods or {"GET"}))


def url_of(path: str) -> str:
    path = "/docs/assets/index.css" if path == "/docs/assets" else path  # a folder
    path = path.replace("{job_id}", "01a2007e-55ab-75a9-938d-01e576015f74")
    return re.sub(r"{[^}]+}", "a", path)
