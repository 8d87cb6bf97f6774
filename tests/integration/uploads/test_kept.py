"""Uploaded files as jobs and the scheduler see them: lent, expired, orphaned; and what a crash leaves."""

import os
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import httpx2
import pytest
from redis.asyncio import Redis
from sqlalchemy import text

from app.auth.caller import SERVICE_OWNER_ID
from app.core.clock import utc_now
from app.core.database import Database
from app.core.settings import Settings, SettingsError
from app.local.errors import LocalError
from app.local.uploads_check import check_uploads
from app.storage.contents import Contents
from app.storage.errors import StorageFullError
from app.storage.local import FileMissing
from app.storage.uploads import ORPHAN_AFTER, Uploads, open_uploads
from tests.integration.uploads.sending import FILES, left, rows
from tests.integration.uploads.uploading import CONTENT, upload
from tests.rig.disk import small_disk
from tests.rig.stack import running, wait_all_final


@pytest.fixture(params=["", "file"])
def uploads(request: pytest.FixtureRequest, settings: Settings, database: Database, tmp_path: Path) -> Uploads:
    """Files in a folder, and in a store that is reached by a URL."""
    (tmp_path / "store").mkdir()
    url = (tmp_path / "store").as_uri() if request.param else ""
    return open_uploads(settings.model_copy(update={"data_dir": tmp_path / "data", "files_url": url}), database)


def place(uploads: Uploads, folder: Path) -> Path:
    """Return where the contents lie."""
    return folder / "data" / "uploads" if uploads.contents._remote is None else folder / "store"


def age(path: Path) -> None:
    at = (utc_now() - ORPHAN_AFTER - timedelta(minutes=1)).timestamp()
    os.utime(path, (at, at))


async def test_a_file_is_lent_as_a_local_one(uploads: Uploads, tmp_path: Path) -> None:
    file_id = await upload(uploads)
    async with uploads.lend(SERVICE_OWNER_ID, file_id) as found:
        assert found.path.read_bytes() == CONTENT
        assert (found.name, found.media_type, found.size_bytes) == ("a b.pdf", "application/pdf", len(CONTENT))
    assert left(tmp_path) == [(place(uploads, tmp_path) / str(file_id)).relative_to(tmp_path).as_posix()]


async def test_a_copy_is_deleted_when_the_job_fails(uploads: Uploads, tmp_path: Path) -> None:
    file_id = await upload(uploads)
    with pytest.raises(KeyError):
        async with uploads.lend(SERVICE_OWNER_ID, file_id):
            raise KeyError
    assert len(left(tmp_path)) == 1


@pytest.mark.parametrize("change", ["owner_id = gen_random_uuid()", "expires_at = now()"])
async def test_a_foreign_or_expired_file_is_not_lent(uploads: Uploads, database: Database, change: str) -> None:
    file_id = await upload(uploads)
    await database.rows(text(f"UPDATE files SET {change}"))
    with pytest.raises(FileMissing):
        async with uploads.lend(SERVICE_OWNER_ID, file_id):
            pass


async def test_lost_content_is_not_lent(uploads: Uploads, tmp_path: Path) -> None:
    file_id = await upload(uploads)
    (place(uploads, tmp_path) / str(file_id)).unlink()
    with pytest.raises(FileMissing):
        async with uploads.lend(SERVICE_OWNER_ID, file_id):
            pass


async def test_an_expired_file_is_pruned_and_another_one_stays(
    uploads: Uploads, database: Database, tmp_path: Path
) -> None:
    expired, kept = await upload(uploads), await upload(uploads)
    await database.rows(text("UPDATE files SET expires_at = now() WHERE id = :id"), {"id": expired})
    age(place(uploads, tmp_path) / str(kept))
    await uploads.prune()
    assert left(place(uploads, tmp_path)) == [str(kept)]
    assert await rows(database) == 1


async def test_a_start_without_the_folder_of_uploads_is_refused(
    settings: Settings, database: Database, tmp_path: Path
) -> None:
    own = settings.model_copy(update={"data_dir": tmp_path})
    await check_uploads(own)
    for _ in range(2):
        await upload(open_uploads(own, database))
    await check_uploads(own)
    own.uploads_dir.rename(tmp_path / "elsewhere")
    for is_there in (False, True):  # an empty place where a volume should be
        if is_there:
            own.uploads_dir.mkdir()
        with pytest.raises(LocalError, match=f"uploaded files are gone: .*{own.uploads_dir}"):
            await check_uploads(own)
    await check_uploads(own.model_copy(update={"files_url": "s3://bucket"}))


