"""A file that is being received: on the disk under a temporary name, checked and hashed block by block."""

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from app.documents.kinds import KindError, kind_of, media_type, refuse_early
from app.storage.errors import FileTooLargeError, FileTypeRefusedError, wrong_file


@dataclass(frozen=True, slots=True)
class Received:
    """A whole file; `media_type` is that of its kind, `sha256` in hexadecimal digits."""

    media_type: str
    size_bytes: int
    sha256: str


class Part:
    """One file on its way. Every method blocks, and runs in a thread. Raises, everywhere: OSError."""

    def __init__(self, path: Path, max_bytes: int) -> None:
        """Make an empty file that nobody else reads, in a folder that is made as well."""
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        self._max_bytes = max_bytes
        self._size_bytes = 0
        self._hash = hashlib.sha256()
        self._file = os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600), "wb")

    def write(self, block: bytes) -> None:
        """Append a block. Raises: FileTooLargeError, FileTypeRefusedError."""
        self._size_bytes += len(block)
        if self._size_bytes > self._max_bytes:
            raise FileTooLargeError(f"A file has at most {self._max_bytes} bytes.")
        if self._size_bytes == len(block):
            with _kind_errors():
                refuse_early(block)
        self._hash.update(block)
        self._file.write(block)

    def finish(self, name: str) -> Received:
        """Have all of it on the disk; `name` is what its owner calls it.

        Raises: InvalidError for an empty file, FileTypeRefusedError.
        """
        if not self._size_bytes:
            raise wrong_file("the file is empty", code="file_empty")
        self._file.flush()
        with _kind_errors():
            kind = kind_of(self.path, name)
        os.fsync(self._file.fileno())
        return Received(media_type(kind), self._size_bytes, self._hash.hexdigest())

    def discard(self) -> None:
        """Close it, and take the temporary name away if it is still there."""
        try:
            self.path.unlink(missing_ok=True)
        finally:
            with suppress(OSError):  # on a full disk what is still buffered cannot be written now either
                self._file.close()


@contextmanager
def _kind_errors() -> Iterator[None]:
    """Refuse what is of no kind that is taken, for the reason that is true of it."""
    try:
        yield
    except KindError as error:
        raise FileTypeRefusedError(f"{error.message[:1].upper()}{error.message[1:]}.") from None
