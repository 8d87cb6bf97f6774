"""Cut a long text into parts that fit a model, at paragraphs, sentences or words."""

import math
import re
from functools import partial
from itertools import pairwise
from typing import Final

from app.processors import sentences

MAX_PARTS = 200  # three megabytes for a context of 8,192 tokens: a million characters of any script

_BYTES_A_TOKEN = 3  # three to five bytes of UTF-8 in most scripts; three keeps a part inside the context
_SLACK = 0.2  # of a part, how far from its due place a cut may be: so no part is larger than 1.4 times the mean


def part_bytes(free_tokens: int) -> float:
    """Return how large parts may be on average for the largest of them to fit into so many tokens."""
    return max(1, free_tokens) * _BYTES_A_TOKEN / (1 + 2 * _SLACK)


def tokens_of(text: str) -> int:
    """Return a careful estimate of a text's tokens: in most scripts it is above the truth."""
    return math.ceil(len(text.encode()) / _BYTES_A_TOKEN)


def count_for(text: str, *, part_bytes: float) -> int:
    """Return into how many parts of this size a text goes, at least 1."""
    return max(1, math.ceil(len(text.encode()) / part_bytes))


def split(text: str, *, parts: int) -> list[str]:
    """Return at most `parts` parts of about equal size in bytes, in order, none blank, without spaces around them."""
    whole = text.strip()
    encoded = whole.encode()
    size = len(encoded) / parts
    cuts = [0, *(_cut(whole, encoded, number * size, size * _SLACK) for number in range(1, parts)), len(whole)]
    return [part for start, end in pairwise(cuts) if (part := whole[start:end].strip())]


def _cut(text: str, encoded: bytes, due: float, slack: float) -> int:
    """Return the place to cut nearest to the byte `due`: after a paragraph, else a sentence, else a word."""
    low, aim, high = (
        len(encoded[: round(place)].decode("utf-8", "ignore")) for place in (due - slack, due, due + slack)
    )
    for breaks in _BREAKS:
        ends = breaks(text, low, high)
        if ends:
            return min(ends, key=lambda end: abs(end - aim))
    return aim


def _matches(pattern: re.Pattern[str], text: str, low: int, high: int) -> list[int]:
    return [match.end() for match in pattern.finditer(text, low, high)]


def _sentences(text: str, low: int, high: int) -> list[int]:
    return [low + start for start, _ in sentences.spans(text[low:high])[1:]]


_BREAKS: Final = (
    partial(_matches, re.compile(r"\n\s*\n")),
    _sentences,
    partial(_matches, re.compile(r"\n")),
    partial(_matches, re.compile(r"\s+")),
)
