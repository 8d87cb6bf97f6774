"""What a ZIP archive or an OLE compound file holds: a kind of document, or the reason why it is refused."""

import struct
from collections.abc import Callable, Iterator
from typing import BinaryIO, Final

from app.documents.archives import Archive
from app.documents.errors import DocumentError

Look = Callable[[BinaryIO], str]

_TYPES_PART: Final = "[Content_Types].xml"
_MAX_TYPES_BYTES: Final = 2_000_000
_OFFICE: Final = (  # words of a main part's content type; a template or a document with macros is read like any other
    (b"wordprocessingml.document.main", "docx"),
    (b"ms-word.document.macroEnabled.main", "docx"),
    (b"wordprocessingml.template.main", "docx"),
    (b"ms-word.template.macroEnabledTemplate.main", "docx"),
    (b"spreadsheetml.sheet.main", "xlsx"),
    (b"ms-excel.sheet.macroEnabled.main", "xlsx"),
    (b"spreadsheetml.template.main", "xlsx"),
    (b"ms-excel.template.macroEnabled.main", "xlsx"),
    (b"presentationml.presentation.main", "pptx"),
    (b"presentationml.slideshow.main", "pptx"),
    (b"presentationml.template.main", "pptx"),
    (b"ms-powerpoint.presentation.macroEnabled.main", "pptx"),
    (b"ms-powerpoint.slideshow.macroEnabled.main", "pptx"),
)
_OFFICE_REFUSED: Final = (
    (b"ms-excel.sheet.binary", "this is a binary Excel workbook (.xlsb); save it as .xlsx"),
    (b"ms-visio.", "this is a Visio drawing; save it as PDF"),
    (b"ms-package.xps", "this is an XPS document; save it as PDF"),
)
_BY_MIMETYPE: Final = (
    (b"application/epub+zip", "epub"),
    (b"application/vnd.oasis.opendocument.text", "odt"),
    (b"application/vnd.oasis.opendocument.spreadsheet", "ods"),
    (b"application/vnd.oasis.opendocument.presentation", "odp"),
)
_ZIPS_REFUSED: Final = (
    ("Index/Document.iwa", "this is a Pages, Numbers or Keynote document; save it as DOCX, XLSX or PDF"),
    ("Index.zip", "this is a Pages, Numbers or Keynote document; save it as DOCX, XLSX or PDF"),
    ("FixedDocSeq.fdseq", "this is an XPS document; save it as PDF"),
    ("AndroidManifest.xml", "this is a program (Android); programs are not read"),
    ("META-INF/MANIFEST.MF", "this is a program (Java archive); programs are not read"),
)
_STREAMS: Final = (
    ("EncryptedPackage", "file_encrypted", "this is an Office file protected by a password; save it without one"),
    ("WordDocument", "file_unreadable", "this is a Word 97 document (.doc); save it as .docx"),
    ("Workbook", "file_unreadable", "this is an Excel 97 workbook (.xls); save it as .xlsx"),
    ("Book", "file_unreadable", "this is an Excel 95 workbook (.xls); save it as .xlsx"),
    ("PowerPoint Document", "file_unreadable", "this is a PowerPoint 97 presentation (.ppt); save it as .pptx or PDF"),
    ("__properties_version1.0", "file_unreadable", "this is an Outlook message (.msg); save it as .eml"),
    ("VisioDocument", "file_unreadable", "this is a Visio drawing; save it as PDF"),
    ("Quill", "file_unreadable", "this is a Publisher document; save it as PDF"),
)
_SECTOR_SHIFTS: Final = (9, 12)
_LAST_SECTOR: Final = 0xFFFFFFFA  # this and more are marks, no sectors
_MAX_DIRECTORY_SECTORS: Final = 256
_ENTRY_BYTES: Final = 128


def archived(file: BinaryIO) -> str:
    """Return the kind of document that a ZIP archive is. Raises: DocumentError for any other archive."""
    archive = Archive(file)
    mimetype = archive.read("mimetype", 1000).strip()
    kind = next((kind for start, kind in _BY_MIMETYPE if mimetype.startswith(start)), None)
    if kind is not None:
        return kind
    if mimetype.startswith(b"application/vnd.oasis.opendocument"):
        raise DocumentError("file_unreadable", "this is an OpenDocument drawing or formula; save it as PDF")
    if _TYPES_PART in archive.names:
        return _office(archive.read(_TYPES_PART, _MAX_TYPES_BYTES))
    if "META-INF/container.xml" in archive.names:
        return "epub"
    for name, why in _ZIPS_REFUSED:
        if name in archive.names:
            raise DocumentError("file_unreadable", why)
    raise DocumentError("file_unreadable", "this is a ZIP archive with no document in it; send the files that it holds")


def _office(types: bytes) -> str:
    plain = types.replace(b"\x00", b"")  # some write this part in UTF-16
    for words, why in _OFFICE_REFUSED:
        if words in plain:
            raise DocumentError("file_unreadable", why)
    kind = next((kind for words, kind in _OFFICE if words in plain), None)
    if kind is None:
        raise DocumentError("file_unreadable", "this is an Office archive with no document, workbook or slides in it")
    return kind


def compound(file: BinaryIO) -> str:
    """Raise why an OLE compound file is refused: none of them is read. Raises: DocumentError."""
    names = frozenset(_stream_names(file))
    for name, code, why in _STREAMS:
        if name in names:
            raise DocumentError(code, why)
    raise DocumentError("file_unreadable", "this is an old Office file or installer (OLE) with no document in it")


def _stream_names(file: BinaryIO) -> Iterator[str]:
    """Yield the names in a compound file's directory. Source: [MS-CFB], sections 2.2 to 2.6."""
    file.seek(0)
    header = file.read(512)
    if len(header) < 512 or (shift := struct.unpack_from("<H", header, 30)[0]) not in _SECTOR_SHIFTS:  # noqa: PLR2004
        return
    size = 1 << shift
    fat = struct.unpack_from("<109I", header, 76)
    sector = struct.unpack_from("<I", header, 48)[0]
    for _ in range(_MAX_DIRECTORY_SECTORS):
        if sector >= _LAST_SECTOR:
            return
        file.seek((sector + 1) * size)
        block = file.read(size)
        for at in range(0, len(block) - _ENTRY_BYTES + 1, _ENTRY_BYTES):
            length = min(struct.unpack_from("<H", block, at + 64)[0], 64)
            yield block[at : at + max(0, length - 2)].decode("utf-16-le", "replace")
        table, place = divmod(sector, size // 4)
        if table >= len(fat) or fat[table] >= _LAST_SECTOR:
            return
        file.seek((fat[table] + 1) * size + 4 * place)
        following = file.read(4)
        sector = struct.unpack("<I", following)[0] if len(following) == 4 else _LAST_SECTOR  # noqa: PLR2004
