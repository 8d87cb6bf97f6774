"""Numbers as digits and letters, which a double click selects as a whole and no address needs to escape."""

import secrets
import string

DIGITS = string.digits + string.ascii_uppercase + string.ascii_lowercase
SECRET_CHARS = 43  # of 256 bits


def encode(number: int, chars: int) -> str:
    """Return a number in at least so many characters."""
    text = ""
    while number:
        number, digit = divmod(number, len(DIGITS))
        text = DIGITS[digit] + text
    return text.rjust(chars, DIGITS[0])


def new_secret() -> str:
    """Return 256 bits that nobody can guess."""
    return encode(secrets.randbits(256), SECRET_CHARS)
