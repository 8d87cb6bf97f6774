"""Which passage of a text each sentence of its summary comes from, found by their words; asks no model."""

import math
import re
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from itertools import pairwise

from app.processors import numbers
from app.processors.fields import Strict
from app.processors.places import PageSpan, Span, TextSearch, place
from app.processors.sentences import sentences

FOUND = 0.45  # of a sentence's words, by weight, must stand in the passage

_END = re.compile(r"[.!?…][\"'”’»)\]]*\s+|[。！？]|\n\s*\n|\n(?=[|#*-])|(?<=\|)\n")  # noqa: RUF001
_MAX_PASSAGE_CHARS = 600
_TERM = re.compile(r"\d(?:[\d.,'’\u00a0\u202f]*\d)?|[^\W\d_]+")  # noqa: RUF001
_WITHOUT_SPACES = re.compile(r"[\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff]")
_STEM_CHARS = 5  # of a longer word: what is left is the same in most of its forms
_MARKS = re.compile(r"[.,]")
_MARK_DIGITS = 3
_DOUBLE = 2.0  # the weight of numbers and names
_LARGE = 13  # a smaller number may stand there in letters
_SHORT_CHARS = 3  # the words that hold sentences together are mostly not longer
_SHORT = 0.5
_NUMBER = re.compile(r"(?<![\w.,])(\d(?:[\d.,'’\u00a0\u202f]*\d)?)(?: ?[^\W\d_]{1,12}\b)?")  # noqa: RUF001
_WINDOW = 3  # passages that one sentence may sum up
_WIDER = 0.08  # by how much more a passage must hold than a shorter one
_MAX_CANDIDATES = 200
_RARE_SHARE = 0.05
_RARE_LEAST = 50


class Statement(Strict):
    """One sentence of a summary, and where in the text that is said.

    `page`, `start`, `end`, `text_start`, `text_end` and `quote` are as in Place, and null where the text does not say
    it: then it may be made up. `score` (0 to 1) is how much of the sentence the passage holds, 1 for its own words.
    """

    text: str
    score: float
    page: int | None = None
    start: int | None = None
    end: int | None = None
    text_start: int | None = None
    text_end: int | None = None
    quote: str | None = None


def statements(summary: str, text: str, pages: Sequence[PageSpan] = ()) -> list[Statement]:
    """Return the sentences of a summary, each with its place in the text; blocks, for some seconds at most."""
    search = TextSearch(text)
    said = sentences(summary)
    finder = cache(lambda: _Finder(text, [_terms(one) for one in said]))  # what stands there word by word needs none
    return [_statement(one, search, finder, number, pages) for number, one in enumerate(said)]


def passage_of(said: str, text: str) -> Span | None:
    """Return the passage of a text that says something in other words, None where none does."""
    score, span = _Finder(text, [_terms(said)]).best(0)
    return span if score >= FOUND else None


def _statement(
    said: str, search: TextSearch, finder: "Callable[[], _Finder]", number: int, pages: Sequence[PageSpan]
) -> Statement:
    own = said.removesuffix("…").strip()
    exact = next(search.words(own), None) or next(search.words(own.removesuffix(".")), None)
    score, span = (1.0, exact) if exact else finder().best(number)
    score = round(score, 2)
    if span is None or score < FOUND or not (exact or _has_numbers(said, search)):
        return Statement(text=said, score=score)
    return Statement(text=said, score=score, **place(search.text, pages, span).model_dump())


def _has_numbers(said: str, search: TextSearch) -> bool:
    """Say whether the text has every number of a sentence that it would not write in letters."""
    for match in _NUMBER.finditer(said):
        values = [one.value for written in match.group(0, 1) for one in numbers.readings(written)]
        if any(value >= _LARGE or value % 1 for value in values) and not any(
            next(search.numbers(value), None) for value in values
        ):
            return False
    return True


def _terms(text: str) -> Mapping[str, float]:
    """Return the words of a sentence, as they are compared, and how much more each says than its rarity."""
    found: dict[str, float] = {}
    for match in _TERM.finditer(text):
        for term in _forms(match[0]):
            is_large = term[0].isdigit() and not (term.isdigit() and int(term) < _LARGE)
            is_name = match[0][0].isupper() and match.start() > 0
            is_short = match[0].isascii() and match[0].isalpha() and len(match[0]) <= _SHORT_CHARS
            weight = _DOUBLE if is_large or is_name else _SHORT if is_short else 1.0
            found[term] = max(found.get(term, 0), weight)
    return found


