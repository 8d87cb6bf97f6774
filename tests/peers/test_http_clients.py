"""HTTP clients that nobody here wrote, with their own defaults, before the API and before the interface's server.

Marked `peers`, so for `make test-peers` alone; curl and a JDK are needed.
"""

import asyncio
import json
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from app.core.database import Database
from app.core.settings import Settings
from tests.conftest import ROOT, TOKEN, empty
from tests.rig.ports import free_port
from tests.rig.stack import Stack, eventually, running

pytestmark = [pytest.mark.peers, pytest.mark.timeout(300)]
SUBMIT = ROOT / "tests" / "peers" / "Submit.java"


@pytest.fixture(scope="module")
async def stack(
    settings: Settings, open_database: Database, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Stack]:
    await empty(open_database)
    async with running(settings, tmp_path_factory.mktemp("clients")) as started:
        yield started


@pytest.fixture(scope="module")
async def sites(stack: Stack) -> list[str]:
    """The API itself, and the interface's server before it."""
    api = await stack.api()
    port = free_port()
    front = stack.python(
        "frontend", "-m", "app", "frontend", "--port", str(port), API_PORT=str(api.base_url.port), API_HOST="127.0.0.1"
    )
    await eventually(lambda: b"running on" in front.log.read_bytes(), what="the interface's server listens")
    return [str(api.base_url).rstrip("/"), f"http://127.0.0.1:{port}"]


async def run(*argv: str) -> str:
    """Return what a program printed."""
    child = await asyncio.create_subprocess_exec(*argv, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE)
    out, err = await child.communicate()
    assert child.returncode == 0, f"{argv[0]}: {err.decode()[-2000:]}"
    return out.decode()


@pytest.mark.parametrize("at", [0, 1])
async def test_java_s_own_client_submits_as_it_comes(sites: list[str], at: int) -> None:
    if shutil.which("javac") is None:
        pytest.skip("no JDK")
    printed = await run("java", str(SUBMIT), f"{sites[at]}/api/v1/jobs", TOKEN)
    assert printed.splitlines() == ["202 HTTP_1_1"] * 5


@pytest.mark.parametrize("at", [0, 1])
@pytest.mark.parametrize("option", ["--http1.1", "--http2", "--http1.0"])
async def test_curl_submits_and_reads(sites: list[str], at: int, option: str, tmp_path: Path) -> None:
    url = f"{sites[at]}/api/v1/jobs"
    own = ("-sS", option, "-H", f"X-Service-Token: {TOKEN}", "-H", "Content-Type: application/json")
    for size in (1, 900_000):
        body = tmp_path / "body"
        body.write_text(json.dumps({"type": "summarize", "input": {"text": "x" * size}}))
        stored = json.loads(await run("curl", *own, "--data-binary", f"@{body}", url))
        assert stored["status"] == "pending"
    assert json.loads(await run("curl", *own, f"{url}/{stored['id']}"))["id"] == stored["id"]


@pytest.mark.parametrize("at", [0, 1])
@pytest.mark.parametrize("chunked", [(), ("-H", "Transfer-Encoding: chunked")])
@pytest.mark.parametrize("expect", [(), ("-H", "Expect:")])
async def test_curl_reads_every_refusal_of_a_large_body(
    sites: list[str], at: int, expect: tuple[str, ...], chunked: tuple[str, ...], tmp_path: Path
) -> None:
    body = tmp_path / "body"
    body.write_bytes(b"x" * 20_000_000)
    told = ("-sS", "-o", str(tmp_path / "answer"), "-w", "%{http_code}", *expect, *chunked, "--data-binary", f"@{body}")
    token = ("-H", f"X-Service-Token: {TOKEN}")
    for _ in range(5):
        assert await run("curl", *told, f"{sites[at]}/api/v1/jobs") == "401"
        assert await run("curl", *told, *token, f"{sites[at]}/api/v1/jobs") in {"413", "415"}
        assert await run("curl", *told, *token, f"{sites[at]}/api/v1/nothing") in {"404", "413"}
