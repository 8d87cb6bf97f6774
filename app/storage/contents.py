"""Where uploaded files lie, by key: a local folder, or any object store that obstore knows by a URL."""

import asyncio
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any
from uuid import UUID

from app.core.addresses import masked
from app.core.settings import SettingsError
from app.storage.errors import storage_errors

if TYPE_CHECKING:
    from obstore.store import ClientConfig, ObjectStore, RetryConfig

CHUNK_BYTES = 1 << 18
_FORMS = "s3://bucket/prefix, gs://bucket, az://container or file:///an/existing/folder"
SENT_AT_ONCE = 2  # parts of 5 MiB that lie in memory while a file goes to a store
LISTED_AT_ONCE = 1000
# A large file may take its time, its pieces may not: somebody waits, and a slow reader must not be cut off. An endpoint
# without TLS is one that the operator has named.
_CLIENT: "ClientConfig" = {"connect_timeout": "5s", "read_timeout": "60s", "timeout": "1h", "allow_http": True}
_RETRY: "RetryConfig" = {"max_retries": 3, "retry_timeout": timedelta(seconds=15)}


def _obstore() -> Any:
    import obstore  # noqa: PLC0415 - heavy, for who has files

    return obstore


class Contents:
    """Content by key, a UUID. `folder` has it unless there is a `url`, and in any case what is on its way.

    Raises, everywhere: FileNotFoundError for an unknown key, UnavailableError, StorageFullError.
    """

    def __init__(self, folder: Path, url: str = "") -> None:
        """Keep the folder's name; it need not exist yet. Raises: SettingsError for a URL of no store."""
        self._folder = folder
        self._remote = _open(url) if url else None

    @cached_property
    def _store(self) -> "ObjectStore":
        from obstore.store import LocalStore  # noqa: PLC0415 - heavy, for who has files

        return self._remote or LocalStore(self._folder, mkdir=True)

    def incoming(self, key: UUID) -> Path:
        """Return the temporary name of a file that is being received."""
        return self._folder / "incoming" / str(key)

    async def adopt(self, received: Path, key: UUID) -> None:
        """Make a received file the content of a key, at once or not at all."""
        with storage_errors():
            if self._remote is None:
                await asyncio.to_thread(received.rename, self._folder / str(key))
            else:
                await _obstore().put_async(self._store, str(key), received, max_concurrency=SENT_AT_ONCE)

    async def read(self, key: UUID) -> AsyncIterator[bytes]:
        """Open a content, and return what yields it in chunks."""
        with storage_errors():
            found = await _obstore().get_async(self._store, str(key))
        return _chunks(found)

    @asynccontextmanager
    async def as_path(self, key: UUID) -> AsyncIterator[Path]:
        """Have a content as a local file: the stored one itself, or a copy that is deleted afterwards."""
        if self._remote is None:
            path = self._folder / str(key)
            with storage_errors():
                await asyncio.to_thread(path.stat)
            yield path
            return
        chunks = await self.read(key)
        with storage_errors():
            copy = await asyncio.to_thread(self._new_copy)
        try:
            with storage_errors(), copy:
                async for chunk in chunks:
                    await asyncio.to_thread(copy.write, chunk)
            yield Path(copy.name)
        finally:
            await asyncio.to_thread(Path(copy.name).unlink, missing_ok=True)

    def _new_copy(self) -> IO[bytes]:
        folder = self._folder / "lent"
        folder.mkdir(parents=True, exist_ok=True)
        return tempfile.NamedTemporaryFile(dir=folder, delete=False)

    async def delete(self, key: UUID) -> None:
        """Delete a content; one that is not there is fine."""
        try:
            with storage_errors():
                await _obstore().delete_async(self._store, str(key))
        except FileNotFoundError:
            pass

    async def probe(self, key: UUID) -> None:
        """Store, read and delete a few bytes under a key that nobody has, as a trial; raises what the store does."""
        await _obstore().put_async(self._store, str(key), b"trial")
        await (await _obstore().get_async(self._store, str(key))).bytes_async()
        await _obstore().delete_async(self._store, str(key))

    async def find_older(self, before: datetime) -> AsyncIterator[list[UUID]]:
        """Yield the keys of contents that were stored before a time, some at a time; other names are left alone."""
        with storage_errors():
            listing = _obstore().list(self._store, chunk_size=LISTED_AT_ONCE)
            async for some in listing:
                found = [(_as_key(one["path"]), one["last_modified"]) for one in some]
                yield [key for key, at in found if key is not None and at < before]

    async def sweep(self, *, incoming_before: datetime, lent_before: datetime) -> None:
        """Delete what killed processes left: files half received, and copies for jobs."""
        with storage_errors():
            await asyncio.to_thread(_delete_older, self._folder / "incoming", incoming_before)
            await asyncio.to_thread(_delete_older, self._folder / "lent", lent_before)


def _open(url: str) -> "ObjectStore":
    from obstore.exceptions import BaseError  # noqa: PLC0415
    from obstore.store import HTTPStore, MemoryStore, from_url  # noqa: PLC0415

    if masked(url) != url:
        raise SettingsError(
            f"FILES_URL: credentials belong into the environment, such as AWS_SECRET_ACCESS_KEY; write {_FORMS}"
            f" (got {masked(url)!r})"
        )
    try:
        store = from_url(url, client_options=_CLIENT, retry_config=_RETRY)
    except (BaseError, ValueError) as error:
        why = str(error).splitlines()[0].rstrip(".")
        raise SettingsError(f"FILES_URL: {why}; write {_FORMS} (got {url[:80]!r})") from None
    if isinstance(store, HTTPStore | MemoryStore):
        raise SettingsError(f"FILES_URL: files cannot be kept there; write {_FORMS} (got {url[:80]!r})")
    return store


async def _chunks(found: Any) -> AsyncIterator[bytes]:
    with storage_errors():
        async for chunk in found.stream(min_chunk_size=CHUNK_BYTES):
            yield bytes(chunk)


def _as_key(path: str) -> UUID | None:
    try:
        return UUID(path)
    except ValueError:
        return None


def _delete_older(folder: Path, before: datetime) -> None:
    if not folder.is_dir():
        return
    for path in folder.iterdir():
        try:
            if path.stat().st_mtime < before.timestamp():
                path.unlink()
        except FileNotFoundError:  # its own process was faster
            continue
