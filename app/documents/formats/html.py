"""HTML: what a reader of the page sees, in blocks; data tables as tables. Nothing is fetched or run."""

import re
from typing import Final

from app.documents.errors import DocumentError
from app.documents.formats.html_tree import Page
from app.documents.formats.plain import decoded, note_replaced
from app.documents.formats.writer import Writer
from app.documents.model import Document

_DECLARED: Final = re.compile(rb"""(?:charset|encoding)\s*=\s*["']?\s*([A-Za-z0-9._:-]{1,40})""", re.IGNORECASE)
_DECLARED_WITHIN: Final = 4096
_XHTML: Final = re.compile(r"\s*<\?xml|<html[^>]{0,300}xmlns", re.IGNORECASE)
_XHTML_WITHIN: Final = 1024
_VOID: Final = "area|base|br|col|embed|hr|img|input|link|meta|source|track|wbr"
# To a parser of HTML an empty <title/> or <script/> is open, and all that follows is in it.
_CLOSED_AT_ONCE: Final = re.compile(rf"<(?!(?:{_VOID})\b)([A-Za-z][\w:-]{{0,40}})(\s[^<>]{{0,2000}})?/>")

_NESTING: Final = re.compile(
    r"<(/?)(?:div|span|[biau]|em|strong|font|section|article|blockquote|table|ul|ol|dl|center)\b", re.IGNORECASE
)
_MAX_DEPTH: Final = 2000  # time grows with its square


def read(kind: str, content: bytes) -> Document:
    """Return a page of HTML. Raises: DocumentError."""
    declared = [found.decode("ascii") for found in _DECLARED.findall(content[:_DECLARED_WITHIN])]
    found = decoded(content, declared)
    writer = Writer()
    title = write(found.text, writer)
    note_replaced(writer, found)
    writer.end_page(title)
    return writer.document(kind, encoding=found.encoding)


def write(text: str, writer: Writer) -> str:
    """Write what a page says, its title first unless the page begins with it; return the title. Raises: DocumentError.

    The page of the writer is not ended.
    """
    if _XHTML.search(text[:_XHTML_WITHIN]):
        text = _CLOSED_AT_ONCE.sub(r"<\1\2></\1>", text)
    _check_depth(text)
    page = Page(text)
    blocks = page.blocks()
    if page.title and not (blocks and isinstance(blocks[0], str) and blocks[0].startswith(page.title)):
        writer.block(page.title)
    for block in blocks:
        writer.block(block) if isinstance(block, str) else writer.table(block)
    if page.has_hidden:
        writer.note("hidden text of a page was left out")
    return page.title


def _check_depth(text: str) -> None:
    depth = 0
    for tag in _NESTING.finditer(text):
        depth = max(0, depth + (-1 if tag[1] else 1))
        if depth > _MAX_DEPTH:
            raise DocumentError("file_too_large", f"the page is nested deeper than {_MAX_DEPTH:,} elements")
