"""Sentences of a text: find them, drop repeated ones, keep a text within a number of words."""

import re

MAX_SENTENCE_CHARS = 600

_END = re.compile(r"(?<=[.!?…])['\"”’»)\]]*\s+(?=[\"“‘'«(\[]?[A-Z0-9À-ÖØ-ÞА-Я])|(?<=[。！？])|\n\s*\n")  # noqa: RUF001
_HEADING = re.compile(r"\n(?=[^\n]{1,60}\n)|(?<=\n)(?=[^\n]{1,60}\n[A-Z])")
_FINISHED = re.compile(r"[.!?…。！？]['\"”’»)\]]*$")  # noqa: RUF001
_NOT_WORD = re.compile(r"\W+")


def sentences(text: str) -> list[str]:
    """Return the sentences of a text in order, each on one line and at most 600 characters long."""
    found = (" ".join(part.split()) for part in _END.split(text))
    return [sentence[:MAX_SENTENCE_CHARS] for sentence in found if sentence]


def without_repeats(text: str) -> str:
    """Drop every sentence that was said before: small models tend to go in circles."""
    seen: set[str] = set()
    kept: list[str] = []
    for sentence in sentences(text):
        key = _NOT_WORD.sub(" ", sentence.casefold()).strip()
        if key and key not in seen:
            seen.add(key)
            kept.append(sentence)
    return " ".join(kept)


def within(text: str, *, max_words: int) -> str:
    """Return the whole sentences that fit into `max_words`; of a first one that is too long, its start and a mark.

    A last sentence without an end, as an answer has that was cut off, is left out when another one is there.
    """
    found = sentences(text)
    if len(found) > 1 and not _FINISHED.search(found[-1]):
        found.pop()
    kept: list[str] = []
    words = 0
    for sentence in found:
        words += len(sentence.split())
        if words > max_words:
            break
        kept.append(sentence)
    if kept or not found:
        return " ".join(kept)
    return " ".join(found[0].split()[:max_words]) + " …"
