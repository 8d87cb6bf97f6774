"""The glyphs of a page from PDFium, a list for each direction in which text runs, each turned upright.

PDFium gives a letter's advance only for text that is not turned. So for each other angle the page's objects are turned
until that text is upright, and read again. Columns of vertical Chinese and Japanese are read as lines that run down.
"""

import ctypes
import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any

import pypdfium2
from pypdfium2 import raw

from app.documents.pdf.scripts import is_cjk, is_rtl, letters_of, plain, with_accent
from app.documents.pdf.shapes import UNMAPPED, Glyph

MAX_CHARS_A_PAGE = 200_000
MAX_ANGLES = 6  # others are left out and said

_SAME_ANGLE = 3  # degrees
_FORCE_BOLD = 1 << 18  # Source: PDF reference 1.7, table 5.20, bit 19
_BOLD_NAMES = (b"bold", b"black", b"heavy")
_INVISIBLE = frozenset({raw.FPDF_TEXTRENDERMODE_INVISIBLE, raw.FPDF_TEXTRENDERMODE_CLIP})
_LEAST_SIZE = 1.0  # points: below, nobody reads it
_WRONG_SIZE = 0.25  # of a letter's height
_VERTICAL_STEP = (0.6, 1.8)  # sizes from one sign to the next below
_SAME_COLUMN = 0.3
_LEAST_RUN = 3
_HIGH, _LOW = range(0xD800, 0xDC00), range(0xDC00, 0xE000)  # halves of one code, as UTF-16 has it
_BEYOND_LATIN = "\u0590"  # scripts from here on write several letters by several glyphs


class TooMuchTextError(Exception):
    """A page of more characters than any page has."""


@dataclass(frozen=True, slots=True)
class _Style:
    """What all glyphs of one text object share."""

    size: float
    is_bold: bool
    is_hidden: bool
    is_white: bool
    angle: int
    font: int


def turn(page: pypdfium2.PdfPage, degrees: float) -> None:
    """Turn all objects of a page about its origin, counter-clockwise; only this copy of the page is changed."""
    angle = math.radians(degrees)
    cos, sin = math.cos(angle), math.sin(angle)
    for index in range(raw.FPDFPage_CountObjects(page)):
        raw.FPDFPageObj_Transform(raw.FPDFPage_GetObject(page, index), cos, sin, -sin, cos, 0, 0)


def glyphs_of(page: pypdfium2.PdfPage) -> tuple[list[Glyph], Counter[int]]:
    """Return the glyphs of a page that are upright, in the order of the file; and the angles of the others.

    Angles are degrees clockwise, with how many glyphs run so. Raises: TooMuchTextError.
    """
    text = page.get_textpage()
    try:
        if text.count_chars() > MAX_CHARS_A_PAGE:
            raise TooMuchTextError
        angles: Counter[int] = Counter()
        return list(_joined(_said_once(_glyphs(text, angles)))), angles
    finally:
        text.close()


def is_turned(angle: int, by: int = 0) -> bool:
    """Say whether two angles in degrees are so far apart that text of one is not read as text of the other."""
    return abs((angle - by + 180) % 360 - 180) > _SAME_ANGLE


def _said_once(glyphs: Iterator[tuple[int, Glyph]]) -> Iterator[Glyph]:
    """Yield the glyphs without letters that PDFium gives again for each of the glyphs that were written for them."""
    said: dict[str, Glyph] = {}
    for _, owned in groupby(glyphs, key=lambda one: one[0]):
        run = [glyph for _, glyph in owned]
        text = "".join(glyph.text for glyph in run) if len(run) > 1 else ""
        if not text.isascii() and max(text) >= _BEYOND_LATIN:
            ends = min(glyph.x0 for glyph in run), max(glyph.x1 for glyph in run)
            whole = replace(run[0], x0=ends[0], x1=ends[1])
            if text in said and _lies_upon(whole, said[text]):
                continue
            said[text] = whole
        yield from run


