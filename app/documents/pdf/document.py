"""A PDF as pages of text, tables and articles, or one page as a picture; each way to fail is a code and a sentence."""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import replace

import pypdfium2

from app.documents.errors import DocumentError
from app.documents.model import UNREAD_FORM, Document, Doubt
from app.documents.pdf.drawing import Form, picture_of
from app.documents.pdf.furniture import furniture
from app.documents.pdf.glyphs import TooMuchTextError
from app.documents.pdf.hyphens import Vocabulary
from app.documents.pdf.laid_out import LaidOut
from app.documents.pdf.layout import Line, body_size
from app.documents.pdf.pages import Sheet, sheet_of
from app.documents.pdf.shapes import BLOCK

MAX_PAGES = 200
MAX_TEXT_CHARS = 2_000_000

_NEIGHBOURS = 2  # pages read before and behind those wanted, to know the running heads
_MAX_HEADS = 50
_SAME_SIZE = 0.5  # points
_UNREAD_FORM = Doubt(
    UNREAD_FORM, 1.0, "the form is made by a program inside the PDF (XFA), and its fields are not read"
)
_PASSWORD_ERRORS = frozenset({pypdfium2.raw.FPDF_ERR_PASSWORD, pypdfium2.raw.FPDF_ERR_SECURITY})


def read(content: bytes, first: int = 1, last: int | None = None, layout: str = "auto") -> Document:
    """Return the pages from `first` to `last`, counted from 1.

    `layout` is newspaper (columns, articles, no running heads), plain (all that stands there), or auto: as each page
    looks. Raises: DocumentError.
    """
    document = _open(content)
    count = len(document)
    end = count if last is None else min(last, count)
    if first > end:
        raise DocumentError("pages_out_of_range", f"the PDF has {count:,} pages, none from {first:,} on")
    if end - first >= MAX_PAGES:
        text = f"the PDF has {count:,} pages and at most {MAX_PAGES} are read at once; name them in `pages`"
        raise DocumentError("file_too_large", text)
    sheets = _sheets(document, range(max(1, first - _NEIGHBOURS), min(count, end + _NEIGHBOURS) + 1))
    body = body_size(word for sheet in sheets.values() for word in sheet.words)
    laid = {number: LaidOut(sheet, body, layout) for number, sheet in sheets.items()}
    left_out = _leave_out_furniture(sheets, laid)
    known = Vocabulary(line.text for one in laid.values() for line in one.lines)
    pages = [laid[number].page(known, left_out.get(number, ())) for number in range(first, end + 1)]
    running = [text for texts in left_out.values() for text in texts]
    heads = _heads(laid[1].lines if 1 in laid else (), running)
    if document.get_formtype() == pypdfium2.raw.FORMTYPE_XFA_FULL:
        pages = [replace(page, doubts=(_UNREAD_FORM, *page.doubts), score=0.0) for page in pages]
    return Document("pdf", tuple(pages), page_count=count, heads=tuple(heads), notes=tuple(_notes(document)))


def _notes(document: pypdfium2.PdfDocument) -> Iterator[str]:
    files = document.count_attachments()
    if files > 0:
        one = files == 1
        yield f"The PDF has {files:,} {'file' if one else 'files'} inside, which {'is' if one else 'are'} not read."


def draw(content: bytes, number: int, form: Form = "jpeg") -> bytes:
    """Return a page as a picture. Raises: DocumentError."""
    document = _open(content)
    if not 1 <= number <= len(document):
        raise DocumentError("pages_out_of_range", f"the PDF has no page {number:,}")
    return picture_of(_page(document, number), number, form)


def _open(content: bytes) -> pypdfium2.PdfDocument:
    if not content:
        raise DocumentError("file_empty", "the file is empty")
    try:
        document = pypdfium2.PdfDocument(content)
    except pypdfium2.PdfiumError as error:
        if error.err_code in _PASSWORD_ERRORS:
            raise DocumentError("pdf_encrypted", "the PDF is encrypted; its password would be needed") from None
        raise DocumentError("file_unreadable", "the PDF is broken") from None
    if not len(document):
        raise DocumentError("file_unreadable", "the PDF has no pages")
    document.init_forms()  # before a page is opened, or its fields have no values
    return document


def _page(document: pypdfium2.PdfDocument, number: int) -> pypdfium2.PdfPage:
    try:
        return document[number - 1]
    except pypdfium2.PdfiumError:
        raise DocumentError("file_unreadable", f"page {number:,} of the PDF is broken") from None


def _sheets(document: pypdfium2.PdfDocument, numbers: range) -> dict[int, Sheet]:
    sheets: dict[int, Sheet] = {}
    size = 0
    for number in numbers:
        page = _page(document, number)
        try:
            sheets[number] = sheet_of(page, number, document.formenv)
        except TooMuchTextError:
            raise DocumentError("file_too_large", f"page {number:,} of the PDF holds too much text") from None
        page.close()
        size += sum(len(word.text) + 1 for word in sheets[number].words)
        if size > MAX_TEXT_CHARS:
            raise DocumentError("file_too_large", f"the PDF holds more than {MAX_TEXT_CHARS:,} characters")
    return sheets


def _leave_out_furniture(sheets: dict[int, Sheet], laid: dict[int, LaidOut]) -> dict[int, list[str]]:
    """Take running heads and page numbers out of newspaper pages; return them by page."""
    found = furniture(
        {number: sheet.words for number, sheet in sheets.items()},
        {number: (sheet.box[1], sheet.box[3]) for number, sheet in sheets.items()},
    )
    for number, one in laid.items():
        if one.is_newspaper:
            one.leave_out({word for piece in found[number] for word in piece.words})
    return {number: [piece.text for piece in found[number]] for number, one in laid.items() if one.is_newspaper}


def _heads(first_page: Sequence[Line], running: Sequence[str]) -> list[str]:
    """Return the lines above the first text of the first page, then what stands on many pages, each once."""
    head: list[str] = []
    for line, following in itertools.pairwise(first_page):
        if head and line.column == following.column and abs(line.size - following.size) < _SAME_SIZE:
            break
        head += [] if line.text.startswith(BLOCK) else [line.text]
    return list(dict.fromkeys([*head, *running]))[:_MAX_HEADS]
