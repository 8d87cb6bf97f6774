# ruff: noqa: RUF001 - signs of other scripts
"""Read numbers as people write them: European, American, Swiss, Indian and other forms, with currencies and units.

A form has one reading or two: "5.132,40" is 5132.4, but "1.249" is 1249 or 1.249. Which of two is meant, the text says
in which the number stands (`evidence`); nothing here guesses.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from app.processors.units import SCALES, is_currency, is_unit

MAX_CHARS = 60
MAX_DIGITS = 40

_MINUS = "-−–—‒‐‑﹣－"
_APOSTROPHES = "’‘ʼ＇´`٬"
_SAME: Final = str.maketrans(
    dict.fromkeys(_MINUS, "-") | dict.fromkeys(_APOSTROPHES, "'") | dict(zip("，．＋％（）", ",.+%()", strict=True))
)
ARABIC_POINT: Final = "٫"
_KEEPING = re.compile(r"(?<=\d)[\u00a0\u2007\u2009\u202f](?=\d{3}(?!\d))")  # a space that keeps digits together
_SPACE = re.compile(r"[^\S\n]+")
_BIDI = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069\u200b\ufeff]")

DIGITS = rf"\d+(?:[.,'_{ARABIC_POINT} ]\d+)*"
_BESIDE = r"[^\d\s()+\-.,'][^\d\s()+,']*"  # a word or sign beside a number, with a full stop perhaps
_WRITTEN = re.compile(
    rf"(?P<sign1>[+-])? ?(?:(?P<before>{_BESIDE}) ?)?(?P<sign2>[+-])? ?(?P<figures>{DIGITS}|[.,]\d+)"
    rf"(?P<whole>[.,] ?-{{1,2}}|[.,](?![^ ]))?(?P<k>k)?(?P<sign3>-)?"
    rf"(?: ?(?P<after>{_BESIDE}))?(?: (?P<more>{_BESIDE}))?"
)
_PLAIN = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?[eE][+-]?\d{1,3}")
_SEPARATOR = re.compile(rf"[.,'_{ARABIC_POINT} ]")
_INDIAN = re.compile(r"[1-9]\d?(?:,\d\d)+,\d{3}")
_GROUP_DIGITS = 3


@dataclass(frozen=True, slots=True)
class Reading:
    """What a number may mean. `mark` is what stands before decimals in that case, "" where the form does not tell."""

    value: Decimal
    mark: str = ""


def plain_figures(text: str) -> str:
    """Return a text with digits of every script as 0-9, one kind of minus, apostrophe and space.

    A space that keeps digits together becomes an apostrophe: unlike others it can only be a mark of thousands.
    """
    if not text.isascii():
        digits = {ord(char): str(value) for char in set(text) if (value := unicodedata.decimal(char, None)) is not None}
        text = _BIDI.sub("", text).translate(_SAME).translate(digits)
        text = _KEEPING.sub("'", text)
    return _SPACE.sub(" ", text)


def readings(text: str) -> tuple[Reading, ...]:
    """Return what a string may mean as a number: nothing, one value, or two that differ in their decimal mark.

    What stands beside the number must be a currency or a unit; brackets around an amount are a minus.
    """
    if len(text) > MAX_CHARS:
        return ()
    plain = plain_figures(text).strip()
    if _PLAIN.fullmatch(plain):
        return (Reading(Decimal(plain)),)
    is_negative = plain.startswith("(") and plain.endswith(")")
    match = _WRITTEN.fullmatch(plain[1:-1].strip() if is_negative else plain)
    if not match or (is_negative and not _is_amount(match)):
        return ()
    signs = [match[name] for name in ("sign1", "sign2", "sign3") if match[name]]
    scale = _scale(match)
    if scale is None or len(signs) + is_negative > 1 or (match["sign3"] and not _is_amount(match)):
        return ()
    if is_negative or "-" in signs:
        scale = -scale
    found = figures(match["figures"]) if not match["whole"] or "-" not in match["whole"] else whole(match["figures"])
    return tuple(Reading(one.value * scale, one.mark) for one in found)


def _is_amount(match: re.Match[str]) -> bool:
    """Say whether a number in brackets is an amount: (3) may be a footnote, (3.00) and (EUR 3) are not."""
    return bool(_SEPARATOR.search(match["figures"]) or match["before"] or match["after"])


def _scale(match: re.Match[str]) -> Decimal | None:
    """Return what the number is multiplied by, None where something stands beside it that is not known."""
    scale = Decimal(1000 if match["k"] else 1)
    kinds: set[bool | None] = {is_currency(word) for word in (match["before"],) if word}
    for word in (match["after"], match["more"]):
        if not word:
            continue
        factor, unit = _factor(word)
        if factor and scale != 1:
            return None
        scale *= factor or 1
        if unit:
            kinds.add(True if is_currency(unit) else None if is_unit(unit) else False)
    if False in kinds or len(kinds) > 1:  # 5 chairs; and EUR 5 m, which may be millions
        return None
    return scale


def _factor(word: str) -> tuple[Decimal | None, str]:
    """Return what a word multiplies by, and the unit that is written to it without a space, as in 5万円."""
    plain = word.casefold().rstrip(".")
    if plain in SCALES:
        return SCALES[plain], ""
    return (SCALES[word[0]], word[1:]) if word[0] in SCALES else (None, word)


def whole(text: str) -> tuple[Reading, ...]:
    """Return what figures mean whose decimals are a dash, as in 1.249,- and 19.-: all marks are of thousands."""
    groups = _SEPARATOR.split(text)
    marks = set(_SEPARATOR.findall(text))
    return (Reading(Decimal("".join(groups))),) if len(marks) < 2 and _are_groups(groups, text) else ()  # noqa: PLR2004


def figures(text: str) -> tuple[Reading, ...]:
    """Return what digits with marks between them may mean."""
    marks = _SEPARATOR.findall(text)
    groups = _SEPARATOR.split(text)
    if sum(map(len, groups)) > MAX_DIGITS:
        return ()
    if not marks:
        return (Reading(Decimal(text)),)
    found = []
    if len(set(marks)) == 1 and marks[0] != ARABIC_POINT and _are_groups(groups, text):
        found.append(Reading(Decimal("".join(groups)), {",": ".", ".": ","}.get(marks[0], "")))
    if _has_decimals(marks, groups, text):
        value = Decimal("".join(groups[:-1]) + "." + groups[-1])
        found.append(Reading(value, marks[-1] if marks[-1] != ARABIC_POINT else ""))
    return tuple(found)


def _has_decimals(marks: Sequence[str], groups: Sequence[str], text: str) -> bool:
    """Say whether the last mark can be a decimal one: what is before it has other marks, or none."""
    if marks[-1] not in {".", ",", ARABIC_POINT} or marks[-1] in marks[:-1] or len(set(marks[:-1])) > 1:
        return False
    return len(marks) == 1 or _are_groups(groups[:-1], text[: text.rindex(marks[-1])])


def _are_groups(groups: Sequence[str], text: str) -> bool:
    """Say whether these are groups of thousands, or Indian ones of thousands and hundreds."""
    if len(groups) == 1:
        return True
    first, *others = groups
    if first.startswith("0") or not first:
        return False
    return (len(first) <= _GROUP_DIGITS and all(len(one) == _GROUP_DIGITS for one in others)) or bool(
        _INDIAN.fullmatch(text)
    )
