"""The file name of a form's part, in all the ways in which clients write one.

Browsers, curl and Python send UTF-8 between quotes and three signs as percent codes; others send `filename*` (RFC 5987,
RFC 2231 with its continuations) beside a plain name that is a stopgap, or alone; .NET an encoded word (RFC 2047).
"""

import re
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from email.message import Message
from typing import Any
from urllib.parse import unquote, unquote_to_bytes

from python_multipart.multipart import parse_options_header

_STARRED = re.compile(rb";\s*filename\*", re.IGNORECASE)
_CODE = re.compile(r"%[0-9A-Fa-f]{2}")
_ESCAPED = {"%22": '"', "%0D": "\r", "%0A": "\n"}  # Source: https://html.spec.whatwg.org/#multipart-form-data
_ENCODED_WORD = re.compile(r'"?(=\?[\w-]+\?[bBqQ]\?[^?]*\?=)(?:\s+=\?[\w-]+\?[bBqQ]\?[^?]*\?=)*"?')


def field_and_name(disposition: bytes) -> tuple[bytes, str | None]:
    """Return the name of a part's field, and the file's name: None where the part is no file."""
    _, options = parse_options_header(disposition)
    plain = options.get(b"filename")
    extended = _extended(disposition) if _STARRED.search(disposition) else None
    return options.get(b"name", b""), extended or (None if plain is None else _plain(plain))


def _extended(disposition: bytes) -> str | None:
    """Return what `filename*` or `filename*0` says, None without one that can be read."""
    message = Message()
    message["content-disposition"] = " ".join(disposition.decode("latin-1").split())
    params: Any  # typed as pairs of strings, which those with a star are not
    try:
        params = message.get_params([], header="content-disposition")
    except (TypeError, ValueError):  # parts of a name that are numbered in no order
        return None
    for name, value in params or ():
        if name.lower() == "filename" and isinstance(value, tuple):
            charset, _, text = value
            return _decoded(text.encode("latin-1", "replace"), charset or "utf-8")
    return next((value for name, value in params or () if name.lower() == "filename" and value), None)


def _decoded(text: bytes, charset: str) -> str:
    try:
        return text.decode(charset)
    except (LookupError, UnicodeDecodeError):
        return text.decode("cp1252", "replace")


def _plain(written: bytes) -> str:
    try:
        name = written.decode()
    except UnicodeDecodeError:
        return written.decode("cp1252", "replace")
    if _ENCODED_WORD.fullmatch(name):
        try:
            return str(make_header(decode_header(name.strip('"'))))
        except (HeaderParseError, LookupError, UnicodeError):
            return name
    return _without_codes(name)


def _without_codes(name: str) -> str:
    """Return a name without percent codes, where they stand for what a form may not hold or for UTF-8."""
    if not _CODE.search(name):
        return name
    try:
        whole = unquote_to_bytes(name).decode()
    except UnicodeDecodeError:
        whole = ""
    if name.isascii() and not whole.isascii() and whole:
        return unquote(name)
    return _CODE.sub(lambda match: _ESCAPED.get(match[0].upper(), match[0]), name)
