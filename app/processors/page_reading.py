"""Read the pages that have no text, or a doubtful one, from their pictures; what stays doubtful says so.

Tesseract goes first where it is installed: it costs nothing and makes nothing up. A model that sees is asked where
Tesseract is not used, or is not sure.
"""

from dataclasses import replace

from app.documents.kinds import Kind
from app.documents.model import NO_TEXT, Document, Doubt, Page
from app.documents.process import Source
from app.documents.reader import Progress
from app.llm.base import ModelError
from app.processors.base import Context, ProcessorError
from app.processors.concurrently import each
from app.processors.documents import read_document
from app.processors.judging import agrees, judged
from app.processors.picture_readings import Reading, checked, with_tesseract, with_vision

PICTURES = frozenset({Kind.PNG, Kind.JPEG})
HELP = "Install tesseract-ocr, or choose a model with vision, to read it from its picture."

# What is wrong with a page, and not with all.
FAULTS_OF_A_PAGE = frozenset(["invalid_output", "file_unreadable", "file_too_large", "read_timeout", "ocr_unavailable"])
REFUSALS_OF_A_PAGE = frozenset(["content_refused", "context_too_long", "provider_rejected"])


async def read_whole(
    source: Source,
    context: Context,
    *,
    kind: Kind = Kind.PDF,
    first: int = 1,
    last: int | None = None,
    layout: str = "auto",
    on_progress: Progress | None = None,
) -> Document:
    """Return what is written in a file; pages of PDFs without text, or a doubtful one, are read from their picture.

    A PNG or JPEG is one page. `on_progress` hears of the pages as they are read from the file, then of those that are
    read from their picture, out of so many. What could not be read has doubts, and notes that say why.
    Raises: ProcessorError (as `read_document`), ModelError (what concerns not one page alone), NotAdmitted.
    """
    if kind in PICTURES:
        page = Page(1, "", has_text=False, doubts=(Doubt(NO_TEXT, 1.0, "the file is a picture"),), score=0.0)
        found = Document(kind.value, (page,))
    else:
        found = await read_document(source, kind, first=first, last=last, layout=layout, on_progress=on_progress)
    waiting = [page for page in found.pages if is_open(page)] if kind is Kind.PDF or kind in PICTURES else []
    done = 0

    async def read(page: Page) -> Page:
        nonlocal done
        read = await read_page(source, page, context, kind=kind)
        done += 1
        if on_progress is not None:
            await on_progress(done, len(waiting))
        return read

    read_again = {page.number: page for page in await each(waiting, read)}
    return replace(found, pages=tuple(read_again.get(page.number, page) for page in found.pages))


def is_open(page: Page) -> bool:
    """Say whether a page should be read from its picture."""
    return not page.has_text or page.is_doubtful


def fault_of_a_page(error: ProcessorError | ModelError) -> ProcessorError | None:
    """Return what is wrong with the page, None where it is not the page."""
    if isinstance(error, ModelError):
        return ProcessorError(error.kind, error.message) if error.kind in REFUSALS_OF_A_PAGE else None
    return error if error.code in FAULTS_OF_A_PAGE else None


async def read_page(source: Source, page: Page, context: Context, *, kind: Kind = Kind.PDF) -> Page:
    """Return an open page as it is after its picture was read, or with a note where it could not be.

    Raises: ModelError (what concerns not one page alone), NotAdmitted.
    """
    notes: list[str] = []
    best: Reading | None = None
    for reader in (with_tesseract, with_vision):
        try:
            reading = await reader(source, page, context, kind)
        except (ProcessorError, ModelError) as error:
            if (fault := fault_of_a_page(error)) is None:
                raise
            notes.append(f"Its picture was not read: {fault.message}.")
            continue
        if reading is not None and (reading.text or best is None):
            best = checked(reading, best)
        if best is not None and (best.is_sure or agrees(page, best)):
            break
    if best is None and not page.has_text and not notes:
        notes.append(f"It has no text layer. {HELP}")
    found = judged(page, best) if best else page
    return replace(found, notes=(*found.notes, *notes))
