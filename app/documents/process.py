"""Start, feed, bound and end the process that reads a document; see `child` for its side."""

import asyncio
import json
import os
import signal
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Sequence
from contextlib import nullcontext, suppress
from pathlib import Path
from typing import Any

from app.documents.errors import DocumentError

WALL_S = 90.0
PROCESSES_AT_ONCE = 2
MAX_ANSWER_BYTES = 16_000_000  # the text of 2,000,000 characters, or a picture of 6,000,000 pixels, is less

_ROOT = str(Path(__file__).parents[2])
_MAIN = "import sys; sys.path.append(sys.argv.pop(1)); from app.documents.child import main; main(sys.argv[1:])"
_CHUNK_BYTES = 65_536
_TOO_MUCH = "the file needs too much work or memory to read"
# What a process ends by that is over its limits; PDFium aborts when it gets no memory.
OVER_LIMITS = frozenset({-signal.SIGXCPU, -signal.SIGKILL, -signal.SIGABRT, -signal.SIGTRAP, -signal.SIGILL})
_gate = asyncio.Semaphore(PROCESSES_AT_ONCE)

Source = bytes | Path


async def run(source: Source, *arguments: str, wall_s: float = WALL_S) -> tuple[bytes, int | None]:
    """Return what the process says about a file, and its return code; cancelling kills it. Raises: DocumentError."""
    async with _gate:
        process = await _start(source, arguments)
        try:
            async with asyncio.timeout(wall_s):
                _, answer = await asyncio.gather(_feed(process, source), _take(process))
                await process.wait()
        except TimeoutError:
            message = f"the file took more than {wall_s:g} s to read"
            raise DocumentError("read_timeout", message, retryable=True) from None
        finally:
            await _end(process)
    return answer, process.returncode


def judge(answer: bytes, returncode: int | None) -> dict[str, Any]:
    """Return the object that a process answered. Raises: DocumentError for a refusal, a crash or a limit."""
    try:
        found: dict[str, Any] = json.loads(answer)
    except ValueError:
        if returncode in OVER_LIMITS:
            raise DocumentError("file_too_large", _TOO_MUCH) from None
        raise DocumentError("file_unreadable", "the file cannot be read: it is broken") from None
    if "error" in found:
        raise DocumentError(found["error"], found["message"])
    return found


async def _start(source: Source, arguments: Sequence[str]) -> Process:
    with source.open("rb") if isinstance(source, Path) else nullcontext(PIPE) as stdin:
        # -I: neither the environment nor the working folder decides what is imported there; no secret is handed on.
        return await asyncio.create_subprocess_exec(
            sys.executable,
            "-I",
            "-c",
            _MAIN,
            _ROOT,
            *arguments,
            stdin=stdin,
            stdout=PIPE,
            stderr=DEVNULL,
            env={},
            start_new_session=True,  # what it starts itself is ended with it
        )


async def _feed(process: Process, source: Source) -> None:
    if process.stdin is None or isinstance(source, Path):
        return
    with suppress(BrokenPipeError, ConnectionResetError):  # it ended without reading all
        process.stdin.write(source)
        await process.stdin.drain()
    process.stdin.close()


async def _take(process: Process) -> bytes:
    """Return what the process says. Raises: DocumentError when it does not stop."""
    assert process.stdout is not None  # noqa: S101 - it is a pipe
    answer = bytearray()
    while chunk := await process.stdout.read(_CHUNK_BYTES):
        answer += chunk
        if len(answer) > MAX_ANSWER_BYTES:
            raise DocumentError("file_too_large", _TOO_MUCH)
    return bytes(answer)


async def _end(process: Process) -> None:
    if process.returncode is not None:
        return
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    while process.stdout and await process.stdout.read(_CHUNK_BYTES):  # it counts as ended when all it said is taken
        pass
    await process.wait()
