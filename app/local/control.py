"""How `ps` and `scale` reach the runner: JSON lines over a unix socket that only its owner can open."""

import asyncio
import json
import socket
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from app.local.errors import LocalError
from app.local.lock import socket_of

SOCKET_FILE = "control.sock"
LONGEST_PATH = 100  # Linux takes 108 bytes, macOS 104
TIMEOUT_S = 10.0

Request = dict[str, Any]
Handler = Callable[[Request], Awaitable[Request]]


@asynccontextmanager
async def serve(data_dir: Path, handler: Handler) -> AsyncIterator[Path]:
    """Answer requests with `handler` as long as the block lasts; yield the socket's path."""
    path, folder = _choose(data_dir)

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            line = await asyncio.wait_for(reader.readline(), TIMEOUT_S)
            if line:
                writer.write(json.dumps(await _reply(handler, line)).encode() + b"\n")
                await writer.drain()
        except (OSError, TimeoutError, ValueError):
            pass  # the client went away, or said nothing that can be answered
        finally:
            writer.close()

    server = await asyncio.start_unix_server(answer, path)
    path.chmod(0o600)
    try:
        yield path
    finally:
        server.close()
        path.unlink(missing_ok=True)
        if folder is not None:
            folder.rmdir()


def _choose(data_dir: Path) -> tuple[Path, Path | None]:
    """Return the socket's path, and the folder made for it when DATA_DIR's own name is too long."""
    path, folder = data_dir.absolute() / SOCKET_FILE, None
    if len(str(path).encode()) > LONGEST_PATH:
        folder = Path(tempfile.mkdtemp(prefix="headrace-"))
        path = folder / SOCKET_FILE
    path.unlink(missing_ok=True)  # left by a runner that was killed
    return path, folder


async def _reply(handler: Handler, line: bytes) -> Request:
    try:
        return await handler(json.loads(line))
    except LocalError as error:
        return {"error": str(error)}


def ask(data_dir: Path, **request: Any) -> Request:
    """Send one request to the stack of a DATA_DIR and return its answer. Raises: LocalError."""
    path = socket_of(data_dir)
    try:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(TIMEOUT_S)
            connection.connect(str(path))
            connection.sendall(json.dumps(request).encode() + b"\n")
            with connection.makefile("rb") as lines:
                answer: Request = json.loads(lines.readline() or b'{"error": "it is stopping"}')
    except OSError as error:
        raise LocalError(f"the stack does not answer ({error.strerror or 'timeout'})") from None
    if "error" in answer:
        raise LocalError(f"the stack says: {answer['error']}")
    return answer
