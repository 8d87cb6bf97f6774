# ruff: noqa: RUF001 - letters of other scripts
"""Read dates as people write them, in the languages of Europe, in figures of any order, in Chinese, Japanese, Korean.

A form has one reading or several: "3 mai 2026" is one day, 03/05/2026 is two. Which is meant, the text says in which
the date stands (`evidence`); nothing here guesses.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from app.processors.months import is_weekday, months_named, plain_word
from app.processors.numbers import plain_figures

MAX_CHARS = 60

_NEXT_CENTURY = 50  # 49 is 2049
_LAST_CENTURY = 70  # 70 is 1970; what lies between may be either
_MONTHS_A_YEAR = 12
_YEAR_DIGITS = 4

_TIME = re.compile(
    r"(?P<t>[T,]? ?(?:(?:at|um|à|a las|alle|às|kl\.?|om|o|в|klo) )?)(?<!\d)(?P<hour>[01]?\d|2[0-4])"
    r"[:h](?P<minute>[0-5]\d)"
    r"(?::(?P<second>[0-5]\d|60)(?:[.,]\d+)?)? ?(?P<half>[ap]\.?m\.?)?"
    r" ?(?:Uhr|h|hrs)? ?(?P<zone>Z|UTC|GMT|[+-](?:[01]\d|2[0-3]):?[0-5]\d)?$",
    re.IGNORECASE,
)
_FIGURES = re.compile(r"(\d{1,4}) ?([./ -]) ?(\d{1,2}) ?\2 ?(\d{1,4})")
_COMPACT = re.compile(r"((?:19|20)\d\d)(\d\d)(\d\d)")
_SIGNS = re.compile(r"(令和|平成|昭和|\d{2})?(\d{1,2}|元) ?[年년] ?(\d{1,2}) ?[月월] ?(\d{1,2}) ?[日일]?")
_ERAS: Final = {"令和": 2018, "平成": 1988, "昭和": 1925}
_LETTER = (
    r"[^\W\d_][\u0300-\u036f]*"  # with the accents that stand apart, as in capitals that have no sign of their own
)
_PIECE = re.compile(rf"\d+|(?:{_LETTER})+")
_FILLING: Final = frozenset(
    """
    of the de del di do da dos du d le la el il den der dem das am vom on at in um à a o au op ta t st nd rd th er re e
    го г год года року рік р r roku rok m d dnia an anul any año m. til på den of.
    """.split()  # noqa: SIM905
)
_MARK = r"(?:st|nd|rd|th|er|re|[ºª°.]|-?го)?"
_LINK = r"(?:(?:of|de|del|do|da|den|di|d') ?)?"
_WORD = rf"(?:{_LETTER}){{3,14}}"
WRITTEN: Final = re.compile(
    rf"(?<![\w.,/-])(?:\d{{4}}[-/.] ?\d{{1,2}}[-/.] ?\d{{1,2}}(?=T\d|\b)"
    rf"|\d{{1,2}}([-/.]) ?\d{{1,2}}\1 ?(?:\d{{4}}|\d\d)\b"
    rf"|(?:\d{{4}}|(?:令和|平成|昭和)\d{{1,2}}) ?[年년] ?\d{{1,2}} ?[月월] ?\d{{1,2}} ?[日일]"
    rf"|\d{{1,2}}{_MARK}[ -]{_LINK}(?:{_WORD}|[IVX]{{1,4}})\.?,?[ -]{_LINK}(?:\d{{4}}|'?\d\d)\b"
    rf"|\d{{1,2}}\.(?:{_WORD}|[IVX]{{1,4}})\.?\d{{4}}\b"
    rf"|{_WORD}\.? \d{{1,2}}(?:st|nd|rd|th)?,? \d{{4}}\b|\d{{4}}\.? (?:m\. )?{_WORD} \d{{1,2}}\b)(?![-/]\d)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Day:
    """What a date may mean. `order` is DMY, MDY or YMD where that decides, `languages` where the month's name does."""

    value: date
    order: str = ""
    languages: frozenset[str] = frozenset()


def readings(text: str) -> tuple[Day, ...]:
    """Return the days that a string may mean, without its time and the name of its weekday; none for anything else."""
    if len(text) > MAX_CHARS:
        return ()
    plain = _TIME.sub("", plain_figures(text).strip()).strip(" .,;()")
    plain = _without_weekdays(plain)
    return _distinct(_signs(plain) or _compact(plain) or _in_figures(plain) or _named(plain))


