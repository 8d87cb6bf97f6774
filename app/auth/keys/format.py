"""How an API key is written: `hr_live_`, its id, a secret of 256 bits, and a checksum that tells a damaged copy.

Source: GitHub's tokens, https://github.blog/engineering/platform-security/behind-githubs-new-authentication-token-formats/
"""

import re
import secrets
from dataclasses import dataclass
from zlib import crc32

from app.auth import base62

START = "hr_live_"
ID_CHARS, CHECKSUM_CHARS = 8, 6
PREFIX_CHARS = len(START) + ID_CHARS  # what is shown of a key later
_FORM = re.compile(
    rf"{START}([0-9A-Za-z]{{{ID_CHARS}}})_[0-9A-Za-z]{{{base62.SECRET_CHARS}}}[0-9A-Za-z]{{{CHECKSUM_CHARS}}}"
)


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key that was just made; nothing else ever knows its text."""

    id: str
    text: str

    @property
    def prefix(self) -> str:
        """What may be shown of it later."""
        return self.text[:PREFIX_CHARS]


def _checksum(text: str) -> str:
    return base62.encode(crc32(text.encode()), CHECKSUM_CHARS)


def new_key() -> NewKey:
    """Return a new key."""
    key_id = "".join(secrets.choice(base62.DIGITS) for _ in range(ID_CHARS))
    text = f"{START}{key_id}_{base62.new_secret()}"
    return NewKey(key_id, text + _checksum(text))


def is_key(presented: str) -> bool:
    """Say whether a credential is meant to be a key."""
    return presented.startswith(START)


def id_of(presented: str) -> str | None:
    """Return the id that a key names, None for a damaged one; asks nobody."""
    found = _FORM.fullmatch(presented)
    if found is None or _checksum(presented[:-CHECKSUM_CHARS]) != presented[-CHECKSUM_CHARS:]:
        return None
    return found[1]
