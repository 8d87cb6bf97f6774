"""From lines in the order of reading to the sections of a plain page: all of its text, under its headings."""

from collections.abc import Iterator, Sequence

from app.documents.model import Article
from app.documents.pdf.articles import MAX_ARTICLES, candidates_in, paragraphs_of
from app.documents.pdf.hyphens import Vocabulary, join
from app.documents.pdf.layout import HEADLINE_RATIO, Line
from app.documents.pdf.scripts import is_cjk
from app.documents.pdf.shapes import BLOCK, HYPHEN, SOFT_HYPHEN

_SHORT = 0.72  # of the column's width: a line that ends before was broken on purpose
_MAX_TITLE_CHARS = 300
_HYPHENS = ("-", HYPHEN, SOFT_HYPHEN)


def sections_of(lines: Sequence[Line], *, body: float, known: Vocabulary) -> list[Article]:
    """Return the sections of a page; what stands above the first heading has no title. No line is left out."""
    sections = []
    for heads, rest in _drafts(lines, body):
        title = join([line.text for line in heads], known) or None
        paragraphs = [_paragraph(lines_of, rest, known) for lines_of in paragraphs_of(rest, body)]
        candidates = () if title else candidates_in([line for one in paragraphs for line in one.split("\n")])
        sections.append(Article(title, None, None, "\n\n".join(paragraphs), candidates))
    return sections


def _drafts(lines: Sequence[Line], body: float) -> Iterator[tuple[list[Line], list[Line]]]:
    heads: list[Line] = []
    rest: list[Line] = []
    begun = 1
    for line in lines:
        is_head = _is_head(line, body, heads)
        if is_head and rest and begun < MAX_ARTICLES:
            yield heads, rest
            heads, rest = [], []
            begun += 1
        (heads if is_head and not rest else rest).append(line)
    if heads or rest:
        yield heads, rest


def _is_head(line: Line, body: float, heads: Sequence[Line]) -> bool:
    return (
        line.size >= HEADLINE_RATIO * body
        and any(char.isalpha() for char in line.text)
        and not line.text.startswith(BLOCK)
        and sum(len(head.text) for head in heads) < _MAX_TITLE_CHARS
    )


def _paragraph(lines: Sequence[Line], column: Sequence[Line], known: Vocabulary) -> str:
    """Return a paragraph; a line that ends well before its column does is a line of its own, as in an address."""
    edges = {
        number: (
            min(line.left for line in column if line.column == number),
            max(line.right for line in column if line.column == number),
        )
        for number in {line.column for line in lines}
    }
    are_short = [_is_short(line, *edges[line.column]) for line in lines]
    are_lines = 2 * sum(are_short[:-1]) >= len(lines)  # verses, addresses, rows of names
    pieces: list[list[str]] = [[]]
    for line, is_short in zip(lines, are_short, strict=True):
        pieces[-1].append(line.text)
        if (is_short or are_lines) and not line.text.endswith(_HYPHENS):
            pieces.append([])
    return "\n".join(join(piece, known) for piece in pieces if piece)


def _is_short(line: Line, left: float, right: float) -> bool:
    """Say whether a line ends well before its column does; lines of Chinese are as long as each other to the sign."""
    least = right - left - 2 * line.size if is_cjk(line.text[-1]) else _SHORT * (right - left)
    return line.right - left < least
