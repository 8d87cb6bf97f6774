"""Refresh tokens: opaque, kept as a digest, and each the parent of exactly one next.

A successor is the keyed hash of the token before it. So whoever sends one twice within the grace, as two tabs of a
browser do, gets the same answer, and neither tokens nor anything that opens them has to be kept.
"""

import hashlib
import hmac

from app.auth import base62
from app.auth.tokens.access import derived

START = "hr_refresh_"
_PURPOSE = "refresh"


def new_token() -> str:
    """Return the first token of a family."""
    return START + base62.new_secret()


def successor_of(secret_key: str, token: str) -> str:
    """Return the token that follows one."""
    digest = hmac.new(derived(secret_key, _PURPOSE), token.encode("utf-8", "replace"), hashlib.sha256).digest()
    return START + base62.encode(int.from_bytes(digest, "big"), base62.SECRET_CHARS)