def moment(text: str) -> tuple[str, str, str] | None:
    """Return the text of the date, the time as 14:30:00 and its zone ("Z", "+02:00" or ""), None without a time."""
    plain = plain_figures(text).strip().rstrip(" .")
    match = _TIME.search(plain) if len(text) <= MAX_CHARS else None
    if not match:
        return None
    hour, half = int(match["hour"]), (match["half"] or "").lower()
    if half and not 1 <= hour <= _MONTHS_A_YEAR:
        return None
    if half:
        hour = hour % 12 + (12 if half.startswith("p") else 0)
    zone = (match["zone"] or "").upper()
    zone = "Z" if zone in {"Z", "UTC", "GMT"} else zone if ":" in zone or not zone else f"{zone[:3]}:{zone[3:]}"
    return plain[: match.start()].strip(), f"{hour:02}:{match['minute']}:{match['second'] or '00'}", zone


def find_date(text: str) -> str | None:
    """Return the first day that a text names with its whole year and without doubt, as 2026-04-11."""
    for match in WRITTEN.finditer(plain_figures(text)):
        days = readings(match[0])
        if len(days) == 1 and re.search(r"\d{4}|[年년]", match[0]):
            return days[0].value.isoformat()
    return None


def is_like_one(written: str) -> bool:
    """Say whether something of a date's form is one, if only of a day that does not exist: not 5 EUR. 10."""
    words = [piece for piece in _PIECE.findall(written) if not piece.isdigit()]
    return not words or bool(readings(written)) or any(months_named(word) for word in words)


def _distinct(days: Iterator[Day] | Sequence[Day]) -> tuple[Day, ...]:
    return tuple({day.value: day for day in days}.values())


def _without_weekdays(plain: str) -> str:
    """Return a date in figures without the words around it, if these are days and the like."""
    words = [word for word in _PIECE.findall(plain) if not word.isdigit()]
    if not words or not all(is_weekday(word) or plain_word(word) in _FILLING for word in words):
        return plain
    found = _FIGURES.search(plain)
    return found[0] if found and len(re.findall(r"\d+", plain)) == 3 else plain  # noqa: PLR2004 - day, month, year


def _day(year: str, month: str | int, day: str, **more: object) -> Iterator[Day]:
    try:
        yield Day(date(_year(year), int(month), int(day)), **more)  # type: ignore[arg-type]
    except ValueError:
        return


def _year(digits: str) -> int:
    """Return the year. Raises: ValueError for one of two digits that may be of either century."""
    if len(digits) == _YEAR_DIGITS:
        return int(digits)
    number = int(digits)
    if len(digits) != 2 or _NEXT_CENTURY <= number < _LAST_CENTURY:  # noqa: PLR2004
        msg = "no year"
        raise ValueError(msg)
    return number + (2000 if number < _NEXT_CENTURY else 1900)


def _signs(plain: str) -> list[Day]:
    match = _SIGNS.fullmatch(plain)
    if not match:
        return []
    era, year, month, day = match.groups()
    year = str(_ERAS[era] + (1 if year == "元" else int(year))) if era in _ERAS else (era or "") + year
    return list(_day(year, month, day))


def _compact(plain: str) -> list[Day]:
    match = _COMPACT.fullmatch(plain)
    return list(_day(*match.groups())) if match else []


def _in_figures(plain: str) -> list[Day]:
    """Return the readings of three numbers: full stops stand for day, month, year; others for that or month, day."""
    match = _FIGURES.fullmatch(plain)
    if not match:
        return []
    first, mark, second, third = match.groups()
    if len(first) == _YEAR_DIGITS:
        return list(_day(first, second, third, order="YMD"))
    found = list(_day(third, second, first, order="DMY"))
    if mark != "." or not found:
        found += _day(third, first, second, order="MDY")
    if len(third) < _YEAR_DIGITS:
        found += _day(first, second, third, order="YMD")
    return found


def _named(plain: str) -> list[Day]:
    pieces = [piece for piece in _PIECE.findall(plain) if piece.isdigit() or plain_word(piece) not in _FILLING]
    numbers = [piece for piece in pieces if piece.isdigit()]
    words = [piece for piece in pieces if not piece.isdigit()]
    months = [word for word in words if months_named(word)]
    if len(months) > 1:
        months = [word for word in months if not is_weekday(word)] or months[:0]
    if len(months) != 1 or len(numbers) != 2 or not all(word == months[0] or is_weekday(word) for word in words):  # noqa: PLR2004
        return []
    first, second = numbers
    leads = len(first) == _YEAR_DIGITS
    if leads == (len(second) == _YEAR_DIGITS) and leads:
        return []
    year, day = (first, second) if leads else (second, first)
    return _in_months(months[0], year, day, is_marked=f"{first}." in plain)


def _in_months(word: str, year: str, day: str, *, is_marked: bool) -> list[Day]:
    """Return a day for each month that the word names: listopada is November, or in Croatian October."""
    named = months_named(word)
    if len(named) > 1:
        named = {month: names for month, names in named.items() if (names == {"hr"}) == is_marked} or named
    return [one for month, names in named.items() for one in _day(year, month, day, languages=names)]
