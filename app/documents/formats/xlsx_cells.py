"""What a cell of an XLSX shows: numbers plainly, dates by ISO 8601, percentages as such."""

import re
from datetime import datetime, timedelta
from typing import Final

from app.documents.formats.markup import Node

PLAIN: Final = "General"

_BUILT_IN: Final = {  # Source: ECMA-376 part 1, section 18.8.30, and what Excel does for 27 to 58 in East Asia
    9: "0%",
    10: "0.00%",
    **dict.fromkeys(range(14, 18), "y"),
    **dict.fromkeys(range(18, 22), "h:m"),
    22: "y h",
    **dict.fromkeys(range(27, 32), "y"),
    **dict.fromkeys(range(32, 34), "h:m"),
    **dict.fromkeys(range(34, 37), "y"),
    45: "m:s",
    46: "[h]:m:s",
    47: "m:s",
    **dict.fromkeys(range(50, 59), "y"),
}
_LITERAL: Final = re.compile(r'"[^"]*"|\\.|_.|\*.|\[(?!h+\]|m+\]|s+\])[^\]]*\]', re.IGNORECASE)
_DURATION: Final = re.compile(r"\[(?:h+|m+|s+)\]", re.IGNORECASE)
_DAY: Final = re.compile(r"[yd]|m{3,}", re.IGNORECASE)
_TIME: Final = re.compile(r"[hs]|am/pm", re.IGNORECASE)
_ZEROS: Final = re.compile(r"0{2,30}")
_DECIMALS: Final = re.compile(r"\.([0#?]{1,15})%")
_ESCAPED: Final = re.compile(r"_x([0-9A-Fa-f]{4})_")
_EPOCH: Final = datetime(1899, 12, 30)  # noqa: DTZ001 - a sheet knows no time zones
_EPOCH_1904: Final = datetime(1904, 1, 1)  # noqa: DTZ001
_FEBRUARY_1900: Final = 60  # Excel counts a 29th of it
_LAST_DAY: Final = 2_958_466  # the end of the year 9999
_MAX_PLAIN: Final = 1e21
_DAY_S: Final = 86_400


def formats(styles: Node) -> list[str]:
    """Return the number format of each cell style, in its order."""
    own = {node.get("numFmtId"): node.get("formatCode") for node in styles.all("numFmt")}
    kept = styles.find("cellXfs")
    return [_code(node.get("numFmtId"), own) for node in kept if node.tag == "xf"] if kept is not None else []


def _code(identity: str, own: dict[str, str]) -> str:
    if identity in own:
        return _LITERAL.sub("", own[identity].split(";")[0])
    return _BUILT_IN.get(int(identity), PLAIN) if identity.isdigit() else PLAIN


def shown(value: str, code: str, *, is_1904: bool = False) -> str:
    """Return a number as a text; what is none is returned as it is."""
    try:
        number = float(value)
    except ValueError:
        return value
    special = "" if "general" in code.lower() else _special(number, code, is_1904=is_1904)
    return special or plain(number, value)


def _special(number: float, code: str, *, is_1904: bool) -> str:
    """Return a duration, a moment, a percentage or a code with zeros before it; empty for any other number."""
    if _DURATION.search(code):
        return _duration(number)
    has_time = bool(_TIME.search(code))
    has_day = bool(_DAY.search(code)) or ("m" in code.lower() and not has_time)
    if has_day or has_time:
        return _moment(number, has_day=has_day, has_time=has_time, is_1904=is_1904)
    if "%" in code:
        decimals = _DECIMALS.search(code)
        return f"{number * 100:.{len(decimals[1]) if decimals else 0}f} %"
    is_code = _ZEROS.fullmatch(code) and number.is_integer() and 0 <= number < _MAX_PLAIN
    return f"{int(number):0{len(code)}}" if is_code else ""


def plain(number: float, value: str = "") -> str:
    """Return a number without an exponent and without the noise of its binary form."""
    if number != number or abs(number) >= _MAX_PLAIN:  # noqa: PLR0124 - not a number
        return value or str(number)
    if number.is_integer():
        return str(int(number))
    text = f"{number:.15g}"
    if "e" in text:
        text = f"{number:.20f}".rstrip("0")
    return text


def unescaped(text: str) -> str:
    """Return a text in which `_x000D_` and the like are the characters that they stand for."""
    return _ESCAPED.sub(_character, text) if "_x" in text else text


def column(reference: str) -> int:
    """Return the column of a reference such as `AB12`, from 0; -1 for what is none."""
    found = 0
    for char in reference:
        if not "A" <= char <= "Z":
            break
        found = found * 26 + ord(char) - 64
    return found - 1


def _character(found: re.Match[str]) -> str:
    code = int(found[1], 16)
    return "\n" if code in (0x0A, 0x0D) else chr(code) if 0x20 <= code < 0xD800 else ""  # noqa: PLR2004


def _moment(number: float, *, has_day: bool, has_time: bool, is_1904: bool) -> str:
    """Return a date, a time or both by ISO 8601, empty where the number is no day."""
    if not 0 <= number < _LAST_DAY:
        return ""
    day = number + 1 if not is_1904 and 0 < number < _FEBRUARY_1900 and has_day else number
    try:
        moment = (_EPOCH_1904 if is_1904 else _EPOCH) + timedelta(seconds=round(day * _DAY_S))
    except OverflowError:
        return ""
    if not has_day:
        return moment.strftime("%H:%M:%S")
    is_midnight = (moment.hour, moment.minute, moment.second) == (0, 0, 0)
    return moment.date().isoformat() if is_midnight or not has_time else moment.isoformat(" ")


def _duration(number: float) -> str:
    minutes, seconds = divmod(round(abs(number) * _DAY_S), 60) if abs(number) < _LAST_DAY else (0, 0)
    hours, minutes = divmod(minutes, 60)
    return f"{'-' if number < 0 else ''}{hours}:{minutes:02}:{seconds:02}"
