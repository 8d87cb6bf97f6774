"""Offers to speak another protocol, which are ignored. Source: RFC 9110, 7.8."""

from collections.abc import Iterable

_UPGRADE = frozenset({b"upgrade", b"http2-settings"})


def without_offer(first_line: bytes, headers: Iterable[tuple[bytes, bytes]]) -> bytes:
    """Return the head of a request without the offer; names of headers are in small letters."""
    lines = [first_line]
    for name, value in headers:
        kept = value
        if name == b"connection":
            kept = b",".join(one for one in value.split(b",") if one.strip().lower() not in _UPGRADE)
        if name not in _UPGRADE and (kept or not value):
            lines.append(b"%b: %b" % (name, kept))
    return b"\r\n".join([*lines, b"", b""])
