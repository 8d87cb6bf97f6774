"""From lines in the order of reading to articles: headline, subtitle, byline and paragraphs, word for word."""

import itertools
import re
import statistics
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from app.documents.model import Article
from app.documents.pdf.hyphens import Vocabulary, join
from app.documents.pdf.layout import HEADLINE_RATIO, Line
from app.documents.pdf.shapes import BLOCK, HYPHEN, SOFT_HYPHEN

MAX_ARTICLES = 50  # on one page; each may cost a call
MAX_CANDIDATES = 5

_SUBTITLE_RATIO = 1.08  # of the body's size
_SAME_RATIO = 0.9  # two headlines' sizes closer than this are one headline
_INDENT_RATIO = 0.6  # of the body's size
_MAX_INDENT_RATIO = 4.0
_SIZE_STEP_RATIO = 0.1
_GAP_RATIO = 1.35  # of the usual distance between two lines
_MAX_BYLINE_CHARS = 80
_MASTHEAD_CHARS = 120
_HYPHENS = ("-", HYPHEN, SOFT_HYPHEN)
_MAX_CANDIDATE_CHARS = 120
_ENDED = re.compile(r"[.!?…:]['\"”’»)]*$")  # noqa: RUF001 - quotes
_NAME = r"(?:(?:van|von|der|den|de|la|du|di|da|dos|le) )*[^\W\d_a-zß-ÿ][\w.'’-]*"  # noqa: RUF001 - an apostrophe
_BYLINE = re.compile(
    rf"(?i:by|von|par|por|text|words|story|autor|author)\b ?:? ({_NAME}(?: {_NAME}){{0,4}}(?: ?[,|/·–] ?.*)?)"  # noqa: RUF001
)


@dataclass(slots=True)
class _Draft:
    heads: list[Line] = field(default_factory=list)
    body: list[Line] = field(default_factory=list)


def articles_of(
    lines: Sequence[Line], *, body: float, known: Vocabulary, is_first: bool
) -> tuple[list[Article], list[str]]:
    """Return a page's articles, and what belongs to none and is left out.

    That are names of sections above a headline, and the paper's name above the first article of the `is_first` page.
    """
    drafts = list(_drafts(lines, body))
    found = [_article(draft, body, known) for draft in drafts]
    left_out = [line.text for draft in drafts for line in _headings(draft.heads)[2]]
    while is_first and len(found) > 1 and found[0].title and _is_masthead(found[0]):
        first = found.pop(0)
        left_out += [part for part in (first.title, first.subtitle, first.author, first.body) if part]
    return found, left_out


def _drafts(lines: Sequence[Line], body: float) -> Iterator[_Draft]:
    """Yield the articles' lines; the last of very many has the rest of the page."""
    draft = _Draft()
    begun = 1
    for line in lines:
        is_head = line.size >= HEADLINE_RATIO * body and any(char.isalpha() for char in line.text)
        if is_head and draft.body and begun < MAX_ARTICLES:
            yield draft
            draft = _Draft()
            begun += 1
        (draft.heads if is_head and not draft.body else draft.body).append(line)
    if draft.heads or draft.body:
        yield draft


def _article(draft: _Draft, body: float, known: Vocabulary) -> Article:
    title, subtitle, _ = _headings(draft.heads)
    rest = list(draft.body)
    if title and not subtitle:
        while rest and rest[0].size >= _SUBTITLE_RATIO * body and not _author(rest[0].text):
            subtitle.append(rest.pop(0))
    author = _author(rest[0].text) if title and rest else None
    if author:
        rest.pop(0)
    paragraphs = [join([line.text for line in lines], known) for lines in paragraphs_of(rest, body)]
    return Article(
        title=join([line.text for line in title], known) or None,
        subtitle=join([line.text for line in subtitle], known) or None,
        author=author,
        body="\n\n".join(paragraphs),
        candidates=() if title else candidates_in(paragraphs),
    )


def _headings(heads: Sequence[Line]) -> tuple[list[Line], list[Line], list[Line]]:
    """Return the lines of the title, the largest ones, what stands below them, and the section above."""
    if not heads:
        return [], [], []
    largest = max(line.size for line in heads)
    title = [line for line in heads if line.size >= _SAME_RATIO * largest]
    end = heads.index(title[-1])
    above = [line for line in heads[:end] if line not in title]
    return title, [line for line in heads[end + 1 :] if line not in title], above


def is_byline(text: str) -> bool:
    """Say whether a line names an author, as `By Ann Lee` does."""
    return _author(text) is not None


def _author(text: str) -> str | None:
    found = _BYLINE.fullmatch(text.strip()) if len(text) <= _MAX_BYLINE_CHARS else None
    return None if found is None or found[1].endswith(".") else found[1]


def paragraphs_of(lines: Sequence[Line], body: float) -> Iterator[list[Line]]:
    """Yield the paragraphs: an indent, a larger gap or another size begins one; a new column does not by itself."""
    edges: dict[int, float] = {}
    for line in lines:
        edges[line.column] = min(edges.get(line.column, line.left), line.left)
    steps = [after.top - before.top for before, after in _neighbours(lines)]
    step = statistics.median(steps) if steps else 0.0
    paragraph: list[Line] = []
    for line in lines:
        if paragraph and _begins(paragraph[-1], line, body=body, edge=edges[line.column], step=step):
            yield paragraph
            paragraph = []
        paragraph.append(line)
    if paragraph:
        yield paragraph


def _neighbours(lines: Sequence[Line]) -> list[tuple[Line, Line]]:
    return [(before, after) for before, after in itertools.pairwise(lines) if before.column == after.column]


def _begins(before: Line, line: Line, *, body: float, edge: float, step: float) -> bool:
    if before.text.startswith(BLOCK) or line.text.startswith(BLOCK):
        return True
    if before.text.endswith(_HYPHENS):
        return False
    if before.column != line.column and line.top > before.bottom + body:  # a column goes on above, or beside
        return True
    if abs(before.size - line.size) > _SIZE_STEP_RATIO * body or before.is_bold != line.is_bold:
        return True
    if before.column == line.column and line.top - before.top > _GAP_RATIO * step:
        return True
    is_indented = _INDENT_RATIO * body <= line.left - edge <= _MAX_INDENT_RATIO * body
    return is_indented and _ENDED.search(before.text) is not None


def candidates_in(paragraphs: Sequence[str]) -> tuple[str, ...]:
    """Return the first paragraphs that are short and no sentence: a headline set like the body may be among them."""
    first = paragraphs[:MAX_CANDIDATES]
    return tuple(one for one in first if len(one) <= _MAX_CANDIDATE_CHARS and not _ENDED.search(one))


def _is_masthead(article: Article) -> bool:
    return len(article.body) <= _MASTHEAD_CHARS and not _ENDED.search(article.body)
