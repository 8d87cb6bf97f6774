"""ZIP archives of strangers: entries are bounded in number, and bytes are counted while they are inflated."""

import zipfile
import zlib
from io import RawIOBase
from typing import BinaryIO, Final, cast

from app.documents.errors import DocumentError

MAX_ENTRIES: Final = 10_000
MAX_DIRECTORY_BYTES: Final = 4_000_000
MAX_INFLATED_BYTES: Final = 200_000_000  # of all that is read of one archive

_CHUNK_BYTES: Final = 262_144
_METHODS: Final = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})  # the others inflate without bound
_ENCRYPTED: Final = 0x1


class Archive:
    """An archive whose sizes are not believed; at most `MAX_INFLATED_BYTES` come out of it in all."""

    def __init__(self, file: BinaryIO) -> None:
        """Read its directory. Raises: DocumentError (file_unreadable, file_too_large)."""
        try:
            self._zip = zipfile.ZipFile(cast("BinaryIO", _Bounded(file)))
        except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError, EOFError):
            raise DocumentError("file_unreadable", "the ZIP archive is broken or cut off") from None
        self._left = MAX_INFLATED_BYTES
        self.names = frozenset(self._zip.namelist())
        if len(self._zip.infolist()) > MAX_ENTRIES:
            raise DocumentError("file_too_large", f"the archive has more than {MAX_ENTRIES:,} entries")

    def read(self, name: str, at_most: int = MAX_INFLATED_BYTES) -> bytes:
        """Return an entry, empty where there is none. Raises: DocumentError.

        Codes: file_too_large over `at_most` or over what the archive may give in all, file_encrypted, file_unreadable.
        """
        if name not in self.names:
            return b""
        info = self._zip.getinfo(name)
        if info.flag_bits & _ENCRYPTED:
            raise DocumentError("file_encrypted", "the archive is protected by a password")
        if info.compress_type not in _METHODS:
            raise DocumentError("file_unreadable", "the archive is packed in a way that documents are not")
        try:
            return self._inflated(info, at_most)
        except (zipfile.BadZipFile, zlib.error, EOFError, ValueError, OSError, NotImplementedError):
            raise DocumentError("file_unreadable", f"the part {name[:80]} of the file is broken") from None

    def _inflated(self, info: zipfile.ZipInfo, at_most: int) -> bytes:
        found = bytearray()
        with self._zip.open(info) as entry:
            while chunk := entry.read(_CHUNK_BYTES):
                found += chunk
                self._left -= len(chunk)
                if len(found) > at_most or self._left < 0:
                    limit = at_most if len(found) > at_most else MAX_INFLATED_BYTES
                    raise DocumentError("file_too_large", f"the file unpacks to more than {limit:,} bytes")
        return bytes(found)


class _Bounded(RawIOBase):
    """A file of which nobody reads more at once than a directory may have."""

    def __init__(self, file: BinaryIO) -> None:
        super().__init__()
        self._file = file

    def read(self, size: int = -1) -> bytes:
        if size > MAX_DIRECTORY_BYTES:
            raise DocumentError(
                "file_too_large", f"the archive's directory has more than {MAX_DIRECTORY_BYTES:,} bytes"
            )
        return self._file.read(size)

    def seek(self, offset: int, whence: int = 0) -> int:
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        return self._file.tell()

    def seekable(self) -> bool:
        return True

    def readable(self) -> bool:
        return True
