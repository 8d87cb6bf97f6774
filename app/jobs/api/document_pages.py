"""Pages of jobs' documents as pictures: finds the file of a job and draws a page of it.

It knows files and the limited process that draws them; who may see a job is decided by the owner in each query.
"""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from app.core.database import Database
from app.core.errors import ConflictError, HeadraceError, NotFoundError, UnavailableError
from app.documents.errors import DocumentError
from app.documents.kinds import Kind, KindError, kind_of, media_type
from app.documents.process import Source
from app.documents.reader import draw
from app.jobs.repository import read
from app.storage.errors import file_missing
from app.storage.local import FileError, FileMissing, FileRefused, FileStore, FileTooLarge
from app.storage.uploads import Uploads

DRAWN_AT_ONCE: Final = 2  # in one API process; others wait for their turn
WITHIN_S: Final = 30.0  # the turn included: somebody looks at an empty page meanwhile
RETRY_AFTER_S: Final = 5
MAX_NUMBER: Final = 100_000
_DRAWN: Final = {media_type(kind): kind for kind in (Kind.PDF, Kind.PNG, Kind.JPEG)}

Gone = Callable[[], Awaitable[bool]]


class PageNotDrawnError(ConflictError):
    """The file is there, and no page of it can be drawn."""

    title = "This page cannot be drawn"


@dataclass(frozen=True, slots=True)
class FoundPage:
    """A page that a job's document may have; `etag` changes with the file's content.

    The file is an uploaded one, or its bytes where it lies in the folder. A picture is one page.
    """

    owner_id: UUID
    number: int
    etag: str
    file: UUID | bytes
    kind: Kind


class PagePictures:
    """Draws pages for one API process, a few at once."""

    def __init__(self, database: Database, uploads: Uploads, files: FileStore) -> None:
        self._database = database
        self._uploads = uploads
        self._files = files
        self._turns = asyncio.Semaphore(DRAWN_AT_ONCE)

    @property
    def is_busy(self) -> bool:
        """Say whether another page would have to wait for its turn."""
        return self._turns.locked()

    async def find(self, owner_id: UUID | None, job_id: UUID, number: int) -> FoundPage:
        """Return a page of a job's document, counted from 1; whether the document has so many shows when it is drawn.

        An owner of None: of a job of any team. The file is one of the job's own team.

        Raises: NotFoundError (job_not_found, file_not_found; page_not_found also for a job without a file),
        PageNotDrawnError (file_has_no_pages, file_too_large), UnavailableError.
        """
        job = await read.find_input(self._database, owner_id, job_id)
        if job is None:
            raise NotFoundError(f"There is no job {job_id}.", code="job_not_found")
        if not 1 <= number <= MAX_NUMBER:
            raise _no_page(number)
        if (file_id := job.input.get("file_id")) is not None:
            stored = await self._uploads.get(job.owner_id, UUID(file_id))
            kind = _drawn(_DRAWN.get(stored.media_type), number)
            return FoundPage(job.owner_id, number, _etag(stored.sha256, number), stored.id, kind)
        if (path := job.input.get("input_file_path")) is None:
            raise NotFoundError("The job works on no file.", code="page_not_found")
        content = await self._read(path)
        sha256, known = await asyncio.to_thread(_look, content, path)
        return FoundPage(job.owner_id, number, _etag(sha256, number), content, _drawn(known, number))

    async def draw(self, page: FoundPage, gone: Gone) -> bytes | None:
        """Return a page as a JPEG; None when nobody waits for it any more once its turn has come.

        Raises: NotFoundError (page_not_found, file_not_found), PageNotDrawnError (with the code of what is wrong with
        the file), UnavailableError (page_timeout, with Retry-After).
        """
        try:
            async with asyncio.timeout(WITHIN_S), self._turns:
                if await gone():
                    return None
                async with self._lent(page) as source:
                    return await draw(source, page.number, kind=page.kind, wall_s=WITHIN_S)
        except TimeoutError:
            raise _too_slow() from None
        except DocumentError as error:
            raise _page_error(error, page.number) from None

    @asynccontextmanager
    async def _lent(self, page: FoundPage) -> AsyncIterator[Source]:
        if isinstance(page.file, bytes):
            yield page.file
            return
        try:
            async with self._uploads.lend(page.owner_id, page.file) as found:
                yield found.path
        except FileMissing:
            raise file_missing() from None

    async def _read(self, path: str) -> bytes:
        try:
            return await self._files.read_bytes(path)
        except (FileMissing, FileRefused):
            raise file_missing() from None
        except FileTooLarge:
            raise PageNotDrawnError("The file is too large to be drawn.", code="file_too_large") from None
        except FileError:
            raise UnavailableError("The files folder cannot be read.", code="files_unreadable") from None


def _etag(sha256: str, number: int) -> str:
    return f'"{sha256}-{number}"'


def _no_page(number: int) -> NotFoundError:
    return NotFoundError(f"The document has no page {number:,}.", code="page_not_found")


def _look(content: bytes, name: str) -> tuple[str, Kind | None]:
    """Return the hash of a file of the folder, and its kind, None for what is not read at all."""
    sha256 = hashlib.sha256(content).hexdigest()
    try:
        return sha256, kind_of(content, name)
    except KindError:
        return sha256, None


def _drawn(kind: Kind | None, number: int) -> Kind:
    """Return the kind of a file whose pages are drawn. Raises: PageNotDrawnError, NotFoundError."""
    if kind is None or kind not in _DRAWN.values():
        raise PageNotDrawnError("Only PDFs and pictures have pages that can be drawn.", code="file_has_no_pages")
    if kind is not Kind.PDF and number > 1:
        raise _no_page(number)
    return kind


def _too_slow() -> UnavailableError:
    detail = f"The page was not drawn within {WITHIN_S:g} s."
    return UnavailableError(detail, code="page_timeout", headers={"Retry-After": str(RETRY_AFTER_S)})


def _page_error(error: DocumentError, number: int) -> HeadraceError:
    if error.code == "pages_out_of_range":
        return _no_page(number)
    if error.retryable:
        return _too_slow()
    return PageNotDrawnError(f"{error.message[:1].upper()}{error.message[1:]}.", code=error.code)
