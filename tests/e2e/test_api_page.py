"""Each command of docs/api.md is run as it stands, and answers what the page shows."""

import shutil
import time
from collections.abc import AsyncIterator
from pathlib import Path

import psycopg
import pytest
from pydantic import SecretStr

from app.core.clock import monotonic_s
from app.core.database import Database
from app.core.database_connect import libpq_arguments
from app.core.database_url import parse
from app.core.settings import Settings
from app.local.runner import copy_missing
from tests.conftest import TOKEN
from tests.rig.api_page import Page
from tests.rig.ports import free_port
from tests.rig.stack import ROOT, Stack, running

DOCUMENT = ROOT / "docs" / "api.md"
WRITTEN = ROOT / ".cache" / "api.md"
SETTLED_WITHIN_S = 20.0
# Jobs that run, or are due while nothing is paused and no provider closed; and those that asked a model before its
# calls were written down, which is every few seconds.
OPEN = """
    SELECT EXISTS (SELECT FROM jobs WHERE status = 'processing')
        OR EXISTS (SELECT FROM jobs WHERE finished_at IS NULL AND run_at <= now())
            AND NOT EXISTS (SELECT FROM flow_controls WHERE paused_at IS NOT NULL)
            AND NOT EXISTS (SELECT FROM provider_closures)
        OR EXISTS (SELECT FROM jobs WHERE status = 'completed' AND provider IS NOT NULL)
            AND NOT EXISTS (SELECT FROM provider_days)
"""


@pytest.fixture
async def stack(settings: Settings, database: Database, tmp_path: Path) -> AsyncIterator[Stack]:
    """API, worker and scheduler, with a model as OpenAI has it, and the examples in the files folder."""
    del database  # it is empty
    changed = {
        "redis_url": SecretStr(f"redis://:only-for-tests@127.0.0.1:{free_port()}/0"),
        "data_dir": tmp_path / "data",
    }
    async with running(settings.model_copy(update=changed), tmp_path) as stack:
        copy_missing(ROOT / "examples", stack.settings.files_dir)
        stack.broker()
        await stack.scripted_model()
        await stack.worker()
        stack.scheduler()
        yield stack


@pytest.mark.skipif(shutil.which("curl") is None, reason="no curl")
async def test_each_command_answers_what_the_page_shows(stack: Stack, tmp_path: Path) -> None:
    folder = tmp_path / "checkout"
    (folder / ".local").mkdir(parents=True)
    (folder / ".local" / "credentials.env").write_text(f"SERVICE_TOKEN={TOKEN}\n")
    (folder / "examples").symlink_to(ROOT / "examples")
    client = await stack.api()
    arguments = libpq_arguments(parse(stack.settings.database_url.get_secret_value()))

    def settled() -> None:
        with psycopg.connect(**arguments, autocommit=True) as connection:
            until_s = monotonic_s() + SETTLED_WITHIN_S
            while monotonic_s() < until_s and (found := connection.execute(OPEN).fetchone()) and found[0]:
                time.sleep(0.1)

    WRITTEN.unlink(missing_ok=True)
    shown = DOCUMENT.read_text("utf-8")
    told = Page(str(client.base_url).rstrip("/"), folder, settled=settled).run(shown)
    if told != shown:
        WRITTEN.parent.mkdir(exist_ok=True)
        WRITTEN.write_text(told, "utf-8")
    assert told == shown, f"what it answers now stands in {WRITTEN}: if that is right, copy it over {DOCUMENT}"
