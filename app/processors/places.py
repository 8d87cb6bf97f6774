# ruff: noqa: RUF001 - signs of other scripts and keyboards
"""Where in a document something stands: pages and offsets, and the search for values as the document writes them."""

import re
from array import array
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import islice

from app.processors import dates, numbers
from app.processors.fields import Strict

MAX_QUOTE_CHARS = 300

Span = tuple[int, int]

_SAME = str.maketrans("’‘ʼ“”„«»‐‑–—−\u00a0\u202fİ", '\'\'\'"""""-----  i')
_TOKEN = re.compile(r"\S+")
_LETTER = re.compile(r"[^\W_\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff]")  # of a script that parts its words
_MARK = r"[.,'’٬ \u00a0\u202f]?"  # between groups of digits
_SCALES = (1000, 1_000_000, 1_000_000_000)
_AROUND_YEAR_CHARS = 40
_MAX_YEARS = 2000
_MAX_DIGITS = 25  # of a number that a text writes in figures


@dataclass(frozen=True, slots=True)
class PageSpan:
    """Where the text of a page, counted from 1, stands in the whole text."""

    number: int
    start: int
    end: int


class Place(Strict):
    """Where something stands: characters from `start` to before `end`, counted from 0.

    `start` and `end` count in the text of `page`, or in the whole text where `page` is null; `text_start` and
    `text_end` always in the whole text, whose pages are parted by blank lines. `quote` is what stands there.
    """

    page: int | None
    start: int
    end: int
    text_start: int
    text_end: int
    quote: str


def place(text: str, pages: Sequence[PageSpan], span: Span) -> Place:
    """Return the place of a span of the whole text; one that runs over pages begins on its first."""
    start, end = span
    index = bisect_right([page.start for page in pages], start) - 1
    quote = " ".join(text[start : min(end, start + 2 * MAX_QUOTE_CHARS)].split())
    if len(quote) > MAX_QUOTE_CHARS:
        quote = quote[: MAX_QUOTE_CHARS - 2] + " …"
    if index < 0:
        return Place(page=None, start=start, end=end, text_start=start, text_end=end, quote=quote)
    page = pages[index]
    return Place(
        page=page.number, start=start - page.start, end=end - page.start, text_start=start, text_end=end, quote=quote
    )


class TextSearch:
    """A text in which words, numbers and days are searched, whatever its spaces, capitals and forms of numbers."""

    def __init__(self, text: str) -> None:
        """Read the text once; blocks, for a second at five million characters."""
        self.text = text
        self._starts, self._at = array("I"), array("I")
        same = (text if text.isascii() else text.translate(_SAME)).lower()  # each character has its place still
        words = []
        length = 0
        for match in _TOKEN.finditer(same):
            word = match[0]
            self._starts.append(match.start())
            self._at.append(length)
            words.append(word)
            length += len(word) + 1
        self._normal = " ".join(words)
        self._digits = text if text.isascii() else _with_ascii_digits(text)

    def words(self, wanted: str, within: Span | None = None) -> Iterator[Span]:
        """Yield where words stand, as whole words, in order."""
        found = " ".join(word.translate(_SAME).lower() for word in wanted.split())
        if not found:
            return
        low, high = (self._normal_at(one) for one in within) if within else (0, len(self._normal))
        at = self._normal.find(found, low, high)
        while at >= 0:
            if self._is_whole(at, at + len(found)):
                yield self._original(at), self._original(at + len(found) - 1) + 1
            at = self._normal.find(found, at + 1, high)

    def numbers(self, wanted: Decimal, within: Span | None = None) -> Iterator[Span]:
        """Yield where a number stands, in any form that `numbers` reads."""
        low, high = within or (0, len(self.text))
        seen: set[int] = set()
        for pattern in _patterns(abs(wanted)):
            for match in pattern.finditer(self._digits, low, high):
                if match.start() in seen:
                    continue
                if any(abs(one.value) == abs(wanted) for one in numbers.readings(match[0])):
                    seen.add(match.start())
                    yield match.span()

    def days(self, wanted: date, within: Span | None = None) -> Iterator[Span]:
        """Yield where a day stands, in any form that `dates` reads."""
        low, high = within or (0, len(self.text))
        years = re.compile(rf"(?<!\d)(?:{wanted.year}|{wanted.year % 100:02})(?!\d)|[年년]")
        end = -1
        for year in islice(years.finditer(self._digits, low, high), _MAX_YEARS):
            if year.start() < end:
                continue
            start = max(low, year.start() - _AROUND_YEAR_CHARS)
            around = self._digits[start : min(high, year.end() + _AROUND_YEAR_CHARS)]
            for match in dates.WRITTEN.finditer(around):
                span = start + match.start(), start + match.end()
                if span[0] > end and any(day.value == wanted for day in dates.readings(match[0])):
                    end = span[1]
                    yield span

    def _normal_at(self, place: int) -> int:
        index = bisect_right(self._starts, place) - 1
        if index < 0:
            return 0
        return min(self._at[index] + place - self._starts[index], self._word_end(index))

    def _word_end(self, index: int) -> int:
        return self._at[index + 1] - 1 if index + 1 < len(self._at) else len(self._normal)

    def _original(self, place: int) -> int:
        index = bisect_right(self._at, place) - 1
        return self._starts[index] + place - self._at[index]

    def _is_whole(self, start: int, end: int) -> bool:
        said = self._normal
        begins = not (start and _LETTER.match(said[start]) and _LETTER.match(said[start - 1]))
        return begins and not (end < len(said) and _LETTER.match(said[end - 1]) and _LETTER.match(said[end]))


def _with_ascii_digits(text: str) -> str:
    digits = {ord(char): str(int(char)) for char in set(text) if char.isdecimal() and not char.isascii()}
    return text.translate(digits)


def _patterns(value: Decimal) -> Iterator[re.Pattern[str]]:
    """Yield what finds the figures of a number, then those of thousands, millions and billions."""
    if not -_MAX_DIGITS < value.adjusted() < _MAX_DIGITS:
        return
    yield re.compile(rf"(?<![\d])(?<!\d[.,'’]){_figures(value)}(?!\d)(?![.,'’]\d)")
    for scale in _SCALES:
        if value >= scale and value % (scale // 1000) == 0:
            yield re.compile(rf"(?<!\d)(?<!\d[.,]){_figures(value / scale)}[ \u00a0]?[^\W\d_]{{1,12}}\.?")


def _figures(value: Decimal) -> str:
    whole, _, part = format(value, "f").partition(".")
    part = part.rstrip("0")
    digits = _MARK.join(whole)
    if not part:
        return digits + r"(?:[.,٫](?:0+(?!\d)|-{1,2}))?"
    return (f"(?:{digits})?" if whole == "0" else digits) + f"[.,٫]{part}0*"
