"""What Flower's login may do: by default look, and nothing else."""

import asyncio
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import Any

import httpx2
import pytest
from celery import Celery
from flower import command
from flower.app import Flower
from flower.urls import handlers
from flower.urls import settings as of_flower
from flower.views.auth import LoginHandler
from pydantic import SecretStr
from tornado.options import options
from tornado.web import RequestHandler

from app import flower
from app.core.settings import Settings
from tests.rig.ports import free_port

LOGIN = ("headrace", "only-for-tests-0123456789")
VERBS = ("post", "put", "patch", "delete")
READING = {"/tasks/datatable", ".*"}  # the list of tasks, whose question is long; and what is not there


def changing() -> list[tuple[str, str]]:
    """Return verb and path of every route of Flower's that may change something, whatever a new version adds."""
    found = []
    for one in handlers:
        pattern, handler = one[:2] if isinstance(one, tuple) else (one.regex.pattern, one.handler_class)
        if handler is LoginHandler or pattern.removesuffix("$") in READING:
            continue
        path = pattern.removesuffix("$").replace("(.+)", "worker-1").replace("(.*)", "worker-1")
        found += [(verb, path) for verb in VERBS if getattr(handler, verb) is not getattr(RequestHandler, verb)]
    return found


@asynccontextmanager
async def running(settings: Settings) -> AsyncIterator[httpx2.AsyncClient]:
    """Serve Flower with the options that its process is given."""
    before = options.as_dict()
    command.apply_options("flower", flower.arguments(settings, host="127.0.0.1"))
    celery = Celery(broker=settings.redis_url.get_secret_value())
    application = Flower(capp=celery, options=options, **of_flower)
    server: Any = application.listen(settings.flower_port, "127.0.0.1")
    try:
        async with httpx2.AsyncClient(base_url=f"http://127.0.0.1:{settings.flower_port}", auth=LOGIN) as client:
            yield client
    finally:
        server.stop()
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor())  # Flower put its own there
        application.executor.shutdown()
        celery.close()
        for name, value in before.items():
            setattr(options, name, value)


@pytest.fixture
def given(settings: Settings) -> Settings:
    changes = {"flower_port": free_port(), "flower_basic_auth": SecretStr(":".join(LOGIN))}
    return settings.model_copy(update=changes)


async def test_it_only_shows(given: Settings) -> None:
    routes = changing()
    assert len(routes) >= 14
    async with running(given) as client:
        for verb, path in routes:
            answer = await client.request(verb.upper(), path, json={})
            assert (answer.status_code, answer.text) == (403, "Read only mode is enabled"), f"{verb} {path}"
        assert (await client.get("/workers")).status_code == 200
        assert (await client.get("/api/workers", auth=("headrace", "wrong"))).status_code == 401


async def test_it_keeps_few_tasks(given: Settings) -> None:
    """Its own 100,000 are hundreds of megabytes."""
    async with running(given):
        assert options.max_tasks == flower.MAX_TASKS
        assert options.purge_offline_workers == flower.PURGE_AFTER_S


async def test_an_operator_may_let_it_control(given: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLOWER_READ_ONLY", "true")
    async with running(given.model_copy(update={"flower_read_only": False})) as client:
        answer = await client.post("/api/worker/shutdown/nobody")
    assert (answer.status_code, answer.text) == (404, "Unknown worker 'nobody'")
