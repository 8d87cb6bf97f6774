"""From words with places to lines in the order of reading: bands from top to bottom, in each its columns.

A gutter is a strip without words. Rows of words that leave the same gutter free make a band; a headline across the
columns closes the gutter and so begins another band. Each column is read the same way, as it may have columns too.
"""

import itertools
import statistics
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from app.documents.pdf.scripts import in_order_of_writing, is_cjk, turned_number
from app.documents.pdf.shapes import Word, is_block

HEADLINE_RATIO = 1.3  # of the body's size

_GUTTER_RATIO = 0.8  # of the body's size; justified text may have such a gap in some lines
_WIDE_RATIO = 1.5
_FEW_LINES = 1.5  # heights of the body's size
_SOME_LINES = 3.0
_MAX_DEPTH = 8

Strip = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Line:
    """Words on one line of one column; `column` tells columns apart, `left` and `right` are the line's own."""

    text: str
    left: float
    top: float
    right: float
    bottom: float
    size: float
    is_bold: bool
    column: int


@dataclass(frozen=True, slots=True)
class _Row:
    """Words at the same height, across all columns."""

    words: tuple[Word, ...]
    free: tuple[Strip, ...]
    left: float
    right: float


def body_size(words: Iterable[Word]) -> float:
    """Return the size in which most characters are set, 0 without words."""
    counts: dict[float, int] = {}
    for word in words:
        size = round(word.size * 2) / 2
        counts[size] = counts.get(size, 0) + len(word.text)
    return max(counts, key=lambda size: counts[size], default=0.0)


def lines_in_order(words: Sequence[Word], *, body: float) -> list[Line]:
    """Return the lines of a page as one reads them; `body` is the size of its body text."""
    columns = itertools.count()
    return [
        line
        for number, column in zip(columns, _columns(list(words), max(body, 1.0), 0), strict=False)
        for line in _lines(column, number)
    ]


def _columns(words: list[Word], body: float, depth: int) -> Iterator[list[Word]]:
    """Yield the words of each column of each band; bands without columns that follow each other are one."""
    together: list[Word] = []
    for band in _bands(words, body):
        inside = [word for row in band for word in row.words]
        cuts = [strip for strip in _gutters(band) if _has_columns(inside, strip, body)] if depth < _MAX_DEPTH else []
        if not cuts:
            together += inside
            continue
        if together:
            yield together
            together = []
        edges = [float("-inf"), *((cut[0] + cut[1]) / 2 for cut in cuts), float("inf")]
        for left, right in itertools.pairwise(edges):
            yield from _columns([word for word in inside if left <= word.left < right], body, depth + 1)
    if together:
        yield together


def _has_columns(words: Sequence[Word], strip: Strip, body: float) -> bool:
    """Say whether what is left and right of a strip stands beside each other for some lines; more of them if narrow."""
    before = [word for word in words if word.right <= strip[0]]
    behind = [word for word in words if word.left >= strip[1]]
    if not before or not behind:
        return False
    shared = min(max(word.bottom for word in side) for side in (before, behind)) - max(
        min(word.top for word in side) for side in (before, behind)
    )
    return shared >= body * (_FEW_LINES if strip[1] - strip[0] >= _WIDE_RATIO * body else _SOME_LINES)


def _bands(words: list[Word], body: float) -> Iterator[list[_Row]]:
    band: list[_Row] = []
    edge = min((word.left for word in words), default=0.0)
    for row in _rows(words, body):
        free = _common(band[-1].free, row.free, body) if band else row.free
        together = replace(row, free=free)
        if band and _begins_another(band, row, together, body=body, edge=edge):
            above = _belonging(band, row, body)
            if len(above) < len(band):
                yield band[: len(band) - len(above)]
            band = list(above)
            together = replace(row, free=_common(above[-1].free, row.free, body)) if above else row
        band.append(together)
    if band:
        yield band


def _begins_another(band: Sequence[_Row], row: _Row, together: _Row, *, body: float, edge: float) -> bool:
    """Say whether a row begins another band: it closes every gutter, or has one where there was none."""
    left = _gutters([together])
    own = _gutters([row])
    if own and not any(_overlap(one, other) or _is_certain(other, band) for one in own for other in left):
        return True
    had = bool(_gutters(band))
    if own and not had and not any(_is_half_of(one, other) for one in own for other in left):
        return True
    return had and (not left or _is_headline(row, body, edge, band))


def _belonging(band: Sequence[_Row], row: _Row, body: float) -> list[_Row]:
    """Return the last rows of a band that are the first ones of a column below them: its neighbour begins lower."""
    gutters = _gutters([row])
    taken: list[_Row] = []
    below = row
    for above in reversed(band):
        is_close = min(word.top for word in below.words) - max(word.bottom for word in above.words) < body
        is_beside = all(above.right <= gutter[0] or above.left >= gutter[1] for gutter in gutters)
        is_text = max(word.size for word in above.words) < HEADLINE_RATIO * body
        if not (gutters and is_close and is_beside and is_text):
            break
        taken.insert(0, replace(above, free=_own_free(above)))
        below = above
    for place in range(1, len(taken)):
        taken[place] = replace(taken[place], free=_common(taken[place - 1].free, taken[place].free, body))
    return taken


