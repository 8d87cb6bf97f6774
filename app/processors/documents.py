"""Read documents for job types: what cannot be read is a ProcessorError."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from app.documents import reader
from app.documents.errors import DocumentError
from app.documents.kinds import Kind
from app.documents.model import Document
from app.documents.process import Source
from app.documents.reader import Told
from app.processors.base import Context, ProcessorError


@contextmanager
def faults() -> Iterator[None]:
    """Turn the errors of reading into those of a job."""
    try:
        yield
    except DocumentError as error:
        raise ProcessorError(error.code, error.message, retryable=error.retryable) from None


async def read_document(
    source: Source,
    kind: Kind = Kind.PDF,
    *,
    first: int = 1,
    last: int | None = None,
    layout: str = "auto",
    told: Told | None = None,
) -> Document:
    """Return what is written in a file; see `reader.read`. Raises: ProcessorError."""
    with faults():
        return await reader.read(source, kind, first=first, last=last, layout=layout, told=told)


async def read_pages(
    source: Source, kind: Kind, context: Context, *, first: int = 1, last: int | None = None, layout: str = "auto"
) -> Document:
    """Return what is written on some pages of a file of any kind, and tell how far that is; for every job type.

    Raises: ProcessorError (those of `reader.read`; pages_out_of_range).
    """

    async def told(done: int, total: int) -> None:
        await context.progress(done, total, f"read {done:,} of {total:,} pages")

    document = await read_document(source, kind, first=first, last=last, layout=layout, told=told)
    return document if kind is Kind.PDF else _only(document, first, last)


def _only(document: Document, first: int, last: int | None) -> Document:
    """Return a document with the pages wanted alone: other kinds than PDF are read as a whole."""
    pages = tuple(page for page in document.pages if first <= page.number <= (last or page.number))
    if not pages:
        count = len(document.pages)
        raise ProcessorError("pages_out_of_range", f"the file has {count:,} {'page' if count == 1 else 'pages'}")
    return replace(document, pages=pages)


async def draw_page(source: Source, number: int) -> bytes:
    """Return a page of a PDF as a JPEG. Raises: ProcessorError."""
    with faults():
        return await reader.draw(source, number)
