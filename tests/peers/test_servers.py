"""Servers that refuse plain text, and a line that records: every process of a stack on PostgreSQL 15 and Redis 7.

Marked `peers`, so for `make test-peers` alone; Debian's packages postgresql-15, redis-server and pgbouncer are needed.
"""

import ssl
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import httpx2
import pytest
from redis.asyncio import Redis
from redis.exceptions import RedisError

from app.core.settings import Settings, load_settings
from tests.peers.conftest import PEERS
from tests.peers.servers import PASSWORD, QUOTED, nginx, pgbouncer, postgres15, redis7, sentinels
from tests.peers.servers import running as server
from tests.rig.ports import free_port
from tests.rig.proxy import Proxy
from tests.rig.stack import Process, Stack, eventually, running
from tests.rig.tls import CA, is_encrypted

pytestmark = [pytest.mark.peers, pytest.mark.timeout(900)]

TOKEN = "service-token-only-for-tests-0123456789"
LOGIN = ("headrace", "only-for-tests-0123456789")
# What the documents ask for: its own keys and channels, and nothing that administrates the server.
RIGHTS = "~headrace:* &headrace:* +@all -@admin -@dangerous"
ACL = (
    "port 0",
    "user default off",
    f"user headrace on >redis-only-for-tests-01 {RIGHTS}",
)
REDIS_LOGIN = "headrace:redis-only-for-tests-01"


@pytest.fixture(scope="module")
def postgres_port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    with postgres15(tmp_path_factory.mktemp("peers") / "postgres") as port:
        yield port


@dataclass(slots=True)
class Lines:
    """The recording lines to both servers."""

    postgres: Proxy
    redis: Proxy


@pytest.fixture
async def lines(postgres_port: int, tmp_path: Path) -> AsyncIterator[Lines]:
    with redis7(tmp_path / "redis", *ACL) as redis_port:
        made = Lines(Proxy(postgres_port), Proxy(redis_port))
        await made.postgres.mend()
        await made.redis.mend()
        yield made
        await made.postgres.cut()
        await made.redis.cut()


def settings_for(folder: Path, *, database: str, redis: str) -> Settings:
    return load_settings(
        data_dir=folder / "data",
        database_url=database,
        redis_url=redis,
        service_token=TOKEN,
        secret_key="secret-key-only-for-tests-0123456789abcdef",
        flower_basic_auth=":".join(LOGIN),
        flower_port=free_port(),
        providers_file="/dev/null",
        llm_provider="simulated",
        retry_scale=0.02,
        lease_s=5,
        grace_s=2,
    )


async def run_one(stack: Stack, name: str, *argv: str) -> Process:
    """Run a command of the stack to its end, which must be good."""
    process = stack.python(name, "-m", "app", *argv)
    assert await process.ended() == 0, process.log.read_text("utf-8", "replace")
    return process


async def is_ready(stack: Stack, part: str) -> bool:
    """Ask as a container's health check does."""
    return await stack.python("ready", "-m", "app", "ready", part).ended() == 0


ECHO = {"type": "echo", "input": {"message": "hello"}}


async def complete(client: httpx2.AsyncClient, *, count: int = 1, job: Mapping[str, Any] = ECHO) -> None:
    """Submit jobs, and wait until each is completed."""
    ids = []
    for _ in range(count):
        answer = await client.post("/api/v1/jobs", json=job)
        assert answer.status_code == 202, answer.text
        ids.append(answer.json()["id"])

    async def done() -> bool:
        found = [(await client.get(f"/api/v1/jobs/{one}")).json()["status"] for one in ids]
        assert "failed" not in found
        return set(found) == {"completed"}

    await eventually(done, within_s=120, what="the jobs are completed")


async def flowers(stack: Stack, path: str) -> Any:
    async with httpx2.AsyncClient(auth=LOGIN, timeout=20) as client:
        return await client.get(f"http://127.0.0.1:{stack.settings.flower_port}{path}")


async def _flower_hears(stack: Stack) -> bool:
    try:
        return "\nflower_worker_online{" in (await flowers(stack, "/metrics")).text
    except httpx2.TransportError:
        return False


