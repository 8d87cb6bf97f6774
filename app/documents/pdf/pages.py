"""One page as it stands: the words of each direction of text, its tables, and what may be doubted."""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import pypdfium2

from app.documents.pdf.fields import Said, said_on
from app.documents.pdf.glyphs import MAX_ANGLES, angles_of, glyphs_of, parted_by_writing, turn
from app.documents.pdf.ink import Box, Ink, ink_of
from app.documents.pdf.scripts import is_rtl
from app.documents.pdf.shapes import Glyph, Word
from app.documents.pdf.visible import seen_of
from app.documents.pdf.words import words_of

_DOWN = 90  # clockwise: the direction of vertical writing


@dataclass(slots=True)
class Counts:
    """What was met on a page: glyphs, those without a letter, those nobody sees, angles that were not read."""

    glyphs: int = 0
    unmapped: int = 0
    hidden: int = 0
    unread_angles: int = 0
    is_behind_picture: bool = False


@dataclass(slots=True)
class Sheet:
    """One page, its main text upright; `asides` is text that runs in other directions, each upright, in words.

    `box` is the page's, turned as its main text is; `comments` are notes that have no place in the text.
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
    angles = angles_of(page) or [0]
    counts = Counts(unread_angles=max(0, len(angles) - MAX_ANGLES))
    found: Counter[int] = Counter()
    texts: dict[int, list[list[Glyph]]] = {}
    inks: dict[int, Ink] = {}
    turned = 0
    for angle in angles[:MAX_ANGLES]:
        turn(page, angle - turned) if angle != turned else None
        turned = angle
        inks[angle] = ink_of(page)
        glyphs = glyphs_of(page)
        seen, hidden = seen_of(glyphs, inks[angle].dark, _turned(_box(page), angle))
        counts.hidden += hidden
        counts.is_behind_picture |= bool(seen) and all(glyph.is_hidden for glyph in seen if not glyph.is_space)
        _count(seen, counts)
        level, down = parted_by_writing(seen)
        for direction, some in ((angle, level), ((angle + _DOWN) % 360, down)):
            texts.setdefault(direction, []).append(some)
            found[direction] += sum(not glyph.is_space for glyph in some)
    words = {angle: words_of([glyph for some in texts[angle] for glyph in some]) for angle in texts}
    main = max(found, key=lambda angle: found[angle]) if found else 0
    if main not in inks:
        turn(page, main - turned)
        inks[main] = ink_of(page)
    return Sheet(
        number=number,
        words=words.get(main, []) + _placed_words(said, main, _usual_size(words.get(main, []))),
        asides=[words[angle] for angle in sorted(words) if angle != main and words[angle]],
        box=_turned(_box(page), main),
        ink=inks[main],
        comments=[one.text for one in said if one.box is None],
        counts=counts,
    )


def _count(glyphs: Sequence[Glyph], counts: Counts) -> None:
    drawn = [glyph for glyph in glyphs if not glyph.is_space]
    counts.glyphs += len(drawn)
    counts.unmapped += sum(not glyph.is_mapped for glyph in drawn)


def _box(page: pypdfium2.PdfPage) -> Box:
    left, bottom, right, top = page.get_bbox()
    return left, -top, right, -bottom


def _turned(box: Box, degrees: int) -> Box:
    """Return the upright box around a box that is turned counter-clockwise about the origin; y grows downwards."""
    angle = math.radians(degrees)
    cos, sin = math.cos(angle), math.sin(angle)
    corners = [(x * cos + y * sin, y * cos - x * sin) for x in (box[0], box[2]) for y in (box[1], box[3])]
    xs, ys = [x for x, _ in corners], [y for _, y in corners]
    return min(xs), min(ys), max(xs), max(ys)


def _usual_size(words: Sequence[Word]) -> float:
    sizes = Counter(round(word.size, 1) for word in words for _ in word.text)
    return sizes.most_common(1)[0][0] if sizes else 10.0


def _placed_words(said: Sequence[Said], angle: int, size: float) -> list[Word]:
    """Return the texts of fields as words at their places."""
    words = []
    for one in said:
        if one.box is None:
            continue
        left, top, right, bottom = _turned(one.box, angle)
        middle = min((top + bottom) / 2, top + size) if not is_rtl(one.text) else (top + bottom) / 2
        half = 0.35 * size
        words.append(Word(one.text, left, middle - half, max(right, left + 1), middle + half, size, is_bold=False))
    return words
