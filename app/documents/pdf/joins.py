"""Words of which a part is larger or smaller: a first letter over several lines, indices, marks of notes."""

import statistics
from collections.abc import Sequence
from dataclasses import replace

from app.documents.pdf.shapes import MIDDLE, Word

CAPITAL = 1.7  # times the usual size

_MARK_CHARS = 3  # of a mark of a note, which need not be small
_SMALL = 0.86  # of a neighbour's size: an index or a mark of a note
_RAISED = (0.15, 0.75)  # of the size
_LOWERED = (0.08, 0.3)
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
    rows: dict[int, list[int]] = {}
    height = max(statistics.median(word.size for word in words), 0.01) if words else 1.0
    for place, word in enumerate(words):
        rows.setdefault(round(word.middle / height), []).append(place)
    kept: list[Word | None] = list(words)
    for place, word in sorted(enumerate(words), key=lambda one: one[1].left):
        row = round(word.middle / height)
        near = [one for step in (-1, 0, 1) for one in rows.get(row + step, ()) if one != place]
        owner = next((one for one in near if (held := kept[one]) is not None and _is_index(word, held)), None)
        if kept[place] is None or (
            owner is not None and any(_is_before(words[one], word) for one in near if one != owner)
        ):
            continue  # it stands in a line of small words
        if owner is not None and (held := kept[owner]) is not None:
            kept[owner] = replace(held, text=held.text + word.text, right=word.right)
            kept[place] = None
            _take_rest(kept, owner, near)
    return [word for word in kept if word is not None]


def _take_rest(kept: list[Word | None], owner: int, near: Sequence[int]) -> None:
    """Put what touches an index from behind to its word, too: the stop after a raised number."""
    held = kept[owner]
    assert held is not None  # noqa: S101 - an index was just put to it
    for one in near:
        word = kept[one]
        if word is not None and one != owner and abs(_base(word) - _base(held)) < _SAME_LINE * held.size:
            gap = (word.left - held.right) / held.size
            if _TOUCHES[0] <= gap <= _TOUCHES[1]:
                kept[owner] = replace(held, text=held.text + word.text, right=word.right)
                kept[one] = None
                return


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