def _forms(word: str) -> Iterator[str]:
    """Yield what a word is compared by: its stem, a number's value, pairs of signs where no spaces part words."""
    if word[0].isdigit():
        yield _number(word)
    elif _WITHOUT_SPACES.search(word):
        yield from (word[at : at + 2] for at in range(max(1, len(word) - 1)))
    else:
        plain = word.casefold()
        yield plain[:_STEM_CHARS] if len(plain) > _SHORT_CHARS else plain


def _number(written: str) -> str:
    """Return figures in one form: without marks of thousands and zeros at the end of decimals."""
    plain = re.sub(r"['’\u00a0\u202f]", "", written)  # noqa: RUF001
    parts = _MARKS.split(plain)
    marks = _MARKS.findall(plain)
    if len(set(marks)) < 2 and (len(marks) != 1 or len(parts[-1]) == _MARK_DIGITS):  # noqa: PLR2004
        return "".join(parts)
    decimals = parts[-1].rstrip("0")
    return "".join(parts[:-1]) + (f".{decimals}" if decimals else "")


class _Finder:
    """Passages of a text, and which of the terms that are asked for each of them holds."""

    def __init__(self, text: str, asked: Sequence[Mapping[str, float]]) -> None:
        self._asked = asked
        self._passages = list(_passages(text))
        self._where: defaultdict[str, list[int]] = defaultdict(list)
        wanted = {term for one in asked for term in one}
        for number, (start, end) in enumerate(self._passages):
            here = {term for match in _TERM.finditer(text, start, end) for term in _forms(match[0])}
            for term in here & wanted:
                self._where[term].append(number)

    def best(self, number: int) -> tuple[float, Span | None]:
        """Return how much of a sentence the passage holds that holds most of it, and where that stands."""
        terms = self._asked[number]
        weights = {term: times * self._rarity(term) for term, times in terms.items()}
        total = sum(weights.values()) or 1.0
        best, found = 0.0, None
        for first in self._candidates(weights):
            here: set[str] = set()
            for last in range(first, min(first + _WINDOW, len(self._passages))):
                here |= self._terms_in(last, weights)
                score = sum(weights[term] for term in here) / total
                if score - _WIDER * (last - first) > best:
                    best, found = score - _WIDER * (last - first), (self._passages[first][0], self._passages[last][1])
        return best, found

    def _rarity(self, term: str) -> float:
        return max(0.1, math.log((len(self._passages) + 1) / (max(1, len(self._where.get(term, ()))) + 0.5)))

    def _terms_in(self, passage: int, weights: Mapping[str, float]) -> set[str]:
        return {term for term in weights if _holds(self._where.get(term, ()), passage)}

    def _candidates(self, weights: Mapping[str, float]) -> list[int]:
        """Return the passages that may be the beginning of the best: those with the rarest words, and before them."""
        rare = max(_RARE_LEAST, _RARE_SHARE * len(self._passages))
        terms = [term for term in weights if 0 < len(self._where.get(term, ())) <= rare] or [*weights]
        hits: Counter[int] = Counter()
        for term in terms:
            for passage in self._where.get(term, ()):
                hits[passage] += round(1000 * weights[term])
        top = [passage for passage, _ in hits.most_common(_MAX_CANDIDATES)]
        return sorted({max(0, one - back) for one in top for back in range(_WINDOW)})


def _holds(numbers: Sequence[int], wanted: int) -> bool:
    at = bisect_left(numbers, wanted)
    return at < len(numbers) and numbers[at] == wanted


def _passages(text: str) -> Iterator[Span]:
    """Yield sentences, lines of tables and the like, none longer than 600 characters."""
    cuts = [0, *(match.end() for match in _END.finditer(text)), len(text)]
    for start, end in pairwise(cuts):
        for low in range(start, end, _MAX_PASSAGE_CHARS):
            part = text[low : min(end, low + _MAX_PASSAGE_CHARS)]
            if said := part.strip():
                begin = low + len(part) - len(part.lstrip())
                yield begin, begin + len(said)
