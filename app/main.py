"""The API process: builds its resources in the lifespan, mounts the routers, renders errors."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

from asgi_correlation_id import CorrelationIdMiddleware
from fastapi import FastAPI
from redis.asyncio import Redis
from uuid_utils.compat import uuid7

from app import __version__, api_routes, documentation_pages
from app.auth.gate import Gate
from app.auth.guard import Guard
from app.auth.key_limits import Nameable
from app.auth.last_use import LastUse
from app.auth.oidc.provider import CALLBACK_PATH, Provider
from app.auth.passwords import Passwords
from app.auth.principals import Principals
from app.auth.request_limits import RequestLimits
from app.auth.resources import Resources as AuthResources
from app.auth.revocations import Revocations
from app.auth.security_schemes import SECURITY_SCHEMES
from app.core import application_state, faultpoint, gc_tuning, http_metrics, openapi, problems
from app.core.body_limit import BodyLimit
from app.core.cross_origin import CrossOrigin
from app.core.database import Database
from app.core.http_habits import Habits, KnownQuery
from app.core.http_metrics import HttpMetrics
from app.core.http_server import give_up
from app.core.logging import get_logger, setup_logging
from app.core.loop import still_wanted
from app.core.proxies import TrustedProxies
from app.core.redis import connect
from app.core.root_path import RootPath
from app.core.routes import Routes
from app.core.security_headers import SecurityHeaders
from app.core.settings import Settings, exit_when_refused
from app.core.timing import ServerTiming
from app.documentation_pages import mount_documentation
from app.governor.capability_check import CapabilityChecks
from app.governor.providers import Providers
from app.governor.service import ProviderService
from app.governor.status import StatusBoard
from app.jobs.api.backpressure import Backpressure
from app.jobs.api.document_pages import PagePictures
from app.jobs.api.endpoints import add_submits
from app.jobs.api.resources import Resources as JobsResources
from app.jobs.api.submission import group_inserts
from app.jobs.broker_buffer import DirectSender
from app.jobs.repository import waits
from app.llm.catalog import DEFAULT
from app.llm.catalog_source import load_catalog
from app.ops import configuration
from app.ops.health.service import Readiness
from app.ops.queues.service import Queues
from app.ops.stats.service import Stats
from app.processors import registry
from app.storage.local import FileStore
from app.storage.uploads import open_uploads
from app.web import API_PATHS, mount_web

RESTART_S = 1.0
NEEDED = ("database_url", "redis_url", "service_token", "secret_key")
_REQUEST_ID = re.compile(r"[A-Za-z0-9._:-]{1,128}")
_log = get_logger(__name__)


def create_app(settings: Settings | None = None) -> FastAPI:
    """Build the application; connections are opened when it starts.

    Without `settings` it takes the process's own, and ends the process when they are refused; else it raises
    SettingsError.
    """
    if settings is None:
        with exit_when_refused():
            settings = configuration.load(*NEEDED, ocr=False)
    else:
        configuration.check(settings, *NEEDED, ocr=False)
    prepare_process(settings)
    app = FastAPI(
        title="Headrace",
        version=__version__,
        description=api_routes.DESCRIPTION,
        docs_url=None,
        redoc_url=None,
        lifespan=partial(lifespan, settings=settings),
        responses=openapi.PROBLEM_RESPONSES,
        generate_unique_id_function=openapi.operation_id,
        separate_input_output_schemas=False,
    )
    add_submits(app.router)
    for one in api_routes.ROUTERS:
        app.include_router(one)
    mount_documentation(app)
    openapi.install(
        app,
        server=settings.root_path or "/",
        contact=api_routes.CONTACT,
        tags=api_routes.TAGS,
        security_schemes=SECURITY_SCHEMES,
    )
    mount_web(app)
    routes = Routes(app)
    problems.install(app, routes)
    _add_middleware(app, settings, routes)
    return app


def prepare_process(settings: Settings) -> None:
    """Set what a process has once, whatever it builds. Raises: SettingsError."""
    setup_logging(settings)
    registry.load(settings)
    faultpoint.arm(settings.fault_points)


def _add_middleware(app: FastAPI, settings: Settings, routes: Routes) -> None:
    """Put around the routes what concerns all of them; what is added last is outermost."""
    app.add_middleware(ServerTiming)
    app.add_middleware(KnownQuery, routes=routes, lenient=frozenset((*api_routes.PROBES, CALLBACK_PATH)))
    app.add_middleware(
        BodyLimit,
        default_bytes=settings.body_max_bytes,
        limits=api_routes.body_limits(settings),
    )
    app.add_middleware(
        Gate,
        open_routes=api_routes.OPEN_ROUTES,
        open_folders=(f"{documentation_pages.ASSETS}/",),
        closed=API_PATHS,
        routes=routes,
        uncounted=(*api_routes.PROBES, f"{documentation_pages.ASSETS}/", "/assets/"),
    )
    app.add_middleware(Habits, api=API_PATHS)
    app.add_middleware(RootPath, root_path=settings.root_path)
    app.add_middleware(
        CorrelationIdMiddleware,
        header_name="X-Request-ID",
        generator=lambda: uuid7().hex,
        validator=lambda given: bool(_REQUEST_ID.fullmatch(given)),
        transformer=lambda given: given,
        update_request_header=False,
    )
    if settings.cors_origins:
        app.add_middleware(CrossOrigin, origins=settings.cors_origins)
    http_metrics.begin(app.routes)
    app.add_middleware(HttpMetrics)  # it sees what the others answer
    app.add_middleware(SecurityHeaders)
    app.add_middleware(TrustedProxies, trusted=settings.trusted_proxies)  # last, so outermost


@asynccontextmanager
async def lifespan(app: FastAPI, *, settings: Settings) -> AsyncIterator[None]:
    """Open what the application works with, and close it at the end."""
    database = Database(
        settings.database_url.get_secret_value(),
        application_name="headrace-api",
        pool_size=settings.database_pool_size,
    )
    redis = connect(settings.redis_url.get_secret_value())
    sender = DirectSender(database, redis, settings.queues)
    guard = Guard(settings.secret_key.get_secret_value(), settings.service_token.get_secret_value(), database, redis)
    revocations, last_use = Revocations(Principals(), redis), LastUse(database)
    _keep_state(app, settings, database, redis, sender, guard, revocations)
    application_state.keep(app, last_use, RequestLimits(settings, redis))
    works = (_send_forever(sender), guard.keep_fresh(), revocations.listen(), last_use.keep_writing())
    background = [asyncio.create_task(work) for work in works]
    for task in background:
        task.add_done_callback(_on_background_end)
    gc_tuning.settle()
    try:
        yield
    finally:
        for task in background:
            task.remove_done_callback(_on_background_end)
            task.cancel()
        await asyncio.gather(*background, return_exceptions=True)
        await redis.aclose()
        await database.close()


def _keep_state(
    app: FastAPI,
    settings: Settings,
    database: Database,
    redis: Redis,
    sender: DirectSender,
    guard: Guard,
    revocations: Revocations,
) -> None:
    """Give the application all that its endpoints ask for."""
    catalog, provider = load_catalog(settings), Provider(settings)
    first = catalog.resolve(DEFAULT)[0]
    models = {name: frozenset(one.name for one in catalog.resolve(name)) for name in catalog.names()}
    nameable = Nameable([one.name for one in registry.all_types()], models)
    auth = AuthResources(
        settings, database, redis, guard, revocations, Passwords(), first.provider.name, first.model, nameable
    )
    files, uploads = FileStore(settings.files_dir, settings.file_max_bytes), open_uploads(settings, database)
    providers, stats = Providers(settings, catalog, database, redis), Stats(database)
    inserts = group_inserts(database, sender)
    jobs = JobsResources(settings, database, redis, sender, inserts, catalog, Backpressure(database, settings))
    application_state.keep(
        app,
        auth,
        provider,
        jobs,
        database,
        files,
        uploads,
        PagePictures(database, uploads, files),
        providers,
        ProviderService(providers, database, redis, end_waits=partial(waits.end, database)),
        CapabilityChecks(providers, database, redis),
        StatusBoard(providers, redis),
        stats,
        Queues(jobs, stats),
        Readiness(database),
    )


def _on_background_end(task: "asyncio.Task[None]") -> None:
    """End the process: what this task did would be missed by nobody."""
    _log.error("background_ended", exc_info=None if task.cancelled() else task.exception())
    give_up()


async def _send_forever(sender: DirectSender) -> None:
    while still_wanted():
        try:
            # In a task of its own: on Python 3.11 one whose TaskGroup failed stays marked as cancelled.
            await asyncio.create_task(sender.run())
        except Exception as error:  # noqa: BLE001 - requests do not depend on it; the scheduler sends what it did not
            _log.error("sender_failed", exc_info=error)
        await asyncio.sleep(RESTART_S)
