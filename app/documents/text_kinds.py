"""Which kind of text a text is: by its name's suffix, else by how it begins."""

import re
from typing import Final

from app.documents.text import peek

_BY_SUFFIX: Final = {
    ".md": "markdown",
    ".markdown": "markdown",
    ".mkd": "markdown",
    ".csv": "csv",
    ".tsv": "csv",
    ".tab": "csv",
    ".json": "json",
    ".html": "html",
    ".htm": "html",
    ".xhtml": "html",
    ".eml": "eml",
    ".mht": "eml",
    ".mhtml": "eml",
    ".xml": "xml",
    ".svg": "xml",
    ".rtf": "text",
}
_HTML: Final = re.compile(r"(?:<\?xml[^>]*\?>|<!--.*?-->|\s)*<(?:!doctype\s+html\b|html\b)", re.IGNORECASE | re.DOTALL)
_XML: Final = re.compile(r"<(?:\?xml\b|!doctype\b|svg\b|rss\b|feed\b)", re.IGNORECASE)
_HEADER: Final = re.compile(r"([A-Za-z][A-Za-z0-9-]{1,60}):[ \t]")
_OF_MAIL: Final = frozenset(
    (
        "from",
        "to",
        "subject",
        "date",
        "received",
        "message-id",
        "mime-version",
        "return-path",
        "delivered-to",
        "reply-to",
        "cc",
        "content-type",
    )
)
_OF_MAIL_ALONE: Final = frozenset({"message-id", "mime-version", "received", "return-path"})
_HEADERS_OF_MAIL: Final = 3
_LOOKED_AT_CHARS: Final = 8192


def sort(head: bytes, suffix: str) -> str:
    """Return the word of `kinds.Kind` for a text by its first bytes and its suffix (with the dot, lower case)."""
    named = _BY_SUFFIX.get(suffix)
    if named in ("markdown", "json", "html", "eml", "xml"):
        return named
    begin = peek(head)[:_LOOKED_AT_CHARS].lstrip("\ufeff \t\r\n\f")
    if _HTML.match(begin):
        return "html"
    if _XML.match(begin):
        return "xml"
    if _is_mail(begin):
        return "eml"
    return named or "text"


def _is_mail(begin: str) -> bool:
    names: set[str] = set()
    for line in begin.splitlines():
        header = _HEADER.match(line)
        if header is not None:
            names.add(header[1].lower())
        elif not line.startswith((" ", "\t")):
            break
    return len(names & _OF_MAIL) >= _HEADERS_OF_MAIL and bool(names & _OF_MAIL_ALONE) and "from" in names
