"""Tables without rules: rows whose cells stand in line, grown up and down from the row with the most cells.

Columns of text are no table: their cells fill their width, line after line.
"""

import re
import statistics
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from app.documents.pdf.ink import Box
from app.documents.pdf.shapes import Word

_CELL_GAP = 0.9  # of the size: what is further apart is in another cell
_LEAST_ROWS = 3
_MAX_STEP = 4.0  # sizes from one row to the next
_NEXT_LINE = 1.55  # sizes from a cell's line to its next one
_CROSSED = 0.34  # of the gaps between columns: a heading may stand across as many
_FEW_CROSSINGS = 0.2  # of the rows: a gap that more rows cross is none
_FULL = 0.78  # of the column's width: lines of running text are as long as this
_FEW_WORDS = 4
_WIDE_COLUMN = 11  # sizes: narrower columns hold no running text
_MANY_NUMBERS = 0.35
_ALONE_IN_A_ROW = 6  # lines of one piece, such as those of a long cell
_INDENT = 3  # sizes from a list's mark to its text
_MARK = re.compile(r"(?:[•▪‣◦●○■□➢✓–—*-]|\(?(?:\d{1,3}|[A-Za-z]|[ivxIVX]{1,5})[.):]?|\[\d{1,3}\]|§+)")  # noqa: RUF001

Gap = tuple[float, float]


@dataclass(slots=True)
class Found:
    """A table where it stands: its rows of cells, each cell words, and all the words that are in it."""

    box: Box
    rows: list[list[list[Word]]]
    words: list[Word] = field(default_factory=list)


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


def aligned_tables_of(words: Sequence[Word]) -> list[Found]:
    """Return the tables among words that no rules part."""
    return [table for block in _blocks(rows_of(words)) for table in _tables(block)]


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
    for before, word in pairwise(ordered):
        if word.left - max(one.right for one in cells[-1]) > _CELL_GAP * max(before.size, word.size):
            cells.append([])
        cells[-1].append(word)
    if len(cells) > 1 and len(cells[0]) == 1 and _MARK.fullmatch(cells[0][0].text):  # a bullet or number of a list
        mark = cells[0][0]
        if cells[1][0].left - mark.right < _INDENT * mark.size and not _is_number(cells[1]):
            cells[:2] = [[mark, *cells[1]]]
    return Row(ordered, cells)


def _is_number(cell: Sequence[Word]) -> bool:
    text = "".join(word.text for word in cell)
    return sum(char.isdigit() for char in text) * 2 >= len(text)


def are_numbers(cells: Sequence[Sequence[Word]]) -> bool:
    """Say whether many cells hold numbers."""
    return bool(cells) and sum(map(_is_number, cells)) >= _MANY_NUMBERS * len(cells)


def _blocks(rows: Iterator[Row]) -> Iterator[list[Row]]:
    """Yield rows that follow each other closely, with cells beside each other every few rows."""
    block: list[Row] = []
    alone = 0
    for row in rows:
        size = max(word.size for word in row.words)
        is_far = bool(block) and row.top - block[-1].bottom > _MAX_STEP * size
        alone = alone + 1 if len(row.cells) == 1 else 0
        if block and (is_far or alone > _ALONE_IN_A_ROW):
            yield block
            block = []
        block.append(row)
    if block:
        yield block


def _tables(block: list[Row]) -> Iterator[Found]:
    """Yield the tables of a block; what is above and below the widest one is looked at for itself."""
    pending = [block]
    while pending:
        rows = pending.pop()
        if sum(len(row.cells) > 1 for row in rows) < _LEAST_ROWS:
            continue
        seed = max(range(len(rows)), key=lambda place: len(rows[place].cells))
        start, end, gaps = _grown(rows, seed)
        start, end = _trimmed(rows, start, end, gaps)
        inside = rows[start:end]
        if gaps and sum(len(row.cells) > 1 for row in inside) >= _LEAST_ROWS and _is_table(inside, gaps):
            yield _as_table(inside, gaps)
            pending += [rows[:start], rows[end:]]
        else:
            pending += [rows[: max(start, 0)], rows[max(end, seed + 1) :]] if end - start > 1 else [rows[:seed], rows[seed + 1 :]]


def _grown(rows: Sequence[Row], seed: int) -> tuple[int, int, list[Gap]]:
    """Return from where to where rows go with a row, and the gaps between their columns."""
    gaps = rows[seed].gaps
    crossings = [0] * len(gaps)
    edges = [seed, seed + 1]
    is_open = [True, True]
    while any(is_open):
        for side, step in ((0, -1), (1, 0)):
            place = edges[side] + step
            if not is_open[side] or not 0 <= place < len(rows):
                is_open[side] = False
                continue
            crossed = _crossed(rows[place], gaps)
            if not _goes_with(rows[place], crossed, gaps):
                is_open[side] = False
                continue
            for number, gap in enumerate(gaps):
                crossings[number] += number in crossed
                if number not in crossed:
                    gaps[number] = _narrowed(gap, rows[place])
            edges[side] += -1 if side == 0 else 1
    most = max(1, int(_FEW_CROSSINGS * (edges[1] - edges[0])))
    return edges[0], edges[1], [gap for gap, count in zip(gaps, crossings, strict=True) if count <= most]


