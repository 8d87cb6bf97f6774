"""The two verbs of backups: take one while all runs, and restore one into a stack that stands still."""

import asyncio
import io
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any
from uuid import UUID

from app import __version__
from app.core.addresses import masked
from app.core.clock import utc_now
from app.core.database import Database
from app.core.errors import HeadraceError
from app.core.settings import Settings
from app.jobs.repository import dispatch
from app.ops.backup import repository
from app.ops.backup.archive import BackupError, Writer, members, verify
from app.ops.backup.manifest import CREDENTIALS, leaves_folder
from app.ops.backup.repository import Table, Target
from app.ops.health import schema_version
from app.storage.contents import Contents

BLOCK_BYTES = 1 << 18
IN_MEMORY_BYTES = 1 << 24


@dataclass(frozen=True, slots=True)
class Taken:
    """What a backup has; `left` are uploaded files that lie elsewhere (FILES_URL) and are not in it."""

    rows: dict[str, int]
    uploads: int
    files: int
    left: int


def take(settings: Settings, target: IO[bytes], *, with_credentials: bool) -> Taken:
    """Write a backup to an open file, in one snapshot of the database, while everything runs. Raises: BackupError."""
    archive = Writer(target)
    with repository.snapshot(settings) as connection:
        revision = repository.revision_of(connection)
        server = connection.info.server_version
        saved = repository.tables_of(connection)
        rows = {table.name: _save_table(archive, table, connection) for table in saved}
        ids = [str(row[0]) for row in connection.execute("SELECT id FROM files ORDER BY id")]
    gone = [] if settings.files_url else [one for one in ids if not _save_upload(archive, settings, one)]
    copied = 0 if settings.files_url else len(ids) - len(gone)
    files = sum(_save_file(archive, settings, path) for path in _folder(settings))
    has_credentials = with_credentials and settings.credentials_path.exists()
    if has_credentials:
        archive.add_bytes(CREDENTIALS, settings.credentials_path.read_bytes())
    archive.finish(
        {
            "headrace": __version__,
            "made_at": utc_now().isoformat(timespec="seconds"),
            "revision": revision,
            "postgresql": server,
            "tables": {table.name: {"columns": table.columns, "rows": rows[table.name]} for table in saved},
            "uploads": {"copied": copied, "gone": gone, "stay_at": masked(settings.files_url)},
            "files": files,
            "has_credentials": has_credentials,
        }
    )
    return Taken(rows, copied, files, len(ids) if settings.files_url else 0)


def _save_table(archive: Writer, table: Table, connection: Any) -> int:
    for number, piece in enumerate(repository.read(connection, table)):
        archive.add_bytes(f"tables/{table.name}/{number:06}", piece)
    (count,) = connection.execute(f'SELECT count(*) FROM "{table.name}"').fetchone()  # noqa: S608 - a table of ours  # nosemgrep: formatted-sql
    return int(count)


def _save_upload(archive: Writer, settings: Settings, file_id: str) -> bool:
    """Add an uploaded file; False where it was deleted since the snapshot."""
    try:
        with (settings.uploads_dir / file_id).open("rb") as content:
            archive.add(f"uploads/{file_id}", content, content.seek(0, io.SEEK_END) - content.seek(0))
    except FileNotFoundError:
        return False
    except PermissionError as error:
        raise BackupError(f"{error.filename} cannot be read ({error.strerror}): let this account read it") from None
    return True


def _folder(settings: Settings) -> Iterator[Path]:
    folder = settings.files_dir
    yield from (path for path in sorted(folder.rglob("*")) if path.is_file() and not path.is_symlink())


def _save_file(archive: Writer, settings: Settings, path: Path) -> int:
    """Add a file of the files folder, which somebody may be writing: what is read at once is what is saved."""
    with tempfile.SpooledTemporaryFile(max_size=IN_MEMORY_BYTES) as copy:
        try:
            with path.open("rb") as content:
                while block := content.read(BLOCK_BYTES):
                    copy.write(block)
        except OSError:
            return 0
        size = copy.tell()
        copy.seek(0)
        archive.add(f"files/{path.relative_to(settings.files_dir).as_posix()}", copy, size)
    return 1


def check(path: Path) -> dict[str, Any]:
    """Return the manifest of a backup that is whole and that this version can restore. Raises: BackupError."""
    manifest = verify(path)
    if manifest["revision"] not in schema_version.known_revisions():
        raise BackupError(
            f"{path} was made by Headrace {manifest['headrace']}, whose tables ({manifest['revision']}) are newer than"
            f" those of this version ({schema_version.expected_revision()}): restore it with that one"
        )
    return manifest


def restore(settings: Settings, path: Path, manifest: dict[str, Any], *, replace: bool) -> int:
    """Make the stack what a checked backup says; return how many jobs are sent again. Raises: BackupError."""
    with repository.target(settings) as target:
        target.refuse_unless_free(replace=replace)
        target.make(manifest["revision"])
        saved = [Table(name, tuple(one["columns"])) for name, one in manifest["tables"].items()]
        target.refuse_strange(saved)
        try:
            _write(target, path, {table.name: table for table in saved}, settings)
        except OSError as error:
            raise BackupError(f"files cannot be stored ({error.strerror}): nothing was restored") from None
        except HeadraceError as error:
            raise BackupError(f"files cannot be stored ({error.title}): nothing was restored") from None
        target.forget_files(manifest["uploads"]["gone"])
        gone = len(manifest["uploads"]["gone"])
        target.finish(
            {name: one["rows"] - (gone if name == "files" else 0) for name, one in manifest["tables"].items()}
        )
        target.migrate("head")
    return asyncio.run(_resend(settings))


def _write(target: Target, path: Path, saved: dict[str, Table], settings: Settings) -> None:
    contents = Contents(settings.uploads_dir, settings.files_url)
    current, writing = "", ExitStack()
    with writing:
        for name, content in members(path):
            kind, _, rest = name.partition("/")
            table = rest.partition("/")[0] if kind == "tables" else ""
            if table != current:
                writing.close()
                write = writing.enter_context(target.writing(saved[table])) if table else None
                current = table
            if table and write is not None:
                write(content.read())
            elif kind == "uploads":
                _restore_upload(contents, UUID(rest), content)
            elif kind == "files":
                _restore_file(settings, rest, content)


def _restore_upload(contents: Contents, key: UUID, content: IO[bytes]) -> None:
    incoming = contents.incoming(key)
    incoming.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    _copy(content, incoming)
    asyncio.run(contents.adopt(incoming, key))
    incoming.unlink(missing_ok=True)


def _restore_file(settings: Settings, name: str, content: IO[bytes]) -> None:
    if leaves_folder(name):
        raise BackupError(f"{name} would leave the files folder: nothing was restored")
    path = settings.files_dir / name
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    _copy(content, path)


def _copy(content: IO[bytes], path: Path) -> None:
    with path.open("wb") as file:
        while block := content.read(BLOCK_BYTES):
            file.write(block)


async def _resend(settings: Settings) -> int:
    """Have all that waits sent to the broker, which knows nothing of it."""
    database = Database(settings.database_url.get_secret_value(), application_name="headrace-backup", pool_size=1)
    try:
        return await dispatch.resend_all(database)
    finally:
        await database.close()
