"""Sentences of a text: find them, drop repeated ones, keep a text within a number of words."""

import re
from itertools import pairwise

MAX_SENTENCE_CHARS = 400

_END = re.compile(
    r"[.!?…]['\"”’»)\]]*\s+(?=[\"“‘'«(\[]?[A-Z0-9À-ÖØ-ÞА-Я])|[。！？]|\n\s*\n"  # noqa: RUF001 - quotes, Cyrillic, Chinese
)
_HEADING_CHARS = 60
_PICK_MIN_WORDS = 8
_FINISHED = re.compile(r"[.!?…。！？]['\"”’»)\]]*$")  # noqa: RUF001
_WORD = re.compile(
    r"[\u3040-\u30ff\u3400-\u9fff]|[^\s\u3040-\u30ff\u3400-\u9fff]+"
)  # a character counts in Chinese and Japanese
_NOT_WORD = re.compile(r"\W+")


def sentences(text: str) -> list[str]:
    """Return the sentences of a text in order, each on one line and at most 400 characters long."""
    parted = _parted(text)
    cuts = [0, *(match.end() for match in _END.finditer(parted)), len(parted)]
    found = (" ".join(parted[start:end].split()) for start, end in pairwise(cuts))
    return [sentence[:MAX_SENTENCE_CHARS] for sentence in found if sentence]


def worth_picking(text: str) -> list[str]:
    """Return the sentences that may stand for a text, each once: short ones are mostly headings and interjections."""
    found = list(dict.fromkeys(sentences(text)))
    return [sentence for sentence in found if len(sentence.split()) >= _PICK_MIN_WORDS] or found


def is_finished(sentence: str) -> bool:
    """Say whether a sentence ends with a mark that ends sentences."""
    return _FINISHED.search(sentence) is not None


def _parted(text: str) -> str:
    """Return the text with blank lines around headings: short lines without an end, between an end and a capital."""
    lines = [*text.splitlines(), ""]
    out: list[str] = []
    for line, following in pairwise(lines):
        before = out[-1] if out else ""
        starts = not before.strip() or is_finished(before.rstrip())
        short = 0 < len(line.strip()) <= _HEADING_CHARS and not is_finished(line.rstrip())
        out += ["", line, ""] if short and starts and following[:1].isupper() else [line]
    return "\n".join(out)


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
    if len(found) > 1 and not is_finished(found[-1]):
        found.pop()
    kept: list[str] = []
    left = max_words
    for sentence in found:
        words = list(_WORD.finditer(sentence))
        if len(words) > left:
            break
        left -= len(words)
        kept.append(sentence)
    if kept or not found:
        return " ".join(kept)
    return found[0][: list(_WORD.finditer(found[0]))[max_words - 1].end()] + " …"
