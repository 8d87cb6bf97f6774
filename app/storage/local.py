"""A local folder whose regular files jobs may read, and nothing outside it."""

import asyncio
import errno
import os
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

MAX_PATH_CHARS = 500
MAX_LISTED = 1000
MAX_SEEN = 20_000  # names looked at for one list, so that a huge folder costs no more than that
_LAST_MTIME_S = 253_402_300_799.0  # the end of the year 9999, after which there is no datetime

_DRIVE = re.compile(r"[A-Za-z]:")
_CONTROL = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")
_BYTE_ORDER_MARKS = (b"\xff\xfe", b"\xfe\xff")


class FileError(Exception):
    """A file that cannot be read; `code` is stable, the message shows nothing of the server's own folders."""

    code = "file_unreadable"


class FileRefused(FileError):  # noqa: N818 - the name says what happened
    """A path that no job may read."""

    code = "file_refused"


class FileMissing(FileError):  # noqa: N818 - the name says what happened
    """No such file."""

    code = "file_not_found"


class FileTooLarge(FileError):  # noqa: N818 - the name says what happened
    """A file above the limit."""

    code = "file_too_large"


@dataclass(frozen=True, slots=True)
class FileEntry:
    """One file of the store; `path` is relative, with forward slashes."""

    path: str
    size_bytes: int
    modified_at: datetime


@dataclass(frozen=True, slots=True)
class Listing:
    """Some files of the store; `is_truncated` says that there may be more."""

    files: list[FileEntry]
    is_truncated: bool


def check_path(text: str) -> None:
    """Refuse, by its text alone, what can be no path inside a store. Raises: FileRefused."""
    if not text.strip() or len(text) > MAX_PATH_CHARS:
        msg = f"a path has 1 to {MAX_PATH_CHARS} characters"
        raise FileRefused(msg)
    if _CONTROL.search(text):
        msg = "a path holds no control characters"
        raise FileRefused(msg)
    if "\\" in text or _DRIVE.match(text):
        msg = "a path uses forward slashes and names no drive"
        raise FileRefused(msg)
    if text.startswith(("/", "~")):
        msg = "a path is relative to the files folder"
        raise FileRefused(msg)
    if any(part in {"", ".", ".."} for part in text.split("/")):
        msg = "a path has no empty, '.' or '..' parts"
        raise FileRefused(msg)


class FileStore:
    """Reads files below `root`; every method takes a relative path. `max_bytes` bounds one file.

    Raises, everywhere: FileRefused (outside the root, a link, no regular file), FileMissing, FileTooLarge, FileError.
    """

    def __init__(self, root: Path, max_bytes: int) -> None:
        """Keep the folder's name; it need not exist yet."""
        self.root = root
        self.max_bytes = max_bytes

    async def read_bytes(self, path: str) -> bytes:
        """Return a file's content."""
        return await asyncio.to_thread(self._read, path)

    async def read_text(self, path: str) -> str:
        """Return a file's content as text; see `decode`."""
        return decode(await self.read_bytes(path))

    async def list_files(self, limit: int = MAX_LISTED) -> Listing:
        """Return the regular files, the newest first, at most `limit`; hidden ones and links are left out."""
        return await asyncio.to_thread(self._list, limit)

    def _read(self, path: str) -> bytes:
        check_path(path)
        try:
            # NONBLOCK: opening a FIFO must not wait for a writer.
            opened = os.open(self._resolve(path), os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
            with open(opened, "rb") as file:  # noqa: PTH123 - a descriptor, not a path
                found = os.fstat(opened)
                if not stat.S_ISREG(found.st_mode):
                    msg = f"{path} is no regular file"
                    raise FileRefused(msg)
                content = file.read(self.max_bytes + 1)
        except OSError as error:
            raise _explain(error, path) from None
        if len(content) > self.max_bytes:
            msg = f"{path} is larger than {self.max_bytes:,} bytes"
            raise FileTooLarge(msg)
        return content

    def _resolve(self, path: str) -> str:
        """Follow links in the folders of the path, and refuse the result when it lies outside the root."""
        root = os.path.realpath(self.root)
        folder, _, name = path.rpartition("/")
        real_folder = os.path.realpath(os.path.join(root, folder))  # noqa: PTH118 - realpath needs the text
        if not Path(real_folder).is_relative_to(root):
            msg = f"{path} leads out of the files folder"
            raise FileRefused(msg)
        return os.path.join(real_folder, name)  # noqa: PTH118

    def _list(self, limit: int) -> Listing:
        try:
            seen = list(islice(self._walk(), MAX_SEEN + 1))
        except FileNotFoundError:  # nobody has put anything there yet
            seen = []
        except OSError:
            msg = "the files folder cannot be read"
            raise FileError(msg) from None
        found = [entry for entry in seen[:MAX_SEEN] if entry is not None]
        found.sort(key=lambda entry: (-entry.modified_at.timestamp(), entry.path))
        return Listing(found[:limit], is_truncated=len(found) > limit or len(seen) > MAX_SEEN)

    def _walk(self) -> Iterator[FileEntry | None]:
        """Yield for each name below the root its entry, or None when no job may read it. Follows no link."""
        root = os.path.realpath(self.root)
        for folder, folders, names, descriptor in os.fwalk(root):
            for name in (*folders, *names):
                path = Path(folder, name).relative_to(root).as_posix()
                yield _entry(path, name, descriptor)
            folders[:] = sorted(
                name for name in folders if _is_allowed(Path(folder, name).relative_to(root).as_posix())
            )


def _entry(path: str, name: str, folder: int) -> FileEntry | None:
    if not _is_allowed(path):
        return None
    try:
        found = os.stat(name, dir_fd=folder, follow_symlinks=False)
    except OSError:  # deleted since, or not ours to see
        return None
    if not stat.S_ISREG(found.st_mode):
        return None
    modified_s = min(max(found.st_mtime, 0.0), _LAST_MTIME_S)
    return FileEntry(path, found.st_size, datetime.fromtimestamp(modified_s, UTC))


def _is_allowed(path: str) -> bool:
    if path.rpartition("/")[2].startswith("."):
        return False
    try:
        check_path(path)
    except FileRefused:
        return False
    return True


def decode(content: bytes) -> str:
    """Return bytes as text: UTF-16 with a byte order mark, UTF-8, else Windows-1252; NUL characters are dropped."""
    if content[:2] in _BYTE_ORDER_MARKS:
        text = content.decode("utf-16", errors="replace")
    else:
        try:
            text = content.decode("utf-8-sig")
        except UnicodeDecodeError:
            text = content.decode("cp1252", errors="replace")
    return text.replace("\x00", "")


def _explain(error: OSError, path: str) -> FileError:
    if error.errno in {errno.ENOENT, errno.ENOTDIR}:
        return FileMissing(f"{path} does not exist")
    if error.errno in {errno.ELOOP, errno.ENXIO, errno.EISDIR}:  # a link, a socket, a folder
        return FileRefused(f"{path} is no regular file")
    if error.errno == errno.ENAMETOOLONG:
        return FileRefused("a part of the path is too long")
    return FileError(f"{path} cannot be read")
