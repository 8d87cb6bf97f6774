"""What `bench_auth` compares with: the API without its gate, for which everybody is the service account."""

from fastapi import FastAPI
from starlette.middleware import Middleware
from starlette.types import ASGIApp, Receive, Scope, Send

from app.auth.caller import SERVICE
from app.auth.gate import Gate
from app.main import create_app


class _Everybody:
    """ASGI middleware that asks nobody who he is."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            scope.setdefault("state", {})["caller"] = SERVICE
        await self._app(scope, receive, send)


def without_authentication() -> FastAPI:
    """Return the API with authentication stubbed out; all else is as it is."""
    app = create_app()
    gate: object = Gate
    app.user_middleware = [Middleware(_Everybody) if one.cls == gate else one for one in app.user_middleware]
    return app


def with_authentication() -> FastAPI:
    """Return the API, for the same server as the other one."""
    return create_app()
