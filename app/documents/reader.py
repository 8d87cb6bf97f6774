"""Read a document of any kind, or draw a page of it, in limited processes; PDFs some pages a process, side by side."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Literal

from app.documents.errors import DocumentError
from app.documents.kinds import Kind
from app.documents.model import Document, from_json
from app.documents.process import WALL_S, Source, judge, run

PAGES_A_PROCESS = 20
MAX_PAGES = 2000

_STARTS = {"jpeg": b"\xff\xd8", "png": b"\x89PNG"}

Form = Literal["jpeg", "png"]
Progress = Callable[[int, int], Awaitable[None]]


async def read(
    source: Source,
    kind: Kind = Kind.PDF,
    *,
    first: int = 1,
    last: int | None = None,
    layout: str = "auto",
    on_progress: Progress | None = None,
    wall_s: float = WALL_S,
) -> Document:
    """Return what is written in a file; cancelling kills the processes.

    `first`, `last` (pages from 1) and `layout` (auto, newspaper, plain) concern PDFs alone; `on_progress` hears how
    many pages of how many are read. Raises: DocumentError (pdf_encrypted, file_unreadable, file_empty, file_too_large,
    pages_out_of_range), or, retryable, read_timeout.
    """
    if kind is not Kind.PDF:
        return from_json(judge(*await run(source, "read", kind.value, wall_s=wall_s)))

    async def some(start: int, end: int) -> Document:
        return from_json(judge(*await run(source, "pages", str(start), str(end), layout, wall_s=wall_s)))

    begun = await some(first, min(last or MAX_PAGES, first + PAGES_A_PROCESS - 1))
    assert begun.page_count is not None  # noqa: S101 - a PDF has pages
    end = min(last or begun.page_count, begun.page_count)
    if end - first >= MAX_PAGES:
        text = (
            f"the PDF has {begun.page_count:,} pages and at most {MAX_PAGES:,} are read at once; name them in `pages`"
        )
        raise DocumentError("file_too_large", text)
    done = len(begun.pages)

    async def counted_of(start: int) -> Document:
        nonlocal done
        found = await some(start, min(end, start + PAGES_A_PROCESS - 1))
        done += len(found.pages)
        if on_progress is not None:
            await on_progress(done, end - first + 1)
        return found

    try:
        async with asyncio.TaskGroup() as group:
            starts = range(first + PAGES_A_PROCESS, end + 1, PAGES_A_PROCESS)
            tasks = [group.create_task(counted_of(start)) for start in starts]
    except ExceptionGroup as several:  # the others were ended
        raise several.exceptions[0] from None
    rest = [task.result() for task in tasks]
    heads = dict.fromkeys(head for part in (begun, *rest) for head in part.heads)
    return replace(begun, pages=tuple(page for part in (begun, *rest) for page in part.pages), heads=tuple(heads))


async def draw(
    source: Source, number: int, *, form: Form = "jpeg", kind: Kind = Kind.PDF, wall_s: float = WALL_S
) -> bytes:
    """Return a page of a PDF, or the one of a picture, as a JPEG of at most 150 dpi and 6 million pixels.

    As a `png`, which OCR reads best, it is grey, of at most 300 dpi and 9 million pixels. Raises: DocumentError.
    """
    command = ("draw", str(number), form) if kind is Kind.PDF else ("picture", form, "0", "")
    answer, returncode = await run(source, *command, wall_s=wall_s)
    if answer.startswith(_STARTS[form]) and returncode == 0:
        return answer
    judge(answer, returncode)
    raise DocumentError("file_unreadable", f"page {number} of the file cannot be drawn")