def _goes_with(row: Row, crossed: Sequence[int], gaps: Sequence[Gap]) -> bool:
    if not crossed:
        return True
    return len(row.cells) > 1 and len(crossed) <= _CROSSED * len(gaps)


def _crossed(row: Row, gaps: Sequence[Gap]) -> list[int]:
    """Return which gaps a row's words close, or leave too narrow."""
    return [
        number
        for number, gap in enumerate(gaps)
        if (narrow := _narrowed(gap, row))[1] - narrow[0] < 0.1 * row.words[0].size
    ]


def _narrowed(gap: Gap, row: Row) -> Gap:
    """Return what of a gap a row leaves free; (0, 0) where a word covers all of it."""
    left, right = gap
    for word in row.words:
        if word.left <= left and word.right >= right:
            return 0.0, 0.0
        if word.left <= left < word.right:
            left = word.right
        elif left < word.left < right:
            middle = (word.left + word.right) / 2
            if middle > (gap[0] + gap[1]) / 2:
                right = min(right, word.left)
            else:
                left = max(left, word.right)
    return (left, right) if right > left else (0.0, 0.0)


def _trimmed(rows: Sequence[Row], start: int, end: int, gaps: Sequence[Gap]) -> tuple[int, int]:
    """Return the rows without those of one piece before the first and behind the last one with several.

    A last one that goes on with a cell other than the first stays.
    """
    while start < end and len(rows[start].cells) == 1:
        start += 1
    while end > start and len(rows[end - 1].cells) == 1:
        last, before = rows[end - 1], rows[end - 2] if end - 1 > start else None
        is_close = before is not None and last.middle - before.middle <= _NEXT_LINE * last.words[0].size
        if is_close and gaps and last.words[0].left >= gaps[0][0]:
            break
        end -= 1
    return start, end


def _is_table(rows: Sequence[Row], gaps: Sequence[Gap]) -> bool:
    """Say whether it is a table and no columns of running text, by how full its columns are and what they hold."""
    cells = [_cells(row, gaps) for row in rows]
    if are_numbers([cell for row in cells for cell in row if cell]):
        return True
    running = 0
    for column in zip(*cells, strict=True):
        held = [cell for cell in column if cell]
        if not held:
            continue
        left, right = min(cell[0].left for cell in held), max(word.right for cell in held for word in cell)
        width, size = right - left, statistics.median(cell[0].size for cell in held)
        fill = statistics.median((cell[-1].right - cell[0].left) / max(width, 1) for cell in held)
        words = statistics.median(len(cell) for cell in held)
        running += width > _WIDE_COLUMN * size and fill >= _FULL and words >= _FEW_WORDS
    return running < 1 if len(gaps) == 1 else running * 2 < len(gaps) + 1


def _cells(row: Row, gaps: Sequence[Gap]) -> list[list[Word]]:
    """Return the words of a row by column; what stands across a gap belongs where it begins."""
    edges = [(left + right) / 2 for left, right in gaps]
    cells: list[list[Word]] = [[] for _ in range(len(gaps) + 1)]
    last: Word | None = None
    for word in row.words:
        column = sum(edge <= (word.left + word.right) / 2 for edge in edges)
        if last is not None and word.left - last.right <= _CELL_GAP * word.size:
            parted = any(last.right <= edge <= word.left for edge in edges)
            column = column if parted else max(number for number, cell in enumerate(cells) if cell)
        elif word.left < (edges[column - 1] if column else float("-inf")):
            column = sum(edge <= word.left for edge in edges)
        cells[column].append(word)
        last = word
    return cells


def _as_table(rows: Sequence[Row], gaps: Sequence[Gap]) -> Found:
    merged: list[list[list[Word]]] = []
    for place, row in enumerate(rows):
        cells = _cells(row, gaps)
        is_close = place > 0 and row.middle - rows[place - 1].middle <= _NEXT_LINE * row.words[0].size
        if merged and is_close and not cells[0] and _fits(cells, merged[-1]):
            for mine, more in zip(merged[-1], cells, strict=True):
                mine += more
        else:
            merged.append(cells)
    words = [word for row in rows for word in row.words]
    box = (
        min(word.left for word in words),
        min(word.top for word in words),
        max(word.right for word in words),
        max(word.bottom for word in words),
    )
    return Found(box, merged, words)


def _fits(row: Sequence[Sequence[Word]], above: Sequence[Sequence[Word]]) -> bool:
    """Say whether a row without a first cell goes on with the cells above it: none of its cells is a number."""
    return all(not cell or (above[place] and not _is_number(cell)) for place, cell in enumerate(row))
