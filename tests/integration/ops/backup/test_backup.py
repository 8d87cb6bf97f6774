"""Backups: taken while all runs, refused when they are not whole, restored with jobs and files that go on."""

import gzip
import io
import json
import stat
import tarfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import pytest
from redis.asyncio import Redis
from sqlalchemy import text

from app.core.database import Database
from app.core.settings import Settings
from app.local.postgres import Postgres
from app.local.valkey import Valkey
from app.ops.backup import repository, service
from app.ops.backup.archive import MANIFEST, BackupError, Writer, members, verify
from app.ops.health import schema_version
from tests.integration.ops.backup.taking import CONTENT, restore, rows, take, upload
from tests.rig.jobs import insert
from tests.rig.stack import eventually, running


@pytest.fixture
async def empty_stack(settings: Settings, servers: tuple[Postgres, Valkey], tmp_path: Path) -> AsyncIterator[Settings]:
    """Another stack, without tables."""
    name = f"restored_{uuid4().hex[:8]}_test"
    await servers[0].create_database(name)
    yield settings.model_copy(update={"data_dir": tmp_path / "target", "database_url": _secret(servers[0].url(name))})
    connection = await asyncpg.connect(servers[0].url("postgres").replace("+asyncpg", ""), ssl=False)
    await connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
    await connection.close()


def _secret(url: str) -> Any:
    return Settings(database_url=url).database_url