async def test_nothing_unencrypted_leaves_any_process(lines: Lines, tmp_path: Path) -> None:
    settings = settings_for(
        tmp_path,
        database=f"postgresql://headrace:{QUOTED}@localhost:{lines.postgres.port}/headrace_test?sslmode=require",
        redis=f"rediss://{REDIS_LOGIN}@localhost:{lines.redis.port}/0?ssl_ca_certs={CA}",
    )
    async with running(settings, tmp_path) as stack:
        await run_one(stack, "migrate", "migrate")
        client = await stack.api()
        await stack.worker()
        stack.scheduler()
        stack.python("flower", "-m", "app", "flower")
        await complete(client, count=3)
        health = (await client.get("/health")).json()
        assert health["status"] == "ok", health
        await eventually(lambda: _flower_hears(stack), what="Flower hears the worker")
        page = await flowers(stack, "/broker")
        assert page.status_code == 200
        assert "default" in page.text
        await run_one(stack, "ready", "ready", "worker")
        await eventually(partial(is_ready, stack, "scheduler"), what="the scheduler is ready")
        await run_one(stack, "signin", "signin")
        assert "NOPERM" not in stack.logs().upper()
    for line, least in ((lines.postgres, 5), (lines.redis, 6)):
        assert len(line.heard) >= least
        assert all(is_encrypted(heard) for heard in line.heard)
        assert not any(word in heard for word in (PASSWORD.encode(), b"AUTH", b"SELECT") for heard in line.heard)


async def test_jobs_run_through_pgbouncer_in_transaction_mode(postgres_port: int, tmp_path: Path) -> None:
    async with AsyncExitStack() as cleanup:
        port = cleanup.enter_context(pgbouncer(tmp_path / "pgbouncer", postgres_port))
        redis_port = cleanup.enter_context(redis7(tmp_path / "redis", "requirepass only-for-tests"))
        settings = settings_for(
            tmp_path,
            database=f"postgresql://headrace:{QUOTED}@127.0.0.1:{port}/headrace_test",
            redis=f"redis://:only-for-tests@127.0.0.1:{redis_port}/0",
        )
        stack = await cleanup.enter_async_context(running(settings, tmp_path))
        await run_one(stack, "migrate", "migrate")
        client = await stack.api()
        for _ in range(2):
            await stack.worker()
            stack.scheduler()
        await complete(client, count=40)
        statuses = set()
        for path in ("/api/v1/jobs", "/health", "/ready", "/api/v1/admin/stats", "/api/v1/queues", "/metrics") * 8:
            statuses.add((await client.get(path)).status_code)
        assert statuses == {200}
        assert "prepared statement" not in stack.logs()


async def test_jobs_outlive_a_failover_by_sentinel(postgres_port: int, tmp_path: Path) -> None:
    word = "redis-only-for-tests"
    common = (f"requirepass {word}", f"masterauth {word}")
    async with AsyncExitStack() as cleanup:
        first = redis7(tmp_path / "first", *common)
        master = cleanup.enter_context(first)
        replica = cleanup.enter_context(redis7(tmp_path / "second", *common, f"replicaof 127.0.0.1 {master}"))
        ports = cleanup.enter_context(sentinels(tmp_path / "sentinels", master, name="headrace", login=word))
        hosts = ",".join(f"127.0.0.1:{port}" for port in ports)
        settings = settings_for(
            tmp_path,
            database=f"postgresql://headrace:{QUOTED}@127.0.0.1:{postgres_port}/headrace_test?sslmode=require",
            redis=f"redis+sentinel://:{word}@{hosts}/headrace/0?sentinel_password=sentinels-only-for-tests",
        )
        stack = await cleanup.enter_async_context(running(settings, tmp_path))
        await run_one(stack, "migrate", "migrate")
        client = await stack.api()
        worker = await stack.worker()
        scheduler = stack.scheduler()
        flower = stack.python("flower", "-m", "app", "flower")
        await complete(client, count=3)
        await eventually(lambda: _flower_hears(stack), what="Flower hears the worker")
        assert "default" in (await flowers(stack, "/broker")).text
        asking = Redis(host="127.0.0.1", port=replica, password=word)
        await eventually(lambda: _has_link(asking), what="the replica follows")
        async with Redis(host="127.0.0.1", port=master, password=word) as old:
            with suppress(RedisError):
                await old.shutdown(nosave=True)

        async def is_master() -> bool:
            return bool((await asking.role())[0] == b"master")

        await eventually(is_master, within_s=60, what="the replica is the master")
        await asking.aclose()
        await complete(client, count=10)

        async def is_well() -> bool:
            return bool((await client.get("/health")).json()["status"] == "ok")

        await eventually(is_well, what="all is well again")
        assert all(process.is_alive for process in (worker, scheduler, flower))


