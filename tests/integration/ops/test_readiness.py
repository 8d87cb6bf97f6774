"""Why a process is not ready is said in the answer and in the log, and a server that takes no writes is not well."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import httpx2
import pytest
from pydantic import SecretStr
from redis.asyncio import Redis
from sqlalchemy.engine import make_url

from app.core.database import Database
from app.core.settings import Settings
from app.ops.health import servers
from app.ops.health import service as health
from tests.conftest import TOKEN
from tests.rig.applications import started
from tests.rig.ports import free_port
from tests.rig.tls import CA

Serve = Callable[..., AbstractAsyncContextManager[httpx2.AsyncClient]]


@pytest.fixture
def serve(settings: Settings) -> Serve:
    """Make a function that serves the API with other URLs."""

    @asynccontextmanager
    async def do(**urls: str) -> AsyncIterator[httpx2.AsyncClient]:
        async with started(settings.model_copy(update={name: SecretStr(url) for name, url in urls.items()})) as app:
            transport = httpx2.ASGITransport(app, raise_app_exceptions=False)
            async with httpx2.AsyncClient(transport=transport, base_url="http://headrace.test") as client:
                client.headers["X-Service-Token"] = TOKEN
                yield client

    return do


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is logged about readiness."""
    told: list[str] = []

    class Log:
        def error(self, event: str, reason: str = "") -> None:
            told.append(f"{event} {reason}")

        info = error

    monkeypatch.setattr(health, "_log", Log())
    return told


def _changed(url: str, **parts: Any) -> str:
    return make_url(url).set(drivername="postgresql", **parts).render_as_string(hide_password=False)


@pytest.mark.parametrize(
    ("parts", "query", "words"),
    [
        ({"password": "SECRET"}, "", "refuses the user or the password"),
        ({"database": "nothing_test"}, "", "no database of this name"),
        ({"port": 1}, "", "nobody listens"),
        ({}, "?sslmode=require", "does not speak TLS"),
        ({}, f"?sslmode=verify-full&sslrootcert={CA}", "does not speak TLS"),
        ({}, "?options=-cdefault_transaction_read_only%3Don", "takes no writes"),
        ({"host": "/nowhere"}, "", "no such socket"),
    ],
)
async def test_not_ready_says_why_in_the_answer_and_once_in_the_log(
    parts: dict[str, Any], query: str, words: str, serve: Serve, database_url: str, lines: list[str]
) -> None:
    url = _changed(database_url, **parts)
    url = url.replace("@/", "@%2Fnowhere/").split("?")[0] if parts.get("host") else url
    async with serve(database_url=url + query) as client:
        for _ in range(3):
            answer = await client.get("/ready")
        assert answer.status_code == 503
        assert words in answer.json()["detail"]
        assert "SECRET" not in answer.text
        assert lines == [f"not_ready {answer.json()['detail']}"]
        submitted = await client.post("/api/v1/jobs", json={"type": "echo", "input": {"message": "x"}})
        assert (submitted.status_code, submitted.json()["code"]) == (503, "database_unavailable")


async def test_the_log_has_one_line_for_each_change(
    database: Database, lines: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    found = iter(["a", "a", "b", "b", "", "", "b"])

    async def check(_: Database) -> str:
        return next(found)

    monkeypatch.setattr(servers, "check_database", check)
    readiness = health.Readiness(database)
    for _ in range(7):
        await readiness.read()
    assert lines == ["not_ready a", "not_ready b", "ready_again ", "not_ready b"]


async def test_health_sees_a_redis_that_only_answers_pings(serve: Serve, redis: Redis, redis_url: str) -> None:
    await redis.config_set("maxmemory", "1")
    try:
        async with serve() as client:
            part = (await client.get("/health")).json()["parts"]["redis"]
    finally:
        await redis.config_set("maxmemory", "0")
    assert (part["status"], part["detail"]) == ("degraded", "Redis: it takes no writes: its memory is full (maxmemory)")


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("redis://:SECRET@127.0.0.1:{port}/0", "refuses the user or the password"),
        ("redis://reader:only-for-tests-0123@127.0.0.1:{port}/0", "its ACL"),
        ("redis://:{password}@127.0.0.1:{port}/9999", "no database of this number"),
        ("redis://127.0.0.1:{free}/0", "nobody listens"),
        ("unix:///nowhere/redis.sock", "no such socket"),
        ("redis+sentinel://127.0.0.1:{free}/mymaster", "no sentinel knows a master"),
    ],
)
async def test_health_says_why_redis_is_not_well(
    url: str, words: str, serve: Serve, redis: Any, redis_url: str
) -> None:
    await redis.execute_command("ACL", "SETUSER", "reader", "on", ">only-for-tests-0123", "~*", "+@read", "+ping")
    at = make_url(redis_url)
    async with serve(redis_url=url.format(port=at.port, password=at.password, free=free_port())) as client:
        answer = (await client.get("/health")).json()["parts"]["redis"]
    await redis.execute_command("ACL", "DELUSER", "reader")
    assert answer["status"] == "degraded"
    assert words in answer["detail"]
    assert "SECRET" not in answer["detail"]


async def test_health_and_metrics_show_the_pools(serve: Serve) -> None:
    async with serve() as client:
        parts = (await client.get("/health")).json()["parts"]
        shown = (await client.get("/metrics")).text
    assert parts["postgresql"]["pool"]["max"] == 8
    assert parts["postgresql"]["pool"]["open"] >= parts["postgresql"]["pool"]["in_use"]
    assert parts["redis"]["pool"]["open"] >= 1
    for name in ("database_connections_open", "database_connections_waiting", "redis_connections_open"):
        assert f"\nheadrace_{name} " in shown