def _own_free(row: _Row) -> tuple[Strip, ...]:
    return ((float("-inf"), row.left), (row.right, float("inf")))


def _is_half_of(one: Strip, other: Strip) -> bool:
    """Say whether at least half of the first strip lies in the other."""
    return 2 * (min(one[1], other[1]) - max(one[0], other[0])) >= one[1] - one[0]


def _overlap(one: Strip, other: Strip) -> bool:
    return one[0] < other[1] and other[0] < one[1]


def _is_certain(strip: Strip, band: Sequence[_Row]) -> bool:
    """Say whether two rows of a band have words on both sides of a strip."""
    spanning = (row for row in band if row.left < strip[0] and row.right > strip[1])
    return next(spanning, None) is not None and next(spanning, None) is not None


def _is_headline(row: _Row, body: float, edge: float, band: Sequence[_Row]) -> bool:
    """Say whether a row of large words stands alone on the left, so that a short headline parts what a long one would.

    Right of it no column goes on at its height.
    """
    first = min(cut[0] for cut in _gutters(band))
    return (
        min(word.size for word in row.words) >= HEADLINE_RATIO * body
        and min(word.left for word in row.words) <= edge + 2 * body
        and max(word.right for word in row.words) <= first + body
        and any(word.left > first for one in band for word in one.words)
    )


def _rows(words: Iterable[Word], body: float) -> Iterator[_Row]:
    row: list[Word] = []
    bottom = float("-inf")
    for word in sorted(words, key=lambda word: word.top):
        if row and word.top >= bottom:
            yield _row(row, body)
            row, bottom = [], float("-inf")
        row.append(word)
        bottom = max(bottom, word.bottom)
    if row:
        yield _row(row, body)


def _row(words: list[Word], body: float) -> _Row:
    free: list[Strip] = []
    end = float("-inf")
    for word in sorted(words, key=lambda word: word.left):
        if word.left - end >= _GUTTER_RATIO * body:
            free.append((end, word.left))
        end = max(end, word.right)
    return _Row(tuple(words), (*free, (end, float("inf"))), min(word.left for word in words), end)


def _common(one: Sequence[Strip], other: Sequence[Strip], body: float) -> tuple[Strip, ...]:
    """Return what is free in both, as far as it is wide enough for a gutter."""
    found: list[Strip] = []
    here, there = 0, 0
    while here < len(one) and there < len(other):
        left, right = max(one[here][0], other[there][0]), min(one[here][1], other[there][1])
        if right - left >= _GUTTER_RATIO * body:
            found.append((left, right))
        if one[here][1] < other[there][1]:
            here += 1
        else:
            there += 1
    return tuple(found)


def _gutters(band: Sequence[_Row]) -> list[Strip]:
    """Return the free strips of a band that have words on both sides."""
    return [strip for strip in band[-1].free if strip[0] > float("-inf") and strip[1] < float("inf")]


def _lines(words: Sequence[Word], column: int) -> Iterator[Line]:
    """Yield the lines of one column; what stands for a block, such as a table, is a line of its own."""
    line: list[Word] = []
    bottom = float("-inf")
    for word in sorted(words, key=lambda word: word.middle):
        if line and (word.middle > bottom or is_block(word) or is_block(line[-1])):
            yield _line(line, column)
            line, bottom = [], float("-inf")
        line.append(word)
        bottom = max(bottom, word.bottom)
    if line:
        yield _line(line, column)


def _text(ordered: Sequence[Word]) -> str:
    """Return words that stand from left to right as they are written; no space parts Chinese or Japanese ones."""
    words = in_order_of_writing(ordered, lambda word: word.text)
    is_turned = words[0] is not ordered[0]
    parts = [turned_number(words[0].text) if is_turned else words[0].text]
    for before, word in itertools.pairwise(words):
        both = is_cjk(before.text[-1]) and is_cjk(word.text[0])
        text = turned_number(word.text) if is_turned else word.text
        parts += [text] if both and abs(word.left - before.right) < word.size else [" ", text]
    return "".join(parts)


def _line(words: list[Word], column: int) -> Line:
    ordered = sorted(words, key=lambda word: word.left)
    return Line(
        text=_text(ordered),
        left=ordered[0].left,
        top=min(word.top for word in words),
        right=max(word.right for word in words),
        bottom=max(word.bottom for word in words),
        size=statistics.median(word.size for word in words),
        is_bold=sum(len(word.text) for word in words if word.is_bold) * 2 > sum(len(word.text) for word in words),
        column=column,
    )
