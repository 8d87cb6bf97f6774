"""Tables without rules: rows whose cells stand in line, grown up and down from the row with the most cells.

Columns of text are no table: their cells fill their width, line after line.
"""

import re
import statistics
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from app.documents.pdf.ink import Box
from app.documents.pdf.running import is_number, is_table
from app.documents.pdf.shapes import Word

_CELL_GAP = 0.9  # of the size: what is further apart is in another cell
_LEAST_ROWS = 3
_NARROW = 0.35  # of the size: as wide at least is what parts two columns
_ALIGNED = 0.12  # where they all begin at the same place
_MANY_ROWS = 5
_MOST_ROWS = 0.8
_MAX_STEP = 4.0  # sizes from one row to the next
_NEXT_LINE = 1.55  # sizes from a cell's line to its next one
_CROSSED = 0.34  # of the gaps between columns: a heading may stand across as many
_FEW_CROSSINGS = 0.2  # of the rows: a gap that more rows cross is none
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
        if cells[1][0].left - mark.right < _INDENT * mark.size and not is_number(cells[1]):
            cells[:2] = [[mark, *cells[1]]]
    return Row(ordered, cells)


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
        if (
            gaps
            and sum(len(row.cells) > 1 for row in inside) >= _LEAST_ROWS
            and is_table([_cells(row, gaps) for row in inside])
        ):
            yield _as_table(inside, gaps)
            pending += [rows[:start], rows[end:]]
        else:
            pending += (
                [rows[: max(start, 0)], rows[max(end, seed + 1) :]]
                if end - start > 1
                else [rows[:seed], rows[seed + 1 :]]
            )


def _grown(rows: Sequence[Row], seed: int) -> tuple[int, int, list[Gap]]:
    """Return from where to where rows go with a row, and the gaps between their columns."""
    free = [[gap] for gap in rows[seed].gaps]
    crossings = [0] * len(free)
    edges = [seed, seed + 1]
    is_open = [True, True]
    while any(is_open):
        for side, step in ((0, -1), (1, 0)):
            place = edges[side] + step
            left = [_left_free(pieces, rows[place]) for pieces in free] if 0 <= place < len(rows) else []
            crossed = [number for number, pieces in enumerate(left) if not pieces]
            is_open[side] = is_open[side] and 0 <= place < len(rows) and _goes_with(rows[place], crossed, free)
            if is_open[side]:
                for number, pieces in enumerate(left):
                    crossings[number] += not pieces
                    free[number] = pieces or free[number]
                edges[side] += -1 if side == 0 else 1
    most = max(1, int(_FEW_CROSSINGS * (edges[1] - edges[0])))
    widest = [max(pieces, key=lambda gap: gap[1] - gap[0]) for pieces in free]
    gaps = [gap for gap, count in zip(widest, crossings, strict=True) if count <= most]
    return edges[0], edges[1], sorted({*gaps, *_narrow_gaps(rows[edges[0] : edges[1]], gaps)})


def _narrow_gaps(rows: Sequence[Row], gaps: Sequence[Gap]) -> Iterator[Gap]:
    """Yield narrow gaps that all of many rows leave free between the same columns: numbers stand close to a name."""
    if len(rows) < _MANY_ROWS:
        return
    size = statistics.median(row.words[0].size for row in rows)
    spans = sorted((word.left, word.right) for row in rows for word in row.words)
    end = spans[0][1]
    for left, right in spans:
        gap = (end, left)
        is_gap = left - end >= _ALIGNED * size and not any(end < other[1] and other[0] < left for other in gaps)
        if is_gap and (left - end >= _NARROW * size or _all_begin(rows, left)):
            both = sum(
                any(w.right <= end for w in row.words) and any(w.left >= left for w in row.words) for row in rows
            )
            if both >= _MOST_ROWS * len(rows):
                yield gap
        end = max(end, right)


def _all_begin(rows: Sequence[Row], left: float) -> bool:
    """Say whether a word of most rows begins exactly at a place, without a space before it as other words have."""
    if not any(word.after_space for row in rows for word in row.words):
        return False
    begin = sum(any(abs(word.left - left) < 1 and not word.after_space for word in row.words) for row in rows)
    return begin >= _MOST_ROWS * len(rows)


def _goes_with(row: Row, crossed: Sequence[int], free: Sequence[Sequence[Gap]]) -> bool:
    return not crossed or (len(row.cells) > 1 and len(crossed) <= _CROSSED * len(free))


def _left_free(pieces: Sequence[Gap], row: Row) -> list[Gap]:
    """Return what a row leaves of a gap; spaces between words are too narrow to count."""
    least = _NARROW * row.words[0].size
    bounds = [float("-inf"), *(edge for word in row.words for edge in (word.left, word.right)), float("inf")]
    room = list(zip(bounds[::2], bounds[1::2], strict=True))
    cut = [(max(left, start), min(right, end)) for left, right in pieces for start, end in room]
    return [(left, right) for left, right in cut if right - left >= least]


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
            merged[-1] = [above + more for above, more in zip(merged[-1], cells, strict=True)]
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
    return all(not cell or (above[place] and not is_number(cell)) for place, cell in enumerate(row))
