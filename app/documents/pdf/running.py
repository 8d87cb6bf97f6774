"""Whether cells beside each other are those of a table, or lines of running text in columns."""

import statistics
from collections.abc import Sequence

from app.documents.pdf.scripts import is_cjk
from app.documents.pdf.shapes import HYPHEN, SOFT_HYPHEN, Word

_FULL = 0.78  # of the column's width: lines of running text are as long as this
_FEW_WORDS = 4
_TWO = 2
_GOES_ON = 0.4  # of a column's lines begin with a small letter where sentences run through it
_WIDE_COLUMN = 11  # sizes: narrower columns hold no running text
_MANY_NUMBERS = 0.35
_MOST_SMALL = 0.75
_HYPHENS = ("-", HYPHEN, SOFT_HYPHEN)

Cell = Sequence[Word]


def is_table(cells: Sequence[Sequence[Cell]]) -> bool:
    """Say whether rows of cells are a table, by how full their columns are and what they hold."""
    filled = [cell for row in cells for cell in row if cell]
    if are_numbers(filled):
        return True
    if _is_running(filled):
        return False
    running = sum(_runs_through(cells_of) for cells_of in zip(*cells, strict=True))
    return running < 1 if len(cells[0]) == _TWO else running * 2 < len(cells[0])


def are_numbers(cells: Sequence[Sequence[Word]]) -> bool:
    """Say whether many cells hold numbers."""
    return bool(cells) and sum(map(is_number, cells)) >= _MANY_NUMBERS * len(cells)


def is_number(cell: Sequence[Word]) -> bool:
    """Say whether at least half of a cell is digits."""
    text = "".join(word.text for word in cell)
    return sum(char.isdigit() for char in text) * 2 >= len(text)


def _runs_through(column: Sequence[Sequence[Word]]) -> bool:
    """Say whether the lines of a column are those of running text: full of words that go on from line to line."""
    filled = [cell for cell in column if cell]
    if not filled:
        return False
    left, right = min(cell[0].left for cell in filled), max(word.right for cell in filled for word in cell)
    size = statistics.median(cell[0].size for cell in filled)
    fill = statistics.median((cell[-1].right - cell[0].left) / max(right - left, 1) for cell in filled)
    words = statistics.median(map(_word_count, filled))
    is_wide = right - left > _WIDE_COLUMN * size and words >= _FEW_WORDS
    if is_cjk(filled[0][0].text[0]):  # verses are not full
        return is_wide
    goes_on = statistics.mean(cell[0].text[:1].islower() for cell in filled) >= _GOES_ON and words > 1
    return fill >= _FULL and (goes_on or is_wide)


def _word_count(cell: Sequence[Word]) -> float:
    """Return about how many words a cell has; Chinese and Japanese ones are two signs long."""
    return sum(len(word.text) / 2 if is_cjk(word.text[0]) else 1 for word in cell)


def _is_running(cells: Sequence[Sequence[Word]]) -> bool:
    """Say whether words are parted at the ends of cells, and most cells begin with a small letter, as lines do."""
    is_hyphened = any(cell[-1].text[-1] in _HYPHENS and cell[-1].text[:-1].isalpha() for cell in cells)
    small = statistics.mean(cell[0].text[:1].islower() for cell in cells)
    return small >= (_GOES_ON if is_hyphened else _MOST_SMALL)
