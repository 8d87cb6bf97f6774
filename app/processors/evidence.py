"""What a text says about the figures and dates taken out of it: which of two readings is meant."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property
from itertools import islice
from typing import Final

from app.processors import dates, numbers
from app.processors.languages import decimal_mark_of, is_day_first, language_of
from app.processors.numbers import ARABIC_POINT, Reading, plain_figures
from app.processors.units import currency_of, is_currency, is_unit
from app.processors.units import decimal_mark_of as mark_of_currency

MAX_CHARS = 200_000  # of a text are looked at
MAX_TOKENS = 10_000

_CENTS = 2
_FIGURES: Final = rf"\d{{1,3}}(?: \d{{3}}){{1,6}}+(?! ?\d)(?:[.,]\d{{1,2}}(?!\d))?|\d++(?:[.,'{ARABIC_POINT}]\d++)*+"
_NUMBER = re.compile(
    rf"(?:(?<![\w.,'/:-])|(?<=\b[A-Z]{{3}}))(?P<sign>-)?(?P<figures>{_FIGURES})(?P<whole>[.,] ?-{{1,2}}(?!\d))?"
    r"(?![-/:]\d|\d|[.,']\d)(?P<after> ?(?:[^\W\d_]{1,8}(?![\w])|[$€£¥₹₩₺₽₴₫₪฿%]|kr\b))?"
)
_BEFORE = re.compile(r"([^\s\d,;:()]{1,4}) ?-?$")
_CLOCK = re.compile(r" ?(?:uhr|h|hrs|am|pm)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Number:
    """A number of the text: its figures as they stand there, the readings they have, the currency beside them."""

    figures: str
    readings: tuple[Reading, ...]
    currency: str
    is_negative: bool = False

    @property
    def is_full(self) -> bool:
        """Whether its form alone tells what its marks mean: two kinds of them, or one twice."""
        marks = re.findall(r"[.,' ]", self.figures)
        return len(marks) > 1 and len(self.readings) == 1

    @property
    def is_money(self) -> bool:
        """Whether it looks like an amount: a currency is beside it, or it has two decimals."""
        return bool(self.currency) or self.readings[0].value.as_tuple().exponent == -_CENTS


class Evidence:
    """A text, read when the first question comes, and only as far as that goes."""

    def __init__(self, text: str) -> None:
        self._text = text[:MAX_CHARS]

    @cached_property
    def _plain(self) -> str:
        return plain_figures(self._text)

    @cached_property
    def dates(self) -> list[tuple[str, tuple[dates.Day, ...]]]:
        """The dates of the text as they stand there, with what each may mean."""
        found = ((match[0], dates.readings(match[0])) for match in dates.WRITTEN.finditer(self._plain))
        return list(islice(((written, days) for written, days in found if days), MAX_TOKENS))

    @cached_property
    def numbers(self) -> list[Number]:
        """The numbers of the text, those of its dates left out."""
        text = dates.WRITTEN.sub(lambda match: "\n" if dates.is_like_one(match[0]) else match[0], self._plain)
        return list(islice((one for match in _NUMBER.finditer(text) for one in self._number(text, match)), MAX_TOKENS))

    def _number(self, text: str, match: re.Match[str]) -> Iterator[Number]:
        after = (match["after"] or "").strip()
        is_attached = after and not (match["after"] or "").startswith(" ")
        if is_attached and not (is_currency(after) or after == "%" or (len(after) > 1 and is_unit(after))):
            return
        before = _BEFORE.search(text, max(0, match.start() - 6), match.start())
        beside = [word for word in (before[1] if before else "", after) if word and is_currency(word)]
        if " " in match["figures"] and not self._is_one(match["figures"], beside):
            for piece in match["figures"].split(" "):
                yield Number(piece, numbers.figures(piece), "")
            return
        found = numbers.whole(match["figures"]) if match["whole"] else numbers.figures(match["figures"])
        if found and not (len(found) == 1 and "." in match["figures"] and _CLOCK.match(match["after"] or "")):
            yield Number(match["figures"], found, beside[0] if beside else "", is_negative=bool(match["sign"]))

    def _is_one(self, figures: str, beside: list[str]) -> bool:
        """Say whether 1 250 is one number here, not two: by its decimals, its currency or the text's language."""
        return bool(beside) or "," in figures or "." in figures or self._language_mark == ","

    @cached_property
    def _language_mark(self) -> str | None:
        return decimal_mark_of(self._text)

    @cached_property
    def _figures(self) -> Mapping[str, bool]:
        """The figures that stand in the text, and whether a currency is beside them somewhere."""
        money = {one.figures for one in self.numbers if one.currency}
        return {one.figures: one.figures in money for one in self.numbers}

    @cached_property
    def _values(self) -> frozenset[Decimal]:
        return frozenset(one.readings[0].value for one in self.numbers if len(one.readings) == 1)

    @cached_property
    def _marks(self) -> tuple[str | None, bool]:
        """Return which mark the text has before decimals, and whether its numbers prove that."""
        certain = [one for one in self.numbers if len(one.readings) == 1 and one.readings[0].mark]
        if full := {one.readings[0].mark for one in certain if one.is_full}:
            return (full.pop(), True) if len(full) == 1 else (None, False)
        hints = {one.readings[0].mark for one in certain if one.is_money}
        currencies = {currency_of(one.currency) for one in self.numbers if one.currency} - {None}
        hints |= {mark for mark in (mark_of_currency(one or "") for one in currencies) if mark}
        hints |= {self._language_mark} if self._language_mark else set()
        return (hints.pop(), False) if len(hints) == 1 else (None, False)

    def number(self, written: str) -> Decimal | None:
        """Return what a number means that was taken out of the text, None where that is not certain."""
        found = numbers.readings(written)
        if len(found) < 2:  # noqa: PLR2004
            return found[0].value if found else None
        named = [one for one in found if abs(one.value) in self._values]
        if len(named) == 1:
            return named[0].value
        figures = re.search(numbers.DIGITS, plain_figures(written))
        is_money = self._figures.get(figures[0]) if figures else None
        return None if is_money is None else self._decided(found, is_money=is_money)

    def value(self, number: Number) -> Decimal | None:
        """Return what a number of the text means, None where that is not certain."""
        if len(number.readings) == 1:
            found: Decimal | None = number.readings[0].value
        else:
            found = self._decided(number.readings, is_money=bool(number.currency))
        return -found if found is not None and number.is_negative else found

    def _decided(self, found: tuple[Reading, ...], *, is_money: bool) -> Decimal | None:
        mark, is_proven = self._marks
        meant = [one.value for one in found if mark and one.mark == mark]
        if len(meant) != 1 or (is_money and not is_proven and meant[0] != meant[0].to_integral_value()):
            return None  # an amount with three decimals is rare: only the text's other numbers may say so
        return meant[0]

    @cached_property
    def _days(self) -> frozenset[date]:
        return frozenset(days[0].value for _, days in self.dates if len(days) == 1)

    @cached_property
    def _date_figures(self) -> frozenset[tuple[str, ...]]:
        return frozenset(_figures_of(written) for written, _ in self.dates)

    @cached_property
    def _order(self) -> str | None:
        """Return in which order the text writes day and month, by those of its dates that have one reading."""
        orders = {
            days[0].order for written, days in self.dates if len(days) == 1 and days[0].order and "." not in written
        } - {"YMD"}
        if len(orders) == 1:
            return orders.pop()
        return "DMY" if not orders and is_day_first(self._text) else None

    def day(self, written: str) -> date | None:
        """Return the day that a date means that was taken out of the text, None where that is not certain."""
        found = dates.readings(written)
        if len(found) < 2:  # noqa: PLR2004
            return found[0].value if found else None
        named = [one for one in found if one.value in self._days]
        if len(named) == 1:
            return named[0].value
        if any(one.languages for one in found):
            meant = [one for one in found if language_of(self._text) in one.languages]
        else:
            is_here = _figures_of(plain_figures(written)) in self._date_figures
            meant = [one for one in found if is_here and one.order == self._order]
        return meant[0].value if len(meant) == 1 else None


def _figures_of(written: str) -> tuple[str, ...]:
    """Return day, month and year as they are written, without what parts them."""
    return tuple(re.findall(r"\d+", written)[:3])
