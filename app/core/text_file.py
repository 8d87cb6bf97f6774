"""Reads a file that a person wrote, whatever editor saved it, and says of one that is no text how to mend it."""

import codecs
from pathlib import Path

_WIDE = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_LOOKED_AT_BYTES = 200


class UnreadableFileError(ValueError):
    """A file is not what it should be; each argument is a sentence that names it and shows none of its text."""


def read_text(path: Path) -> str:
    """Return a file's text, without a byte order mark. Raises: FileNotFoundError, UnreadableFileError."""
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        raise
    except IsADirectoryError:
        raise UnreadableFileError(f"{path}: it is a folder, not a file; move it away or put a file there") from None
    except OSError as error:
        raise UnreadableFileError(f"{path}: it cannot be read ({error.strerror}); let this account read it") from None
    if raw.startswith(_WIDE) or b"\0" in raw[:_LOOKED_AT_BYTES]:
        raise UnreadableFileError(f"{path}: it is not UTF-8 but UTF-16 or no text; save it as UTF-8")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise UnreadableFileError(f"{path}: it is not UTF-8 (line {line}); save it as UTF-8") from None
