"""What stands at the edges of many pages and is no article: running heads, page numbers."""

import re
from collections.abc import Mapping, Sequence

from app.processors.pdf_reader.layout import Line

_EDGE_RATIO = 0.09  # of the page's height, at the top and at the bottom
_DIGITS = re.compile(r"\d+")
_PAGE_NUMBER = re.compile(
    r"\W*(?:(?:page|seite|p\.|s\.)\s*)?\d{1,4}(?:\s*(?:/|of|von|de|sur)\s*\d{1,4})?\W*", re.IGNORECASE
)

Bounds = tuple[float, float]


def furniture(pages: Mapping[int, Sequence[Line]], bounds: Mapping[int, Bounds]) -> dict[int, set[Line]]:
    """Return for each page the lines at its top and bottom that other pages have too, but for digits, and numbers.

    `bounds` are top and bottom of each page.
    """
    pages_with: dict[str, set[int]] = {}
    edge_lines = {number: _at_edges(lines, bounds[number]) for number, lines in pages.items()}
    for number, lines in edge_lines.items():
        for line in lines:
            pages_with.setdefault(_key(line), set()).add(number)
    return {
        number: {line for line in lines if len(pages_with[_key(line)]) > 1 or _PAGE_NUMBER.fullmatch(line.text)}
        for number, lines in edge_lines.items()
    }


def _at_edges(lines: Sequence[Line], bounds: Bounds) -> list[Line]:
    top, bottom = bounds
    depth = (bottom - top) * _EDGE_RATIO
    return [line for line in lines if line.bottom <= top + depth or line.top >= bottom - depth]


def _key(line: Line) -> str:
    return _DIGITS.sub("#", " ".join(line.text.casefold().split()))
