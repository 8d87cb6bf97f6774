"""Deletes a DATA_DIR, but nothing that is not one."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from app.core.setting_sources import CREDENTIALS_FILE
from app.local import postgres_files
from app.local.errors import LocalError
from app.local.lock import take_lock


@contextmanager
def claimed(data_dir: Path) -> Iterator[Callable[[], None]]:
    """Yield what deletes the folder, while no stack can start on it. Raises: LocalError when one runs."""
    folder = data_dir.resolve()
    if not (folder / CREDENTIALS_FILE).exists():
        raise LocalError(f"{data_dir} has no {CREDENTIALS_FILE}, so it is no data folder of a stack: not deleted")
    if Path.cwd().is_relative_to(folder) or Path.home().is_relative_to(folder):
        raise LocalError(f"{data_dir} holds more than the stack's data: not deleted")

    def delete() -> None:
        postgres_files.remove(folder)
        shutil.rmtree(folder)

    with take_lock(folder):
        yield delete
