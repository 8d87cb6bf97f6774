"""Schemathesis with all its checks against a real API: no 5xx, and no answer that the document does not describe."""

import asyncio
import os
from pathlib import Path

import pytest

from app.core.database import Database
from app.core.settings import Settings
from tests.conftest import TOKEN
from tests.peers.conftest import PEERS
from tests.rig.stack import running

pytestmark = [pytest.mark.peers, pytest.mark.timeout(1200)]
SECONDS = os.environ.get("SCHEMA_S", "60")  # noqa: TID251 - `make test-schema` says how long
# Left out, since it asks for what the document cannot say: each job type has a schema of its own for its input, cursors
# and ids are those that were given, and fields of a body belong together.
LEFT_OUT = "positive_data_acceptance"
# A body that is too large is refused as well, which it does not know.
CONFIG = "[checks.negative_data_rejection]\nexpected-statuses = ['4XX', '5XX']\n"


async def test_it_finds_nothing(settings: Settings, database: Database, tmp_path: Path) -> None:
    (tmp_path / "schemathesis.toml").write_text(CONFIG)
    async with running(settings, tmp_path) as stack:
        client = await stack.api()
        url = f"{str(client.base_url).rstrip('/')}/openapi.json"
        checks = ("--checks", "all", "--exclude-checks", LEFT_OUT, "--continue-on-failure", "--max-time", SECONDS)
        headers = ("--header", f"X-Service-Token: {TOKEN}")
        argv = ("run", url, *headers, *checks, "--request-timeout", "60", "--no-color")
        process = await asyncio.create_subprocess_exec(
            PEERS / "bin" / "schemathesis",
            *argv,
            cwd=tmp_path,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        said = (await process.communicate())[0].decode()
        assert process.returncode == 0, said
