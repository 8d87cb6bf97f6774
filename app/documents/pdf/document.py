"""A PDF as pages of articles, or one page as a picture; every way to fail is a code with a sentence."""

import io
import itertools
import math
from collections.abc import Sequence
from typing import Literal

import pypdfium2

from app.documents.errors import DocumentError
from app.documents.model import Article, Document, Page, joined
from app.documents.pdf.articles import articles_of
from app.documents.pdf.furniture import Bounds, furniture
from app.documents.pdf.hyphens import Vocabulary
from app.documents.pdf.layout import Line, body_size, lines_in_order
from app.documents.pdf.shapes import Word
from app.documents.pdf.signature import is_pdf
from app.documents.pdf.words import TooMuchTextError, upright, words_of

MAX_PAGES = 200
MAX_TEXT_CHARS = 2_000_000
MAX_PIXELS = 6_000_000
DPI = 150
OCR_MAX_PIXELS = 9_000_000
OCR_DPI = 300

_NEIGHBOURS = 2  # pages read before and behind those wanted, to know the running heads
_MAX_HEADS = 50
_SAME_SIZE = 0.5  # points
_JPEG_QUALITY = 80
_FAST = 1  # of a PNG's compression
_POINTS_AN_INCH = 72
_PASSWORD_ERRORS = frozenset({pypdfium2.raw.FPDF_ERR_PASSWORD, pypdfium2.raw.FPDF_ERR_SECURITY})


def read(content: bytes, first: int = 1, last: int | None = None, layout: str = "auto") -> Document:  # noqa: ARG001 - next
    """Return the pages from `first` to `last`, counted from 1. Raises: DocumentError."""
    document = _open(content)
    count = len(document)
    end = count if last is None else min(last, count)
    if first > end:
        raise DocumentError("pages_out_of_range", f"the PDF has {count:,} pages, none from {first:,} on")
    if end - first >= MAX_PAGES:
        text = f"the PDF has {count:,} pages and at most {MAX_PAGES} are read at once; name them in `pages`"
        raise DocumentError("file_too_large", text)
    read_from, read_to = max(1, first - _NEIGHBOURS), min(count, end + _NEIGHBOURS)
    words, bounds = _words(document, range(read_from, read_to + 1))
    pieces = furniture(words, bounds)
    for number, found in pieces.items():
        dropped = {word for piece in found for word in piece.words}
        words[number] = [word for word in words[number] if word not in dropped]
    body = body_size(word for number in words for word in words[number])
    lines = {number: lines_in_order(found, body=body) for number, found in words.items()}
    known = Vocabulary(line.text for number in lines for line in lines[number])
    running = [piece.text for number in pieces for piece in pieces[number]]
    pages = []
    for number in range(first, end + 1):
        articles = articles_of(lines[number], body=body, known=known, is_first=number == 1)
        pages.append(Page(number, joined(map(_text, articles)), has_text=bool(lines[number]), articles=tuple(articles)))
    return Document("pdf", tuple(pages), page_count=count, heads=tuple(_heads(lines.get(1, ()), running)))


def _text(article: Article) -> str:
    return joined([part for part in (article.title, article.subtitle, article.author, article.body) if part])


def draw(content: bytes, number: int, form: Literal["jpeg", "png"] = "jpeg") -> bytes:
    """Return a page as a JPEG at 150 dpi or a grey PNG at 300, or fewer when it is larger than the cap of pixels.

    Raises: DocumentError.
    """
    document = _open(content)
    if not 1 <= number <= len(document):
        raise DocumentError("pages_out_of_range", f"the PDF has no page {number:,}")
    page = _page(document, number)
    width, height = page.get_size()
    if not (width > 0 and height > 0 and math.isfinite(width * height)):
        raise DocumentError("file_unreadable", f"page {number:,} of the PDF has no size")
    dpi, pixels = (OCR_DPI, OCR_MAX_PIXELS) if form == "png" else (DPI, MAX_PIXELS)
    scale = min(dpi / _POINTS_AN_INCH, math.sqrt(pixels / (width * height)))
    if max(width, height) * scale > pixels / 100 or min(width, height) * scale < 1:
        raise DocumentError("file_unreadable", f"page {number:,} of the PDF has no form that a picture can have")
    out = io.BytesIO()
    picture = page.render(scale=scale, limit_image_cache=True, grayscale=form == "png").to_pil()
    picture.save(out, form, quality=_JPEG_QUALITY, compress_level=_FAST)
    return out.getvalue()


def _open(content: bytes) -> pypdfium2.PdfDocument:
    if not content:
        raise DocumentError("file_empty", "the file is empty")
    if not is_pdf(content):
        raise DocumentError("file_unreadable", "the file is no PDF: it does not begin as one")
    try:
        document = pypdfium2.PdfDocument(content)
    except pypdfium2.PdfiumError as error:
        if error.err_code in _PASSWORD_ERRORS:
            raise DocumentError("pdf_encrypted", "the PDF is encrypted; its password would be needed") from None
        raise DocumentError("file_unreadable", "the PDF is broken") from None
    if not len(document):
        raise DocumentError("file_unreadable", "the PDF has no pages")
    return document


def _page(document: pypdfium2.PdfDocument, number: int) -> pypdfium2.PdfPage:
    try:
        return document[number - 1]
    except pypdfium2.PdfiumError:
        raise DocumentError("file_unreadable", f"page {number:,} of the PDF is broken") from None


def _words(document: pypdfium2.PdfDocument, numbers: range) -> tuple[dict[int, list[Word]], dict[int, Bounds]]:
    words: dict[int, list[Word]] = {}
    bounds: dict[int, Bounds] = {}
    size = 0
    for number in numbers:
        page = _page(document, number)
        _, top, _, bottom = upright(page.get_rotation())(page.get_bbox())
        bounds[number] = (top, bottom)
        try:
            words[number] = words_of(page)
        except TooMuchTextError:
            raise DocumentError("file_too_large", f"page {number:,} of the PDF holds too much text") from None
        page.close()
        size += sum(len(word.text) + 1 for word in words[number])
        if size > MAX_TEXT_CHARS:
            raise DocumentError("file_too_large", f"the PDF holds more than {MAX_TEXT_CHARS:,} characters")
    return words, bounds


def _heads(first_page: Sequence[Line], running: Sequence[str]) -> list[str]:
    """Return the lines above the first text of the first page, then what stands on many pages, each once."""
    head: list[str] = []
    for line, following in itertools.pairwise(first_page):
        if head and line.column == following.column and abs(line.size - following.size) < _SAME_SIZE:
            break
        head.append(line.text)
    return list(dict.fromkeys([*head, *running]))[:_MAX_HEADS]
