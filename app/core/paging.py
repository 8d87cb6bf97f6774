"""Cursors and id prefixes of lists whose ids are UUIDv7."""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Annotated, TypeVar
from uuid import UUID

from fastapi import Query, Request, Response
from pydantic import BaseModel

from app.core.errors import FieldError, InvalidError

_HEX = re.compile(r"[0-9a-f-]*", re.IGNORECASE)
ID_DIGITS = 32
Cursor = Annotated[
    str | None, Query(max_length=200, description="`next_cursor` of the page before; without one: the first page.")
]
PageSize = Annotated[int, Query(ge=1, le=100, description="How many at most.")]
Page = TypeVar("Page", bound=BaseModel)


def encode_cursor(last: UUID) -> str:
    """Return the opaque cursor of the page that begins below an id."""
    return urlsafe_b64encode(last.bytes).decode().rstrip("=")


def decode_cursor(cursor: str | None) -> UUID | None:
    """Return the id in a cursor. Raises: InvalidError when it is none of ours."""
    if cursor is None:
        return None
    try:
        raw = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        last = UUID(bytes=raw)
    except ValueError:
        last = None
    if last is None or encode_cursor(last) != cursor:
        fault = FieldError("#query/cursor", "not a cursor that this list has given")
        raise InvalidError(f"{fault.pointer}: {fault.detail}", code="bad_cursor", errors=[fault])
    return last


def with_next(page: Page, last: UUID, request: Request, response: Response) -> Page:
    """Return a page with the cursor of the one after it as `next_cursor`, which the answer's Link names too."""
    return with_cursor(page, encode_cursor(last), request, response)


def with_cursor(page: Page, cursor: str, request: Request, response: Response) -> Page:
    """As `with_next`, of a list with cursors of its own."""
    following = request.url.include_query_params(cursor=cursor)
    response.headers["Link"] = f'<{following.path}?{following.query}>; rel="next"'
    return page.model_copy(update={"next_cursor": cursor})


def id_range(prefix: str | None) -> tuple[UUID | None, UUID | None]:
    """Return the lowest and highest id that begin with some hexadecimal digits; dashes do not matter.

    Raises: InvalidError for anything but a prefix of an id.
    """
    if not prefix:
        return None, None
    digits = prefix.replace("-", "")
    if not _HEX.fullmatch(prefix) or len(digits) > ID_DIGITS:
        fault = FieldError("#query/id_prefix", "not the beginning of an id")
        raise InvalidError(f"{fault.pointer}: {fault.detail}", errors=[fault])
    return UUID(digits.ljust(ID_DIGITS, "0")), UUID(digits.ljust(ID_DIGITS, "f"))
