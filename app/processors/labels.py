"""Read which category a model means, whatever the form: a word, a sentence, JSON of any shape, scores, a number.

A category counts where exactly one is meant. "Not billing but bug" names two, "it is no bug" none.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from app.processors import answers, numbers
from app.processors.json_answer import Fault, values
from app.processors.months import plain_word

MAX_LABEL_CHARS = 60
MAX_LEVELS = 4

_NOT_WORD = re.compile(r"[\W_]+")
_NAMING = frozenset(
    [
        *("category", "categories", "label", "labels", "class", "classification", "answer", "result", "output"),
        *("prediction", "predicted", "predictedcategory", "predictedlabel", "predictedclass", "categoryname", "name"),
        *("choice", "selected", "selectedcategory", "finalanswer", "finalcategory", "topic", "intent", "tag", "value"),
        *("bestmatch", "best", "top", "kategorie", "categorie", "categoria", "etichetta", "antwort", "reponse"),
    ]
)
# Members that speak of other categories, or about the answer.
_ASIDE = re.compile(
    r"not|non|exclu|reject|wrong|alternativ|other|second|runner|least|reason|explan|rationale|thought|text|input|evidence"
)
_NEGATION = re.compile(
    r"\b(?:not|no|none|never|neither|nor|cannot|without|except|unlike|rather|instead|nicht|kein\w*|weder|statt|pas"
    r"|aucune?|ni|sauf|non|nessun\w*|ningun\w*|tampoco|não|nenhum\w*|niet|geen|nie|żadn\w*|ne|не|нет|ні|ikke|inte|ingen|ei"
    r"|nem|değil)\b|n['’]t\b|不|没|非|でな|ではな|아니",  # noqa: RUF001 - an apostrophe
    re.IGNORECASE,
)
_LEAD = re.compile(
    r"^[\W_]*(?:(?:the|my|final|best|correct|predicted|most likely)\s+)*(?:category|label|class(?:ification)?|answer|result"
    r"|kategorie|catégorie|categoría|categoria|antwort|réponse)\W*(?:is|ist|est|es|è|é)?\W*[:=]\W*",
    re.IGNORECASE,
)
_HEAD_ENDS = re.compile(r"\s*(?:[(（]|\s[-–—]\s|[:.]\s|[.!]?$)")  # noqa: RUF001 - dashes
_WRAPPING = re.compile(r"\\boxed|\\text|</?\w+>|[{}$*_`\"“”]")
_NUMBER = re.compile(r"(?:\w+ )?[(#]?(?P<number>\d{1,2})(?:[.):]\s*(?P<rest>.*)|\W*)", re.DOTALL)


def normal(text: str) -> str:
    """Return a text without case and punctuation, as categories are compared."""
    return _NOT_WORD.sub(" ", text.casefold()).strip()


def find(answer: str, categories: Sequence[str] | None, *, is_numbered: bool = False) -> str | None:
    """Return the category that an answer means, or None.

    Without categories, a label of at most 60 characters. With `is_numbered` the question gave the categories numbers
    from 1 on, and the answer may be one.
    """
    if categories is None:
        return _label(answer)
    return _Reader(categories, is_numbered=is_numbered).read(answer)


class _Reader:
    """Reads answers to a question about these categories."""

    def __init__(self, categories: Sequence[str], *, is_numbered: bool) -> None:
        """Keep what they are compared by: without case and punctuation, else without accents, too."""
        self._categories = categories
        self._is_numbered = is_numbered
        self._by_words = {normal(one): one for one in categories if normal(one)}
        plain = [plain_word(words) for words in self._by_words]
        self._by_letters = {plain_word(words): one for words, one in self._by_words.items()}
        if len(set(plain)) < len(plain):
            self._by_letters = {}

    def read(self, answer: str) -> str | None:
        if whole := self._exactly(answer):
            return whole
        try:
            found = [value for value in values(answer) if isinstance(value, dict | list | str)]
        except Fault:
            found = []
        return _only([self._in_value(value) for value in found] or [self._in_text(answer)])

    def _exactly(self, text: str) -> str | None:
        if text.strip() in self._categories:
            return text.strip()
        words = normal(text)
        return self._by_words.get(words) or self._by_letters.get(plain_word(words)) if words else None

    def _in_value(self, value: Any, level: int = 0) -> str | None:
        if level > MAX_LEVELS:
            return None
        if isinstance(value, str):
            return self._in_text(value)
        if isinstance(value, int) and not isinstance(value, bool):
            return self._numbered(str(value))
        if best := self._best(value):
            return best
        if isinstance(value, list):
            return _only(self._in_value(one, level + 1) for one in value)
        return self._in_members(value, level) if isinstance(value, Mapping) else None

    def _in_members(self, value: Mapping[str, Any], level: int) -> str | None:
        """Return the category of the members that name one, else the only one that any member is."""
        said = {_key(name): one for name, one in value.items()}
        naming = [self._in_value(one, level + 1) for name, one in said.items() if name in _NAMING]
        if any(naming):
            return _only(naming)
        others = [one for name, one in said.items() if name not in _NAMING and not _ASIDE.search(name)]
        return _only(self._exactly(one) if isinstance(one, str) else self._in_nested(one, level) for one in others)

    def _in_nested(self, value: Any, level: int) -> str | None:
        return self._in_value(value, level + 1) if isinstance(value, dict | list) else None

    def _best(self, value: Any) -> str | None:
        """Return the category with the one highest score."""
        scores = dict(self._scores(value))
        if not scores:
            return None
        highest = max(scores.values())
        best = [name for name, score in scores.items() if score == highest]
        return best[0] if len(best) == 1 and highest > 0 else None

    def _scores(self, value: Any) -> Iterator[tuple[str, float]]:
        """Yield categories with scores: of {"bug": 0.9}, [{"label": "bug", "score": 0.9}], and two lists."""
        if isinstance(value, list) and len(value) > 1 and all(isinstance(one, Mapping) for one in value):
            pairs = [(self._exactly(_first(one, str) or ""), _first(one, float)) for one in value]
            if all(name is not None and score is not None for name, score in pairs):
                yield from ((name or "", score or 0.0) for name, score in pairs)
        elif isinstance(value, Mapping):
            named = ((self._exactly(name), _score(one)) for name, one in value.items())
            yield from ((name, score) for name, score in named if name is not None and score is not None)
            yield from self._in_lists(value)

    def _in_lists(self, value: Mapping[str, Any]) -> Iterator[tuple[str, float]]:
        lists = [one for one in value.values() if isinstance(one, list)]
        if len(lists) == 2 and len(lists[0]) == len(lists[1]):  # noqa: PLR2004 - labels and scores
            names = [self._exactly(one) if isinstance(one, str) else None for one in lists[0]]
            scores = [_score(one) for one in lists[1]]
            if all(names) and None not in scores:
                yield from ((name or "", score or 0.0) for name, score in zip(names, scores, strict=True))

    def _in_text(self, text: str) -> str | None:
        """Return the category of a line that is one, else the only one that the text names without a negation."""
        if found := self._exactly(text) or self._numbered(text):
            return found
        plain = _WRAPPING.sub(" ", text)
        heads = [self._of_line(line) for line in plain.splitlines() if line.strip()]
        if any(heads):
            return _only(heads)
        named, rest = self._mentions(normal(plain))
        return named[0] if len(named) == 1 and not _NEGATION.search(rest) and not _NEGATION.search(plain) else None

    def _of_line(self, line: str) -> str | None:
        """Return the category that a line begins with, unless it goes on to name another one, too."""
        head, rest = _head(line)
        found = self._exactly(head)
        others = [one for one in self._mentions(normal(rest))[0] if one != found]
        return None if others and not _NEGATION.search(rest) else found

    def _mentions(self, words: str) -> tuple[list[str], str]:
        """Return the categories that a text names, the longer ones first, and the text without them."""
        rest = f" {words} "
        named = []
        for known in sorted(self._by_words, key=len, reverse=True):
            if f" {known} " in rest:
                named.append(self._by_words[known])
                rest = rest.replace(f" {known} ", " , ")
        return named, rest

    def _numbered(self, text: str) -> str | None:
        match = _NUMBER.fullmatch(text.strip()) if self._is_numbered else None
        if not match or not 1 <= int(match["number"]) <= len(self._categories):
            return None
        meant = self._categories[int(match["number"]) - 1]
        rest = (match["rest"] or "").strip()
        return meant if not rest or self._of_line(rest) == meant else None


def _head(line: str) -> tuple[str, str]:
    """Return the start of a line, without what leads to the category, and what follows it as an explanation."""
    bare = _LEAD.sub("", line.strip())
    end = _HEAD_ENDS.search(bare)
    return (bare[: end.start()], bare[end.end() :]) if end and end.start() else (bare, "")


def _key(name: str) -> str:
    return _NOT_WORD.sub("", plain_word(name))


def _only(found: Iterator[str | None] | Sequence[str | None]) -> str | None:
    distinct = {one for one in found if one is not None}
    return distinct.pop() if len(distinct) == 1 else None


def _first(value: Mapping[str, Any], kind: type) -> Any:
    if kind is str:
        return next((one for one in value.values() if isinstance(one, str)), None)
    return next((score for one in value.values() if (score := _score(one)) is not None), None)


def _score(value: Any) -> float | None:
    if isinstance(value, int | float):
        return float(value)
    found = numbers.readings(value) if isinstance(value, str) else ()
    return float(found[0].value) if len(found) == 1 else None


def _label(answer: str) -> str | None:
    """Return a label that the model made up itself."""
    said = answer
    if "{" in answer or "[" in answer or answer.strip().startswith('"'):
        try:
            said = _said(values(answer)[0])
        except Fault:
            said = answer
    label = answers.plain(_LEAD.sub("", said)).strip(" .!*_`\n")
    return label if label and len(label) <= MAX_LABEL_CHARS and "\n" not in label else None


def _said(value: Any, level: int = 0) -> str:
    """Return the text of the member that names the category, or of the only one; "" where there is no such."""
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    if isinstance(value, Mapping) and level < MAX_LEVELS:
        naming = [one for name, one in value.items() if _key(name) in _NAMING]
        inner = naming[:1] or [one for one in value.values() if isinstance(one, str | Mapping)]
        return _said(inner[0], level + 1) if len(inner) == 1 else ""
    return value if isinstance(value, str) else ""