def _lies_upon(glyph: Glyph, other: Glyph) -> bool:
    shared = min(glyph.x1, other.x1) - max(glyph.x0, other.x0)
    least = min(glyph.x1 - glyph.x0, other.x1 - other.x0)
    return shared > 0 and 2 * shared >= least and abs(glyph.base - other.base) < glyph.size


def _glyphs(text: pypdfium2.PdfTextPage, angles: Counter[int]) -> Iterator[tuple[int, Glyph]]:
    """Yield the upright glyphs, each with the object that it is of."""
    styles: dict[int, _Style] = {}
    known: dict[tuple[int, int], bool] = {}
    box, x, y = raw.FS_RECTF(), ctypes.c_double(), ctypes.c_double()
    for index in range(text.count_chars()):
        owner = raw.FPDFText_GetTextObject(text, index)
        key = ctypes.cast(owner, ctypes.c_void_p).value
        if key is None:  # what PDFium puts between texts, and not always where it belongs
            continue
        style = styles.get(key) or styles.setdefault(key, _style(text, index, owner))
        if is_turned(style.angle):
            angles[style.angle] += 1
            continue
        code = raw.FPDFText_GetUnicode(text, index)
        raw.FPDFText_GetLooseCharBox(text, index, box)
        letters = _letters(text, index, code)
        if not letters:
            continue
        raw.FPDFText_GetCharOrigin(text, index, x, y)
        if (style.font, code) not in known:
            known[style.font, code] = letters != UNMAPPED and not raw.FPDFText_HasUnicodeMapError(text, index)
        left, right = box.left, box.right
        glyph = Glyph(
            letters,
            min(left, right),
            max(right, left),
            -y.value,
            style.size,
            style.is_bold,
            style.is_hidden,
            known[style.font, code],
            style.is_white,
        )
        yield key, glyph


def _letters(text: pypdfium2.PdfTextPage, index: int, code: int) -> str:
    """Return the letters of a character; PDFium gives two for one code beyond 16 bits, of which the second has none."""
    if code in _HIGH:
        low = raw.FPDFText_GetUnicode(text, index + 1)
        return chr(0x10000 + ((code - _HIGH.start) << 10) + low - _LOW.start) if low in _LOW else UNMAPPED
    if code in _LOW and index and raw.FPDFText_GetUnicode(text, index - 1) in _HIGH:
        return ""
    return letters_of(code)


def _style(text: pypdfium2.PdfTextPage, index: int, owner: Any) -> _Style:
    matrix, flags, name = raw.FS_MATRIX(), ctypes.c_int(), ctypes.create_string_buffer(128)
    raw.FPDFText_GetMatrix(text, index, matrix)
    raw.FPDFText_GetFontInfo(text, index, name, len(name), flags)
    box = raw.FS_RECTF()
    raw.FPDFText_GetLooseCharBox(text, index, box)
    height = box.top - box.bottom
    given = raw.FPDFText_GetFontSize(text, index)
    size = abs(given) * math.hypot(matrix.c, matrix.d)
    if not math.isfinite(size) or size < _WRONG_SIZE * height:
        size = height
    is_bold = bool(flags.value & _FORCE_BOLD) or any(mark in name.value.lower() for mark in _BOLD_NAMES)
    mode = raw.FPDFTextObj_GetTextRenderMode(owner)
    red, green, blue, alpha = (ctypes.c_uint() for _ in range(4))
    has_color = raw.FPDFPageObj_GetFillColor(owner, red, green, blue, alpha)
    is_white = bool(has_color) and min(red.value, green.value, blue.value) > 250  # noqa: PLR2004 - of 255
    is_clear = bool(has_color) and alpha.value == 0
    is_hidden = mode in _INVISIBLE or is_clear or size < _LEAST_SIZE
    half = 180 if given < 0 else 0  # a size below zero turns its letters, which PDFium's angle does not know
    angle = (round(math.degrees(raw.FPDFText_GetCharAngle(text, index))) + half) % 360
    font = ctypes.cast(raw.FPDFTextObj_GetFont(owner), ctypes.c_void_p).value or 0
    return _Style(size, is_bold, is_hidden, is_white, angle, font)


