"""Whether a page is one of a newspaper: running text in columns beside each other, under headlines of their own."""

import re
from collections.abc import Sequence

from app.documents.pdf.articles import is_byline
from app.documents.pdf.layout import HEADLINE_RATIO, Line

_IN_COLUMNS = 0.5  # of the lines of a page
_COLUMN_LINES = 5
_LEAST_HEADLINES = 2
_LARGE = 1.5  # of the size of running text: headlines where no author is named
# Numbered headings, and those that every paper has.
_OF_A_PAPER = re.compile(
    r"(?:\d{1,2}(?:\.\d{1,2}){0,3}\.?|[IVX]{1,4}\.) +[^\W\d_][^.?!]{0,60}$"
    r"|(?:abstract|zusammenfassung|résumé|resumen|references|literatur(?:verzeichnis)?|bibliograph\w+)\b.{0,3}$",
    re.IGNORECASE,
)


def is_newspaper(lines: Sequence[Line], body: float) -> bool:
    """Say whether most text stands in columns beside each other, under two headlines, or one with an author below."""
    columns: dict[int, list[Line]] = {}
    for line in lines:
        columns.setdefault(line.column, []).append(line)
    running = [column for column in columns.values() if len(column) >= _COLUMN_LINES]
    beside = sum(len(one) for one in running if any(_are_beside(one, other) for other in running if other is not one))
    if beside < _IN_COLUMNS * len(lines):
        return False
    if any(_OF_A_PAPER.match(line.text) for line in lines):
        return False
    headlines = bylines = 0
    before: Line | None = None
    for line in lines:
        is_head = line.size >= HEADLINE_RATIO * body and any(char.isalpha() for char in line.text)
        was_head = before is not None and before.size >= HEADLINE_RATIO * body
        headlines += line.size >= _LARGE * body and is_head and not was_head
        bylines += was_head and not is_head and is_byline(line.text)
        before = line
    return headlines >= _LEAST_HEADLINES or bylines > 0


def _are_beside(one: Sequence[Line], other: Sequence[Line]) -> bool:
    left, right = sorted((one, other), key=lambda column: min(line.left for line in column))
    shared = min(left[-1].bottom, right[-1].bottom) - max(left[0].top, right[0].top)
    is_apart = max(line.right for line in left) <= min(line.left for line in right)
    return is_apart and shared > 2 * left[0].size