async def _has_link(redis: Redis) -> bool:
    role = await redis.role()
    return bool(role[0] == b"slave" and role[3] == b"connected")


FORWARDED = """
    proxy_set_header Host $http_host; proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
    proxy_set_header X-Forwarded-Proto $scheme;
"""


@pytest.mark.parametrize("how", ["trusted", "public_url"])
async def test_a_browser_signs_in_through_nginx_with_tls(how: str, postgres_port: int, tmp_path: Path) -> None:
    async with AsyncExitStack() as cleanup:
        redis_port = cleanup.enter_context(redis7(tmp_path / "redis", "requirepass only-for-tests"))
        settings = settings_for(
            tmp_path,
            database=f"postgresql://headrace:{QUOTED}@127.0.0.1:{postgres_port}/headrace_test?sslmode=require",
            redis=f"redis://:only-for-tests@127.0.0.1:{redis_port}/0",
        )
        stack = await cleanup.enter_async_context(running(settings, tmp_path))
        await run_one(stack, "migrate", "migrate")
        front = free_port()
        site = f"https://localhost:{front}"
        told = {"TRUSTED_PROXIES": "127.0.0.1"} if how == "trusted" else {"PUBLIC_URL": site}
        client = await stack.api(**told)
        given = FORWARDED if how == "trusted" else ""
        cleanup.enter_context(nginx(tmp_path / "nginx", client.base_url.port or 0, port=front, headers=given))
        context = ssl.create_default_context(cafile=str(CA))
        headers = {"Origin": site, "User-Agent": "Mozilla/5.0"}
        async with httpx2.AsyncClient(base_url=site, headers=headers, verify=context, timeout=30) as browser:
            answer = await browser.post("/api/v1/session", json={"token": TOKEN})
            assert answer.status_code == 204, answer.text
            if how == "trusted":
                assert "secure" in answer.headers["set-cookie"].lower()
            assert (await browser.get("/api/v1/session")).status_code == 200
            big = {"type": "echo", "input": {"message": "x" * 900_000}}
            assert (await browser.post("/api/v1/jobs", json=big)).status_code in {202, 413, 422}


async def test_uploads_lie_in_motos_s3(postgres_port: int, tmp_path: Path) -> None:
    program = PEERS / "bin" / "moto_server"
    if not program.exists():
        pytest.skip("`make test-peers` installs moto")
    port = free_port()
    secrets = {"AWS_ACCESS_KEY_ID": "tests", "AWS_SECRET_ACCESS_KEY": "tests", "AWS_REGION": "us-east-1"}
    store = {**secrets, "AWS_ENDPOINT": f"http://127.0.0.1:{port}", "FILES_URL": "s3://uploads/some/prefix"}
    async with AsyncExitStack() as cleanup:
        cleanup.enter_context(
            server([str(program), "-H", "127.0.0.1", "-p", str(port)], port=port, log=tmp_path / "moto.log")
        )
        async with httpx2.AsyncClient() as plain:
            made = await plain.put(f"http://127.0.0.1:{port}/uploads")
            assert made.status_code == 200, made.text
        redis_port = cleanup.enter_context(redis7(tmp_path / "redis", "requirepass only-for-tests"))
        settings = settings_for(
            tmp_path,
            database=f"postgresql://headrace:{QUOTED}@127.0.0.1:{postgres_port}/headrace_test?sslmode=require",
            redis=f"redis://:only-for-tests@127.0.0.1:{redis_port}/0",
        )
        stack = await cleanup.enter_async_context(running(settings, tmp_path, **store))
        await run_one(stack, "migrate", "migrate")
        client = await stack.api()
        await stack.worker()
        stack.scheduler()
        content = b"A letter of the mill. " * 300_000  # 6.6 MB: in several parts
        sent = await client.post("/api/v1/files", files={"file": ("letter.txt", content, "text/plain")})
        assert sent.status_code == 201, sent.text
        one = sent.json()["id"]
        assert (await client.get(f"/api/v1/files/{one}/content")).content == content
        small = await client.post(
            "/api/v1/files", files={"file": ("note.txt", b"The mill makes electricity.", "text/plain")}
        )
        await complete(client, job={"type": "file", "input": {"file_id": small.json()["id"]}})
        assert (await client.delete(f"/api/v1/files/{one}")).status_code == 204
