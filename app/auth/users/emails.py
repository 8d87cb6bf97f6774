"""E-mail addresses: one form for each, so that nobody has two accounts, or two counters of guesses."""

import re
import unicodedata

from app.auth.names import unseen_in

MAX_CHARS = 254  # Source: RFC 5321
_LOOKS_LIKE_ONE = re.compile(r"[^@\s\x00-\x1f\x7f]+@[^@\s\x00-\x1f\x7f]+")


def normalised(given: str) -> str:
    """Return the one form of what somebody typed as an address, whether it is one or not."""
    return unicodedata.normalize("NFKC", given.strip()).lower()


def is_email(text: str) -> bool:
    """Say whether a normalised text may be an address; nobody can know more without sending to it."""
    return len(text) <= MAX_CHARS and _LOOKS_LIKE_ONE.fullmatch(text) is not None and not unseen_in(text)
