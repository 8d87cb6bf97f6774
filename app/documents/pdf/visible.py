"""Which glyphs one sees: text may be invisible, white upon white, too small to read, or outside of the page."""

from collections.abc import Sequence

from app.documents.pdf.ink import Box
from app.documents.pdf.shapes import Glyph

_LEAST_VISIBLE = 0.02  # share of the glyphs that are seen; below, the hidden text is the page's text
_NEAR = 0.5


def seen_of(glyphs: Sequence[Glyph], dark: Sequence[Box], paper: Box) -> tuple[list[Glyph], int]:
    """Return the glyphs that one sees, and how many letters were left out.

    Where next to nothing is seen, as on a scan with a text layer behind it, all are returned. `paper` is what the page
    was printed on, which may be more than is shown of it.
    """
    hidden = [glyph.is_hidden or is_outside(glyph, paper) or _is_lost(glyph, dark) for glyph in glyphs]
    letters = sum(not glyph.is_space for glyph in glyphs)
    left_out = sum(is_hidden and not glyph.is_space for glyph, is_hidden in zip(glyphs, hidden, strict=True))
    if letters - left_out <= _LEAST_VISIBLE * letters:
        return list(glyphs), 0
    return [glyph for glyph, is_hidden in zip(glyphs, hidden, strict=True) if not is_hidden], left_out


def is_outside(glyph: Glyph, page: Box) -> bool:
    """Say whether a glyph stands outside of a box."""
    x, y = (glyph.x0 + glyph.x1) / 2, glyph.base - glyph.size / 4
    return not (page[0] - _NEAR <= x <= page[2] + _NEAR and page[1] - _NEAR <= y <= page[3] + _NEAR)


def _is_lost(glyph: Glyph, dark: Sequence[Box]) -> bool:
    """Say whether it is white and nothing darker lies below it."""
    if not glyph.is_white:
        return False
    x, y = (glyph.x0 + glyph.x1) / 2, glyph.base - glyph.size / 4
    return not any(left <= x <= right and top <= y <= bottom for left, top, right, bottom in dark)
