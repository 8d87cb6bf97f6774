"""Read documents for job types: what cannot be read is a ProcessorError."""

from collections.abc import Iterator
from contextlib import contextmanager

from app.documents import reader
from app.documents.errors import DocumentError
from app.documents.kinds import Kind
from app.documents.model import Document
from app.documents.process import Source
from app.documents.reader import Form, Progress
from app.processors.base import ProcessorError


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
    on_progress: Progress | None = None,
) -> Document:
    """Return what is written in a file; see `reader.read`. Raises: ProcessorError."""
    with faults():
        return await reader.read(source, kind, first=first, last=last, layout=layout, on_progress=on_progress)


async def draw_page(source: Source, number: int, *, form: Form = "jpeg", kind: Kind = Kind.PDF) -> bytes:
    """Return a page of a PDF, or a picture, as a JPEG or PNG; see `reader.draw`. Raises: ProcessorError."""
    with faults():
        return await reader.draw(source, number, form=form, kind=kind)
