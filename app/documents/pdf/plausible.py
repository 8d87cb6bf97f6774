"""Whether words look like words of some language, by their pairs of letters: a wrong table of letters is seen by it."""

import re
import unicodedata
from collections.abc import Iterable
from itertools import pairwise

from app.documents.pdf.letter_pairs import FOLLOWERS

LEAST_WORDS = 30  # different ones; fewer say nothing

_WORD = re.compile(r"[^\W\d_]{3,}")


def strange_share(texts: Iterable[str], *, least: int = LEAST_WORDS) -> float | None:
    """Return the share of different words that no language would write, None where there are too few.

    Real text has up to 0.04, whatever its language; text whose letters are exchanged 0.4 and more. Names in capitals,
    and scripts other than Latin, Cyrillic and Greek, are not looked at.
    """
    words = {match[0] for text in texts for match in _WORD.finditer(text) if not match[0].isupper()}
    judged = [base for base in map(_base, words) if all(char in FOLLOWERS for char in base)]
    if len(judged) < least:
        return None
    return sum(map(_is_strange, judged)) / len(judged)


def _base(word: str) -> str:
    return "".join(char for char in unicodedata.normalize("NFD", word.casefold()) if not unicodedata.combining(char))


def _is_strange(word: str) -> bool:
    return any(after not in FOLLOWERS[before] for before, after in pairwise(f"^{word}$"))
