"""Flower behind a connection that silently died: it ends by itself and hears again once it was started again."""

import io
import sys
from pathlib import Path
from urllib.parse import urlsplit

import httpx2
import pytest

from app.core.database import Database
from app.core.settings import Settings
from app.core.stall import DEAF_EXIT_CODE
from app.local.output import Output
from app.local.process import ProcessSpec
from app.local.supervised import Service
from tests.rig.ports import free_port
from tests.rig.proxy import Proxy
from tests.rig.stack import environment_of, eventually, running

DEAF_AFTER_S = 10
LOGIN = ("headrace", "only-for-tests")


@pytest.mark.slow
async def test_a_deaf_flower_is_started_again_and_hears(settings: Settings, database: Database, tmp_path: Path) -> None:
    url = settings.redis_url.get_secret_value()
    proxy, port, log = Proxy(urlsplit(url).port or 0), free_port(), io.StringIO()
    await proxy.mend()
    environment = environment_of(
        settings,
        REDIS_URL=url.replace(str(urlsplit(url).port), str(proxy.port)),
        FLOWER_PORT=str(port),
        FLOWER_BASIC_AUTH=":".join(LOGIN),
    )
    argv = (sys.executable, "-m", "app", "flower", "--deaf-after-s", str(DEAF_AFTER_S))
    service = Service(ProcessSpec(name="flower", argv=argv, ready=lambda _: True, env=environment), Output(log))

    async def hears() -> bool:
        async with httpx2.AsyncClient(auth=LOGIN) as client:
            try:
                shown = (await client.get(f"http://127.0.0.1:{port}/metrics")).text
            except httpx2.TransportError:
                return False
        return "\nflower_worker_online{" in shown

    try:
        async with running(settings, tmp_path) as stack:
            await stack.worker()
            service.start()
            await eventually(hears, what="Flower hears the worker")
            proxy.blackhole()
            await eventually(lambda: service.status.restarts, what="it has ended")
            assert "flower_deaf" in log.getvalue()
            assert f"flower ended with code {DEAF_EXIT_CODE}" in log.getvalue()
            await eventually(hears, what="it hears again")
            assert service.status.restarts == 1
    finally:
        service.kill()
        await service.stop()
        await proxy.cut()
        print(log.getvalue())  # noqa: T201 - pytest shows it with a failure
