"""Conditional requests: whether a client has already what it asks for."""

import re
from typing import Any

from fastapi import Request

IF_NONE_MATCH = "If-None-Match"
# For a route's `openapi_extra`: described there and read by hand, since a client may send more than one line of it.
PARAMETER: dict[str, Any] = {
    "parameters": [
        {
            "name": IF_NONE_MATCH,
            "in": "header",
            "required": False,
            "schema": {"type": "string"},
            "description": "ETags that the client has, or `*`; when one is the current one, the answer is a 304.",
        }
    ]
}
NOT_MODIFIED: dict[int | str, dict[str, Any]] = {304: {"description": "Not modified"}}
IF_MATCH = "If-Match"
MATCH_PARAMETER: dict[str, Any] = {
    "parameters": [
        {
            "name": IF_MATCH,
            "in": "header",
            "required": False,
            "schema": {"type": "string"},
            "description": "The ETag that was read; when it is not the current one any more, the answer is a 412.",
        }
    ]
}
_OPAQUE_TAG = re.compile(r'(?:W/)?("[^"]*")')


def is_known(request: Request, etag: str) -> bool:
    """Return whether If-None-Match names a strong tag: weakly compared, in a list, on any line, or as `*`.

    Source: RFC 9110, 8.8.3.2 and 13.1.2.
    """
    given = ",".join(request.headers.getlist(IF_NONE_MATCH))
    return given.strip() == "*" or etag in _OPAQUE_TAG.findall(given)


def is_still(etag: str, wanted: str | None) -> bool:
    """Return whether If-Match (`wanted`), where it is given, names a strong tag, or anything by `*`.

    Source: RFC 9110, 8.8.3.2 and 13.1.1; a weak tag never matches.
    """
    return wanted is None or wanted.strip() == "*" or etag in {one.strip() for one in wanted.split(",")}


def if_match(request: Request) -> str | None:
    """Return what If-Match says, on however many lines; None without it."""
    return ",".join(request.headers.getlist(IF_MATCH)) or None
