"""What the server answers by itself, without the application."""

import json
from collections.abc import Iterable

from fastapi import Request
from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import STATUS_LINE

from app.core.connections import Limits
from app.core.errors import HeadraceError, UnavailableError
from app.core.problems import MEDIA_TYPE, content_of, problem
from app.core.security_headers import DEFAULT_HEADERS


class MalformedRequestError(HeadraceError):
    """What came is no HTTP/1.1."""

    status, code, title = 400, "malformed_request", "The request could not be read"


class TooLateError(HeadraceError):
    """A head that does not end, or a body that stalls."""

    status, code, title = 408, "request_timeout", "The request took too long"


class HeadTooLargeError(HeadraceError):
    """Too many headers, or too long ones."""

    status, code, title = 431, "headers_too_large", "The headers are too large"

    def __init__(self, limits: Limits) -> None:
        super().__init__(f"At most {limits.head_count} headers are read, and {limits.head_bytes} bytes of them.")


class TooManyWaitError(UnavailableError):
    """A client that sends more requests before it reads answers."""

    def __init__(self, limits: Limits) -> None:
        super().__init__(f"At most {limits.pipelined} requests wait for answers on one connection; read those first.")


def whole_answer(error: HeadraceError, dates: Iterable[tuple[bytes, bytes]]) -> bytes:
    """Return an answer as it goes over the line, after which the connection ends; `dates` are headers of the server."""
    content = json.dumps(content_of(error, "")).encode()
    headers = {"Content-Type": MEDIA_TYPE, "Content-Length": str(len(content)), "Connection": "close"}
    lines = [f"{name}: {value}\r\n".encode() for name, value in (DEFAULT_HEADERS | headers).items()]
    return b"".join([STATUS_LINE[error.status], *(b"%b: %b\r\n" % date for date in dates), *lines, b"\r\n", content])


async def no_room(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer, in the place of the application, that there are too many connections."""
    later = {"Retry-After": "1", "Connection": "close"}
    error = UnavailableError("There are too many connections; try again in a moment.", headers=later)
    await problem(Request(scope), error)(scope, receive, send)
