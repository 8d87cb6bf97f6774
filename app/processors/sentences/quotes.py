# ruff: noqa: RUF001 - marks of other scripts
"""Quotations and brackets: inside a short one in the middle of a sentence, no sentence ends."""

import re
from collections import deque
from typing import Final

from app.processors.sentences.marks import CLOSING, FULL, POINTED

_PAIRS: Final = {
    '"': '"',
    "“": "”",
    "„": "“”",
    "«": "»",
    "»": "«»",
    "”": "”",
    "「": "」",
    "『": "』",
    "（": "）",
    "《": "》",
    "(": ")",
    "[": "]",
}
_BRACKETS: Final = frozenset("([（")
_MARK: Final = re.compile("[" + re.escape("".join(sorted({*_PAIRS, *"".join(_PAIRS.values())}))) + "]")
_ENDS: Final = POINTED + FULL
_BEFORE_OPENING: Final = "([{\"'“‘„«»「『（—–-/"
_AFTER_OPENING: Final = "…-–—([¿¡$€£#@*'’‘“„«"
_MAX_CHARS: Final = 250
_MAX_DEPTH: Final = 4
_CJK: Final = re.compile(r"[\u3000-\u30ff\u3400-\u9fff\uff00-\uff60]")


def unbreakable(text: str, start: int, end: int) -> bytearray:
    """Return for each character of text[start:end] whether a sentence may not end there: 1, else 0.

    A quotation or bracket of at most 250 characters that begins in the middle of a sentence is kept whole, so is one in
    Chinese or Japanese; a quotation's last mark may end the sentence, a bracket's may not.
    """
    found = bytearray(end - start)
    opened: deque[tuple[int, str]] = deque(maxlen=_MAX_DEPTH)
    for match in _MARK.finditer(text, start, end):
        place, mark = match.start(), match[0]
        if _opens(text, place, start, end, opened):
            opened.append((place, mark))
            continue
        while opened:
            begun, opener = opened.pop()
            if mark in _PAIRS[opener]:
                if place - begun <= _MAX_CHARS:
                    _mark(found, text, start, begun=begun, closed=place)
                break
    return found


def _opens(text: str, place: int, start: int, end: int, opened: deque[tuple[int, str]]) -> bool:
    mark = text[place]
    if mark not in _PAIRS or (opened and mark == opened[-1][1] == '"'):
        return False
    if mark not in '"“”«»':
        return True
    before = text[place - 1] if place > start else " "
    after = text[place + 1] if place + 1 < end else " "
    if mark in "«“":
        return not (opened and mark in _PAIRS[opened[-1][1]])
    return (before.isspace() or before in _BEFORE_OPENING) and (after.isalnum() or after in _AFTER_OPENING)


def _mark(found: bytearray, text: str, start: int, *, begun: int, closed: int) -> None:
    before = text[max(start, begun - 10) : begun].rstrip()
    begins = not before or before[-1] in _ENDS or before[-1] in CLOSING
    if begins and not _CJK.search(text, begun, closed):
        return
    last = closed
    if begins or text[begun] not in _BRACKETS:
        while last > begun and text[last - 1].isspace():
            last -= 1
        while last > begun and text[last - 1] in _ENDS:
            last -= 1
    found[begun - start : last - start] = b"\x01" * (last - begun)
