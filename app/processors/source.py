"""Read what a job works on: a text as it is, or a file of any kind, with its pages and what is to be said of it."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import PurePosixPath

from app.documents import process
from app.documents.kinds import Kind, kind_of
from app.documents.model import Document
from app.documents.reader import Progress
from app.processors.base import Context, ProcessorError
from app.processors.documents import faults
from app.processors.fields import Strict
from app.processors.inputs import FileInput, TextOrFile, page_range
from app.processors.page_reading import PICTURES, read_whole
from app.processors.places import PageSpan
from app.storage.local import FileError

MAX_FILE_CHARS = 5_000_000
MAX_NOTES = 50

_BETWEEN = "\n\n"


class SourceInfo(Strict):
    """What was read of a file.

    `kind` is pdf, docx, csv, text, … `pages` counts what was read (pages, sheets, chapters), null where the kind has
    none. `encoding` is what a text was written in. `doubtful_pages` are those that may have been read wrongly. `notes`
    say in sentences what else to know, such as what was left out.
    """

    kind: str
    pages: int | None
    characters: int
    encoding: str | None
    doubtful_pages: tuple[int, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Source:
    """The whole text, where its pages stand in it (none where there are no pages), and what was read of a file."""

    text: str
    pages: tuple[PageSpan, ...] = ()
    info: SourceInfo | None = None


async def read_source(given: FileInput | TextOrFile, context: Context) -> Source:
    """Return the text of the input, whatever it was given as.

    Raises: ProcessorError (file_refused, file_not_found, file_too_large, file_unreadable, file_encrypted, file_empty,
    pdf_encrypted, pages_out_of_range; retryable: read_timeout); ModelError, NotAdmitted where it reads pictures.
    """
    text = getattr(given, "text", None)
    if text is not None:
        return Source(text)
    try:
        async with opened(given, context) as (name, content):
            kind = await kind_in(content, name)
            document = await read_pages(content, kind, context, given.pages)
    except FileError as error:
        raise ProcessorError(error.code, str(error)) from None
    return source_of(document, name)


async def kind_in(content: process.Source, name: str) -> Kind:
    """Return what a file is, by its bytes and then its name, as for uploads. Raises: ProcessorError."""
    with faults():
        return await asyncio.to_thread(kind_of, content, name)


@asynccontextmanager
async def opened(given: FileInput | TextOrFile, context: Context) -> AsyncIterator[tuple[str, process.Source]]:
    """Yield the file's name and the file. Raises: FileError."""
    if given.file_id is not None:
        async with context.file(given.file_id) as found:
            yield found.name, found.path
        return
    path = given.input_file_path or ""
    yield PurePosixPath(path).name, await context.files.read_bytes(path)


async def read_pages(content: process.Source, kind: Kind, context: Context, pages: str | None = None) -> Document:
    """Return what is written on some pages of a file, doubtful and scanned ones read from their picture; tell how far.

    Raises: ProcessorError, ModelError, NotAdmitted, as above.
    """
    first, last = page_range(pages)
    document = await read_whole(
        content, context, kind=kind, first=first, last=last, layout="plain", on_progress=shown_progress(context)
    )
    return document if kind is Kind.PDF else _only(document, first, last)


def shown_progress(context: Context) -> Progress:
    """Return what tells how far the reading of a file is."""

    async def on_progress(done: int, total: int) -> None:
        await context.progress(done, total, f"read {done:,} of {total:,} pages")

    return on_progress


def _only(document: Document, first: int, last: int | None) -> Document:
    """Return a document with the pages wanted alone: other kinds than PDF are read as a whole."""
    pages = tuple(page for page in document.pages if first <= page.number <= (last or page.number))
    if not pages:
        count = len(document.pages)
        raise ProcessorError("pages_out_of_range", f"the file has {count:,} {'page' if count == 1 else 'pages'}")
    return replace(document, pages=pages)


def source_of(document: Document, name: str) -> Source:
    """Return a document's text with the places of its pages. Raises: ProcessorError (file_empty, file_too_large)."""
    spans: list[PageSpan] = []
    texts: list[str] = []
    length = 0
    for page in document.pages:
        if page.text:
            start = length + (len(_BETWEEN) if texts else 0)
            length = start + len(page.text)
            spans.append(PageSpan(page.number, start, length))
            texts.append(page.text)
    text = _BETWEEN.join(texts)
    if not text.strip():
        raise ProcessorError("file_empty", _why_empty(document, name))
    if length > MAX_FILE_CHARS:
        message = f"the file holds {length:,} characters and at most {MAX_FILE_CHARS:,} are worked on; name some pages"
        raise ProcessorError("file_too_large", message)
    has_pages = document.page_count is not None or len(document.pages) > 1
    return Source(text, tuple(spans) if has_pages else (), _info(document, length, has_pages=has_pages))


def _why_empty(document: Document, name: str) -> str:
    if document.kind not in (Kind.PDF, *PICTURES):
        return f"{name} holds no text"
    notes = dict.fromkeys(note for page in document.pages for note in page.notes)
    return " ".join(["no text could be read in the file.", *list(notes)[:3]]) if notes else f"{name} holds no text"


def _info(document: Document, characters: int, *, has_pages: bool) -> SourceInfo:
    notes = list(_notes(document, has_pages=has_pages))
    if len(notes) > MAX_NOTES:
        notes[MAX_NOTES - 1 :] = [f"{len(notes) - MAX_NOTES + 1} more notes are left out"]
    return SourceInfo(
        kind=document.kind,
        pages=len(document.pages) if has_pages else None,
        characters=characters,
        encoding=document.encoding,
        doubtful_pages=tuple(page.number for page in document.pages if page.is_doubtful),
        notes=tuple(notes),
    )


def _notes(document: Document, *, has_pages: bool) -> Iterable[str]:
    yield from document.notes
    if unread := [page.number for page in document.pages if not page.has_text]:
        yield f"without text, and not read: {'page' if len(unread) == 1 else 'pages'} {_ranges(unread)}"
    for page in document.pages:
        where = f"page {page.number}: " if has_pages else ""
        yield from (f"{where}{note}" for note in page.notes)
        yield from (f"{where}{doubt.detail or doubt.reason}" for doubt in page.doubts if page.has_text)


def _ranges(numbers: Iterable[int]) -> str:
    """Return ascending numbers in short: 1-3, 7."""
    runs = groupby(enumerate(numbers), lambda one: one[1] - one[0])
    ends = ([number for _, number in run] for _, run in runs)
    return ", ".join(str(run[0]) if len(run) == 1 else f"{run[0]}-{run[-1]}" for run in ends)
