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
_OPAQUE_TAG = re.compile(r'(?:W/)?("[^"]*")')


def is_known(request: Request, etag: str) -> bool:
    """Return whether If-None-Match names a strong tag: weakly compared, in a list, on any line, or as `*`.

    Source: RFC 9110, 8.8.3.2 and 13.1.2.
    """
    given = ",".join(request.headers.getlist(IF_NONE_MATCH))
    return given.strip() == "*" or etag in _OPAQUE_TAG.findall(given)
