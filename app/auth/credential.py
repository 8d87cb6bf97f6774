"""The one way in which every credential is read, however it was copied, and by whichever header it came."""

import re
from contextlib import suppress

from starlette.datastructures import Headers

HEADERS = ("X-Service-Token", "X-API-Key")
_PLAIN = re.compile(r"[A-Za-z0-9._~+/=-]+")
_UNSEEN = dict.fromkeys([*range(0x200B, 0x2010), 0x2060, 0xFEFF, 0xAD])  # zero width, marks of direction, soft hyphen
_QUOTES = "\"'`\u2018\u2019\u201c\u201d\u00ab\u00bb"
_BEARER = re.compile(rf"[\s{_QUOTES}]*bearer\s+", re.IGNORECASE)


def presented_in(headers: Headers) -> str | None:
    """Return the credential of a request's headers, None without one."""
    for name in HEADERS:
        if given := headers.get(name):
            return clean(given)
    given = _decoded(headers.get("Authorization", ""))
    return (clean(given) or None) if _BEARER.match(given) else None


def _decoded(given: str) -> str:
    """Return the text of a header, which HTTP has as bytes."""
    with suppress(UnicodeError):
        return given.encode("latin-1").decode()
    return given


def _without_scheme(text: str) -> str:
    found = _BEARER.match(text)
    return text[found.end() :] if found else text


def clean(given: str) -> str:
    """Return a credential without what copying adds: white space, unseen letters, quotes, one more `Bearer`."""
    if _PLAIN.fullmatch(given):
        return given
    before, text = None, _decoded(given).translate(_UNSEEN)
    while text != before:
        before, text = text, _without_scheme(text).strip().strip(_QUOTES)
    return text
