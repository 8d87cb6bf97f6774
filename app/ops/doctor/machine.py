"""This machine and its files: settings as a whole, room on disks, limits of the system, OCR, the store of uploads."""

import asyncio
import os
import shutil
from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from pathlib import Path
from uuid import uuid4

from app.core import open_files, setting_sources
from app.core.addresses import masked
from app.core.database import Database
from app.core.settings import Settings, SettingsError
from app.llm.catalog import ProviderKind
from app.llm.catalog_source import load_catalog
from app.ops import configuration
from app.ops.doctor.finding import Finding, fault, note, ok, skipped
from app.processors.ocr import languages_for
from app.storage import repository
from app.storage.contents import Contents

LITTLE_BYTES, TOO_LITTLE_BYTES = 2_000_000_000, 200_000_000
LITTLE_MEMORY_BYTES = 300_000_000
LOOKED_AT = 5
_OTHERS = frozenset({"postgres_password", "valkey_password", "ui_port", "locust_port", "workers", "local_model"})
_OPEN_TO_OTHERS = 0o077


async def check_settings(settings: Settings, lines: tuple[str, ...]) -> Sequence[Finding]:
    """Judge the settings as a whole; `lines` is what reading them found."""
    more = await asyncio.to_thread(lambda: tuple(configuration.faults(settings, ocr=True, known=lines)))
    lines = (*lines, *more)
    found = [fault("settings", line) for line in lines] or [ok("settings", "each can be read, and they fit together")]
    return [*found, *_misspelt(), *_files(settings), *_production(settings)]


def _misspelt() -> Iterator[Finding]:
    given, _ = setting_sources.read({}, default_data_dir=Path())
    known = {*Settings.model_fields, *_OTHERS}
    for name in given.keys() - known:
        if "_" in name and (close := get_close_matches(name, Settings.model_fields, n=1, cutoff=0.9)):
            yield note("settings", f"{name.upper()} is no setting", f"did you mean {close[0].upper()}?")


def _files(settings: Settings) -> Iterator[Finding]:
    for path in (Path(setting_sources.DOTENV), settings.credentials_path):
        if path.is_file() and path.stat().st_mode & _OPEN_TO_OTHERS:
            yield note("settings", f"other accounts of this machine may read {path}", f"chmod 600 {path}")


def _production(settings: Settings) -> Iterator[Finding]:
    if settings.env != "production":
        return
    if settings.public_url.startswith("http://") and "127.0.0.1" not in settings.public_url:
        do = "put TLS before it and write https://"
        yield note("settings", "PUBLIC_URL has no TLS: sign-ins cross the network as plain text", do)
    try:
        simulated = [
            one.name for one in load_catalog(settings).models.values() if one.provider.kind is ProviderKind.SIMULATED
        ]
    except SettingsError:
        return
    if simulated:
        do = "set OPENAI_API_KEY, or LLM_PROVIDER, or name providers in providers.toml"
        yield note("settings", f"{', '.join(simulated)} only pretends to answer", do)


async def check_files(settings: Settings) -> Sequence[Finding]:
    """Store, read and delete a small file where uploads lie; count what the disks have left."""
    where = masked(settings.files_url) if settings.files_url else str(settings.uploads_dir)
    if not settings.files_url and not settings.uploads_dir.exists():
        may = os.access(_existing(settings.uploads_dir), os.W_OK)
        found = (ok if may else fault)("files", f"{where} {'will' if may else 'cannot'} be made")
        return [found, *_space(settings)]
    try:
        await Contents(settings.uploads_dir, settings.files_url).probe(uuid4())
        found = ok("files", f"{where} can be written")
    except Exception as error:  # noqa: BLE001 - whatever a store raises
        do = "see FILES_URL and its credentials" if settings.files_url else "let this account write there"
        found = fault("files", f"{where} cannot be written ({type(error).__name__})", do)
    return [found, *_space(settings)]


def _existing(path: Path) -> Path:
    """Return a folder, or the nearest one above it that is there."""
    return next(one for one in (path, *path.absolute().parents) if one.exists())


def _space(settings: Settings) -> Iterator[Finding]:
    place = _existing(settings.data_dir)
    free = shutil.disk_usage(place).free
    text = f"{free / 1e9:.1f} GB are free at {place}"
    if free < TOO_LITTLE_BYTES:
        yield fault("disk", text, "delete what else lies there, or enlarge the disk")
    elif free < LITTLE_BYTES:
        yield note("disk", text, "it will be full soon")
    else:
        yield ok("disk", text)


async def check_uploads(settings: Settings) -> Sequence[Finding]:
    """Look whether the newest uploads of which the database knows are where they should be."""
    database = Database(settings.database_url.get_secret_value(), application_name="headrace-doctor", pool_size=1)
    try:
        newest = await repository.find_newest(database, limit=LOOKED_AT)
    except Exception as error:  # noqa: BLE001 - no database, or no tables, which is told for itself
        return [skipped("uploads", f"the database cannot be asked ({type(error).__name__})")]
    finally:
        await database.close()
    folder = settings.uploads_dir
    if settings.files_url or not newest:
        return []
    if any((folder / str(file_id)).exists() for file_id in newest):
        return [ok("uploads", f"the newest are in {folder}")]
    return [fault("uploads", f"the newest are not in {folder}", "bring the folder back, or set FILES_URL to them")]


async def check_limits(settings: Settings) -> Sequence[Finding]:
    """Compare what the system allows this account with what a process of ours needs."""
    return [*_descriptors(settings), *_memory()]


def _descriptors(settings: Settings) -> Iterator[Finding]:
    may, needed = open_files.allowed(), open_files.needed(settings)
    if may < needed:
        do = f"raise LimitNOFILE to {needed}, or set WORKER_CONCURRENCY lower"
        yield fault("limits", f"{may} files may be open, and WORKER_CONCURRENCY needs {needed}", do)
    else:
        yield ok("limits", f"{may} files may be open")


def _memory() -> Iterator[Finding]:
    try:
        lines = Path("/proc/meminfo").read_text().splitlines()
        free = next(int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable"))
    except (OSError, StopIteration):
        return
    text = f"{free / 1e9:.1f} GB of memory are available on {os.cpu_count()} processors"
    if free < LITTLE_MEMORY_BYTES:
        yield note("limits", text, "a worker takes about 0.2 GB, the local model 0.5 GB")
    else:
        yield ok("limits", text)


async def check_ocr(settings: Settings) -> Sequence[Finding]:
    """Say whether pictures of pages can be read."""
    try:
        languages = await asyncio.to_thread(languages_for, settings)  # it asks the program, which may hang
    except SettingsError as error:
        return [fault("ocr", line) for line in error.lines]
    if languages:
        return [ok("ocr", f"Tesseract reads {', '.join(languages[:8])}")]
    if settings.ocr == "off":
        return [skipped("ocr", "OCR=off: scanned pages are not read")]
    return [note("ocr", "Tesseract is not installed: scanned pages are not read", "install tesseract-ocr")]
