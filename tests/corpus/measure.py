"""How much of a document a reader got right: words kept, words broken, their order, whole rows, flagged pages.

Words are compared after NFKC, without soft hyphens and other marks that nobody sees, and with all of their
punctuation. Chinese and Japanese have no spaces: they are compared by pairs of characters. Everything is counted in
time linear in the length of the texts.
"""

import itertools
import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

from tests.corpus.truth import Row, Truth

MIN_KEPT: Final = 0.99
MAX_BROKEN: Final = 0.01
MIN_ORDER: Final = 0.9

_CJK: Final = r"\u2e80-\u2fdf\u3001-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_CJK_RUN: Final = re.compile(f"([{_CJK}]+)")
_SPACE_IN_CJK: Final = re.compile(rf"(?<=[{_CJK}])\s+(?=[{_CJK}])")
_HYPHENS: Final = str.maketrans(dict.fromkeys("\u2010\u2011", "-"))


@dataclass(frozen=True, slots=True)
class Reading:
    """What a reader made of a document: the text of each page, the rows of its tables, the pages that it doubts.

    `rows` is None of a reader that knows no tables; a row is then looked for in one line of the text.
    """

    pages: tuple[str, ...]
    rows: tuple[Row, ...] | None = None
    flagged: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Score:
    """Counts, that can be added up. `words` and `pairs` are the truth's, `read` is how many words the reader gave.

    `wrong_unflagged` are pages that had to be flagged and were not, `right_flagged` pages that were flagged without a
    reason. `missing` and `surplus` are the words that make the difference.
    """

    words: int = 0
    kept_words: int = 0
    read: int = 0
    broken_words: int = 0
    pairs: int = 0
    kept_pairs: int = 0
    rows: int = 0
    whole_rows: int = 0
    pages: int = 0
    flagged_pages: int = 0
    wrong_unflagged: int = 0
    right_flagged: int = 0
    missing: Counter[str] = field(default_factory=Counter)
    surplus: Counter[str] = field(default_factory=Counter)

    @property
    def kept(self) -> float:
        """The share of the truth's words that were read."""
        return self.kept_words / self.words if self.words else 1.0

    @property
    def broken(self) -> float:
        """The share of the words read that are not in the truth."""
        return self.broken_words / self.read if self.read else 0.0

    @property
    def order(self) -> float:
        """The share of the truth's neighbouring words that are neighbours in what was read."""
        return self.kept_pairs / self.pairs if self.pairs else 1.0

    @property
    def rows_whole(self) -> float:
        """The share of the truth's rows whose cells stand in one row."""
        return self.whole_rows / self.rows if self.rows else 1.0

    @property
    def is_right(self) -> bool:
        """Whether this is as good as a document of the corpus has to be read."""
        is_read = self.kept >= MIN_KEPT and self.broken <= MAX_BROKEN and self.order >= MIN_ORDER
        return is_read and self.whole_rows == self.rows and not self.wrong_unflagged and not self.right_flagged

    def __add__(self, other: "Score") -> "Score":
        """Return the score of both."""
        return Score(*(getattr(self, name) + getattr(other, name) for name in self.__slots__))


def words_of(text: str) -> list[str]:
    """Return the words of a text as they are compared; what has neither letter, digit nor sign is none."""
    return list(_words(_clean(text)))


def measure(truth: Truth, reading: Reading) -> Score:
    """Return how far a reading agrees with the truth; pages that have to be flagged count for nothing else."""
    doubted = set(truth.flagged_pages)
    text = "\n\n".join(page for number, page in enumerate(reading.pages, 1) if number not in doubted)
    wanted = words_of(truth.text_to_read)
    found = _mended(words_of(text), wanted)
    wanted_counts, found_counts = Counter(wanted), Counter(found)
    allowed = set(words_of(truth.optional))
    surplus = Counter({word: count for word, count in (found_counts - wanted_counts).items() if word not in allowed})
    in_order = [word for word in found if word in wanted_counts or word not in allowed]
    pairs, found_pairs = Counter(itertools.pairwise(wanted)), Counter(itertools.pairwise(in_order))
    missing = wanted_counts - found_counts
    rows = [row for table in truth.tables for row in table] if not doubted else []
    flagged = set(reading.flagged)
    return Score(
        words=len(wanted),
        kept_words=len(wanted) - missing.total(),
        read=len(found),
        broken_words=surplus.total(),
        pairs=pairs.total(),
        kept_pairs=(pairs & found_pairs).total(),
        rows=len(rows),
        whole_rows=_whole(rows, reading, text),
        pages=truth.pages,
        flagged_pages=len(flagged),
        wrong_unflagged=len(doubted - flagged),
        right_flagged=len(flagged - doubted - set(truth.doubt_allowed)),
        missing=missing,
        surplus=surplus,
    )


def _clean(text: str) -> str:
    """Return a text without bars of tables, marks that nobody sees, and spaces between Chinese characters."""
    text = unicodedata.normalize("NFKC", text.replace("\\|", "|")).translate(_HYPHENS)
    text = "".join(char for char in text.replace("|", " ") if not _is_unseen(char))
    return _SPACE_IN_CJK.sub("", text)


@lru_cache(maxsize=4096)
def _is_unseen(char: str) -> bool:
    return unicodedata.category(char) == "Cf" or char == "\u0640"  # Arabic's lengthening


@lru_cache(maxsize=4096)
def _says_something(char: str) -> bool:
    return unicodedata.category(char)[0] in "LN" or unicodedata.category(char) in ("Sm", "Sc")


def _words(text: str) -> Iterator[str]:
    for token in text.split():
        for part in _CJK_RUN.split(token):
            if not any(map(_says_something, part)):
                continue
            if len(part) > 1 and _CJK_RUN.fullmatch(part):
                yield from map("".join, itertools.pairwise(part))
            else:
                yield part


def _mended(found: Sequence[str], wanted: Iterable[str]) -> list[str]:
    """Join what was parted at a hyphen that the truth has too, and give back the hyphens that were lost there.

    Words that have no hyphen in the truth must have been joined by the reader.
    """
    known = set(wanted)
    hyphenated = {word for word in known if "-" in word[1:-1]}
    lost = {word.replace("-", ""): word for word in hyphenated if word.replace("-", "") not in known}
    for word in hyphenated:
        for place in (place for place, char in enumerate(word) if char == "-"):
            lost.setdefault(word[:place] + word[place + 1 :], word)
    mended: list[str] = []
    for word in found:
        if mended and mended[-1].endswith("-") and mended[-1] + word in hyphenated:
            mended[-1] += word
        else:
            mended.append(word if word in known else lost.get(word, word))
    return mended


def _whole(rows: Collection[Row], reading: Reading, text: str) -> int:
    """Return how many rows stand whole in a row of the tables, or, of a reader without tables, in a line."""
    if reading.rows is None:
        lines = Counter("".join(words_of(line)) for line in text.splitlines())
        pieces = Counter(" ".join("".join(words_of(cell)) for cell in row if cell.strip()) for row in rows)
        return sum(min(count, lines[key.replace(" ", "")]) for key, count in pieces.items())
    found = Counter(_key(row) for row in reading.rows)
    return sum(min(count, found[key]) for key, count in Counter(map(_key, rows)).items())


def _key(row: Row) -> tuple[str, ...]:
    return tuple(key for cell in row if (key := " ".join(words_of(cell))))
