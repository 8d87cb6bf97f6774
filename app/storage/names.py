"""File names of callers: made harmless when they come in, quoted when they go out. They never become a path."""

import unicodedata
from pathlib import PurePosixPath
from urllib.parse import quote

MAX_NAME_CHARS = 200
MAX_SUFFIX_CHARS = 20
UNNAMED = "file"
_ATTR_CHARS = "!#$&+-.^_`|~"  # besides letters and digits. Source: RFC 8187, section 3.2.1


def clean(name: str) -> str:
    """Return the last part of a name without control and direction characters, at most 200 characters long.

    The suffix outlives the cut; what leaves nothing is called `file`.
    """
    last = unicodedata.normalize("NFC", name).replace("\\", "/").rpartition("/")[2]
    text = " ".join("".join(filter(_is_visible, last)).split()).lstrip(". ")
    if len(text) > MAX_NAME_CHARS:
        ending = suffix(text) if len(suffix(text)) <= MAX_SUFFIX_CHARS else ""
        text = text[: MAX_NAME_CHARS - len(ending)] + ending
    return text or UNNAMED


def _is_visible(char: str) -> bool:
    return not unicodedata.category(char).startswith("C")  # control, format (direction marks), surrogate, unassigned


def suffix(name: str) -> str:
    """Return a name's suffix with its dot, lower case; empty without one."""
    return PurePosixPath(name).suffix.lower()


def attachment(name: str) -> str:
    """Return a Content-Disposition that saves under a name. Source: RFC 6266, appendix D."""
    plain = "".join(char if " " <= char <= "~" and char not in '"\\%' else "_" for char in name)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe=_ATTR_CHARS)}"
