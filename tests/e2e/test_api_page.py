"""Each command of docs/api.md is run as it stands, and answers what the page shows."""

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from app.core.database import Database
from app.core.settings import Settings
from app.local.runner import copy_missing
from tests.conftest import TOKEN
from tests.rig.api_page import Page
from tests.rig.ports import free_port
from tests.rig.stack import ROOT, Stack, running

DOCUMENT = ROOT / "docs" / "api.md"
WRITTEN = ROOT / ".cache" / "api.md"


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
    WRITTEN.unlink(missing_ok=True)
    shown = DOCUMENT.read_text("utf-8")
    told = Page(str(client.base_url).rstrip("/"), folder).run(shown)
    if told != shown:
        WRITTEN.parent.mkdir(exist_ok=True)
        WRITTEN.write_text(told, "utf-8")
    assert told == shown, f"what it answers now stands in {WRITTEN}: if that is right, copy it over {DOCUMENT}"
