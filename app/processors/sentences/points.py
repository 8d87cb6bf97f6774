# ruff: noqa: RUF001 - letters of other scripts
"""Whether a point ends a sentence, or belongs to an abbreviation, an initial, an ordinal or a number of a list."""

import re
from dataclasses import dataclass
from typing import Final

from app.processors.months import months_named, plain_word
from app.processors.sentences.abbreviations import Kind, kind_of
from app.processors.sentences.starters import is_counting, is_starter

_DIGITS: Final = re.compile(r"\d{1,4}")
_MARKER: Final = re.compile(r"\(?(?:\d{1,3}(?:\.\d{1,3})*|[IVXLC]{1,5}|[A-Za-z])")
_ROMAN: Final = re.compile(r"(?=[IVXLCDM]{2,})M{0,3}(?:CM|CD|D?C{0,3})(?:XC|XL|L?X{0,3})(?:IX|IV|V?I{0,3})|[IVX]")
_DATE_REST: Final = re.compile(r"\d{1,2}\.\s?\d|\d{4}\b")
_DOTTED: Final = re.compile(r"[^\W\d_]{1,2}(?:\.-?[^\W\d_]{1,4})+")
_NUMERAL: Final = re.compile(r"[(„«]?\d[\w.,:/–—-]*%?|[IVXLCDM]+")
_VOWEL: Final = re.compile("[aeiouyæœаеиоуыэюяіαεηιουω]")
_LETTERS_ONLY: Final = re.compile("[a-zа-яα-ω]+")
_MAX_SHORT: Final = 5
_MAX_ORDINAL: Final = 2  # figures
_MIN_MONTH: Final = 3  # letters
_ORDINALS: Final = frozenset({"de", "tr", "fi", "hu", "cs", "sk", "da", "nb", "hr", "pl"})
_COUNTED_KINGS: Final = frozenset({"de", "tr", "hu", "cs", "sk", "da", "nb", "hr"})
_COUNTED_NOUNS: Final = frozenset({"de", "tr"})  # before a word with a capital as well
_STREET: Final = "str"
_SYLLABIC: Final = frozenset({"cs", "sk", "hr", "bg"})  # have words without vowels


@dataclass(frozen=True, slots=True)
class Point:
    """A point with what stands around it: the token before it, up to three before that, and the word behind it.

    `is_first`: the token begins its sentence. `has_point`: the word behind has a point, too. `rest`: what comes then.
    `is_early`: the token is among the first of its sentence.
    """

    token: str
    before: tuple[str, ...]
    is_first: bool
    following: str
    has_point: bool
    rest: str
    is_early: bool
    language: str | None

    @property
    def is_before_starter(self) -> bool:
        """Say whether a word follows that often begins a sentence, and is no abbreviation itself."""
        return bool(self.following) and not self.has_point and is_starter(self.following, self.language)

    @property
    def is_before_figure(self) -> bool:
        """Say whether a figure or a sign of one follows."""
        return not self.following and self.rest[:1].isdigit()

    @property
    def previous(self) -> str:
        """The token before the token, or nothing."""
        return self.before[-1] if self.before else ""

    @property
    def is_after_number(self) -> bool:
        """Say whether the token is behind a figure or a Roman numeral, as a unit is."""
        return _NUMERAL.fullmatch(self.previous) is not None


def ends_sentence(point: Point) -> bool:
    """Say whether the point ends a sentence: the first rule that knows decides, an ordinary word ends it."""
    for rule in (_marker, _figures, _roman, _abbreviation, _letter, _dotted, _without_vowel):
        known = rule(point)
        if known is not None:
            return known
    return True


def _marker(point: Point) -> bool | None:
    return False if point.is_first and _MARKER.fullmatch(point.token) else None


def _figures(point: Point) -> bool | None:
    """Judge figures, as in "am 3. Mai", "3. 5. 2020" and "There are 12. He counted"."""
    if not _DIGITS.fullmatch(point.token):
        return None
    if point.is_before_figure:
        return not (len(point.token) <= _MAX_ORDINAL and _DATE_REST.match(point.rest))
    if point.language in {None, *_ORDINALS} and _is_month(point.following):
        return False
    if len(point.token) > _MAX_ORDINAL or point.language not in {None, *_ORDINALS}:
        return True
    if is_counting(point.previous) and point.following:
        return False
    return point.language not in _COUNTED_NOUNS or point.is_before_starter


def _is_month(word: str) -> bool:
    return len(word) >= _MIN_MONTH and bool(months_named(word))


def _roman(point: Point) -> bool | None:
    if not _ROMAN.fullmatch(point.token) or (len(point.token) > 1 and kind_of(point.token, point.language)):
        return None
    if point.language in _COUNTED_KINGS:
        return point.is_before_starter
    return True if len(point.token) > 1 and point.language else None


def _abbreviation(point: Point) -> bool | None:
    """Judge by the lists: the longest of "т. д", "и т. д" that is in them."""
    joined = point.token
    found = kind_of(joined, point.language)
    for token in reversed(point.before):
        if not token.endswith("."):
            break
        joined = token.lstrip("(\"'„“«") + joined
        found = kind_of(joined, point.language) or found
    if found is None and point.token.endswith(_STREET):
        found = Kind.INSIDE if point.is_before_figure else Kind.OPEN
    return None if found is None else _by_kind(found, point)


def _by_kind(kind: Kind, point: Point) -> bool | None:
    if kind is Kind.NUMBER:
        is_numeral = _ROMAN.fullmatch(point.following) and not (point.following == "I" and point.language == "en")
        is_code = point.has_point and len(point.following) == 1 and point.rest.strip()[:1].isdigit()  # "art. L. 121"
        return False if point.is_before_figure or is_numeral or is_code else None
    if kind is Kind.OPEN:
        return point.is_before_starter
    if kind is Kind.INSIDE:
        return False
    is_year = point.is_after_number or point.previous.endswith(".")
    if is_year and point.is_early and not point.is_before_starter:  # "W 1072 r. Shen Kuo"
        return False
    return kind is Kind.LAST or point.is_after_number


def _letter(point: Point) -> bool | None:
    """Judge "J. R. R. Tolkien", "z. B. Äpfel", "vitamin C. It" and "at 10 h. They"."""
    if not point.token[:1].isalpha() or len(point.token) > 1 + (not point.token.isascii() and not _cased(point.token)):
        return None
    if not _cased(point.token):
        return False
    if point.token.islower() and point.is_after_number:
        return not (point.has_point and len(point.following) == 1)
    return point.is_before_starter and (point.token.islower() or point.previous[:1].islower())


def _cased(token: str) -> bool:
    return token.lower() != token.upper()


def _dotted(point: Point) -> bool | None:
    """Judge "U.S.", "Ph.D." and "J.-P." where no list has them."""
    return point.is_before_starter if _DOTTED.fullmatch(point.token) else None


def _without_vowel(point: Point) -> bool | None:
    """Judge "Bhf." and "стр.": a short token without a vowel is no word; behind a figure it is a unit."""
    short = 1 < len(point.token) <= _MAX_SHORT and (point.token.islower() or point.token.istitle())
    if not short or point.is_after_number or point.language in _SYLLABIC:
        return None
    plain = plain_word(point.token)
    return None if _VOWEL.search(plain) or not _LETTERS_ONLY.fullmatch(plain) else point.is_before_starter
