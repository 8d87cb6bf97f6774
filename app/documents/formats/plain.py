"""Text that is kept as it is: plain text, Markdown, JSON, XML."""

import re
from typing import Final

from app.documents.errors import DocumentError
from app.documents.formats.writer import MAX_CHARS, Writer
from app.documents.model import Document
from app.documents.text import Decoded, decode

_PROLOG: Final = re.compile(rb"""\s*<\?xml[^>]{0,200}?encoding\s*=\s*["']([A-Za-z0-9._:-]{1,40})["']""")
_MAX_BYTES_A_CHAR: Final = 4


def read(kind: str, content: bytes) -> Document:
    """Return a text as one page. Raises: DocumentError."""
    declared = [found[1].decode("ascii") for found in [_PROLOG.match(content)] if found and kind == "xml"]
    found = decoded(content, declared)
    writer = Writer()
    writer.block(found.text)
    note_replaced(writer, found)
    return writer.document(kind, encoding=found.encoding)


def decoded(content: bytes, declared: list[str]) -> Decoded:
    """Return the text of a file that is text. Raises: DocumentError."""
    if len(content) > MAX_CHARS * _MAX_BYTES_A_CHAR:
        raise DocumentError("file_too_large", f"the file has more than {MAX_CHARS:,} characters of text")
    return decode(content, declared)


def note_replaced(writer: Writer, found: Decoded) -> None:
    """Note the bytes that were no letters."""
    if found.replaced:
        writer.note(f"{found.replaced:,} places of the file are no letters in {found.encoding} and stand as \ufffd")