async def test_an_old_orphan_is_pruned(uploads: Uploads, database: Database, tmp_path: Path) -> None:
    old, new = await upload(uploads), await upload(uploads)
    folder = place(uploads, tmp_path)
    (folder / "somebody-else-s").write_bytes(b"x")
    for name in (str(old), "somebody-else-s"):
        age(folder / name)
    await database.rows(text("DELETE FROM files"))
    await uploads.prune()
    assert left(folder) == sorted([str(new), "somebody-else-s"])


async def test_what_a_killed_process_left_on_its_way_is_swept(
    uploads: Uploads, database: Database, tmp_path: Path
) -> None:
    old, new = (uploads.contents.incoming(uuid4()) for _ in range(2))
    old.parent.mkdir(parents=True)
    for path in (old, new):
        path.touch()
    age(old)
    await uploads.prune()
    assert left(old.parent) == [new.name]


@pytest.mark.parametrize("url", ["ftp://host/x", "nonsense", "file:///no/such/folder"])
def test_a_url_of_no_store_is_a_bad_setting(tmp_path: Path, url: str) -> None:
    with pytest.raises(SettingsError, match=r"^FILES_URL: [^\n]+$"):
        Contents(tmp_path, url)


async def test_an_api_killed_before_the_row_leaves_an_orphan_that_the_scheduler_deletes(
    settings: Settings, database: Database, tmp_path: Path
) -> None:
    own = settings.model_copy(update={"data_dir": tmp_path / "data"})
    async with running(own, tmp_path) as stack:
        client = await stack.api(FAULT_POINTS="api.file_stored:kill:1")
        with pytest.raises(httpx2.TransportError):
            await client.post(FILES, files={"file": ("a.pdf", CONTENT)})
    assert await rows(database) == 0
    (orphan,) = left(own.uploads_dir)
    uploads = open_uploads(own, database)
    await uploads.prune()
    assert left(own.uploads_dir) == [orphan], "it may be about to get its row"
    age(own.uploads_dir / orphan)
    await uploads.prune()
    assert left(own.uploads_dir) == []


def fill(path: Path) -> None:
    """Write a file until its disk is full."""
    with suppress(OSError), path.open("wb", buffering=0) as file:
        while file.write(bytes(4096)):
            pass


async def test_a_full_disk_takes_nothing_and_later_all_again(
    settings: Settings, database: Database, tmp_path: Path
) -> None:
    with small_disk(f"uploads-{tmp_path.name}", "4m") as disk:
        uploads = open_uploads(settings.model_copy(update={"data_dir": disk}), database)
        first = await upload(uploads, CONTENT + bytes(2_500_000))
        with pytest.raises(StorageFullError):
            await upload(uploads, CONTENT + bytes(2_500_000))
        assert left(disk / "uploads") == [str(first)]
        assert await rows(database) == 1
        fill(disk / "filler")
        with pytest.raises(StorageFullError):
            await upload(uploads)
        (disk / "filler").unlink()
        assert left(disk / "uploads") == [str(first)]
        await uploads.remove(SERVICE_OWNER_ID, first)
        second = await upload(uploads, CONTENT + bytes(2_500_000))
        assert left(disk / "uploads") == [str(second)]


async def test_a_worker_reads_what_the_api_took(
    settings: Settings, database: Database, redis: Redis, tmp_path: Path
) -> None:
    own = settings.model_copy(update={"data_dir": tmp_path / "data"})
    async with running(own, tmp_path) as stack:
        client = await stack.api()
        await stack.worker()
        stack.scheduler()
        stored = (await client.post(FILES, files={"file": ("a.md", b"The mill is old. " * 9)})).json()
        given = {"type": "file", "input": {"file_id": stored["id"]}}
        job = (await client.post("/api/v1/jobs", json=given)).json()
        await wait_all_final(database, 1)
        ended = (await client.get(f"/api/v1/jobs/{job['id']}")).json()
        assert (ended["status"], ended["result"]["characters"]) == ("completed", 17 * 9)
