"""How much two readings of one page say the same."""

import re
import unicodedata
from collections import Counter

# Words; of scripts that part them by nothing, each sign.
_WORDS = re.compile(r"[\u2e80-\u9fff\uf900-\ufaff]|[^\W_\u2e80-\u9fff\uf900-\ufaff]+")


def words_in(text: str) -> Counter[str]:
    """Return the words of a text and how often each stands there, in one spelling."""
    return Counter(_WORDS.findall(unicodedata.normalize("NFKC", text).casefold()))


def agreement(one: str, other: str) -> float:
    """Return which share of the words of both texts the other one has too (0 to 1); 1 for two empty ones."""
    left, right = words_in(one), words_in(other)
    total = left.total() + right.total()
    return 2 * (left & right).total() / total if total else 1.0
