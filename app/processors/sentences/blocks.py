"""Blocks of a text: what no sentence runs across, such as paragraphs, headings, items of lists and rows of tables."""

import re
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from app.processors.sentences.marks import is_finished

_HEADING_CHARS: Final = 60
_WRAPPED_LINES: Final = 3  # so many lines of a paragraph tell how wide it is set
_WRAPPED_CHARS: Final = 30
_BREAK: Final = r"\n\r\v\f\x1c-\x1e\x85\u2028\u2029"
_LINE: Final = re.compile(rf"(?:[^\S{_BREAK}]*+[{_BREAK}])++|[^{_BREAK}]*+(?:\r\n|[{_BREAK}]|\Z)")  # blank ones as one
_BULLET: Final = re.compile(r"([•▪◦●○■□‣⁃►✓✗*·]|[-–—](?=\s)|#{1,6}(?=\s)|\|)\s*")  # noqa: RUF001 - dashes
_NUMBER: Final = re.compile(r"\(?(\d{1,3}|[a-z])[.)](?=\s)")
_PROSE_MARKS: Final = "-–—*"  # noqa: RUF001
_OWN_LINE: Final = ("#", "|")


@dataclass(frozen=True, slots=True)
class _Line:
    start: int
    end: int
    said: str

    @property
    def bullet(self) -> str:
        """The line's bullet, `#` of a heading or `|` of a table's row, or nothing."""
        match = _BULLET.match(self.said)
        return match[1][0] if match else ""

    @property
    def number(self) -> str:
        match = _NUMBER.match(self.said)
        return match[1] if match else ""


def blocks(text: str) -> list[tuple[int, int]]:
    """Return where the text's blocks start and end, in order; together they cover it."""
    lines = [_Line(match.start(), match.end(), match[0].strip()) for match in _LINE.finditer(text) if match[0]]
    cuts = [0, *_cuts(lines), len(text)]
    return [(start, end) for start, end in pairwise(cuts) if start < end]


def _cuts(lines: list[_Line]) -> list[int]:
    """Return the starts of the lines that begin a block."""
    found: list[int] = []
    widths = _widths(lines)
    item = ""
    fresh = True
    for place, line in enumerate(lines):
        before = lines[place - 1].said if place else ""
        following = lines[place + 1] if place + 1 < len(lines) else None
        starts = fresh or not before or is_finished(before)
        listed = _is_item(line, following, starts=starts or before.endswith(":"), item=item)
        if place and (fresh or listed or not line.said):
            found.append(line.start)
        item = (line.bullet or line.number) if listed else item if line.said else ""
        fresh = not line.said or line.bullet in _OWN_LINE
        if not (listed and line.bullet) and starts and following and _is_heading(line, following, widths[place]):
            if place and not fresh:
                found.append(line.start)
            fresh = True
    return sorted(set(found))


def _is_item(line: _Line, following: _Line | None, *, starts: bool, item: str) -> bool:
    """Say whether a line begins an item of a list: by its mark, where a sentence has not to go on with it."""
    if bullet := line.bullet:
        in_prose = bullet in _PROSE_MARKS and not (following and following.bullet == bullet)
        return starts or item == bullet or not in_prose
    if number := line.number:
        return starts or (number.isdigit() and item.isdigit() and int(number) == int(item) + 1)
    return False


def _is_heading(line: _Line, following: _Line, width: int) -> bool:
    """Say whether a line is short, without an end, before a line that begins anew; and was not cut for its length."""
    if not 0 < len(line.said) <= _HEADING_CHARS or is_finished(line.said) or not following.said:
        return False
    first = following.said[0]
    if not (first.isupper() or (first.isalpha() and not first.islower() and len(line.said) <= width / 2)):
        return False
    return not len(line.said) <= width <= len(line.said) + len(following.said.split(maxsplit=1)[0])


def _widths(lines: list[_Line]) -> list[int]:
    """Return for each line how long the longest other line of its paragraph is; 0 where that tells nothing."""
    found: list[int] = []
    paragraph: list[int] = []
    for line in [*lines, _Line(0, 0, "")]:
        if line.said:
            paragraph.append(len(line.said))
            continue
        *_, second, longest = [0, 0, *sorted(paragraph)]
        for length in paragraph:
            width = second if length == longest else longest
            found.append(width if len(paragraph) >= _WRAPPED_LINES and width >= _WRAPPED_CHARS else 0)
        found.append(0)
        paragraph = []
    return found
