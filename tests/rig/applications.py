"""The API in the tests' process: built once for all settings that its routes depend on alike, started for each test."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from starlette.middleware import Middleware

from app.core.settings import Settings
from app.main import create_app, lifespan, prepare_process
from tests.rig.callers import Posing

BUILT_FROM = ("body_max_bytes", "batch_body_max_bytes", "root_path", "trusted_proxies", "cors_origins")
_built: dict[str, FastAPI] = {}


@asynccontextmanager
async def started(settings: Settings) -> AsyncIterator[FastAPI]:
    """Yield the application with these settings, started. A test may add routes: the next one gets another."""
    key = repr([getattr(settings, name) for name in BUILT_FROM])
    app = _built.pop(key, None)
    if app is None:
        app = create_app(settings)
        app.user_middleware.append(Middleware(Posing))  # the innermost one
    else:
        prepare_process(settings)
    routes = list(app.router.routes)
    async with lifespan(app, settings=settings):
        yield app
    if app.router.routes == routes:
        _built[key] = app
