"""What stands at the edges of many pages and is no article: running heads, page numbers."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from app.documents.pdf.shapes import Word

_EDGE_RATIO = 0.09  # of the page's height, at the top and at the bottom
_GAP_RATIO = 1.5  # of the size: what is further apart is not one piece
_DIGITS = re.compile(r"\d+")
_PAGE_NUMBER = re.compile(
    r"\W*(?:(?:page|seite|p\.|s\.)\s*)?\d{1,4}(?:\s*(?:/|of|von|de|sur)\s*\d{1,4})?\W*", re.IGNORECASE
)

Bounds = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Piece:
    """Words beside each other at the edge of a page."""

    words: tuple[Word, ...]

    @property
    def text(self) -> str:
        """What they say."""
        return " ".join(word.text for word in self.words)

    @property
    def key(self) -> str:
        """What it has in common with the same piece of another page."""
        return _DIGITS.sub("#", self.text.casefold())


def furniture(pages: Mapping[int, Sequence[Word]], bounds: Mapping[int, Bounds]) -> dict[int, list[Piece]]:
    """Return for each page the pieces at its top and bottom that another page has too, but for digits, and numbers.

    `bounds` are top and bottom of each page.
    """
    pieces = {number: list(_pieces(_at_edges(words, bounds[number]))) for number, words in pages.items()}
    pages_with: dict[str, set[int]] = {}
    for number, found in pieces.items():
        for piece in found:
            pages_with.setdefault(piece.key, set()).add(number)
    return {
        number: [one for one in found if len(pages_with[one.key]) > 1 or _PAGE_NUMBER.fullmatch(one.text)]
        for number, found in pieces.items()
    }


def _at_edges(words: Sequence[Word], bounds: Bounds) -> list[Word]:
    top, bottom = bounds
    depth = (bottom - top) * _EDGE_RATIO
    return [word for word in words if word.bottom <= top + depth or word.top >= bottom - depth]


def _pieces(words: Sequence[Word]) -> Iterator[Piece]:
    """Yield the words of each line, parted at wide gaps."""
    line: list[Word] = []
    for word in sorted(words, key=lambda word: word.middle):
        if line and word.middle > line[0].bottom:
            yield from _parted(line)
            line = []
        line.append(word)
    yield from _parted(line)


def _parted(line: Sequence[Word]) -> Iterator[Piece]:
    piece: list[Word] = []
    for word in sorted(line, key=lambda word: word.left):
        if piece and word.left - piece[-1].right > _GAP_RATIO * word.size:
            yield Piece(tuple(piece))
            piece = []
        piece.append(word)
    if piece:
        yield Piece(tuple(piece))
