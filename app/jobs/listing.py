"""How a list of jobs is ordered, and the cursors of each order; a cursor of one is refused by name in another."""

import re
import struct
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from app.core import strict_json
from app.core.errors import FieldError, InvalidError

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_FORM = struct.Struct(">Bq16s")  # the order, microseconds since 1970, the id


class Sort(StrEnum):
    """The orders of a list, each with an index. Ids are UUIDv7, so their order is that of creation."""

    NEWEST = "-created_at"
    OLDEST = "created_at"
    LAST_ENDED = "-finished_at"
    FIRST_ENDED = "finished_at"

    @property
    def is_of_ended(self) -> bool:
        """Whether it lists only jobs that have ended."""
        return self in {Sort.LAST_ENDED, Sort.FIRST_ENDED}


MAX_METADATA = 5
MAX_METADATA_CHARS = 500
# For the list's `openapi_extra`: its names are the caller's own, so they are read by hand.
METADATA_PARAMETER: dict[str, Any] = {
    "parameters": [
        {
            "name": "metadata",
            "in": "query",
            "required": False,
            "style": "deepObject",
            "explode": True,
            "schema": {
                "type": "object",
                "maxProperties": MAX_METADATA,
                "additionalProperties": {"type": "string", "maxLength": MAX_METADATA_CHARS},
            },
            "description": "Only jobs whose metadata has all these members: `metadata.customer=42`, or with brackets."
            " A value that reads as a number, true, false or null also matches that.",
        }
    ]
}
_MEMBER = re.compile(r"metadata(?:\.(.+)|\[(.+)\])")
_ORDERS = tuple(Sort)  # a cursor has the place in it: only ever add at the end


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page ends: the id of its last job, and when that ended, if that is the order."""

    id: UUID
    finished_at: datetime | None = None


def encode(place: Place, sort: Sort) -> str:
    """Return the opaque cursor of the page that begins after a place; that of the usual order is the id alone."""
    if sort is Sort.NEWEST:
        raw = place.id.bytes
    else:
        micros = (place.finished_at - _EPOCH) // _MICROSECOND if sort.is_of_ended and place.finished_at else 0
        raw = _FORM.pack(_ORDERS.index(sort), micros, place.id.bytes)
    return urlsafe_b64encode(raw).decode().rstrip("=")


def decode(cursor: str | None, sort: Sort) -> Place | None:
    """Return the place in a cursor. Raises: InvalidError when it is none of ours, or of another order."""
    if cursor is None:
        return None
    try:
        place, found = _read(urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (ValueError, IndexError, OverflowError, struct.error):
        raise _refused("not a cursor that this list has given") from None
    if found is not sort:
        raise _refused(f"a cursor of sort={found.value}; ask with that order, or without the cursor")
    if encode(place, found) != cursor:
        raise _refused("not a cursor that this list has given")
    return place


def _read(raw: bytes) -> tuple[Place, Sort]:
    if len(raw) == len(UUID(int=0).bytes):
        return Place(UUID(bytes=raw)), Sort.NEWEST
    order, micros, job_id = _FORM.unpack(raw)
    sort = _ORDERS[order]
    return Place(UUID(bytes=job_id), _EPOCH + micros * _MICROSECOND if sort.is_of_ended else None), sort


def _refused(detail: str) -> InvalidError:
    fault = FieldError("#query/cursor", detail)
    return InvalidError(f"{fault.pointer}: {fault.detail}", code="bad_cursor", errors=[fault])


def metadata_of(query: Iterable[tuple[str, str]]) -> dict[str, str] | None:
    """Return the members of metadata that a query names, or None. Raises: InvalidError for too many or long."""
    found: dict[str, str] = {}
    for name, value in query:
        if (member := _MEMBER.fullmatch(name)) is None:
            continue
        key = member[1] or member[2]
        if fault := _fault_of(key, value, found):
            pointer = f"#query/{name[:MAX_METADATA_CHARS]}"
            raise InvalidError(f"{pointer}: {fault}", errors=[FieldError(pointer, fault)])
        found[key] = value
    return found or None


def _fault_of(key: str, value: str, others: dict[str, str]) -> str | None:
    if key in others:
        return "given more than once"
    if len(others) >= MAX_METADATA:
        return f"at most {MAX_METADATA} members of metadata can be asked for at once"
    if max(len(key), len(value)) > MAX_METADATA_CHARS:
        return f"a name or value of over {MAX_METADATA_CHARS} characters"
    try:
        strict_json.refuse_unstorable({key: value})
    except strict_json.RefusedJSONError as refused:
        return refused.detail
    return None
