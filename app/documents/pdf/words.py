"""The words of a page with their places, from PDFium's characters."""

import ctypes
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import pypdfium2
from pypdfium2 import raw

from app.documents.pdf.shapes import HYPHEN, Word

MAX_CHARS_A_PAGE = 200_000
_PDFIUM_HYPHENS = frozenset({0x02, 0xFFFE})
_SURROGATES = range(0xD800, 0xE000)
_FORCE_BOLD = 1 << 18  # Source: PDF reference 1.7, table 5.20, bit 19
_GAP = 0.4  # of the size: above, a new word begins even without a space
_HALF_HEIGHT = 0.35  # of the size: lines set tightly do not touch each other then

Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class _Char:
    index: int
    text: str
    box: Box


class TooMuchTextError(Exception):
    """A page of more characters than any page has."""


def upright(rotation: int) -> Callable[[Box], Box]:
    """Return what turns PDFium's (left, bottom, right, top) of a page so rotated into (left, top, right, bottom)."""
    turns: dict[int, Callable[[Box], Box]] = {
        0: lambda box: (box[0], -box[3], box[2], -box[1]),
        90: lambda box: (box[1], box[0], box[3], box[2]),
        180: lambda box: (-box[2], box[1], -box[0], box[3]),
        270: lambda box: (-box[3], -box[2], -box[1], -box[0]),
    }
    return turns[rotation]


def words_of(page: pypdfium2.PdfPage) -> list[Word]:
    """Return the words in the order of the file, which need not be the order of reading. Raises: TooMuchTextError."""
    text = page.get_textpage()
    try:
        if text.count_chars() > MAX_CHARS_A_PAGE:
            raise TooMuchTextError
        return list(_words(text, upright(page.get_rotation())))
    finally:
        text.close()


def _words(text: pypdfium2.PdfTextPage, turn: Callable[[Box], Box]) -> Iterator[Word]:
    found: list[_Char] = []
    for char in _chars(text, turn):
        if found and not _goes_on(found[-1], char):
            yield _word(text, found)
            found = []
        if not char.text.isspace():
            found.append(char)
    if found:
        yield _word(text, found)


def _chars(text: pypdfium2.PdfTextPage, turn: Callable[[Box], Box]) -> Iterator[_Char]:
    for index in range(text.count_chars()):
        if char := _char(raw.FPDFText_GetUnicode(text, index)):
            yield _Char(index, char, turn(text.get_charbox(index, loose=True)))


def _char(code: int) -> str:
    """Return the character, a space for a control character, nothing for what is none."""
    if code in _PDFIUM_HYPHENS:
        return HYPHEN
    if code < 32 or 127 <= code < 160:  # noqa: PLR2004 - the two blocks of control characters
        return " " if code else ""
    return "" if code in _SURROGATES or code > 0x10FFFF else chr(code)  # noqa: PLR2004 - the end of Unicode


def _goes_on(last: _Char, char: _Char) -> bool:
    """Say whether a character belongs to the same word as the last one."""
    if char.text.isspace() or last.text == HYPHEN:
        return False
    _, top, right, bottom = last.box
    gap = char.box[0] - right
    middle = (char.box[1] + char.box[3]) / 2
    return top <= middle <= bottom and abs(gap) <= _GAP * (bottom - top)


def _word(text: pypdfium2.PdfTextPage, chars: Sequence[_Char]) -> Word:
    top, bottom = min(char.box[1] for char in chars), max(char.box[3] for char in chars)
    size, is_bold = _font(text, chars[0].index)
    size = size or bottom - top
    middle, half = (top + bottom) / 2, _HALF_HEIGHT * size
    return Word(
        text="".join(char.text for char in chars),
        left=min(char.box[0] for char in chars),
        top=middle - half,
        right=max(char.box[2] for char in chars),
        bottom=middle + half,
        size=size,
        is_bold=is_bold,
    )


def _font(text: pypdfium2.PdfTextPage, index: int) -> tuple[float, bool]:
    """Return the size in points as it is seen, 0 where it is unknown, and whether the font is a bold one."""
    matrix, flags, name = raw.FS_MATRIX(), ctypes.c_int(), ctypes.create_string_buffer(128)
    raw.FPDFText_GetMatrix(text, index, matrix)
    raw.FPDFText_GetFontInfo(text, index, name, len(name), flags)
    size = abs(raw.FPDFText_GetFontSize(text, index)) * math.hypot(matrix.c, matrix.d)
    is_bold = bool(flags.value & _FORCE_BOLD) or any(
        mark in name.value.lower() for mark in (b"bold", b"black", b"heavy")
    )
    return (size if math.isfinite(size) else 0.0), is_bold
