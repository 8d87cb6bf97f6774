"""Glyphs that are printed upon others: the same letter again, marks and accents over the letters they belong to."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from app.documents.pdf.scripts import is_accent, is_mark, is_rtl, with_accent
from app.documents.pdf.shapes import Glyph

_TWICE = 0.14  # of the size: the same letter so close to itself was printed twice to look bold or to have a shadow
_TWICE_NARROW = 0.7  # of its width: a narrow letter stands twice as close in `ll`
_LAST_LETTERS = 4  # among which a mark finds its own
_HAS_ROOM = 0.02  # of the size: wider marks take room beside their letter


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
            glyph = glyphs[place]
            near = min(_TWICE * glyph.size, _TWICE_NARROW * (glyph.x1 - glyph.x0))
            is_same = text == other and strip == strip2 and x2 - x <= near
            if is_same and abs(glyph.base - glyphs[place2].base) <= near:
                again.add(max(place, place2))
    return [glyph for place, glyph in enumerate(glyphs) if place not in again] if again else list(glyphs)


def with_marks(glyphs: Sequence[Glyph]) -> list[Glyph]:
    """Return the glyphs with marks and accents put to the letters over which they are printed."""
    kept: list[Glyph] = []
    accents: list[int] = []  # where accents stand among those kept
    for glyph in glyphs:
        if is_mark(glyph.text) and (owner := _owner(glyph, kept)) is not None:
            kept[owner] = _marked(kept[owner], glyph)
            continue
        if is_accent(glyph.text):
            accents.append(len(kept))
        kept.append(glyph)
    return _with_accents(kept, accents) if accents else kept


def _owner(mark: Glyph, kept: Sequence[Glyph]) -> int | None:
    """Return which of the last letters a mark belongs to: the one below, else the nearest before it as one writes."""
    near = [
        (_distance(mark, kept[place]), -place)
        for place in range(max(0, len(kept) - _LAST_LETTERS), len(kept))
        if not kept[place].is_space and _is_over(mark, kept[place], slack=0.6)
    ]
    return -min(near)[1] if near else None


def _distance(mark: Glyph, letter: Glyph) -> float:
    """Return how far a mark stands from a letter; one that the mark would stand before is twice as far."""
    middle = (mark.x0 + mark.x1) / 2
    before, behind = letter.x0 - middle, middle - letter.x1
    if is_rtl(letter.text):
        before, behind = behind, before
    return max(0.0, 2 * before, behind)


def _marked(letter: Glyph, mark: Glyph) -> Glyph:
    """Return a letter with its mark, as wide as both where the mark takes room."""
    has_room = mark.x1 - mark.x0 > _HAS_ROOM * mark.size
    left, right = (min(letter.x0, mark.x0), max(letter.x1, mark.x1)) if has_room else (letter.x0, letter.x1)
    return replace(letter, text=letter.text + mark.text, x0=left, x1=right)


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
