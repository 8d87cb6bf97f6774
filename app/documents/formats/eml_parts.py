"""Headers and bodies of mail, decoded; what is absurdly long is cut before anything quadratic sees it."""

import re
from email.errors import HeaderParseError
from email.header import decode_header
from email.message import Message
from email.utils import collapse_rfc2231_value
from typing import Final

from app.documents.detection import codec_of
from app.documents.errors import DocumentError
from app.documents.text import decode

FORMS: Final = frozenset(("text/plain", "text/html", "text/enriched", "multipart/related", "text/x-amp-html"))

_MAX_HEADER_CHARS: Final = 20_000
_MAX_PARAMETER_CHARS: Final = 4000
_FOLD: Final = re.compile(r"\r?\n[ \t]*|\s+")
_PARAMETERS: Final = frozenset(("content-type", "content-disposition"))


def header(message: Message, name: str) -> str:
    """Return a header as a line of text, empty without one. Source: RFC 2047; raw bytes are told by their letters."""
    for key, value in message.raw_items():
        if key.lower() == name.lower():
            return _decoded(str(value)[:_MAX_HEADER_CHARS])
    return ""


def parameter(part: Message, name: str) -> str:
    """Return a parameter of the content type."""
    _cut(part)
    found = part.get_param(name)
    return collapse_rfc2231_value(found).strip() if isinstance(found, str | tuple) else ""


def file_name(part: Message) -> str:
    """Return the name of an attachment, whichever way it is written (RFC 2231, RFC 2047, raw)."""
    _cut(part)
    try:
        return _decoded(part.get_filename() or "")
    except (LookupError, ValueError, TypeError, IndexError):
        return ""


def is_attachment(part: Message) -> bool:
    """Say whether a part is to be saved, not shown."""
    _cut(part)
    return part.get_content_disposition() == "attachment"


def payload(part: Message) -> bytes:
    """Return the bytes of a part, decoded from base64 or quoted-printable as far as they are right."""
    if part.is_multipart():
        return b""
    try:
        found = part.get_payload(decode=True)
    except (ValueError, LookupError, AssertionError):
        found = None
    return found if isinstance(found, bytes) else b""


def unflowed(text: str, *, deletes_space: bool) -> str:
    """Return paragraphs whose lines were wrapped with a space at the end. Source: RFC 3676, section 4."""
    lines: list[str] = []
    last_depth, is_open = 0, False
    for line in text.split("\n"):
        depth = len(line) - len(line.lstrip(">"))
        content = line[depth:].removeprefix(" ")
        goes_on = content.endswith(" ") and content != "-- "
        kept = content[:-1] if goes_on and deletes_space else content
        if is_open and depth == last_depth and content != "-- ":
            lines[-1] += kept
        else:
            lines.append(f"{'>' * depth} {kept}" if depth else kept)
        last_depth, is_open = depth, goes_on
    return "\n".join(line.rstrip() for line in lines)


def _cut(part: Message) -> None:
    """Cut the headers whose parameters take quadratic time to part, and tell the letters of those in raw bytes."""
    for name, value in list(part.raw_items()):
        text = str(value)
        if name.lower() in _PARAMETERS and (len(text) > _MAX_PARAMETER_CHARS or not text.isascii()):
            part.replace_header(name, _raw(text[:_MAX_PARAMETER_CHARS]))


def _decoded(value: str) -> str:
    if "=?" not in value:
        return _FOLD.sub(" ", _raw(value)).strip()
    try:
        pieces = decode_header(value)
    except (HeaderParseError, ValueError):
        return _FOLD.sub(" ", _raw(value)).strip()
    return _FOLD.sub(" ", "".join(_piece(text, charset) for text, charset in pieces)).strip()


def _piece(text: bytes | str, charset: str | None) -> str:
    if isinstance(text, str):
        return _raw(text)
    codec = codec_of(charset) if charset else None
    return text.decode(codec, "replace") if codec is not None else _raw(text.decode("ascii", "surrogateescape"))


def _raw(value: str) -> str:
    """Return a header in which bytes beyond ASCII stand as they came."""
    if value.isascii():
        return value
    try:
        return decode(value.encode("utf-8", "surrogateescape")).text
    except (DocumentError, UnicodeEncodeError):
        return value.encode("utf-8", "replace").decode()
