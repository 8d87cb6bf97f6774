"""Submits that may be repeated: what tells two requests apart, and the first answer to a key."""

import hashlib
import json
from dataclasses import dataclass
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from app.auth.caller import Caller
from app.core.errors import FieldError, InvalidError
from app.jobs.repository.submit import reserve_key
from app.jobs.rows import Json


@dataclass(frozen=True, slots=True)
class Idempotency:
    """A caller's Idempotency-Key with the fingerprint of its request."""

    route: str
    key: str
    request_hash: bytes


def fingerprint(body: Any) -> bytes:
    """Return a hash of a JSON value that does not depend on the order of its keys or its white space."""
    return hashlib.sha256(canonical(body)).digest()


def canonical(body: Any) -> bytes:
    """Return a JSON value as text that does not depend on them."""
    return json.dumps(body, sort_keys=True, separators=(",", ":")).encode()


async def find_earlier(connection: AsyncConnection, caller: Caller, key: Idempotency) -> Json | None:
    """Reserve a key, or return the answer to an earlier request with it. Raises: InvalidError for another body."""
    stored = await reserve_key(
        connection, owner_id=caller.owner_id, route=key.route, key=key.key, request_hash=key.request_hash
    )
    if stored is None:
        return None
    if bytes(stored.request_hash) != key.request_hash:
        raise InvalidError(
            "This Idempotency-Key was used before with another body.",
            code="idempotency_key_reused",
            errors=[FieldError("#header/Idempotency-Key", "used before with another body")],
        )
    return stored.response
