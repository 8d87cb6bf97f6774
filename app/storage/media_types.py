"""What a file is, by its bytes: PDF, PNG, JPEG, or text in UTF-8; everything else is refused."""

import codecs

from app.storage.errors import FileTypeRefusedError
from app.storage.names import suffix

PDF = "application/pdf"
PLAIN = "text/plain"
_MAGIC = {b"%PDF-": PDF, b"\x89PNG\r\n\x1a\n": "image/png", b"\xff\xd8\xff": "image/jpeg"}
_BINARY_SUFFIXES = frozenset({".pdf", ".png", ".jpg", ".jpeg"})
_TEXTS = {  # kinds of text that no bytes tell apart
    ".md": "text/markdown",
    ".markdown": "text/markdown",
    ".csv": "text/csv",
    ".json": "application/json",
}
# Text to a decoder, but a page, a script or a picture to some program.
_ACTIVE = (b"<!doctype", b"<html", b"<head", b"<body", b"<script", b"<iframe", b"<svg", b"<?", b"%!", b"gif8")
_LEADING = b"\xef\xbb\xbf \t\r\n\f"
_PDF_WITHIN = 1024  # a reader takes a file for a PDF by this. Source: PDF reference 1.7, appendix H, note 13
# Source: WHATWG MIME Sniffing, "binary data byte".
_BINARY_BYTES = bytes([*range(0x09), 0x0B, *range(0x0E, 0x1B), *range(0x1C, 0x20)])
TAKEN = "PDF, PNG, JPEG, or text in UTF-8"


class TypeCheck:
    """Looks at a file's blocks as they come, the first of at least a few bytes; refuses at the first wrong one."""

    def __init__(self) -> None:
        """Start before the first block."""
        self._known: str | None = None
        self._has_begun = False
        self._decoder = codecs.getincrementaldecoder("utf-8")()

    def feed(self, block: bytes) -> None:
        """Look at the next block. Raises: FileTypeRefusedError."""
        if not self._has_begun:
            self._has_begun = True
            self._known = next((kind for magic, kind in _MAGIC.items() if block.startswith(magic)), None)
            if self._known is None:
                _refuse_active(block)
        if self._known is None:
            self._read_text(block)

    def finish(self, name: str) -> str:
        """Return the media type; only among texts the name has a say. Raises: FileTypeRefusedError."""
        if self._known is not None:
            return self._known
        self._read_text(b"", final=True)
        ending = suffix(name)
        if ending in _BINARY_SUFFIXES:
            raise FileTypeRefusedError(f"The file is named {ending} and its bytes are plain text.")
        return _TEXTS.get(ending, PLAIN)

    def _read_text(self, block: bytes, *, final: bool = False) -> None:
        try:
            self._decoder.decode(block, final)
        except UnicodeDecodeError:
            raise _refused() from None
        if len(block.translate(None, _BINARY_BYTES)) < len(block):
            raise _refused()


def _refuse_active(block: bytes) -> None:
    start = block[:_PDF_WITHIN]
    if start.lstrip(_LEADING).lower().startswith(_ACTIVE) or b"%PDF-" in start:
        raise _refused()


def _refused() -> FileTypeRefusedError:
    return FileTypeRefusedError(f"The file's bytes are none of {TAKEN}.")
