"""Where in a text the values stand that were taken out of it, in whatever form it writes them."""

import re
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from itertools import islice
from typing import Any

from app.processors.merging import pointer_to
from app.processors.places import PageSpan, Place, Span, TextSearch, place
from app.processors.statements import passage_of

MAX_PLACES = 1000

_ISO_DAY = re.compile(r"(\d{4})-(\d{2})-(\d{2})(?:T.*)?")
_NAME_PART = re.compile(r"[^\W\d_]{3,}")
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_NAME_CHARS = 4  # of a field's word must stand before its value
_BEFORE_CHARS = 80
_MAX_OCCURRENCES = 50
_MAX_LEAVES = 20
_TOGETHER_CHARS = 400  # how far apart the values of one item may stand
_MIN_PASSAGE_WORDS = 4
_MAX_PASSAGES = 30  # each is searched for by all its words
_MAX_SEARCHED_CHARS = 400_000_000  # by all values together, about ten seconds; those after them have no place
_FORMS = {str: 1, int: 4, float: 4}  # how often a range is gone through: a number has figures, thousands, millions, …


class ValueFinder:
    """The places of values; `parts` are the spans of the text that were read one by one."""

    def __init__(self, search: TextSearch, pages: Sequence[PageSpan], parts: Sequence[Span]) -> None:
        self._search = search
        self._pages = pages
        self._parts = parts
        self._passages_left = _MAX_PASSAGES
        self._chars_left = _MAX_SEARCHED_CHARS

    def places(self, data: Any, origins: Mapping[str, int] | None = None) -> dict[str, Place | None]:
        """Return the place of each field of an object and of each item of a list, by JSON Pointer, at most 1,000.

        None where a value cannot be found, or a large document was searched for so many that it is enough. `origins`
        says by pointer which part a value is from. Blocks.
        """
        found = islice(_placed(data), MAX_PLACES)
        return {pointer: self.place(value, pointer, (origins or {}).get(pointer)) for pointer, value in found}

    def place(self, value: Any, pointer: str, part: int | None = None) -> Place | None:
        """Return where a value stands, first of all in the part it is from."""
        name = next((one for one in reversed(pointer.split("/")) if not one.isdigit()), "")
        within = self._parts[part] if part is not None else None
        span = self._find(value, name, within) or (self._find(value, name, None) if within else None)
        span = span or self._passage(value, within)
        return place(self._search.text, self._pages, span) if span else None

    def is_in(self, value: Any, name: str, part: int) -> bool:
        """Say whether a value stands in a part."""
        return self._find(value, name, self._parts[part]) is not None

    def _find(self, value: Any, name: str, within: Span | None) -> Span | None:
        if isinstance(value, Mapping | list):
            return self._together([*islice(_leaves(value), _MAX_LEAVES)], within)
        return self._named([*self._spans(value, within)], name)

    def _spans(self, value: Any, within: Span | None) -> Iterator[Span]:
        return islice(self._all(value, within), _MAX_OCCURRENCES)

    def _all(self, value: Any, within: Span | None) -> Iterator[Span]:
        low, high = within or (0, len(self._search.text))
        self._chars_left -= (high - low) * _FORMS.get(type(value), 0)
        if self._chars_left < 0:
            return
        if isinstance(value, str):
            if day := _day(value):
                yield from self._search.days(day, within)
            yield from self._search.words(value, within)
        elif isinstance(value, int | float) and not isinstance(value, bool):
            yield from self._search.numbers(Decimal(str(value)), within)

    def _named(self, spans: Sequence[Span], name: str) -> Span | None:
        """Return the span that most words of the field's name stand before, else the first."""
        words = [word[:_NAME_CHARS].casefold() for word in _NAME_PART.findall(_CAMEL.sub(" ", name))]

        def hits(span: Span) -> int:
            before = self._search.text[max(0, span[0] - _BEFORE_CHARS) : span[0]].casefold()
            return sum(word in before for word in words)

        return max(spans, key=hits, default=None)

    def _together(self, leaves: Sequence[Any], within: Span | None) -> Span | None:
        """Return the shortest span that holds most of the values, around the one that stands there most rarely."""
        everywhere = [spans for leaf in leaves if (spans := sorted(self._spans(leaf, within)))]
        if not everywhere:
            return None
        rarest = min(everywhere, key=len)
        clusters = [_cluster(anchor, everywhere) for anchor in rarest]
        return max(clusters, key=lambda one: (one[0], one[1][0] - one[1][1]))[1]

    def _passage(self, value: Any, within: Span | None) -> Span | None:
        """Return the passage that says the same as a longer text in other words."""
        if not isinstance(value, str) or len(value.split()) < _MIN_PASSAGE_WORDS or self._passages_left <= 0:
            return None
        self._passages_left -= 1
        low, high = within or (0, len(self._search.text))
        span = passage_of(value, self._search.text[low:high])
        return (low + span[0], low + span[1]) if span else None


def _cluster(anchor: Span, everywhere: Sequence[Sequence[Span]]) -> tuple[int, Span]:
    """Return how many values stand near the anchor, and the span of these."""
    near = [_nearest(spans, anchor) for spans in everywhere]
    near = [span for span in near if abs(span[0] - anchor[0]) <= _TOGETHER_CHARS]
    return len(near), (min(start for start, _ in near), max(end for _, end in near))


def _nearest(spans: Sequence[Span], anchor: Span) -> Span:
    """Return the span that begins nearest to the anchor; they are in order."""
    after = bisect_left(spans, anchor)
    return min(spans[max(0, after - 1) : after + 1], key=lambda span: abs(span[0] - anchor[0]))


def _placed(data: Any) -> Iterator[tuple[str, Any]]:
    """Yield what has a place of its own: the fields of an object, and the items of its lists or of the list itself."""
    if isinstance(data, list):
        yield from ((pointer_to("", number), item) for number, item in enumerate(data))
    elif isinstance(data, Mapping):
        for name, value in data.items():
            pointer = pointer_to("", name)
            if isinstance(value, list) and value:
                yield from ((pointer_to(pointer, number), item) for number, item in enumerate(value))
            else:
                yield pointer, value


def _leaves(value: Any) -> Iterator[Any]:
    if isinstance(value, Mapping):
        value = list(value.values())
    if isinstance(value, list):
        for one in value:
            yield from _leaves(one)
    elif value is not None:
        yield value


def _day(written: str) -> date | None:
    match = _ISO_DAY.fullmatch(written)
    try:
        return date(*map(int, match.groups())) if match else None
    except ValueError:
        return None
