"""What a head must be before anybody is started for it."""

import re
from collections.abc import Iterable, Sequence

from app.core.connections import Limits
from app.core.errors import HeadraceError
from app.core.http_refusals import HeadTooLargeError, MalformedRequestError

HEADER_OVERHEAD_BYTES = 4  # a colon, a blank, and the end of the line
# Source: RFC 9110, 7.2, and RFC 3986, 3.2.2 and 3.2.3; what stands in brackets is left to who wants to use it.
_HOST = re.compile(rb"(\[[0-9A-Za-z._~%!$&'()*+,;=:-]+\]|[0-9A-Za-z._~%!$&'()*+,;=-]*)(:[0-9]*)?")


def fault_of(
    url: bytes, headers: Sequence[tuple[bytes, bytes]], *, method: bytes, version: str, limits: Limits
) -> HeadraceError | None:
    """Return why a request is refused, None for one that is served; names of headers are in small letters."""
    size = len(url) + sum(len(name) + len(value) + HEADER_OVERHEAD_BYTES for name, value in headers)
    if size > limits.head_bytes or len(headers) > limits.head_count:
        return HeadTooLargeError(limits)
    if method == b"CONNECT":
        return MalformedRequestError("CONNECT is for proxies, and this is none.")
    hosts = [value for name, value in headers if name == b"host"]  # Source: RFC 9112, 3.2
    if len(hosts) > 1 or (not hosts and version != "1.0"):
        return MalformedRequestError(f"A request has one Host; this one has {len(hosts) or 'none'}.")
    if hosts and not _HOST.fullmatch(hosts[0]):
        return MalformedRequestError("The Host of this request is no name of a host, with or without a port.")
    return None


def announced_bytes(headers: Iterable[tuple[bytes, bytes]]) -> int:
    """Return how long the body is said to be, 0 where that is not said."""
    return next((int(value) for name, value in headers if name == b"content-length" and value.isdigit()), 0)
