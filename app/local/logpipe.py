"""Children of the event loop whose output goes to the stack's log, line by line."""

import asyncio
import os

from app.local.output import Output
from app.local.process import ProcessSpec

READ_BYTES = 65536

_copies: set[asyncio.Task[None]] = set()  # the loop itself keeps no task alive


async def spawn(spec: ProcessSpec, output: Output) -> asyncio.subprocess.Process:
    """Start a process whose output goes to `output`; call from the main thread, with whose life it is tied.

    The pipe is ours and not asyncio's, whose `wait` may otherwise wait for whoever inherited the pipe.
    """
    reading, writing = os.pipe()
    copy = asyncio.create_task(_copy_lines(reading, spec.name, output))
    _copies.add(copy)
    copy.add_done_callback(_copies.discard)
    try:
        return await asyncio.create_subprocess_exec(
            *spec.command(),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=writing,
            stderr=writing,
            env=spec.environment(),
            start_new_session=True,
        )
    finally:
        os.close(writing)


async def drain(timeout_s: float) -> None:
    """Wait until the last lines of all processes that ended are written."""
    if _copies:
        await asyncio.wait(set(_copies), timeout=timeout_s)


async def _copy_lines(reading: int, name: str, output: Output) -> None:
    reader = asyncio.StreamReader()
    protocol = asyncio.StreamReaderProtocol(reader)
    transport, _ = await asyncio.get_running_loop().connect_read_pipe(lambda: protocol, os.fdopen(reading, "rb"))
    rest = b""
    try:
        while chunk := await reader.read(READ_BYTES):
            *lines, rest = (rest + chunk).split(b"\n")
            if len(rest) > READ_BYTES:  # somebody writes without ever ending a line
                lines, rest = [*lines, rest], b""
            for line in lines:
                output.line(name, line.decode(errors="replace"))
        if rest:
            output.line(name, rest.decode(errors="replace"))
    finally:
        transport.close()
