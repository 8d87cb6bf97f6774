"""Backups of whichever stack the settings mean: its own PostgreSQL is started for it where it does not run."""

import asyncio
import os
from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO
from pathlib import Path
from typing import IO

from dotenv import dotenv_values

from app.core.settings import Settings
from app.local import credentials, doctor
from app.local.errors import LocalError
from app.local.lock import take_lock
from app.local.plan import plan
from app.local.process import spawn, stop, wait_ready
from app.ops import configuration

# Those that name this stack's own servers stay as they are.
RESTORED = ("SERVICE_TOKEN", "SECRET_KEY", "FLOWER_BASIC_AUTH")


@contextmanager
def database_at_hand(settings: Settings, *, alone: bool) -> Iterator[Settings]:
    """Yield settings whose database answers. `alone`: nothing else of the stack runs. Raises: LocalError."""
    is_own = doctor.find_plan(settings)
    if is_own is None or is_own.postgres is None:
        yield configuration.load("database_url", ocr=False)
        return
    if doctor.runs(settings):
        if alone:
            raise LocalError(f"the stack of DATA_DIR {settings.data_dir} runs: stop it first (Ctrl-C)")
        yield configuration.load("database_url", ocr=False)
        return
    with take_lock(settings.data_dir):
        made = credentials.ensure(settings)
        loaded = configuration.load("database_url", ocr=False)
        server = plan(loaded, made).postgres
        assert server is not None  # noqa: S101 - as above
        server.prepare()
        spec, log_path = server.spec(), settings.data_dir / "postgres.log"
        child = spawn(spec, log_path=log_path)
        try:
            wait_ready(spec, child, log_path=log_path)
            asyncio.run(server.create_database(credentials.DATABASE))
            yield loaded
        finally:
            stop(spec, child)
            log_path.unlink(missing_ok=True)


@contextmanager
def new_file(path: Path) -> Iterator[IO[bytes]]:
    """Yield a file that only its owner reads, and that has its name when the block ends well. Raises: LocalError."""
    unfinished = path.with_name(f"{path.name}.unfinished")
    if path.exists():
        raise LocalError(f"{path} is there already: name another file")
    try:
        unfinished.unlink(missing_ok=True)
        descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise LocalError(f"{path} cannot be written ({error.strerror})") from None
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        unfinished.rename(path)
    except OSError as error:
        raise LocalError(f"{path} cannot be written ({error.strerror})") from None
    finally:
        unfinished.unlink(missing_ok=True)


def take_over(settings: Settings, content: str) -> None:
    """Make the secrets of a backup those of this DATA_DIR; whatever names its servers stays."""
    given = {name: value for name, value in dotenv_values(stream=StringIO(content), interpolate=False).items() if value}
    credentials.change(settings, {name: value for name, value in given.items() if name in RESTORED})
