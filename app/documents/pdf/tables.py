"""Tables of a page: those with rules, and those whose cells only stand in line; every row whole."""

import statistics
from collections.abc import Sequence
from itertools import pairwise

from app.documents.pdf.aligned import Found, aligned_tables_of, rows_of
from app.documents.pdf.grids import Grid, grids_of
from app.documents.pdf.ink import Box, Ink
from app.documents.pdf.running import are_numbers
from app.documents.pdf.shapes import Word

_MANY_LINES = 3


def tables_of(words: Sequence[Word], ink: Ink) -> list[Found]:
    """Return the tables of a page from top to bottom."""
    found = ruled_tables_of(words, ink)
    taken = {id(word) for table in found for word in table.words}
    found += aligned_tables_of([word for word in words if id(word) not in taken])
    return sorted(found, key=lambda table: table.box[1])


def ruled_tables_of(words: Sequence[Word], ink: Ink) -> list[Found]:
    """Return the tables of a page that have rules, from top to bottom."""
    found: list[Found] = []
    rest = list(words)
    for grid in sorted(grids_of(ink), key=lambda grid: grid.box[1]):
        inside = [word for word in rest if _is_in(word, grid.box)]
        table = _ruled(inside, grid)
        if table is not None:
            found.append(table)
            taken = set(map(id, inside))
            rest = [word for word in rest if id(word) not in taken]
    return found


def _is_in(word: Word, box: Box) -> bool:
    middle = (word.left + word.right) / 2
    return box[0] <= middle <= box[2] and box[1] <= word.middle <= box[3]


def _ruled(words: Sequence[Word], grid: Grid) -> Found | None:
    cells: dict[tuple[int, int], list[Word]] = {}
    for word in words:
        row, column = _cell_of(word, grid)
        cells.setdefault((row, column), []).append(word)
    if len({column for _, column in cells}) < 2 or any(_is_open(cells, row, grid) for row in range(len(grid.ys) - 1)):  # noqa: PLR2004 - a frame is no table
        return None
    rows = []
    for row in range(len(grid.ys) - 1):
        line = [cells.get((row, column), []) for column in range(len(grid.xs) - 1)]
        if any(line):
            rows += _parted_rows(line)
    return Found(grid.box, _without_empty(rows), list(words)) if len(rows) > 1 else None


def _is_open(cells: dict[tuple[int, int], list[Word]], row: int, grid: Grid) -> bool:
    """Say whether a row of many lines has no line down inside: its columns are parted by nothing but space."""
    y = (grid.ys[row] + grid.ys[row + 1]) / 2
    walls = sum(grid.has_wall(column, y) for column in range(1, len(grid.xs) - 1))
    first = cells.get((row, 0), [])
    return not walls and len(list(rows_of(first))) > _MANY_LINES


def _cell_of(word: Word, grid: Grid) -> tuple[int, int]:
    """Return row and column of a word; of cells that no line parts the first."""
    x, y = (word.left + word.right) / 2, word.middle
    column = max(place for place, left in enumerate(grid.xs[:-1]) if left <= x + 1 or place == 0)
    row = max(place for place, top in enumerate(grid.ys[:-1]) if top <= y + 1 or place == 0)
    while column and not grid.has_wall(column, y):
        column -= 1
    while row and not grid.has_floor(row, x):
        row -= 1
    return row, column


def _parted_rows(line: list[list[Word]]) -> list[list[list[Word]]]:
    """Return one row, or as many as there are lines where several columns have the same ones and none wraps."""
    lines = [list(rows_of(cell)) for cell in line]
    counts = [len(one) for one in lines if one]
    if len(counts) < 2 or min(counts) < 2 or max(counts) != min(counts):  # noqa: PLR2004 - two columns of two lines
        return [line]
    heights = [[row.middle for row in one] for one in lines if one]
    size = statistics.median(word.size for cell in line for word in cell)
    if any(abs(one - other) > size / 2 for several in zip(*heights, strict=True) for one, other in pairwise(several)):
        return [line]
    if counts[0] < _MANY_LINES and not are_numbers([row.words for one in lines for row in one]):
        return [line]
    return [[one[place].words if one else [] for one in lines] for place in range(counts[0])]


def _without_empty(rows: list[list[list[Word]]]) -> list[list[list[Word]]]:
    """Return the rows without columns that are empty in all of them."""
    used = [column for column in range(len(rows[0])) if any(row[column] for row in rows)] if rows else []
    return [[row[column] for column in used] for row in rows]
