"""The numbers and bullets of a DOCX's lists, which stand in no paragraph: they are counted as Word counts them."""

from dataclasses import dataclass, field
from typing import Final

from app.documents.formats.markup import Node

_MAX_LEVELS: Final = 9
_ROMAN: Final = (
    (1000, "m"),
    (900, "cm"),
    (500, "d"),
    (400, "cd"),
    (100, "c"),
    (90, "xc"),
    (50, "l"),
    (40, "xl"),
    (10, "x"),
    (9, "ix"),
    (5, "v"),
    (4, "iv"),
    (1, "i"),
)
_MAX_ROMAN: Final = 4000
_LETTERS: Final = 26
_MAX_REPEATS: Final = 30
_BULLET: Final = "•"


@dataclass(slots=True)
class _Level:
    format: str
    text: str
    start: int
    style: str


@dataclass(slots=True)
class _List:
    counter: str  # lists of one abstract definition count on, unless they start anew
    levels: dict[int, _Level]
    restarts: dict[int, int] = field(default_factory=dict)


class Lists:
    """Hands out the label of one list paragraph after the other."""

    def __init__(self, numbering: Node) -> None:
        abstract = {node.get("abstractNumId"): _levels(node) for node in numbering if node.tag == "abstractNum"}
        self._lists: dict[str, _List] = {}
        self._counts: dict[str, dict[int, int]] = {}
        self._restarted: set[str] = set()
        for node in numbering:
            if node.tag == "num":
                self._lists[node.get("numId")] = _list(node, abstract)

    def level_of_style(self, number: str, style: str) -> int:
        """Return the level that a list keeps for a style, 0 where it keeps none."""
        found = self._lists.get(number)
        levels = found.levels.items() if found is not None else ()
        return next((place for place, level in levels if level.style == style), 0)

    def label(self, number: str, place: int) -> str:
        """Count a paragraph of a list at a level from 0; return its number or bullet, empty where it has none."""
        found = self._lists.get(number)
        if found is None or place not in found.levels:
            return ""
        counts = self._counts.setdefault(found.counter, {})
        if number not in self._restarted:
            self._restarted.add(number)
            for level, start in found.restarts.items():
                counts[level] = start - 1
        counts[place] = counts.get(place, found.levels[place].start - 1) + 1
        for deeper in [level for level in counts if level > place]:
            del counts[deeper]
        return _written(found.levels, counts, place)


def _list(node: Node, abstract: dict[str, dict[int, _Level]]) -> _List:
    pointer = node.find("abstractNumId")
    identity = pointer.get("val") if pointer is not None else ""
    made = _List(identity, dict(abstract.get(identity, {})))
    for override in node:
        if override.tag == "lvlOverride":
            place = number(override.get("ilvl"))
            made.levels.update(_levels(override))
            start = override.find("startOverride")
            if start is not None:
                made.restarts[place] = number(start.get("val"), 1)
    return made


def _levels(node: Node) -> dict[int, _Level]:
    return {
        number(level.get("ilvl")): _Level(
            _value(level, "numFmt", "decimal"),
            _value(level, "lvlText", ""),
            number(_value(level, "start", "1"), 1),
            _value(level, "pStyle", ""),
        )
        for level in node
        if level.tag == "lvl" and number(level.get("ilvl")) < _MAX_LEVELS
    }


def _written(levels: dict[int, _Level], counts: dict[int, int], place: int) -> str:
    level = levels[place]
    if level.format == "bullet":
        return _BULLET
    if level.format == "none":
        return level.text.replace("%", "") if "%" not in level.text else ""
    text = level.text
    for shown in range(place + 1):
        if f"%{shown + 1}" in text and shown in levels:
            count = counts.get(shown, levels[shown].start)
            text = text.replace(f"%{shown + 1}", _counted(count, levels[shown].format))
    return text


def _counted(count: int, form: str) -> str:
    if form.endswith("Roman"):
        roman = _roman(count)
        return roman.upper() if form.startswith("upper") else roman
    if form.endswith("Letter") and count > 0:
        repeats, letter = divmod(count - 1, _LETTERS)
        letters = chr(ord("a") + letter) * min(repeats + 1, _MAX_REPEATS)
        return letters.upper() if form.startswith("upper") else letters
    return f"{count:02}" if form == "decimalZero" else str(count)


def _roman(count: int) -> str:
    if not 0 < count < _MAX_ROMAN:
        return str(count)
    found = ""
    for value, letters in _ROMAN:
        while count >= value:
            found += letters
            count -= value
    return found


def _value(node: Node, tag: str, default: str) -> str:
    found = node.find(tag)
    return found.get("val", default) if found is not None else default


def number(text: str, default: int = 0) -> int:
    """Return a small whole number that stands in an attribute, the default for what is none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < _MAX_LEVELS else default
