"""Readers of formats other than PDF: bytes in, a Document out; each runs in a limited process."""

from app.documents.errors import DocumentError
from app.documents.model import Document


def read(kind: str, content: bytes) -> Document:
    """Return what is written in a file of a kind. Raises: DocumentError."""
    raise DocumentError("file_unreadable", f"files of the kind {kind} cannot be read ({len(content)} bytes)")
