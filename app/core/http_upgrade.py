"""Offers to speak another protocol, which are ignored. Source: RFC 9110, 7.8."""

from collections.abc import Iterable

from httptools import HttpRequestParser

_UPGRADE = frozenset({b"upgrade", b"http2-settings"})


def repeated_head(parser: HttpRequestParser, url: bytes, headers: Iterable[tuple[bytes, bytes]]) -> bytes:
    """Return the head that was just read without the offer; names of headers are in small letters."""
    lines = [b"%b %b HTTP/%b" % (parser.get_method(), url, parser.get_http_version().encode())]
    for name, value in headers:
        kept = value
        if name == b"connection":
            kept = b",".join(one for one in value.split(b",") if one.strip().lower() not in _UPGRADE)
        if name not in _UPGRADE and (kept or not value):
            lines.append(b"%b: %b" % (name, kept))
    return b"\r\n".join([*lines, b"", b""])