async def test_a_restored_stack_has_every_row_and_file_and_runs_what_waits(
    source: Settings, database: Database, empty_stack: Settings, redis: Redis, tmp_path: Path
) -> None:
    path = tmp_path / "a.backup"
    manifest = await take(source, path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert manifest["uploads"]["copied"] == manifest["files"] == 1
    assert b"canary-of-a-secret" not in gzip.decompress(path.read_bytes())

    assert await restore(empty_stack, path) == 1
    restored = Database(empty_stack.database_url.get_secret_value(), application_name="tests")
    try:
        assert await rows(restored) == await rows(database)
        assert await schema_version.check(restored) == ""
        (file_id,) = [row.id for row in await restored.rows(text("SELECT id FROM files"))]
        assert (empty_stack.uploads_dir / str(file_id)).read_bytes() == CONTENT
        assert (empty_stack.files_dir / "a b" / "report.txt").read_text() == "of the folder"
        before = await restored.row(text("SELECT max(seq) AS seq FROM job_events"))
        job = await insert(restored)
        after = await restored.row(text("SELECT min(seq) AS seq FROM job_events WHERE job_id = :id"), {"id": job})
        assert before is not None
        assert after is not None
        assert after.seq > before.seq, "new rows are numbered after the old ones"
        async with running(empty_stack, tmp_path) as stack:
            stack.scheduler()
            await stack.worker()

            async def all_completed() -> bool:
                found = await restored.rows(text("SELECT DISTINCT status FROM jobs"))
                return [row.status for row in found] == ["completed"]

            await eventually(all_completed, what="what waited runs")
    finally:
        await restored.close()


async def test_a_stack_that_has_jobs_is_refused_unless_it_is_to_be_replaced(
    source: Settings, database: Database, tmp_path: Path
) -> None:
    path = tmp_path / "a.backup"
    await take(source, path)
    before = await rows(database)
    late = await insert(database)
    with pytest.raises(BackupError, match="there are jobs or files in this stack: --replace deletes all of it"):
        await restore(source, path)
    assert late in {row.id for row in await database.rows(text("SELECT id FROM jobs"))}
    other = Database(source.database_url.get_secret_value(), application_name="headrace-api", pool_size=1)
    await other.rows(text("SELECT 1"))
    with pytest.raises(BackupError, match="headrace-api still run on this database: stop all processes first"):
        await restore(source, path, replace=True)
    await other.close()

    async def is_gone() -> bool:
        return not await database.rows(text("SELECT 1 FROM pg_stat_activity WHERE application_name = 'headrace-api'"))

    await eventually(is_gone, what="the other process is gone")
    await restore(source, path, replace=True)
    assert await rows(database) == before


def _is_refused(path: Path) -> bool:
    """Say whether a file is no good backup. About one changed byte of ten thousand packs the same content."""
    try:
        service.check(path)
    except BackupError:
        return True
    return False


async def test_what_is_not_whole_or_none_of_ours_changes_nothing(source: Settings, tmp_path: Path) -> None:
    path = tmp_path / "a.backup"
    await take(source, path)
    whole = path.read_bytes()
    damaged = tmp_path / "damaged"
    for content in (b"", b"no backup", whole[:40], whole[: len(whole) // 2], whole[:-60], b"PGDMP" + whole):
        damaged.write_bytes(content)
        with pytest.raises(BackupError, match="damaged"):
            service.check(damaged)
    for at in range(30, len(whole) - 8, len(whole) // 400):
        damaged.write_bytes(whole[:at] + bytes([whole[at] ^ 0x55]) + whole[at + 1 :])
        assert _is_refused(damaged) or gzip.decompress(damaged.read_bytes()) == gzip.decompress(whole)
    with pytest.raises(BackupError, match="is not there"):
        service.check(tmp_path / "missing")
    with pytest.raises(BackupError, match="damaged"):
        service.check(_again(path, tmp_path, leave_out="tables/jobs/000000"))
    with pytest.raises(BackupError, match="was cut off"):
        service.check(_again(path, tmp_path, leave_out=MANIFEST))


@pytest.mark.parametrize(
    ("change", "line"),
    [
        ({"revision": "9999"}, r"was made by Headrace \S+, whose tables \(9999\) are newer than those of this version"),
        ({"format": 2}, "has the form 2, made by a newer Headrace"),
    ],
)
async def test_one_of_a_newer_version_is_refused(
    source: Settings, tmp_path: Path, change: dict[str, Any], line: str
) -> None:
    path = tmp_path / "a.backup"
    await take(source, path)
    with pytest.raises(BackupError, match=line):
        service.check(_again(path, tmp_path, **change))


async def test_one_of_an_older_version_is_migrated(
    source: Settings, empty_stack: Settings, database: Database, tmp_path: Path
) -> None:
    old, path = tmp_path / "old", tmp_path / "a.backup"
    older = min(schema_version.known_revisions(), key=lambda revision: (revision != "0011", revision))
    archive = {name: content.read() for name, content in members(await _taken(source, path))}
    manifest = json.loads(archive[MANIFEST])
    with old.open("wb") as target:
        writer = Writer(target)
        uploads = {**manifest["uploads"], "copied": 0, "gone": []}
        writer.finish(manifest | {"revision": older, "tables": {}, "uploads": uploads, "files": 0})
    await restore(empty_stack, old)
    restored = Database(empty_stack.database_url.get_secret_value(), application_name="tests")
    assert await schema_version.check(restored) == ""
    await restored.close()


async def test_a_file_that_was_deleted_meanwhile_is_left_out(
    source: Settings, database: Database, empty_stack: Settings, tmp_path: Path
) -> None:
    await upload(source, database)
    (gone, _) = [row.id for row in await database.rows(text("SELECT id FROM files ORDER BY id"))]
    (source.uploads_dir / str(gone)).unlink()
    path = tmp_path / "a.backup"
    manifest = await take(source, path)
    assert manifest["uploads"]["gone"] == [str(gone)]
    await restore(empty_stack, path)
    restored = Database(empty_stack.database_url.get_secret_value(), application_name="tests")
    (left,) = [row.id for row in await restored.rows(text("SELECT id FROM files"))]
    assert left != gone
    await restored.close()


async def test_uploads_that_lie_elsewhere_are_named_and_not_copied(source: Settings, tmp_path: Path) -> None:
    place = source.model_copy(update={"files_url": "s3://bucket/prefix"})
    manifest = await take(place, tmp_path / "a.backup")
    assert manifest["uploads"] == {"copied": 0, "gone": [], "stay_at": "s3://bucket/prefix"}


async def test_credentials_are_inside_only_when_they_were_asked_for(source: Settings, tmp_path: Path) -> None:
    path = tmp_path / "a.backup"
    assert (await take(source, path, with_credentials=True))["has_credentials"]
    assert {name: content.read() for name, content in members(path)}["credentials.env"].startswith(b"SERVICE_TOKEN=")


async def test_what_stands_in_the_way_is_one_line_and_changes_nothing(
    source: Settings, database: Database, tmp_path: Path
) -> None:
    path = tmp_path / "a.backup"
    await take(source, path)
    before = await rows(database)
    away = source.model_copy(update={"database_url": _secret("postgresql://u:secret@127.0.0.1:1/x")})
    with pytest.raises(BackupError, match=r"^nobody listens where PostgreSQL should"):
        await take(away, tmp_path / "b.backup")
    with pytest.raises(BackupError, match=r"^nobody listens where PostgreSQL should"):
        await restore(away, path)
    (tmp_path / "file").touch()
    with pytest.raises(BackupError, match=r"^files cannot be stored \(.*\): nothing was restored"):
        await restore(source.model_copy(update={"data_dir": tmp_path / "file"}), path, replace=True)
    async with database.begin() as connection:
        await connection.execute(text("LOCK TABLE jobs IN ACCESS SHARE MODE"))
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(repository, "LOCK_TIMEOUT_S", 0.1)
            with pytest.raises(BackupError, match="somebody uses the tables"):
                await restore(source, path, replace=True)
    assert await rows(database) == before


async def _taken(settings: Settings, path: Path) -> Path:
    await take(settings, path)
    return path


def _again(path: Path, folder: Path, *, leave_out: str = "", **changes: Any) -> Path:
    """Return a backup with another manifest, or without one of its members."""
    other = folder / "other"
    with tarfile.open(path) as old, tarfile.open(other, "w:gz") as new:
        for member in old:
            content = old.extractfile(member)
            assert content is not None
            text_ = content.read()
            if member.name == MANIFEST:
                text_ = json.dumps({**json.loads(text_), **changes}).encode()
            member.size = len(text_)
            if member.name != leave_out:
                new.addfile(member, io.BytesIO(text_))
    assert verify(path)
    return other
