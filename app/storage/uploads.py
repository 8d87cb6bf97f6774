"""The verbs of uploaded files: receive, find, read, lend to a job, remove, prune. An owner of None: of every team.

Content comes before its row and goes after it, so that a crash leaves content without a row, never the reverse.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import TypeVar
from uuid import UUID

from uuid_utils.compat import uuid7

from app.core.clock import utc_now
from app.core.database import Database
from app.core.database_errors import is_away
from app.core.faultpoint import faultpoint
from app.core.logging import get_logger
from app.core.settings import Settings
from app.storage import repository
from app.storage.base import LocalFile
from app.storage.contents import Contents
from app.storage.errors import StoredTooMuchError, file_missing, storage_errors
from app.storage.form import UploadForm
from app.storage.local import FileMissing
from app.storage.part import Part, Received
from app.storage.repository import FileRow

DAY_S = 86_400.0
PRUNE_EVERY_S = 300.0
ORPHAN_AFTER = timedelta(hours=1)  # longer than any file takes from its last byte to its row
LENT_FOR = timedelta(days=2)  # longer than any attempt
T = TypeVar("T")
_log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Uploads:
    """The uploaded files of one process. `max_bytes` bounds one file, which is kept for `kept_s`.

    `most_stored_bytes` bounds the files of a team together; 0: nothing does.
    """

    database: Database
    contents: Contents
    max_bytes: int
    kept_s: float
    most_stored_bytes: int = 0

    async def receive(self, owner_id: UUID, form: UploadForm, *, least_bytes: int = 0) -> FileRow:
        """Store the file of a form, and return its row; `least_bytes`: how large the file will be at least.

        Raises: FileTooLargeError, FileTypeRefusedError, StoredTooMuchError, StorageFullError, FormError, InvalidError,
        UnavailableError.
        """
        if self.most_stored_bytes:  # before it is read, as far as it can be known then
            self._refuse_more(await repository.stored_bytes(self.database, owner_id), max(1, least_bytes))
        file_id = uuid7()
        part = await _on_disk(lambda: Part(self.contents.incoming(file_id), self.max_bytes))
        try:
            received = await _fill(part, form)
            await self.contents.adopt(part.path, file_id)
        finally:
            await asyncio.shield(asyncio.to_thread(part.discard))
        faultpoint("api.file_stored")
        try:
            return await self._store(owner_id, file_id, form.name, received)
        except Exception as error:
            if not is_away(error):  # else the row may be there all the same, and needs its content
                await self.contents.delete(file_id)
            raise

    async def _store(self, owner_id: UUID, file_id: UUID, name: str, received: Received) -> FileRow:
        store = partial(repository.store, name=name, received=received, kept_s=self.kept_s)
        if not self.most_stored_bytes:
            return await store(self.database, owner_id, file_id)
        async with self.database.begin() as connection:
            await repository.lock_owner(connection, owner_id)
            self._refuse_more(await repository.stored_bytes(connection, owner_id), received.size_bytes)
            return await store(connection, owner_id, file_id)

    def _refuse_more(self, stored: int, more: int) -> None:
        if stored + more > self.most_stored_bytes:
            raise StoredTooMuchError(
                f"This team stores {stored:,} bytes, and MAX_STORED_BYTES_PER_TEAM allows {self.most_stored_bytes:,}. "
                "Delete files, or ask for more room; nothing was stored."
            )

    async def get(self, owner_id: UUID | None, file_id: UUID) -> FileRow:
        """Return a file's row. Raises: NotFoundError."""
        row = await repository.get(self.database, owner_id, file_id)
        if row is None:
            raise file_missing()
        return row

    async def find_page(
        self, owner_id: UUID | None, *, before: UUID | None, limit: int
    ) -> tuple[Sequence[FileRow], UUID | None]:
        """Return rows, newest first, and the id after which the next page begins."""
        rows = await repository.find_page(self.database, owner_id, before=before, limit=limit + 1)
        return rows[:limit], rows[limit - 1].id if len(rows) > limit else None

    async def read(self, file_id: UUID) -> AsyncIterator[bytes]:
        """Open the content of a file whose row was found. Raises: NotFoundError, UnavailableError."""
        try:
            return await self.contents.read(file_id)
        except FileNotFoundError:
            _log.error("file_without_content", file_id=str(file_id))
            raise file_missing() from None

    @asynccontextmanager
    async def lend(self, owner_id: UUID, file_id: UUID) -> AsyncIterator[LocalFile]:
        """Have a file of an owner as a local file for a while. Raises: FileMissing, UnavailableError."""
        row = await repository.get(self.database, owner_id, file_id)
        if row is None:
            raise FileMissing(f"there is no file {file_id}")
        async with AsyncExitStack() as stack:
            try:
                path = await stack.enter_async_context(self.contents.as_path(file_id))
            except FileNotFoundError:
                _log.error("file_without_content", file_id=str(file_id))
                raise FileMissing(f"there is no file {file_id}") from None
            yield LocalFile(path, row.name, row.media_type, row.size_bytes, row.sha256)

    async def remove(self, owner_id: UUID | None, file_id: UUID) -> None:
        """Delete a file. Raises: NotFoundError."""
        if not await repository.remove(self.database, owner_id, file_id):
            raise file_missing()
        await self.contents.delete(file_id)

    async def prune(self) -> None:
        """Delete expired files, and what crashes left behind for over an hour; for the scheduler, now and then."""
        now = utc_now()
        while ids := await repository.remove_expired(self.database):
            for file_id in ids:
                await self.contents.delete(file_id)
            _log.info("files_expired", count=len(ids))
        async for keys in self.contents.find_older(now - ORPHAN_AFTER):
            for orphan in set(keys) - await repository.find_known(self.database, keys):
                await self.contents.delete(orphan)
                _log.warning("orphan_deleted", file_id=str(orphan))
        await self.contents.sweep(incoming_before=now - ORPHAN_AFTER, lent_before=now - LENT_FOR)


def open_uploads(settings: Settings, database: Database) -> Uploads:
    """Return the uploaded files as the settings say; nothing is opened yet. Raises: SettingsError."""
    return Uploads(
        database,
        Contents(settings.uploads_dir, settings.files_url),
        max_bytes=settings.file_upload_max_bytes,
        kept_s=settings.file_kept_days * DAY_S,
        most_stored_bytes=settings.max_stored_bytes_per_team,
    )


async def _fill(part: Part, form: UploadForm) -> Received:
    async with aclosing(form.blocks()) as blocks:
        async for block in blocks:
            await _on_disk(lambda: part.write(block))  # noqa: B023 - it is called before the next one comes
    return await _on_disk(lambda: part.finish(form.name))


async def _on_disk(act: Callable[[], T]) -> T:
    with storage_errors():
        return await asyncio.to_thread(act)
