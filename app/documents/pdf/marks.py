"""Glyphs that are printed upon others: the same letter again, marks and accents over the letters they belong to."""

from collections.abc import Sequence
from dataclasses import replace

from app.documents.pdf.scripts import is_accent, is_mark, with_accent
from app.documents.pdf.shapes import Glyph

_TWICE = 0.14  # of the size: the same letter so close to itself was printed twice to look bold or to have a shadow


def printed_once(glyphs: Sequence[Glyph]) -> list[Glyph]:
    """Return the glyphs without those that are printed again upon themselves."""
    seen: dict[tuple[str, int, int], list[Glyph]] = {}
    kept: list[Glyph] = []
    for glyph in glyphs:
        near, x, y = glyph.size * _TWICE, round(glyph.x0), round(glyph.base)
        reach = range(-1 - int(near), 2 + int(near))
        is_again = not glyph.is_space and any(
            abs(one.x0 - glyph.x0) <= near and abs(one.base - glyph.base) <= near
            for dx in reach
            for dy in reach
            for one in seen.get((glyph.text, x + dx, y + dy), ())
        )
        if not is_again:
            seen.setdefault((glyph.text, x, y), []).append(glyph)
            kept.append(glyph)
    return kept


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
