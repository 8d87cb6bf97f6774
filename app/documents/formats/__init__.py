"""Readers of formats other than PDF: bytes in, a Document out; each runs in a limited process and fetches nothing."""

from importlib import import_module
from typing import Final, cast

from app.documents.errors import DocumentError
from app.documents.formats.writer import Reader
from app.documents.model import Document

_MODULES: Final = {  # imported when wanted: a process reads one file
    "docx": "docx",
    "xlsx": "xlsx",
    "pptx": "pptx",
    "odt": "odf",
    "ods": "ods",
    "odp": "odf",
    "epub": "epub",
    "rtf": "rtf",
    "eml": "eml",
    "html": "html",
    "xml": "plain",
    "markdown": "plain",
    "csv": "csv",
    "json": "plain",
    "text": "plain",
}


def read(kind: str, content: bytes) -> Document:
    """Return what is written in a file of a kind (a word of `kinds.Kind`).

    Raises: DocumentError (file_unreadable, file_empty, file_too_large, file_encrypted).
    """
    if kind not in _MODULES:
        raise DocumentError("file_unreadable", f"files of the kind {kind} hold no text that is read without a picture")
    reader = cast("Reader", import_module(f"app.documents.formats.{_MODULES[kind]}").read)
    found = reader(kind, content)
    if not any(page.text.strip() for page in found.pages):
        raise DocumentError("file_empty", "the file holds no text")
    return found
