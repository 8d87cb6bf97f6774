"""Whether the stack's ports are free, and who holds one that is not."""

import errno
import os
import re
import socket
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from app.core import clock
from app.local.errors import LocalError

LISTEN = "0A"  # Source: linux/net/tcp_states.h
POLL_S = 0.05


def check(wanted: Mapping[str, tuple[str, int]], *, patience_s: float = 0.0) -> None:
    """Return when every port is free; `wanted` has host and port by the name of the setting.

    `patience_s` is for the processes of a stack that was killed, which take a moment to end.
    Raises: LocalError naming the first setting whose port is taken.
    """
    deadline = clock.monotonic_s() + patience_s
    for setting, (host, port) in wanted.items():
        while fault := _fault(host, port):
            if clock.monotonic_s() >= deadline:
                raise LocalError(f"{setting} {port} {fault}: set {setting} to another one")
            time.sleep(POLL_S)


def clashes(wanted: Mapping[str, int]) -> Iterator[str]:
    """Yield a line for each setting whose port another one has, too."""
    names: dict[int, str] = {}
    for setting, port in wanted.items():
        if other := names.get(port):
            yield f"{setting}: {port} is also {other}; set one of them to another port"
        names.setdefault(port, setting)


def _fault(host: str, port: int) -> str | None:
    """Say why nothing can listen on host and port, or None."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # closed connections do not count
        try:
            probe.bind((host, port))
            probe.listen()
        except PermissionError:
            return "needs rights that this account has not"
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                return f"on {host} cannot be used ({error.strerror})"
            pid = holder(port)
            return "is taken" if pid is None else f"is taken (by pid {pid})"
    return None


def holder(port: int) -> int | None:
    """Return the pid that listens on a port, None when it cannot be seen (another account's, or not on Linux)."""
    sockets = {f"socket:[{inode}]" for inode in _listening_inodes(port)}
    for folder in Path("/proc").glob("[0-9]*/fd") if sockets else ():
        with suppress(OSError):
            if any(_target(link) in sockets for link in folder.iterdir()):
                return int(folder.parent.name)
    return None


def _listening_inodes(port: int) -> set[str]:
    inodes = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        with suppress(OSError):
            for line in Path(table).read_text().splitlines()[1:]:
                words = line.split()
                if words[3] == LISTEN and int(re.split(":", words[1])[-1], 16) == port:
                    inodes.add(words[9])
    return inodes


def _target(link: Path) -> str:
    with suppress(OSError):
        return os.readlink(link)  # noqa: PTH115 - "socket:[1]" is no path
    return ""
