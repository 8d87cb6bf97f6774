"""Clients that generators make of our OpenAPI document, before a real API, and what linters say of the document."""

import json
import shutil
import subprocess
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import httpx2
import pytest

from app.core.database import Database
from app.core.settings import Settings
from app.openapi_file import DOCUMENT
from tests.conftest import ROOT, TOKEN
from tests.peers.conftest import PEERS
from tests.rig.stack import running

pytestmark = [pytest.mark.peers, pytest.mark.timeout(300)]
HERE = Path(__file__).parent
MODULES = ROOT / "frontend" / "node_modules"


def run(*argv: str | Path, cwd: Path) -> str:
    """Return what a program prints. Raises: AssertionError with its errors when it fails."""
    done = subprocess.run(argv, cwd=cwd, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def python_client(folder: Path, url: str) -> str:
    """Generate a client in Python and run the program over it."""
    generator = PEERS / "bin" / "openapi-python-client"
    config = folder / "generator.yaml"
    config.write_text("post_hooks: []\n")
    to = ("--output-path", folder / "headrace_client")
    run(generator, "generate", "--path", DOCUMENT, "--meta", "none", "--config", config, *to, cwd=folder)
    shutil.copy(HERE / "generated_client.py", folder)
    return run(PEERS / "bin" / "python", "generated_client.py", url, TOKEN, cwd=folder)


def typescript_client(folder: Path, url: str) -> str:
    """Generate types for TypeScript, check the program's types strictly and run it."""
    (folder / "node_modules").symlink_to(MODULES)
    (folder / "package.json").write_text('{"type": "module"}')
    shutil.copy(HERE / "generated_client.ts", folder)
    optional = ("--default-non-nullable", "false")  # what has a default need not be sent
    run(MODULES / ".bin" / "openapi-typescript", DOCUMENT, "-o", "schema.gen.ts", *optional, cwd=folder)
    options = ("--strict", "--target", "es2023", "--module", "nodenext", "--types", "node", "--skipLibCheck")
    run(MODULES / ".bin" / "tsc", *options, "generated_client.ts", cwd=folder)
    return run("node", "generated_client.js", url, TOKEN, cwd=folder)


@pytest.fixture(scope="module")
async def api(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[httpx2.AsyncClient]:
    async with running(settings, tmp_path_factory.mktemp("api")) as stack:
        yield await stack.api()


@pytest.mark.parametrize("client", [python_client, typescript_client])
async def test_a_generated_client_submits_pages_and_reads_errors(
    api: httpx2.AsyncClient, database: Database, tmp_path: Path, client: Callable[[Path, str], str]
) -> None:
    found = json.loads(client(tmp_path, str(api.base_url).rstrip("/")))
    submitted = found["submitted"]
    assert len(submitted) == 3
    assert found["read"] == {"message": "one"}
    assert found["pages"] == [[submitted[2], submitted[1]], [submitted[0]]]
    assert found["alive"] == {"status": "ok"}
    assert found["not_found"] == {"status": 404, "code": "job_not_found", "errors": False}
    assert found["invalid"] == {"status": 422, "code": "invalid_request", "errors": True}
    assert found["closed"] == {"status": 401, "code": "unauthorized", "errors": False}


def test_linters_find_nothing(tmp_path: Path) -> None:
    run("make", "--no-print-directory", "lint-api", cwd=ROOT)
