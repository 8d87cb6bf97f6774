"""The body of a provider's error, read for what of a request it refuses; what that teaches is the business of others.

A refusal is about something that was sent when it names it, in the provider's own field for it (`param`, `loc`) or
beside a word of refusal.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from itertools import islice

MAX_BODY_CHARS = 20_000
MAX_DEPTH = 6
MAX_NAMINGS = 20  # of one thing are looked at: the work of a body that only repeats names is bounded

_TEACHING = frozenset({400, 402, 404, 405, 406, 413, 415, 422, 429, 500, 501})
# Beside the name of something that was sent.
_REFUSING = re.compile(
    "|".join(  # noqa: FLY002 - one kind of word a line
        (
            r"(?:un|not |not a |n[o']t )support|not (?:currently |yet )support|NotImplemented",
            r"unavailable|not available|not (?:yet )?(?:allowed|permitted|enabled|implemented|accepted)|n't allow",
            r"unrecogni[sz]|unknown|unexpected|extra (?:inputs|fields)|additional propert|invalid|not a valid|no such",
            r"deprecated|removed|disabled|forbidden|incompatible|failed to parse",
            r"\bonly\b|must (?:be|not)|too large|exceed|less than or equal|greater than the|above the|at most|>",
            r"valid range|range of|supported range|no endpoints found|should be|expected|one of",
            r"not in \[|could ?n[o']t|cannot",
            r"不支持|非法|有误|无效|不合法|取值范围|必须|超出|超过|最大",
        )
    ),
    re.IGNORECASE,
)
_BEFORE_CHARS, _AFTER_CHARS = 140, 180  # in which a word of refusal is about a name


@dataclass(frozen=True, slots=True)
class Refusal:
    """An error's body as far as it can teach: every text in it, and the names that stand in `param` and `loc`."""

    status: int
    text: str
    named: frozenset[str]

    def names(self, *words: str) -> bool:
        """Say whether one of these things that were sent is refused."""
        if self.named & set(words):
            return True
        return any(_is_refused(word, self.text) for word in words)


def read(status: int | None, body: object) -> Refusal | None:
    """Return what of an error can teach; None where its status says that the request is not at fault."""
    if status is not None and status not in _TEACHING:
        return None
    texts = list(_texts(body, 0))
    named = frozenset(name for name in _named(body, 0))
    return Refusal(status or HTTPStatus.BAD_REQUEST, "\n".join(texts)[:MAX_BODY_CHARS], named)


def is_quoted(word: str, text: str) -> bool:
    """Say whether a text names a word in quotes, near one of refusal."""
    return re.search(rf"['\"`]{word}['\"`]", text) is not None and _is_refused(word, text)


def is_preferred(word: str, text: str) -> bool:
    """Say whether a text tells to use this instead of what was sent."""
    name = re.escape(word)
    words = r"\b(?:use|using|instead|replaced? (?:by|with)|favou?r of)[^\w\n]+(?:\w+[^\w\n]+){0,4}?"
    return re.search(rf"{words}{name}(?!\w)|{name}[^\w\n]+instead", text, re.IGNORECASE) is not None


def _is_refused(word: str, text: str) -> bool:
    """Say whether a text names a thing in the same line as a word of refusal, and near it."""
    named = re.finditer(rf"(?<![\w-]){re.escape(word)}(?![\w-])", text, re.IGNORECASE)
    return any(_refuses_near(text, one.start(), one.end()) for one in islice(named, MAX_NAMINGS))


def _refuses_near(text: str, start: int, end: int) -> bool:
    before = text[max(0, start - _BEFORE_CHARS) : start].rpartition("\n")[2]
    after = text[end : end + _AFTER_CHARS].partition("\n")[0]
    return any(_REFUSING.search(part) for part in (before, after))


def _texts(value: object, depth: int) -> Iterator[str]:
    if depth > MAX_DEPTH:
        return
    if isinstance(value, str):
        yield value[:MAX_BODY_CHARS]
    elif isinstance(value, Mapping):
        for name, one in value.items():
            if name not in {"input", "url"}:  # pydantic quotes the request itself
                yield from _texts(one, depth + 1)
    elif isinstance(value, Sequence) and not isinstance(value, bytes):
        for one in value[:50]:
            yield from _texts(one, depth + 1)


def _named(value: object, depth: int) -> Iterator[str]:
    if depth > MAX_DEPTH:
        return
    if isinstance(value, Mapping):
        if isinstance(param := value.get("param"), str):
            yield param
        if isinstance(place := value.get("loc"), list):
            yield from (part for part in place if isinstance(part, str))
        for one in value.values():
            yield from _named(one, depth + 1)
    elif isinstance(value, list):
        for one in value[:50]:
            yield from _named(one, depth + 1)
