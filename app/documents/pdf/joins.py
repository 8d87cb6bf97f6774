"""Words of which a part is larger or smaller: a first letter over several lines, indices, marks of notes."""

import statistics
from collections.abc import Sequence
from dataclasses import replace

from app.documents.pdf.shapes import MIDDLE, Word

CAPITAL = 1.7  # times the usual size

_MARK_CHARS = 3  # of a mark of a note, which need not be small
_SMALL = 0.86  # of a neighbour's size: an index or a mark of a note
_RAISED = (0.15, 0.75)  # of the size
_LOWERED = (0.08, 0.42)
_SAME_LINE = 0.25
_TOUCHES = (-0.1, 0.165)  # sizes from a word to what belongs to it


def with_capitals(words: Sequence[Word]) -> list[Word]:
    """Return the words with a large first letter over several lines put to the word that it begins."""
    if not words:
        return []
    usual = statistics.median(word.size for word in words)
    kept = list(words)
    for capital in [word for word in words if _is_large(word, usual)]:
        begun = [word for word in kept if _begins(capital, word)]
        if begun:
            first = min(begun, key=lambda word: word.top)
            kept[kept.index(first)] = replace(first, text=capital.text + first.text, left=capital.left)
            kept.remove(capital)
    return kept


def _is_large(word: Word, usual: float) -> bool:
    return word.size >= CAPITAL * usual and word.text[-1].isupper() and sum(map(str.isalpha, word.text)) == 1


def _begins(capital: Word, word: Word) -> bool:
    """Say whether a word goes on right of a large capital's head; after A, I and O another word may begin."""
    gap = (word.left - capital.right) / word.size
    reach = 0.3 if capital.text[-1] in "AIO" else 0.9
    base = _base(capital)
    return (
        -0.35 * capital.size / word.size <= gap <= reach
        and base - 0.8 * capital.size <= word.middle <= base - 0.3 * capital.size
        and word.size * CAPITAL <= capital.size
        and not word.text[0].isupper() | word.text[0].isdigit()
    )


def with_indices(words: Sequence[Word]) -> list[Word]:
    """Return the words with small raised or lowered ones put to the word that they touch: 4 and th, x and 2."""
    tall = 2 * max((word.size for word in words), default=1.0) + 1
    ends = _Edges(tall)
    starts = _Edges(tall)
    for place, word in enumerate(words):
        ends.add(word.right, word, place)
        starts.add(word.left, word, place)
    kept: list[Word | None] = list(words)
    for place, word in sorted(enumerate(words), key=lambda one: one[1].left):
        before = ends.near(word.left, word)
        owners = [one for one in before if (host := kept[one]) is not None and one != place and _is_index(word, host)]
        if kept[place] is None or not owners or any(_is_before(words[one], word) for one in before if one != owners[0]):
            continue  # it stands in a line of small words
        owner, host = owners[0], kept[owners[0]]
        assert host is not None  # noqa: S101 - as said above
        joined = replace(host, text=host.text + word.text, right=word.right)
        kept[place] = None
        rest = next((one for one in starts.near(joined.right, host) if _goes_on(joined, kept[one])), None)
        if rest is not None and rest != owner:  # the stop after a raised number
            joined = replace(joined, text=joined.text + words[rest].text, right=words[rest].right)
            kept[rest] = None
        kept[owner] = joined
        ends.add(joined.right, joined, owner)
    return [word for word in kept if word is not None]


class _Edges:
    """Edges of words by place, in strips that are twice as high as the largest word."""

    def __init__(self, height: float) -> None:
        self._height = height
        self._places: dict[tuple[int, int], list[int]] = {}

    def add(self, x: float, word: Word, place: int) -> None:
        """Note where the edge of a word is."""
        self._places.setdefault((round(x), self._strip(word)), []).append(place)

    def near(self, x: float, word: Word) -> list[int]:
        """Return the words with an edge near a place, at about the height of a word."""
        reach, strip = 1 + int(word.size / 3), self._strip(word)
        other = strip + (1 if word.middle / self._height - strip > 0.5 else -1)  # noqa: PLR2004 - the nearer one
        found: list[int] = []
        for step in range(round(x) - reach, round(x) + reach + 1):
            found += self._places.get((step, strip), ())
            found += self._places.get((step, other), ())
        return found

    def _strip(self, word: Word) -> int:
        return int(word.middle // self._height)


def _goes_on(host: Word, word: Word | None) -> bool:
    """Say whether a word touches one that got an index, on the same line."""
    if word is None or abs(_base(word) - _base(host)) >= _SAME_LINE * host.size:
        return False
    return _TOUCHES[0] <= (word.left - host.right) / host.size <= _TOUCHES[1]


def _is_index(word: Word, owner: Word) -> bool:
    raised = (_base(owner) - _base(word)) / owner.size
    is_mark = len(word.text) <= _MARK_CHARS and not word.text[0].isalpha() and raised >= 2 * _RAISED[0]
    return (
        (word.size <= _SMALL * owner.size or (is_mark and word.size <= owner.size))
        and (_RAISED[0] <= raised <= _RAISED[1] or _LOWERED[0] <= -raised <= _LOWERED[1])
        and _TOUCHES[0] * owner.size <= word.left - owner.right <= _TOUCHES[1] * owner.size
    )


def _is_before(word: Word, other: Word) -> bool:
    """Say whether a word stands right before another on the same line."""
    return abs(_base(word) - _base(other)) < 0.1 * other.size and 0 <= other.left - word.right < other.size


def _base(word: Word) -> float:
    return word.middle + MIDDLE * word.size
