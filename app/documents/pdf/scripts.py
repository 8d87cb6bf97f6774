"""What letters are: right-to-left ones, marks, Chinese and Japanese; and what glyph codes stand for as letters."""

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from itertools import groupby, pairwise
from typing import TypeVar

from app.documents.pdf.shapes import HYPHEN, UNMAPPED

Item = TypeVar("Item")

_PDFIUM_HYPHENS = frozenset({0x02, 0xFFFE})
_SURROGATES = range(0xD800, 0xE000)
_CONTROLS = (range(0x20), range(0x7F, 0xA0))
_SPACES = frozenset("\t\n\r\x0b\x0c")
_PRIVATE = (range(0xE000, 0xF900), range(0xF0000, 0x110000))
_SYMBOL_FONT = range(0xF020, 0xF07F)  # where fonts for Windows keep ASCII when they call themselves symbols
# Source: the character sets of Symbol and Wingdings, as word processors write them.
_BULLETS = {0xF0B7: "•", 0xF0A7: "▪", 0xF0D8: "➢", 0xF0FC: "✓", 0xF076: "❖", 0xF0A8: "◻", 0xF06F: "◻", 0xF0E0: "→"}
# Ligatures of Latin and Armenian, presentation forms of Hebrew and Arabic: letters, as a glyph shows them.
_SHAPED = re.compile("[\ufb00-\ufdff\ufe70-\ufefc]")
_RTL = frozenset({"R", "AL"})
_SPACING_ACCENTS = {
    "`": "\u0300",
    "´": "\u0301",  # noqa: RUF001 - an accent is meant
    "\u02c6": "\u0302",
    "^": "\u0302",
    "\u02dc": "\u0303",
    "~": "\u0303",
    "¯": "\u0304",
    "\u02d8": "\u0306",
    "\u02d9": "\u0307",
    "¨": "\u0308",
    "\u02da": "\u030a",
    "\u02dd": "\u030b",
    "\u02c7": "\u030c",
    "¸": "\u0327",  # noqa: RUF001
    "\u02db": "\u0328",
}
_NUMBER = re.compile(r"([^\w%$€£+]*)([\w%$€£+][\w%$€£+.,:/’'-]*[\w%$€£]|[\w%$€£+])([^\w%$€£]*)")  # noqa: RUF001
_MIRRORED = str.maketrans("()[]{}<>«»", ")(][}{><»«")
_DOTLESS = {"\u0131": "i", "\u0237": "j"}


@cache
def letters_of(code: int) -> str:
    """Return what a code of PDFium's is as text: a space for a break, UNMAPPED where no letter belongs to it."""
    if code in _PDFIUM_HYPHENS:
        return HYPHEN
    if code in _BULLETS:
        return _BULLETS[code]
    if code in _SYMBOL_FONT:
        return chr(code - 0xF000)
    if code in _SURROGATES or code > 0x10FFFF or any(code in block for block in _PRIVATE):  # noqa: PLR2004 - the end
        return UNMAPPED
    if any(code in block for block in _CONTROLS):
        return " " if chr(code) in _SPACES else UNMAPPED
    return chr(code)


def plain(text: str) -> str:
    """Return the letters of ligatures and of shaped Hebrew and Arabic; all other characters stay as they are."""
    return _SHAPED.sub(lambda match: unicodedata.normalize("NFKC", match[0]), text)


def is_mark(text: str) -> bool:
    """Say whether it is a mark that belongs to a letter beside it."""
    return bool(text) and all(unicodedata.category(char) in {"Mn", "Me"} for char in text)


def is_accent(text: str) -> bool:
    """Say whether it is an accent that stands for itself, as old fonts print them over letters."""
    return text in _SPACING_ACCENTS


def with_accent(letter: str, accent: str) -> str | None:
    """Return a letter with an accent that was printed over it as a character of its own, None where there is none."""
    mark = _SPACING_ACCENTS.get(accent)
    if mark is None or len(letter) != 1:
        return None
    found = unicodedata.normalize("NFC", _DOTLESS.get(letter, letter) + mark)
    return found if len(found) == 1 else None


def is_rtl(text: str) -> bool:
    """Say whether there are letters that are written from right to left."""
    return any(char >= "\u0590" and unicodedata.bidirectional(char) in _RTL for char in text)


def is_cjk(char: str) -> bool:
    """Say whether a character is written without spaces around: Chinese, Japanese, and their marks."""
    return (
        "\u2e80" <= char <= "\u9fff"
        or "\uf900" <= char <= "\ufaff"
        or "\uff00" <= char <= "\uffef"
        or "\U00020000" <= char <= "\U0003ffff"
    )


def in_order_of_writing(visual: Sequence[Item], text_of: Callable[[Item], str]) -> list[Item]:
    """Return items that stand from left to right in the order in which they are written and read.

    Items without right-to-left letters stay as they are. Source: Unicode standard annex 9, in reverse.
    """
    kinds = ["R" if is_rtl(text_of(one)) else "L" if _is_ltr(text_of(one)) else "" for one in visual]
    if "R" not in kinds:
        return list(visual)
    base = "R" if kinds.count("R") >= kinds.count("L") else "L"
    runs = list(_runs(list(zip(kinds, visual, strict=True)), "L" if base == "R" else "R"))
    if base == "R":
        return [item for is_other, run in reversed(runs) for item in (run if is_other else reversed(run))]
    return [item for is_other, run in runs for item in (reversed(run) if is_other else run)]


def turned_number(text: str) -> str:
    """Return a number among right-to-left words with the marks around it where they are written, not where they stand.

    Words with letters stay as they are.
    """
    found = None if is_rtl(text) or _is_ltr(text) else _NUMBER.fullmatch(text)
    return (
        text if found is None else found[3][::-1].translate(_MIRRORED) + found[2] + found[1][::-1].translate(_MIRRORED)
    )


def _is_ltr(text: str) -> bool:
    return any(unicodedata.bidirectional(char) == "L" for char in text)


def _runs(items: Sequence[tuple[str, Item]], other: str) -> Iterator[tuple[bool, list[Item]]]:
    """Yield stretches; those of the other direction begin and end with it, and take in what is of neither."""
    places = [place for place, (kind, _) in enumerate(items) if kind == other]
    inside = [False] * len(items)
    base = "L" if other == "R" else "R"
    for start, end in pairwise(places):
        if all(kind != base for kind, _ in items[start:end]):
            inside[start : end + 1] = [True] * (end - start + 1)
    for place in places:
        inside[place] = True
    for is_other, found in groupby(zip(inside, items, strict=True), key=lambda one: one[0]):
        yield is_other, [item for _, (_, item) in found]
