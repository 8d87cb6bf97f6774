"""A job that works on an uploaded file, from its message to its record."""

from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from app.core.database import Database
from app.core.settings import Settings
from app.jobs.runtime.executor import Executor
from app.processors.base import Context
from app.storage.uploads import open_uploads
from tests.integration.uploads.uploading import CONTENT, upload
from tests.rig.attempts import outcome


@pytest.fixture
async def file_id(settings: Settings, database: Database) -> UUID:
    """A file of the job's owner."""
    return await upload(open_uploads(settings, database))


async def test_a_job_reads_its_owner_s_file(executor: Executor, database: Database, behave: Any, file_id: UUID) -> None:
    seen: list[bytes] = []

    async def read(context: Context) -> None:
        async with context.file(file_id) as found:
            seen.append(found.path.read_bytes())

    behave(read)
    assert await outcome(executor, database) == ("completed", None)
    assert seen == [CONTENT]


@pytest.mark.parametrize("whose", ["nobody's", "another's"])
async def test_a_file_that_is_not_the_owner_s_fails_the_job_for_good(
    executor: Executor, database: Database, behave: Any, file_id: UUID, whose: str
) -> None:
    async def read(context: Context) -> None:
        async with context.file(uuid4() if whose == "nobody's" else file_id):
            pass

    await database.rows(text("UPDATE files SET owner_id = gen_random_uuid()"))
    behave(read)
    assert await outcome(executor, database) == ("failed", "file_not_found")


async def test_a_job_summarizes_an_uploaded_text(executor: Executor, settings: Settings, database: Database) -> None:
    file_id = await upload(open_uploads(settings, database), b"The mill is old. The river is high.", "a.md")
    given = {"file_id": str(file_id)}
    assert await outcome(executor, database, type="file", input=given) == ("completed", None)
