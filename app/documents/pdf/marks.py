"""Glyphs that are printed upon others: the same letter again, marks and accents over the letters they belong to."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from app.documents.pdf.scripts import is_accent, is_mark, with_accent
from app.documents.pdf.shapes import Glyph

_TWICE = 0.14  # of the size: the same letter so close to itself was printed twice to look bold or to have a shadow


def printed_once(glyphs: Sequence[Glyph]) -> list[Glyph]:
    """Return the glyphs without those that are printed again upon themselves."""
    again: set[int] = set()
    for shift in (0.0, 0.5):  # two that are near each other share a strip of one of the two rasters
        strips = [
            (glyph.text, int(glyph.base / (2 * _TWICE * glyph.size + 0.01) + shift), glyph.x0, place)
            for place, glyph in enumerate(glyphs)
            if not glyph.is_space
        ]
        strips.sort()
        for (text, strip, x, place), (other, strip2, x2, place2) in pairwise(strips):
            near = _TWICE * glyphs[place].size
            is_same = text == other and strip == strip2 and x2 - x <= near
            if is_same and abs(glyphs[place].base - glyphs[place2].base) <= near:
                again.add(max(place, place2))
    return [glyph for place, glyph in enumerate(glyphs) if place not in again] if again else list(glyphs)


def with_marks(glyphs: Sequence[Glyph]) -> list[Glyph]:
    """Return the glyphs with marks and accents put to the letters over which they are printed."""
    kept: list[Glyph] = []
    accents: list[int] = []  # where accents stand among those kept
    for glyph in glyphs:
        last = kept[-1] if kept else None
        if last is not None and is_mark(glyph.text) and _is_over(glyph, last, slack=0.6):
            kept[-1] = replace(last, text=last.text + glyph.text)
            continue
        if is_accent(glyph.text):
            accents.append(len(kept))
        kept.append(glyph)
    return _with_accents(kept, accents) if accents else kept


def _with_accents(glyphs: list[Glyph], accents: Sequence[int]) -> list[Glyph]:
    """Return the glyphs with each accent put to the letter below or above it, wherever that stands in the file."""
    near: dict[int, list[int]] = {}
    for place, glyph in enumerate(glyphs):
        for x in range(int(glyph.x0), int(glyph.x1) + 1):
            near.setdefault(x, []).append(place)
    used: set[int] = set()
    for place in accents:
        accent = glyphs[place]
        for other in near.get(int((accent.x0 + accent.x1) / 2), ()):
            letter = with_accent(glyphs[other].text, accent.text) if _is_over(accent, glyphs[other]) else None
            if letter:
                glyphs[other] = replace(glyphs[other], text=letter)
                used.add(place)
                break
    return [glyph for place, glyph in enumerate(glyphs) if place not in used]


def _is_over(accent: Glyph, letter: Glyph, slack: float = 0.0) -> bool:
    middle, more = (accent.x0 + accent.x1) / 2, slack * letter.size
    return letter.x0 - more <= middle <= letter.x1 + more and abs(accent.base - letter.base) < letter.size