def _joined(glyphs: Iterator[Glyph]) -> Iterator[Glyph]:
    """Yield ligatures as one glyph: PDFium gives each of its letters, all at the same place."""
    previous: Glyph | None = None
    for glyph in glyphs:
        if previous is None:
            previous = glyph
        elif (glyph.x0, glyph.x1, glyph.base) == (
            previous.x0,
            previous.x1,
            previous.base,
        ) and previous.x1 > previous.x0:
            # PDFium turns letters from right to left round, also those of one glyph, which never were.
            both = glyph.text + previous.text if is_rtl(glyph.text) else previous.text + glyph.text
            both = with_accent(glyph.text, previous.text) or both  # an accent as wide as its letter
            previous = replace(previous, text=both, is_mapped=previous.is_mapped and glyph.is_mapped)
        else:
            yield _whole(previous)
            previous = glyph
    if previous is not None:
        yield _whole(previous)


def _whole(glyph: Glyph) -> Glyph:
    text = plain(glyph.text)
    return glyph if text == glyph.text else replace(glyph, text=text)


def parted_by_writing(glyphs: list[Glyph]) -> tuple[list[Glyph], list[Glyph]]:
    """Return the glyphs of horizontal lines, and those of vertical columns as if they had been turned upright."""
    if sum(is_cjk(glyph.text[:1]) for glyph in glyphs) < _LEAST_RUN:
        return glyphs, []
    down = [False] * len(glyphs)
    run: list[int] = []
    for place, glyph in enumerate(glyphs):
        if run and not _is_below(glyphs[run[-1]], glyph):
            run = []
        run.append(place)
        if len(run) >= _LEAST_RUN:
            for one in run[-_LEAST_RUN:]:
                down[one] = True
    columns = {round(glyph.x0) for glyph, is_down in zip(glyphs, down, strict=True) if is_down}
    for place, glyph in enumerate(glyphs):  # a heading of one or two signs above or beside the columns
        if not down[place] and is_cjk(glyph.text[:1]) and len(columns) > 1 and not _has_beside(glyphs, place):
            down[place] = True
    level = [glyph for glyph, is_down in zip(glyphs, down, strict=True) if not is_down]
    return level, [_fallen(glyph) for glyph, is_down in zip(glyphs, down, strict=True) if is_down]


def _is_below(above: Glyph, glyph: Glyph) -> bool:
    size = max(above.size, glyph.size)
    step = glyph.base - above.base
    return (
        (is_cjk(glyph.text[:1]) or glyph.is_space)
        and abs((glyph.x0 + glyph.x1) - (above.x0 + above.x1)) / 2 <= _SAME_COLUMN * size
        and _VERTICAL_STEP[0] * size <= step <= _VERTICAL_STEP[1] * size
    )


def _has_beside(glyphs: list[Glyph], place: int) -> bool:
    """Say whether the next or the last glyph of the file stands on the same line."""
    glyph = glyphs[place]
    near = [glyphs[one] for one in (place - 1, place + 1) if 0 <= one < len(glyphs)]
    return any(
        abs(one.base - glyph.base) < _SAME_COLUMN * glyph.size and abs(one.x0 - glyph.x0) < 2 * glyph.size
        for one in near
    )


def _fallen(glyph: Glyph) -> Glyph:
    """Return a sign of a column as a sign of a line: down becomes right, and the columns from the right lines."""
    middle = (glyph.x0 + glyph.x1) / 2
    top = glyph.base - 0.88 * glyph.size
    return replace(glyph, x0=top, x1=top + glyph.size, base=-middle + 0.35 * glyph.size)
