"""One page as it stands: the words of each direction of text, its tables, and what may be doubted."""

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import pypdfium2

from app.documents.pdf.fields import Said, said_on
from app.documents.pdf.glyphs import MAX_ANGLES, glyphs_of, is_turned, parted_by_writing, turn
from app.documents.pdf.ink import Box, Ink, ink_of
from app.documents.pdf.shapes import HALF_HEIGHT, UNMAPPED, Glyph, Word
from app.documents.pdf.visible import is_outside, seen_of
from app.documents.pdf.words import words_of

_USUAL_SIZE = 10.0
_LINES = 2.5  # sizes: a field as high has several lines, and its value stands at its top
_DOWN = 90  # clockwise: the direction of vertical writing


@dataclass(slots=True)
class Counts:
    """How many glyphs were met on a page.

    Of `unmapped` the file does not say which letters they are, of `lost` nobody knows, `hidden` nobody sees.
    """

    glyphs: int = 0
    unmapped: int = 0
    lost: int = 0
    hidden: int = 0
    unread_angles: int = 0
    is_behind_picture: bool = False


@dataclass(slots=True)
class Sheet:
    """One page, its main text upright.

    `asides` is text that runs in other directions, each upright, and last what is printed beyond the edge of what is
    shown. `box` is the page's, turned as its main text is; `comments` are notes that have no place in the text.
    """

    number: int
    words: list[Word]
    asides: list[list[Word]]
    box: Box
    ink: Ink
    comments: list[str] = field(default_factory=list)
    counts: Counts = field(default_factory=Counts)


def sheet_of(page: pypdfium2.PdfPage, number: int, form: pypdfium2.PdfFormEnv | None) -> Sheet:
    """Return what stands on a page. Raises: TooMuchTextError."""
    said = list(said_on(page, form))
    views = list(_views(page))
    counts = Counts(unread_angles=views[-1].unread_angles)
    glyphs: dict[int, list[Glyph]] = {}
    beyond: list[Word] = []
    for view in views:
        seen = _seen(view, counts, beyond)
        level, down = parted_by_writing(seen)
        glyphs.setdefault(view.angle, []).extend(level)
        glyphs.setdefault((view.angle + _DOWN) % 360, []).extend(down)
    words = {angle: words_of(some) for angle, some in glyphs.items()}
    main = max(glyphs, key=lambda angle: len(glyphs[angle]))
    inks = {view.angle: view.ink for view in views}
    if main not in inks:  # vertical columns alone
        turn(page, main - views[-1].angle)
        inks[main] = ink_of(page)
    asides = [words[angle] for angle in sorted(words) if angle != main and words[angle]]
    return Sheet(
        number=number,
        words=words[main] + _placed_words(said, main, words[main]),
        asides=[*asides, beyond] if beyond else asides,
        box=_turned(page.get_bbox(), main),
        ink=inks[main],
        comments=[one.text for one in said if one.box is None],
        counts=counts,
    )


@dataclass(frozen=True, slots=True)
class _View:
    """A page turned so that its text of one angle is upright, with what is shown of it and what it is printed on."""

    angle: int
    glyphs: list[Glyph]
    ink: Ink
    shown: Box
    paper: Box
    unread_angles: int


def _views(page: pypdfium2.PdfPage) -> Iterator[_View]:
    """Yield the page as it is, then turned for each other angle of its text, the most frequent first."""
    angles, others, angle = [0], Counter[int](), 0
    while True:
        glyphs, found = glyphs_of(page)
        others = others or found
        left = [one for one, _ in others.most_common() if all(is_turned(one, known) for known in angles)]
        shown, paper = _turned(page.get_bbox(), angle), _turned(_paper(page), angle)
        yield _View(angle, glyphs, ink_of(page), shown, paper, len(left))
        if not left or len(angles) >= MAX_ANGLES:
            return
        turn(page, left[0] - angle)
        angle = left[0]
        angles.append(angle)


def _paper(page: pypdfium2.PdfPage) -> Sequence[float]:
    """Return what the page is printed on; PDFium does not know it where it is inherited, and then gives any size."""
    paper: Sequence[float] = page.get_mediabox()
    shown: Sequence[float] = page.get_bbox()
    holds = paper[0] <= shown[0] and paper[1] <= shown[1] and paper[2] >= shown[2] and paper[3] >= shown[3]
    return paper if holds else shown


def _seen(view: _View, counts: Counts, beyond: list[Word]) -> list[Glyph]:
    """Return the glyphs that one sees; those beyond the edge of what is shown become words of their own."""
    seen, hidden = seen_of(view.glyphs, view.ink.dark, view.paper)
    inside = [glyph for glyph in seen if not is_outside(glyph, view.shown)]
    if len(inside) < len(seen):
        beyond += words_of([glyph for glyph in seen if is_outside(glyph, view.shown)])
    drawn = [glyph for glyph in seen if not glyph.is_space]
    counts.hidden += hidden
    counts.is_behind_picture |= bool(drawn) and all(glyph.is_hidden for glyph in drawn)
    counts.glyphs += len(drawn)
    counts.unmapped += sum(not glyph.is_mapped for glyph in drawn)
    counts.lost += sum(UNMAPPED in glyph.text for glyph in drawn)
    return inside


def _turned(box: Sequence[float], degrees: int) -> Box:
    """Return the upright box around a turned one: left, bottom, right, top of the page become left, top, right, bottom.

    It is turned counter-clockwise about the origin; then y grows downwards.
    """
    angle = math.radians(degrees)
    cos, sin = math.cos(angle), math.sin(angle)
    corners = [(x * cos - y * sin, -x * sin - y * cos) for x in (box[0], box[2]) for y in (box[1], box[3])]
    xs, ys = [x for x, _ in corners], [y for _, y in corners]
    return min(xs), min(ys), max(xs), max(ys)


def _placed_words(said: Sequence[Said], angle: int, words: Sequence[Word]) -> list[Word]:
    """Return the texts of fields as words at their places, on the line of the words beside them."""
    sizes = Counter(round(word.size, 1) for word in words for _ in word.text)
    size = sizes.most_common(1)[0][0] if sizes else _USUAL_SIZE
    placed = []
    for one in said:
        if one.box is None:
            continue
        left, top, right, bottom = _turned(one.box, angle)
        middle = (top + bottom) / 2 if bottom - top < _LINES * size else top + size
        beside = min(words, key=lambda word: abs(word.middle - middle), default=None)
        if beside is not None and abs(beside.middle - middle) <= size:
            middle = beside.middle
        half = HALF_HEIGHT * size
        placed.append(Word(one.text, left, middle - half, max(right, left + 1), middle + half, size, is_bold=False))
    return placed
