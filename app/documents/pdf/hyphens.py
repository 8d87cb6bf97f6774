"""Join lines, and with them the words that a hyphen parts at the end of a line.

A hyphen is dropped unless something speaks for it: the text spells the word with it elsewhere (`well-known`), the first
half already holds a hyphen or digit (`state-of-the-art`, `2025-26`), the second half begins with a capital or a digit
(`Anglo-American`), or the first half is one that mostly takes one (`self-`). A spelling of the text without it goes
before the last of these. `Nord- und Südufer` keeps hyphen and space.
"""

import re
from collections.abc import Iterable, Sequence

from app.documents.pdf.scripts import is_cjk
from app.documents.pdf.shapes import HYPHEN, SOFT_HYPHEN

_WORD = re.compile(r"[^\W_]+(?:[-'’][^\W_]+)*")  # noqa: RUF001 - an apostrophe
_HALF = re.compile(r"[^\W_]+(?:[-'’][^\W_]+)*$")  # noqa: RUF001
_START = re.compile(r"[^\W_]+")
_AND = frozenset({"and", "or", "und", "oder", "bzw", "et", "ou", "y", "o", "e"})
_TAKE_HYPHENS = frozenset(["all", "ex", "half", "long", "non", "part", "self", "short", "so", "well"])


class Vocabulary:
    """The words that a document writes inside its lines, in small letters."""

    def __init__(self, lines: Iterable[str]) -> None:
        """Collect them; what a hyphen cuts at the end of a line is no word."""
        self._words: set[str] = set()
        for line in lines:
            found = [match[0].casefold() for match in _WORD.finditer(line)]
            self._words.update(found[:-1] if line.endswith(("-", HYPHEN, SOFT_HYPHEN)) else found)

    def __contains__(self, word: str) -> bool:
        return word.casefold() in self._words


def join(lines: Sequence[str], known: Vocabulary) -> str:
    """Return the lines as one, hyphenated line ends joined."""
    text = ""
    for line in lines:
        text = _append(text, line, known) if text else line
    return text.replace(HYPHEN, "-").replace(SOFT_HYPHEN, "")


def _append(text: str, line: str, known: Vocabulary) -> str:
    stem = text.rstrip("-" + HYPHEN + SOFT_HYPHEN)
    mark = text[len(stem) :]
    half, start = _HALF.search(stem), _START.match(line)
    if not mark and text and line and is_cjk(text[-1]) and is_cjk(line[0]):
        return text + line
    if not mark or not half or not start:
        return f"{text} {line}"
    if mark == SOFT_HYPHEN:
        return stem + line
    if len(mark) > 1 or start[0].casefold() in _AND:
        return f"{text} {line}"
    return f"{stem}-{line}" if _keeps(half[0], start[0], known) else stem + line


def _keeps(half: str, start: str, known: Vocabulary) -> bool:
    if f"{half}-{start}" in known:
        return True
    if "-" in half or not start[0].islower() or half[-1].isdigit():
        return True
    return f"{half}{start}" not in known and half.casefold() in _TAKE_HYPHENS
