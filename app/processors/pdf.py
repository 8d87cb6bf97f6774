"""Start, feed, bound and end the process that reads a PDF."""

import asyncio
import json
import signal
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Mapping, Sequence
from contextlib import nullcontext, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.processors.base import ProcessorError
from app.processors.pdf_reader.articles import Article

WALL_S = 90.0
PROCESSES_AT_ONCE = 2
MAX_ANSWER_BYTES = 16_000_000  # the text of 2,000,000 characters, or a picture of 6,000,000 pixels, is less

_ROOT = str(Path(__file__).parents[2])
_MAIN = (
    "import sys; sys.path.append(sys.argv.pop(1)); from app.processors.pdf_reader.child import main; main(sys.argv[1:])"
)
_JPEG = b"\xff\xd8"
_CHUNK_BYTES = 65_536
_TOO_MUCH = "the PDF needs too much work or memory to read"
# What a process ends by that is over its limits; PDFium aborts when it gets no memory.
_OVER_LIMITS = frozenset({-signal.SIGXCPU, -signal.SIGKILL, -signal.SIGABRT, -signal.SIGTRAP, -signal.SIGILL})
_gate = asyncio.Semaphore(PROCESSES_AT_ONCE)

Source = bytes | Path


@dataclass(frozen=True, slots=True)
class PdfPage:
    """One page, counted from 1; without a text layer `has_text` is false and there are no articles."""

    number: int
    has_text: bool
    articles: tuple[Article, ...]


@dataclass(frozen=True, slots=True)
class Pdf:
    """Some pages of a PDF of `page_count`; `heads` are the lines that may tell its date of issue."""

    page_count: int
    heads: tuple[str, ...]
    pages: tuple[PdfPage, ...]

    @property
    def text(self) -> str:
        """All articles in the order of reading, parted by blank lines."""
        parts = [
            part
            for page in self.pages
            for article in page.articles
            for part in (article.title, article.subtitle, article.author, article.body)
        ]
        return "\n\n".join(part for part in parts if part)


async def read_pdf(source: Source, *, first: int = 1, last: int | None = None, wall_s: float = WALL_S) -> Pdf:
    """Return the articles of the pages from `first` to `last`; cancelling kills the process.

    Raises: ProcessorError (pdf_encrypted, file_unreadable, file_empty, file_too_large, pages_out_of_range), or,
    retryable, pdf_timeout.
    """
    answer, returncode = await _run(source, "read", str(first), str(last or 0), wall_s=wall_s)
    return _pdf(_judge(answer, returncode))


async def draw_page(source: Source, number: int, *, wall_s: float = WALL_S) -> bytes:
    """Return a page as a JPEG of at most 150 dpi and 6 million pixels. Raises: ProcessorError, as above."""
    answer, returncode = await _run(source, "draw", str(number), wall_s=wall_s)
    if answer.startswith(_JPEG) and returncode == 0:
        return answer
    _judge(answer, returncode)
    raise ProcessorError("file_unreadable", f"page {number} of the PDF cannot be drawn")


async def _run(source: Source, *arguments: str, wall_s: float) -> tuple[bytes, int | None]:
    async with _gate:
        process = await _start(source, arguments)
        try:
            async with asyncio.timeout(wall_s):
                _, answer = await asyncio.gather(_feed(process, source), _take(process))
                await process.wait()
        except TimeoutError:
            message = f"the PDF took more than {wall_s:g} s to read"
            raise ProcessorError("pdf_timeout", message, retryable=True) from None
        finally:
            await _end(process)
    return answer, process.returncode


async def _start(source: Source, arguments: Sequence[str]) -> Process:
    with source.open("rb") if isinstance(source, Path) else nullcontext(PIPE) as stdin:
        # -I: neither the environment nor the working folder decides what is imported there; no secret is handed on.
        return await asyncio.create_subprocess_exec(
            sys.executable, "-I", "-c", _MAIN, _ROOT, *arguments, stdin=stdin, stdout=PIPE, stderr=DEVNULL, env={}
        )


async def _feed(process: Process, source: Source) -> None:
    if process.stdin is None or isinstance(source, Path):
        return
    with suppress(BrokenPipeError, ConnectionResetError):  # it ended without reading all
        process.stdin.write(source)
        await process.stdin.drain()
    process.stdin.close()


async def _take(process: Process) -> bytes:
    """Return what the process says. Raises: ProcessorError when it does not stop."""
    assert process.stdout is not None  # noqa: S101 - it is a pipe
    answer = bytearray()
    while chunk := await process.stdout.read(_CHUNK_BYTES):
        answer += chunk
        if len(answer) > MAX_ANSWER_BYTES:
            raise ProcessorError("file_too_large", _TOO_MUCH)
    return bytes(answer)


def _judge(answer: bytes, returncode: int | None) -> dict[str, Any]:
    try:
        found: dict[str, Any] = json.loads(answer)
    except ValueError:
        if returncode in _OVER_LIMITS:
            raise ProcessorError("file_too_large", _TOO_MUCH) from None
        raise ProcessorError("file_unreadable", "the PDF cannot be read: it is broken") from None
    if "error" in found:
        raise ProcessorError(found["error"], found["message"])
    return found


def _pdf(found: Mapping[str, Any]) -> Pdf:
    pages = (
        PdfPage(page["number"], page["has_text"], tuple(Article(**article) for article in page["articles"]))
        for page in found["pages"]
    )
    return Pdf(found["page_count"], tuple(found["heads"]), tuple(pages))


async def _end(process: Process) -> None:
    if process.returncode is None:
        process.kill()
        await process.wait()
