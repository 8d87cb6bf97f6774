"""Who runs a stack on a DATA_DIR: one lock, held as long as the runner lives, that says where to reach it."""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from app.local.errors import LocalError

LOCK_FILE = "stack.lock"


@dataclass(slots=True)
class StackLock:
    """The lock of one DATA_DIR; `was_killed` says that the last holder had no time to stop its processes."""

    file: TextIO
    was_killed: bool

    def publish(self, socket_path: Path) -> None:
        """Say where the runner listens."""
        self._write(json.dumps({"pid": os.getpid(), "socket": str(socket_path)}))

    def clear(self) -> None:
        """Say that everything was stopped."""
        self._write("")

    def _write(self, text: str) -> None:
        self.file.seek(0)
        self.file.truncate()
        self.file.write(text)
        self.file.flush()


@contextmanager
def take_lock(data_dir: Path) -> Iterator[StackLock]:
    """Hold the DATA_DIR for this process. Raises: LocalError when another one has it."""
    try:
        data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = (data_dir / LOCK_FILE).open("a+", encoding="utf-8")
    except OSError as error:
        raise LocalError(f"DATA_DIR {data_dir} cannot be used ({error.strerror}): name another folder") from None
    with lock as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            pid = _published(file).get("pid", "?")
            raise LocalError(f"a stack (pid {pid}) already runs on DATA_DIR {data_dir}: stop it first") from None
        yield StackLock(file, was_killed=bool(_published(file)))


def socket_of(data_dir: Path) -> Path:
    """Return the control socket of the stack that runs on a DATA_DIR. Raises: LocalError when none does."""
    nobody = LocalError(f"no stack runs on DATA_DIR {data_dir}: `headrace run` starts one")
    try:
        with (data_dir / LOCK_FILE).open(encoding="utf-8") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                if path := _published(file).get("socket"):
                    return Path(path)
                raise LocalError("the stack has only just begun to start: try again") from None
    except FileNotFoundError:
        pass
    raise nobody


def _published(file: TextIO) -> dict[str, str]:
    file.seek(0)
    try:
        return dict(json.loads(file.read() or "{}"))
    except ValueError:
        return {}
