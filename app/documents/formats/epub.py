"""EPUB: a page for each part of the book, in the order of its spine."""

import posixpath
from io import BytesIO
from typing import Final
from urllib.parse import unquote

from app.documents.archives import Archive
from app.documents.errors import DocumentError
from app.documents.formats import markup
from app.documents.formats.html import write
from app.documents.formats.plain import decoded
from app.documents.formats.writer import Writer
from app.documents.model import Document

_CONTAINER: Final = "META-INF/container.xml"
_ENCRYPTION: Final = "META-INF/encryption.xml"
_FONTS_ALONE: Final = ("http://www.idpf.org/2008/embedding", "http://ns.adobe.com/pdf/enc#RC")
_MAX_PARTS: Final = 5000
_PAGES: Final = ("application/xhtml+xml", "text/html", "application/x-dtbook+xml", "text/x-oeb1-document", "")


def read(kind: str, content: bytes) -> Document:
    """Return a book. Raises: DocumentError."""
    archive = Archive(BytesIO(content))
    _refuse_locked(archive)
    container = archive.read(_CONTAINER)
    if not container:
        raise DocumentError("file_unreadable", "the book names no list of its parts")
    root = next(markup.tree(container).all("rootfile"), None)
    package = root.get("full-path") if root is not None else ""
    listing = archive.read(package)
    if not listing:
        raise DocumentError("file_unreadable", "the list of the book's parts is missing")
    writer = Writer()
    for name in _spine(markup.tree(listing), posixpath.dirname(package)):
        page = archive.read(name)
        if not page:
            writer.note(f"the part {name[:80]} of the book is missing")
            continue
        title = write(decoded(page, []).text, writer)
        writer.end_page(title or posixpath.basename(name))
    return writer.document(kind, has_pages=True)


def _refuse_locked(archive: Archive) -> None:
    encryption = archive.read(_ENCRYPTION)
    methods = (
        {node.get("Algorithm") for node in markup.tree(encryption).all("EncryptionMethod")}
        if encryption.strip()
        else set()
    )
    if methods - set(_FONTS_ALONE):
        raise DocumentError("file_encrypted", "the book is protected by digital rights management (DRM)")


def _spine(package: markup.Node, folder: str) -> list[str]:
    parts = {item.get("id"): item for item in package.all("item")}
    named = [parts[pointer.get("idref")] for pointer in package.all("itemref") if pointer.get("idref") in parts]
    if len(named) > _MAX_PARTS:
        raise DocumentError("file_too_large", f"the book has more than {_MAX_PARTS:,} parts")
    pages = [item for item in named if item.get("media-type") in _PAGES]
    targets = (posixpath.normpath(posixpath.join(folder, unquote(item.get("href")))) for item in pages)
    return list(dict.fromkeys(targets))
