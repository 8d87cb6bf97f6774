"""A database to take a backup of."""

from pathlib import Path

import pytest
from sqlalchemy import text

from app.core.database import Database
from app.core.settings import Settings
from tests.integration.ops.backup.taking import upload
from tests.rig.jobs import claim, finish, insert


@pytest.fixture
async def source(settings: Settings, database: Database, tmp_path: Path) -> Settings:
    """A stack with an ended job, one that waits, an upload and a file of the folder."""
    own = settings.model_copy(update={"data_dir": tmp_path / "source"})
    await finish(database, await claim(database, await insert(database)), {"said": "tab\t, newline\n, \\ and \u00fc"})
    waiting = await insert(database, input={"message": "after the restore"})
    sent = "UPDATE jobs SET dispatch_count = 1, dispatch_at = now() + interval '15 minutes' WHERE id = :id"
    await database.rows(text(sent), {"id": waiting})
    await upload(own, database)
    own.files_dir.mkdir(parents=True)
    (own.files_dir / "a b").mkdir()
    (own.files_dir / "a b" / "report.txt").write_text("of the folder")
    own.credentials_path.write_text("SERVICE_TOKEN=canary-of-a-secret\n")
    return own
