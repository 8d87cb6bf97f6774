"""Python processes of ours that tests.rig.forkserver forks, and where that is no difference, instead of new ones."""

import atexit
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import BinaryIO

from tests.rig.forkserver import MOST_BYTES, STATUS

ROOT = Path(__file__).parents[2]
INHERITED = ("PATH", "HOME", "LANG", "TMPDIR")
# What Python or the loader reads before any of our code runs: it is the fork server's.
BEFOREHAND = ("PYTHON", "LD_", "MALLOC_", "GLIBC_", *INHERITED, "LC_")


class Forked:
    """A forked process, as `subprocess.Popen` has it."""

    def __init__(self, status: socket.socket) -> None:
        """Take the other end of what its keeper tells."""
        self._status = status
        self.returncode: int | None = None
        self.pid = self._told(None)

    def poll(self) -> int | None:
        """Return the exit code, None while it runs."""
        try:
            return self.wait(0)
        except subprocess.TimeoutExpired:
            return None

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end and return the exit code. Raises: subprocess.TimeoutExpired."""
        if self.returncode is None:
            self.returncode = self._told(timeout)
            self._status.close()
        return self.returncode

    def kill(self) -> None:
        """Kill it, if it runs."""
        if self.poll() is None:
            os.kill(self.pid, signal.SIGKILL)

    def _told(self, timeout: float | None) -> int:
        self._status.settimeout(timeout)
        try:
            message = self._status.recv(STATUS.size)
        except (TimeoutError, BlockingIOError):
            raise subprocess.TimeoutExpired("a forked process", timeout or 0) from None
        assert message, "who keeps the process is gone"
        return int(STATUS.unpack(message)[0])


def is_same_as_new(environment: Mapping[str, str]) -> bool:
    """Whether Python with this environment would begin as the fork server has begun."""
    server = beginning()
    names = {name for name in {*environment, *server} if name.startswith(BEFOREHAND)}
    return all(environment.get(name) == server.get(name) for name in names)


def role_of(argv: Sequence[str]) -> str | None:
    """Return whose imports a process with these arguments of Python makes; None when there is no fork server for it."""
    match list(argv):
        case ["-m", "app", "api" | "worker" | "scheduler" as role, *_]:
            return role
        case ["-m", "tests.scripted_model", *_]:
            return "model"
    return None


def start(role: str, argv: Sequence[str], environment: Mapping[str, str], log: BinaryIO) -> Forked:
    """Start a process: `argv` is that of Python, `-m MODULE …` or `-c CODE …`; it writes to `log`."""
    message = json.dumps({"argv": list(argv), "environment": dict(environment)}).encode()
    assert len(message) <= MOST_BYTES
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with theirs:
        socket.send_fds(_channel(role), [message], [log.fileno(), theirs.fileno()])
    return Forked(ours)


@cache
def _channel(role: str) -> socket.socket:
    """Start the server of a role for this process, and end it with this process."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with theirs:
        server = subprocess.Popen(
            [sys.executable, "-m", "tests.rig.forkserver", str(theirs.fileno()), role],
            cwd=ROOT,
            env=beginning(),
            stdin=subprocess.DEVNULL,
            pass_fds=[theirs.fileno()],
            start_new_session=True,
        )

    def end() -> None:
        ours.close()
        server.wait()

    atexit.register(end)
    return ours


@cache
def beginning() -> dict[str, str]:
    """Return the environment that the fork server has begun with."""
    inherited = {name: os.environ[name] for name in INHERITED if name in os.environ}  # noqa: TID251
    return {**inherited, "PYTHONUNBUFFERED": "1"}
