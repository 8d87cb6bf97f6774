"""A word of a page and where it stands; the two marks of a hyphenated line end."""

from dataclasses import dataclass

HYPHEN = "\u2010"  # a hyphen that ends a line and its word goes on: what PDFium recognises as such
SOFT_HYPHEN = "\u00ad"


@dataclass(frozen=True, slots=True)
class Word:
    """One word as one sees it: x grows to the right and y down, in points; `top` and `bottom` are about its middle."""

    text: str
    left: float
    top: float
    right: float
    bottom: float
    size: float
    is_bold: bool

    @property
    def middle(self) -> float:
        """The height at which it stands."""
        return (self.top + self.bottom) / 2
