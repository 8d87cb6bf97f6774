"""Cut a long text into parts that fit a model, at paragraphs, sentences or words."""

import math
import re
from bisect import bisect_right
from collections.abc import Iterable
from functools import cache, partial
from typing import Final

from app.processors import sentences

MAX_PARTS = 1000  # fifteen megabytes for a context of 8,192 tokens: five million characters of any script

_BYTES_A_TOKEN = 3  # three to five bytes of UTF-8 in most scripts; three keeps a part inside the context
_BLOCK_CHARS = 4096
_SLACK = 0.2  # of a part, how far from its due place a cut may be: so no part is larger than 1.4 times the mean


def part_bytes(free_tokens: int) -> float:
    """Return how large parts may be on average for the largest of them to fit into so many tokens."""
    return max(1, free_tokens) * _BYTES_A_TOKEN / (1 + 2 * _SLACK)


def tokens_of(text: str) -> int:
    """Return a careful estimate of a text's tokens: in most scripts it is above the truth."""
    return math.ceil(len(text.encode()) / _BYTES_A_TOKEN)


def bytes_of(tokens: int) -> int:
    """Return how many bytes of a text are sure to fit into so many tokens."""
    return tokens * _BYTES_A_TOKEN


def count_for(text: str, *, part_bytes: float) -> int:
    """Return into how many parts of this size a text goes, at least 1."""
    return max(1, math.ceil(len(text.encode()) / part_bytes))


def split(text: str, *, parts: int) -> list[str]:
    """Return at most `parts` parts of about equal size in bytes, in order, none blank, without spaces around them."""
    return [text[start:end] for start, end in spans(text, parts=parts)]


def spans(text: str, *, parts: int, wanted: Iterable[int] | None = None) -> list[tuple[int, int]]:
    """Return where the parts that `split` returns begin and end in the text.

    With `wanted`, numbers below `parts` in rising order, only those are looked for: a few of many cost little.
    """
    start, end = len(text) - len(text.lstrip()), len(text.rstrip())
    places = _Places(text[start:end])
    size = places.size_bytes / parts

    @cache
    def cut(number: int) -> int:
        if number in {0, parts}:
            return 0 if number == 0 else end - start
        return _cut(places, number * size, size * _SLACK)

    numbers = range(parts) if wanted is None else wanted
    found = (_trimmed(text, start + cut(number), start + cut(number + 1)) for number in numbers)
    return [(low, high) for low, high in found if low < high]


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    part = text[start:end]
    return start + len(part) - len(part.lstrip()), start + len(part.rstrip())


class _Places:
    """Which character stands at a byte; the text is measured once, so that many cuts cost little."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._ends = [0]  # in bytes, of each block
        for start in range(0, len(text), _BLOCK_CHARS):
            self._ends.append(self._ends[-1] + len(text[start : start + _BLOCK_CHARS].encode()))

    @property
    def size_bytes(self) -> int:
        return self._ends[-1]

    def at(self, byte: float) -> int:
        place = min(max(0, round(byte)), self.size_bytes)
        block = bisect_right(self._ends, place) - 1
        start = block * _BLOCK_CHARS
        encoded = self.text[start : start + _BLOCK_CHARS].encode()
        return min(start + len(encoded[: place - self._ends[block]].decode("utf-8", "ignore")), len(self.text))


def _cut(places: _Places, due: float, slack: float) -> int:
    """Return the place to cut nearest to the byte `due`: after a paragraph, else a sentence, else a word."""
    text = places.text
    low, aim, high = (places.at(place) for place in (due - slack, due, due + slack))
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
