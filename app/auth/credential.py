"""The one way in which every credential is read, however it was copied, and by whichever header it came."""

import re
from contextlib import suppress

from starlette.datastructures import Headers

HEADERS = ("X-Service-Token", "X-API-Key")
_PLAIN = re.compile(r"[A-Za-z0-9._~+/=-]+")
_UNSEEN = dict.fromkeys([*range(0x200B, 0x2010), 0x2060, 0xFEFF, 0xAD])  # zero width, marks of direction, soft hyphen
_QUOTES = "\"'`\u2018\u2019\u201c\u201d\u00ab\u00bb"
_BEARER = "bearer"


def presented_in(headers: Headers) -> str | None:
    """Return the credential of a request's headers, None without one."""
    for name in HEADERS:
        if given := headers.get(name):
            return clean(given)
    scheme, _, rest = (headers.get("Authorization") or "").partition(" ")
    return (clean(rest) or None) if scheme.lower() == _BEARER else None


def clean(given: str) -> str:
    """Return a credential without what copying adds: white space, unseen letters, quotes, one more `Bearer`."""
    if _PLAIN.fullmatch(given):
        return given
    with suppress(UnicodeError):  # bytes of a header, as HTTP has them
        given = given.encode("latin-1").decode()
    before, text = None, given.translate(_UNSEEN)
    while text != before:
        before, text = text, text.strip().strip(_QUOTES)
        scheme, space, rest = text.partition(" ")
        if space and scheme.lower() == _BEARER:
            text = rest
    return text
