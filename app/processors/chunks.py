"""Cut a long text into parts that fit a model, at paragraphs, sentences or words."""

import math
import re

MAX_PARTS = 40

# A token holds three to five bytes of UTF-8 in most scripts; three keeps a part inside the context for certain.
BYTES_A_TOKEN = 3

_BREAKS = (re.compile(r"\n\s*\n"), re.compile(r"[.!?]['\"”»)]*\s+|[。！？]|\n"), re.compile(r"\s+"))  # noqa: RUF001 - Chinese


def split(text: str, *, parts: int) -> list[str]:
    """Return at most `parts` parts of about equal size, none blank, in order and without spaces around them."""
    found: list[str] = []
    rest = text.strip()
    for left in range(parts, 0, -1):
        end = _cut(rest, len(rest) / left) if left > 1 else len(rest)
        if part := rest[:end].strip():
            found.append(part)
        rest = rest[end:]
    return found


def count_for(text: str, *, part_bytes: float) -> int:
    """Return into how many parts of this size a text goes, at least 1."""
    return max(1, math.ceil(len(text.encode()) / part_bytes))


def _cut(text: str, aim: float) -> int:
    """Return the best place to cut near `aim`, at most a quarter away from it."""
    low, high = int(aim * 0.75), max(1, int(aim * 1.25))
    for pattern in _BREAKS:
        ends = [match.end() for match in pattern.finditer(text, low, high)]
        if ends:
            return min(ends, key=lambda end: abs(end - aim))
    return max(1, round(aim))
