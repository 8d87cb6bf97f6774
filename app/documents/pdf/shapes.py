"""Glyphs and words of a page and where they stand; the two marks of a hyphenated line end.

x grows in the direction of reading, y from line to line, in points: text that is turned has been turned upright before.
"""

from dataclasses import dataclass

HYPHEN = "\u2010"  # a hyphen that ends a line and its word goes on: what PDFium recognises as such
SOFT_HYPHEN = "\u00ad"
MIDDLE = 0.3  # of the size: so high above its base line is the middle of a word
HALF_HEIGHT = 0.35  # of the size, of a word: lines set tightly do not touch each other then
UNMAPPED = "\ufffd"  # a glyph that no letter belongs to


@dataclass(slots=True)
class Glyph:
    """One glyph, of one letter or of several (a ligature); `x0` to `x1` is its advance, `base` the line it stands on.

    `size` is that of its font as it is seen. `is_hidden`: nobody sees it, whatever is below; `is_white`: only upon
    something darker. `is_mapped`: the file says which letter it is.
    """

    text: str
    x0: float
    x1: float
    base: float
    size: float
    is_bold: bool = False
    is_hidden: bool = False
    is_mapped: bool = True
    is_white: bool = False

    @property
    def is_space(self) -> bool:
        """Whether it is a space."""
        return self.text.isspace()


@dataclass(frozen=True, slots=True)
class Word:
    """One word as one reads it, its letters in the order of writing; `top` and `bottom` are about its middle.

    `after_space`: a space is written before it, where others are parted from theirs by room alone.
    """

    text: str
    left: float
    top: float
    right: float
    bottom: float
    size: float
    is_bold: bool
    after_space: bool = False

    @property
    def middle(self) -> float:
        """The height at which it stands."""
        return (self.top + self.bottom) / 2


BLOCK = "\x00"  # begins the text of a word that stands for a block, such as a table, until the page is put together


def is_block(word: Word) -> bool:
    """Say whether a word stands for a block."""
    return word.text.startswith(BLOCK)
