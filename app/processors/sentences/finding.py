"""Find the sentences of a text, with their places."""

import re
from itertools import pairwise
from typing import Final

from app.processors.languages import MAX_CHARS, language_of
from app.processors.sentences.blocks import blocks
from app.processors.sentences.ends import Ends

_ROW: Final = re.compile(r"\s*\|")
_CJK_WRAP: Final = re.compile(r"(?<=[\u3000-\u30ff\u3400-\u9fff\uff00-\uff60])\s*\n\s*(?=[\u3000-\u30ff\u3400-\u9fff])")


def spans(text: str) -> list[tuple[int, int]]:
    """Return where each sentence starts and ends in the text, in order, without the spaces around it.

    A heading, an item of a list and a row of a table count as sentences of their own. Takes time in proportion to the
    text's length, whatever it holds.
    """
    start = text[:MAX_CHARS]
    ends = Ends(text, language_of(text), has_capitals=not start.islower())
    found: list[tuple[int, int]] = []
    for begin, end in blocks(text):
        inside = () if _ROW.match(text, begin, end) else ends.inside(begin, end)
        cuts = [begin, *inside, end]
        found += [trimmed for span in pairwise(cuts) if (trimmed := _trimmed(text, *span))]
    return found


def _trimmed(text: str, start: int, end: int) -> tuple[int, int] | None:
    said = text[start:end]
    start += len(said) - len(said.lstrip())
    said = said.strip()
    return (start, start + len(said)) if said else None


def sentences(text: str) -> list[str]:
    """Return the sentences of a text in order, each on one line."""
    return [one_line(text[start:end]) for start, end in spans(text)]


def one_line(said: str) -> str:
    """Return a sentence on one line: its lines joined by a space, in Chinese and Japanese without."""
    return " ".join(_CJK_WRAP.sub("", said).split())
