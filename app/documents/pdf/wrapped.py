"""Rows of a table whose cells have several lines, at the same height at the top or in the middle: each row whole.

A cell goes on below where a line is so long that the next one's first word would not have fitted behind it.
"""

from collections.abc import Iterator, Sequence
from itertools import pairwise

from app.documents.pdf.shapes import Word

_NEXT_LINE = 1.55  # sizes from a cell's line to its next one

Cell = list[Word]
Block = list[Cell]  # the lines of one cell


def wrapped_rows(rows: Sequence[Sequence[Cell]]) -> list[list[Cell]] | None:
    """Return the lines of a table put together to rows; None where no cell wraps, or some lines are no cell's next."""
    columns = [list(_blocks([cell for cell in column if cell])) for column in zip(*rows, strict=True)]
    if all(len(block) == 1 for blocks in columns for block in blocks) or not all(map(_all_wrap, columns)):
        return None
    parts = sorted(
        (_edges(block), place, [word for line in block for word in line])
        for place, blocks in enumerate(columns)
        for block in blocks
    )
    found: list[list[Cell]] = []
    end = float("-inf")
    for (top, bottom), place, words in parts:
        if top >= end:
            found.append([[] for _ in columns])
        elif found[-1][place]:
            return None
        found[-1][place] = words
        end = max(end, bottom)
    return found if len(found) > 1 else None


def _blocks(lines: Sequence[Cell]) -> Iterator[Block]:
    """Yield the lines of a column that follow each other closely."""
    block: Block = []
    for line in lines:
        if block and line[0].middle - block[-1][0].middle > _NEXT_LINE * line[0].size:
            yield block
            block = []
        block.append(line)
    if block:
        yield block


def _edges(block: Block) -> tuple[float, float]:
    return min(word.top for word in block[0]), max(word.bottom for word in block[-1])


def _all_wrap(blocks: Sequence[Block]) -> bool:
    """Say whether all lines of cells are full but their last ones."""
    width = max((_width(line) for block in blocks for line in block), default=0.0)
    return all(
        _width(line) + after[0].right - after[0].left + line[0].size / 4 >= width
        for block in blocks
        for line, after in pairwise(block)
    )


def _width(line: Cell) -> float:
    return line[-1].right - line[0].left
