"""The file of a backup: a compressed tar whose last member, the manifest, has the checksum of every other one.

A file that was cut off has no manifest, so nothing is taken for whole that is not. It is written and read as a stream.
"""

import gzip
import hashlib
import io
import json
import tarfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from app.ops.backup.manifest import FORMAT, ManifestError, read, refuse_strange

MANIFEST = "manifest.json"
COMPRESSION = 5
_BLOCK_BYTES = 1 << 18
_BROKEN = (tarfile.TarError, EOFError, zlib.error, ValueError, KeyError, TypeError, RecursionError)


class BackupError(Exception):
    """A backup cannot be made or restored; the message is one line that says what to do, without secrets."""


class Writer:
    """Adds members to a backup that is being written; nothing of it lies in memory."""

    def __init__(self, target: IO[bytes]) -> None:
        self._stream = gzip.GzipFile(fileobj=target, mode="wb", compresslevel=COMPRESSION)
        self._tar = tarfile.open(fileobj=self._stream, mode="w|")  # noqa: SIM115 - see finish
        self._sums: dict[str, str] = {}

    def add(self, name: str, source: IO[bytes], size: int) -> str:
        """Add `size` bytes of a stream, and return their SHA-256. Raises: OSError when there are fewer."""
        hashed = _Hashed(source)
        member = tarfile.TarInfo(name)
        member.size, member.mode = size, 0o600
        self._tar.addfile(member, hashed)  # type: ignore[arg-type]  # it is only read from
        self._sums[name] = hashed.hexdigest()
        return self._sums[name]

    def add_bytes(self, name: str, content: bytes) -> None:
        """Add a member of these bytes."""
        self.add(name, io.BytesIO(content), len(content))

    def finish(self, manifest: dict[str, Any]) -> None:
        """Add the manifest, which makes the backup whole."""
        whole = {"format": FORMAT, **manifest, "members": self._sums}
        self.add_bytes(MANIFEST, json.dumps(whole, indent=1).encode())
        self._tar.close()
        self._stream.close()


class _Hashed:
    def __init__(self, source: IO[bytes]) -> None:
        self._source, self._sum = source, hashlib.sha256()

    def read(self, size: int) -> bytes:
        block = self._source.read(size)
        self._sum.update(block)
        return block

    def hexdigest(self) -> str:
        return self._sum.hexdigest()


def verify(path: Path) -> dict[str, Any]:
    """Read a whole backup and return its manifest. Raises: BackupError when it is damaged, cut off or none."""
    found: dict[str, str] = {}
    manifest: dict[str, Any] | None = None
    with _backup_errors(path):
        for name, content in members(path):
            if name == MANIFEST:
                manifest = read(content.read())
            else:
                found[name] = _sum_of(content)
        if manifest is None:
            raise BackupError(f"{path} is not whole: it was cut off before its end. Use another backup")
        if wrong := sorted(name for name in {*found, *manifest["members"]} if _differs(name, found, manifest)):
            raise BackupError(f"{path} is damaged: {wrong[0]} is not what was saved. Use another backup")
        refuse_strange(manifest, found)
    return manifest


def members(path: Path) -> Iterator[tuple[str, IO[bytes]]]:
    """Yield the members of a backup in their order, each readable until the next one. Raises: BackupError."""
    with _backup_errors(path), gzip.open(path) as stream, tarfile.open(fileobj=stream, mode="r|") as tar:
        for member in tar:
            content = tar.extractfile(member)
            if content is not None:
                yield member.name, content
        while stream.read(_BLOCK_BYTES):  # to its end, where the checksum over all of it is
            pass


@contextmanager
def _backup_errors(path: Path) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError:
        raise BackupError(f"{path} is not there") from None
    except ManifestError as error:
        raise BackupError(f"{path} {error}") from None
    except _BROKEN as error:
        raise BackupError(f"{path} is damaged, cut off, or no backup ({type(error).__name__})") from None
    except OSError as error:
        raise BackupError(f"{path} cannot be read ({error.strerror or 'damaged'})") from None


def _differs(name: str, found: dict[str, str], manifest: dict[str, Any]) -> bool:
    return bool(found.get(name) != manifest["members"].get(name))


def _sum_of(content: IO[bytes]) -> str:
    digest = hashlib.sha256()
    while block := content.read(1 << 20):
        digest.update(block)
    return digest.hexdigest()
