"""Words at one height, and the pieces that they form where they stand apart."""

import re
import statistics
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from app.documents.pdf.running import is_number
from app.documents.pdf.shapes import Word

CELL_GAP = 0.9  # of the size: what is further apart is in another cell
_NUMBER_GAP = 0.4  # the same where a number stands on both sides and no space between them
_UNSPACED_GAP = 0.55  # the same where no space stands between two words, but between others of their line
_TABLE_CELLS = 4  # a row of so many is no item of a list
_INDENT = 3  # sizes from a list's mark to its text
_MARK = re.compile(r"(?:[•▪‣◦●○■□➢✓–—*-]|\(?(?:\d{1,3}|[A-Za-z]|[ivxIVX]{1,5})[.):]?|\[\d{1,3}\]|§+)")  # noqa: RUF001

Gap = tuple[float, float]


@dataclass(slots=True)
class Row:
    """Words at one height, and the pieces they form."""

    words: list[Word]
    cells: list[list[Word]]

    @property
    def top(self) -> float:
        """Where it begins."""
        return min(word.top for word in self.words)

    @property
    def bottom(self) -> float:
        """Where it ends."""
        return max(word.bottom for word in self.words)

    @property
    def middle(self) -> float:
        """The height at which it stands."""
        return statistics.median(word.middle for word in self.words)

    @property
    def gaps(self) -> list[Gap]:
        """What is free between its cells."""
        return [(max(one.right for one in before), cell[0].left) for before, cell in pairwise(self.cells)]


def rows_of(words: Sequence[Word]) -> Iterator[Row]:
    """Yield the words in rows, from top to bottom."""
    row: list[Word] = []
    for word in sorted(words, key=lambda word: word.middle):
        if row and word.middle - row[0].middle > 0.5 * min(word.size, row[0].size):
            yield _row(row)
            row = []
        row.append(word)
    if row:
        yield _row(row)


def _row(words: list[Word]) -> Row:
    ordered = sorted(words, key=lambda word: word.left)
    cells: list[list[Word]] = [[ordered[0]]]
    is_spaced = any(word.after_space for word in ordered)
    for before, word in pairwise(ordered):
        gap = word.left - max(one.right for one in cells[-1])
        if gap > _least_gap(before, word, is_spaced=is_spaced) * max(before.size, word.size):
            cells.append([])
        cells[-1].append(word)
    if 1 < len(cells) < _TABLE_CELLS and len(cells[0]) == 1 and _MARK.fullmatch(cells[0][0].text):
        mark = cells[0][0]
        if cells[1][0].left - mark.right < _INDENT * mark.size and not is_number(cells[1]):
            cells[:2] = [[mark, *cells[1]]]
    return Row(ordered, cells)


def _least_gap(before: Word, word: Word, *, is_spaced: bool) -> float:
    """Return how many sizes are free at least between words of two cells."""
    if word.after_space:
        return CELL_GAP
    if is_number([before]) and is_number([word]):
        return _NUMBER_GAP
    return _UNSPACED_GAP if is_spaced else CELL_GAP
