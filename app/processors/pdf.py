"""Start, feed, bound and end the process that reads a PDF."""

import asyncio
import json
import signal
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from dataclasses import dataclass
from pathlib import Path

from app.processors.base import ProcessorError

WALL_S = 40.0
PROCESSES_AT_ONCE = 2

_SCRIPT = Path(__file__).with_name("pdf_text.py")
_gate = asyncio.Semaphore(PROCESSES_AT_ONCE)


@dataclass(frozen=True, slots=True)
class PdfText:
    """A PDF's text, pages parted by blank lines."""

    text: str
    pages: int


async def read_pdf(content: bytes, *, wall_s: float = WALL_S) -> PdfText:
    """Return the text layer; cancelling kills the process.

    Raises: ProcessorError (pdf_encrypted, file_unreadable, file_empty, file_too_large), or, retryable, pdf_timeout.
    """
    async with _gate:
        # -I: neither the environment nor the working folder decides what is imported there; no secret is handed on.
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-I", str(_SCRIPT), stdin=PIPE, stdout=PIPE, stderr=DEVNULL, env={}
        )
        try:
            async with asyncio.timeout(wall_s):
                answer, _ = await process.communicate(content)
        except TimeoutError:
            raise ProcessorError(
                "pdf_timeout", f"the PDF took more than {wall_s:g} s to read", retryable=True
            ) from None
        finally:
            await _end(process)
    return _judge(answer, process.returncode)


def _judge(answer: bytes, returncode: int | None) -> PdfText:
    try:
        found = json.loads(answer)
        return PdfText(found["text"], found["pages"])
    except KeyError:
        raise ProcessorError(found["error"], found["message"]) from None
    except ValueError:
        if returncode in {-signal.SIGXCPU, -signal.SIGKILL}:
            raise ProcessorError("file_too_large", "the PDF needs too much work to read") from None
        raise ProcessorError("file_unreadable", "the PDF cannot be read") from None


async def _end(process: Process) -> None:
    if process.returncode is None:
        process.kill()
        await process.wait()
