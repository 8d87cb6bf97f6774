"""What a file is, by its bytes and then its name: one rule for uploads, for the folder and for the reader.

Bytes decide between a PDF, a picture, an archive and text; the name has a say only among texts. What is refused is
refused for the reason that is true of the bytes.
"""

import re
from enum import StrEnum
from io import BytesIO
from pathlib import Path, PurePosixPath
from typing import BinaryIO, Final

from app.documents import containers, text, text_kinds
from app.documents.errors import DocumentError
from app.documents.signatures import HEAD_BYTES, known_refusal


class Kind(StrEnum):
    """The kinds of files that are taken."""

    PDF = "pdf"
    PNG = "png"
    JPEG = "jpeg"
    DOCX = "docx"
    XLSX = "xlsx"
    PPTX = "pptx"
    ODT = "odt"
    ODS = "ods"
    ODP = "odp"
    EPUB = "epub"
    RTF = "rtf"
    EML = "eml"
    HTML = "html"
    XML = "xml"
    MARKDOWN = "markdown"
    CSV = "csv"
    JSON = "json"
    TEXT = "text"


class KindError(DocumentError):
    """A file that is not taken; `message` says what was found and why that is refused.

    `code` is file_unreadable, file_encrypted, file_empty or file_too_large.
    """

    def __init__(self, message: str, code: str = "file_unreadable") -> None:
        super().__init__(code, message)


TAKEN: Final = (
    "PDF, PNG, JPEG, DOCX, XLSX, PPTX, ODT, ODS, ODP, EPUB, RTF, mail (EML), HTML, XML, Markdown, CSV, JSON and text"
)
_OFFICE: Final = "application/vnd.openxmlformats-officedocument."
_ODF: Final = "application/vnd.oasis.opendocument."
# What a browser might run (HTML, XML, SVG, MHTML mail) is handed out as plain text.
_MEDIA_TYPES: Final = {
    Kind.PDF: "application/pdf",
    Kind.PNG: "image/png",
    Kind.JPEG: "image/jpeg",
    Kind.DOCX: f"{_OFFICE}wordprocessingml.document",
    Kind.XLSX: f"{_OFFICE}spreadsheetml.sheet",
    Kind.PPTX: f"{_OFFICE}presentationml.presentation",
    Kind.ODT: f"{_ODF}text",
    Kind.ODS: f"{_ODF}spreadsheet",
    Kind.ODP: f"{_ODF}presentation",
    Kind.EPUB: "application/epub+zip",
    Kind.RTF: "application/rtf",
    Kind.MARKDOWN: "text/markdown",
    Kind.CSV: "text/csv",
    Kind.JSON: "application/json",
}
_PLAIN: Final = "text/plain"
_PNG: Final = b"\x89PNG\r\n\x1a\n"
_JPEG: Final = b"\xff\xd8\xff"
_RTF: Final = b"{\\rtf"
_ZIPS: Final = (b"PK\x03\x04", b"PK\x05\x06", b"PK00PK\x03\x04")
_OLE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_BINARY_SUFFIXES: Final = frozenset(
    (
        ".pdf",
        ".png",
        ".jpg",
        ".jpeg",
        ".docx",
        ".docm",
        ".xlsx",
        ".xlsm",
        ".pptx",
        ".pptm",
        ".odt",
        ".ods",
        ".odp",
        ".epub",
        ".zip",
        ".gif",
        ".webp",
    )
)

# A reader takes a file for a PDF by this. Source: PDF reference 1.7, appendix H, note 13.
_PDF_HEADER: Final = re.compile(rb"%PDF-\d")
_PDF_WITHIN: Final = 1024
_PDF_OBJECT: Final = re.compile(rb"\b\d{1,10}\s+\d{1,5}\s+obj\b")
_PDF_END: Final = re.compile(rb"startxref\s+\d+\s+%%EOF\s*\Z")
_TAIL_BYTES: Final = 2048
_BLANK: Final = b"\xef\xbb\xbf \t\r\n\f\x00"


def kind_of(source: bytes | Path, name: str) -> Kind:
    """Return the kind of a whole file, of whose name only the suffix counts. Raises: KindError, OSError."""
    with BytesIO(source) if isinstance(source, bytes) else source.open("rb") as file:
        head = file.read(HEAD_BYTES)
        if not head:
            raise KindError("the file is empty", "file_empty")
        suffix = PurePosixPath(name).suffix.lower()
        return _by_bytes(file, head, suffix) or _by_text(file, head, suffix)


def media_type(kind: Kind) -> str:
    """Return the media type under which a file of a kind is kept and served; what is active is plain text."""
    return _MEDIA_TYPES.get(kind, _PLAIN)


def refuse_early(head: bytes) -> None:
    """Refuse a file by its first bytes, the more the better. Raises: KindError, where they suffice to know."""
    found = known_refusal(head)
    if found is not None:
        raise KindError(found)


def _by_bytes(file: BinaryIO, head: bytes, suffix: str) -> Kind | None:
    if head.startswith(_PNG):
        return Kind.PNG
    if head.startswith(_JPEG):
        return Kind.JPEG
    refuse_early(head)
    if _is_pdf(file, head, suffix):
        return Kind.PDF
    if head.startswith(_ZIPS):
        return Kind(_contained(containers.archived, file))
    if head.startswith(_OLE):
        return Kind(_contained(containers.compound, file))
    return Kind.RTF if head.lstrip(_BLANK).startswith(_RTF) else None


def _contained(look: "containers.Look", file: BinaryIO) -> str:
    try:
        return look(file)
    except DocumentError as error:
        raise KindError(error.message, error.code) from None


def _is_pdf(file: BinaryIO, head: bytes, suffix: str) -> bool:
    """Say whether a PDF begins within the first 1,024 bytes, and not a text that mentions one.

    What begins as a PDF needs an object, bytes that are no text, or the name; what stands behind something else must
    also end as a PDF or hold bytes that are no text.
    """
    header = _PDF_HEADER.search(head[:_PDF_WITHIN])
    if header is None:
        return False
    is_first = not head[: header.start()].strip(_BLANK)
    has_object = _PDF_OBJECT.search(head, header.end()) is not None
    if is_first and (has_object or suffix == ".pdf"):
        return True
    file.seek(max(0, file.seek(0, 2) - _TAIL_BYTES))
    if has_object and _PDF_END.search(file.read(_TAIL_BYTES).rstrip(_BLANK)):
        return True
    file.seek(0)
    return (is_first or has_object) and not text.is_text(file)


def _by_text(file: BinaryIO, head: bytes, suffix: str) -> Kind:
    file.seek(0)
    if not text.is_text(file):
        raise KindError(f"the file's bytes are of no kind that is known; taken are {TAKEN}")
    kind = Kind(text_kinds.sort(head, suffix))
    if suffix in _BINARY_SUFFIXES:
        what = {Kind.HTML: "an HTML page", Kind.XML: "XML"}.get(kind, "plain text")
        raise KindError(f"the file is named {suffix} and its bytes are {what}")
    return kind
