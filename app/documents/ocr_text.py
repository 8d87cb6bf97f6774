"""Tesseract's table of words (TSV) as text: blocks in its order of reading, lines joined, and how sure it is."""

import math
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from app.documents.pdf.hyphens import Vocabulary, join

MAX_WORDS = 50_000  # of a page; no page has more

_HEADING = "level\tpage_num\tblock_num\tpar_num\tline_num\tword_num\t"
_WORD_LEVEL = "5"
_COLUMNS = 12
_SPECK = 0.5  # a sign without a letter or digit that is less sure is dirt
# Scripts that part their words by nothing; Tesseract puts a space between their signs.
_SOLID = r"[\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef]"
_BETWEEN_SOLID = re.compile(rf"(?<={_SOLID}) (?={_SOLID})")


class NoTableError(ValueError):
    """What was said is no table of words."""


@dataclass(frozen=True, slots=True)
class Text:
    """A page's text, how sure its letters are on average (0 to 1), and how many words and letters it has."""

    text: str
    confidence: float
    words: int
    letters: int


@dataclass(frozen=True, slots=True)
class _Word:
    paragraph: tuple[str, str]
    line: str
    text: str
    confidence: float

    @property
    def letters(self) -> int:
        return sum(map(str.isalnum, self.text))


def text_of(table: str) -> Text:
    """Return the text that a table holds. Raises: NoTableError."""
    words = _words(table)
    paragraphs = [
        [" ".join(word.text for word in line) for _, line in groupby(found, key=lambda word: word.line)]
        for _, found in groupby(words, key=lambda word: word.paragraph)
    ]
    known = Vocabulary(line for lines in paragraphs for line in lines)
    letters = sum(word.letters for word in words)
    return Text(
        text="\n\n".join(_paragraph(lines, known) for lines in paragraphs),
        confidence=round(sum(word.confidence * word.letters for word in words) / letters, 4) if letters else 0.0,
        words=len(words),
        letters=letters,
    )


def _paragraph(lines: Sequence[str], known: Vocabulary) -> str:
    return _BETWEEN_SOLID.sub("", unicodedata.normalize("NFC", join(lines, known)))


def _words(table: str) -> list[_Word]:
    lines = table.splitlines()
    if not lines or not lines[0].startswith(_HEADING):
        raise NoTableError("it has no heading")
    found = []
    for word in _rows(lines[1:]):
        if word.letters or (word.text and word.confidence >= _SPECK):
            found.append(word)
        if len(found) > MAX_WORDS:
            raise NoTableError("it has more words than a page has")
    return found


def _rows(lines: Sequence[str]) -> Iterator[_Word]:
    for line in lines:
        cells = line.split("\t")
        if cells[0] != _WORD_LEVEL or len(cells) != _COLUMNS:
            continue
        try:
            confidence = min(1.0, max(0.0, float(cells[10]) / 100))
        except ValueError:
            raise NoTableError("a confidence is no number") from None
        yield _Word((cells[2], cells[3]), cells[4], _clean(cells[11]), confidence if math.isfinite(confidence) else 0.0)


def _clean(text: str) -> str:
    return "".join(char for char in text if char.isprintable()).strip()
