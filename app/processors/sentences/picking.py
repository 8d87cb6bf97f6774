"""Choose among the sentences of a text: those that may stand for it, each once, those that fit a number of words."""

import re
from typing import Final

from app.processors.months import is_calendar
from app.processors.sentences.finding import sentences
from app.processors.sentences.marks import is_finished

MAX_SENTENCE_CHARS: Final = 400

_PICK_MIN_WORDS: Final = 8
_CUT: Final = " …"
_WORD: Final = re.compile(
    r"[\u3040-\u30ff\u3400-\u9fff]|[^\s\u3040-\u30ff\u3400-\u9fff]+"
)  # a character counts in Chinese and Japanese
_NOT_WORD: Final = re.compile(r"\W+")
_CLAUSE: Final = re.compile(r"[,;:،؛、，；](?=\s|[\u3040-\u9fff])|\s[–—]\s")  # noqa: RUF001 - marks of other scripts
_ITEM: Final = re.compile(r"(?:[-–—•▪◦●○■□‣⁃►*·]|\(?\d{1,3}[.)]|\(?[a-z]\))\s+(?=(\w*))")  # noqa: RUF001 - dashes
_CHINESE_ENDS: Final = ("。", "！", "？")  # noqa: RUF001
_QUOTES: Final = ("“”", "()", "[]", "「」", "（）", "«»")  # noqa: RUF001 - Chinese brackets


def worth_picking(text: str, *, max_words: int | None = None) -> list[str]:
    """Return the sentences that may stand for a text, each once, at most 400 characters long.

    Whole sentences of some length that fit into `max_words`, else others; else short ones, else the starts of longer
    ones with a mark, else what there is: headings, words before a list, parts of quotations.
    """
    found = list(dict.fromkeys(_without_item(sentence) for sentence in sentences(text)))
    finished = [sentence for sentence in found if is_finished(sentence) and not sentence.startswith("#")]
    short = [sentence for sentence in finished if len(sentence) <= MAX_SENTENCE_CHARS]
    whole = [sentence for sentence in short if _is_whole(sentence)]
    fitting = [sentence for sentence in whole if max_words is None or _words_of(sentence) <= max_words]
    long = [sentence for sentence in finished if _has_words(sentence)]
    return fitting or whole or [_shortened(sentence, MAX_SENTENCE_CHARS) for sentence in long or short or found]


def ended(sentence: str) -> str:
    """Return what was picked as a sentence: with a point where it has no end, not behind a colon or comma."""
    return sentence if is_finished(sentence) else sentence.rstrip(" :;,–—-") + "."  # noqa: RUF001 - dashes


def _is_whole(sentence: str) -> bool:
    said = _has_words(sentence) and not sentence.endswith(_CUT)
    return said and not sentence[:1].islower() and _is_balanced(sentence)


def _words_of(sentence: str) -> int:
    return sum(1 for _ in _WORD.finditer(sentence))


def _has_words(sentence: str) -> bool:
    return _words_of(sentence) >= _PICK_MIN_WORDS


def _is_balanced(sentence: str) -> bool:
    return sentence.count('"') % 2 == 0 and all(sentence.count(pair[0]) == sentence.count(pair[1]) for pair in _QUOTES)


def _without_item(sentence: str) -> str:
    """Return a sentence without its mark of a list; "3. Mai" keeps its figure."""
    match = _ITEM.match(sentence)
    return sentence[match.end() :] if match and not is_calendar(match[1]) else sentence


def _shortened(sentence: str, max_chars: int) -> str:
    """Return the sentence, or as much of it as fits before a mark, up to the end of a clause where there is one."""
    if len(sentence) <= max_chars:
        return sentence
    room = max_chars - len(_CUT)
    clauses = [match.start() for match in _CLAUSE.finditer(sentence, room // 2, room + 1) if match.start() <= room]
    space = sentence.rfind(" ", room // 2, room + 1)
    return sentence[: clauses[-1] if clauses else space if space > 0 else room].rstrip() + _CUT


def without_repeats(text: str) -> str:
    """Drop every sentence that was said before: small models tend to go in circles."""
    seen: set[str] = set()
    kept: list[str] = []
    for sentence in sentences(text):
        key = _NOT_WORD.sub(" ", sentence.casefold()).strip()
        if key and key not in seen:
            seen.add(key)
            kept.append(sentence)
    return _joined(kept)


def within(text: str, *, max_words: int) -> str:
    """Return the whole sentences that fit into `max_words`; where none does, the start of the first and a mark.

    A last sentence without an end, as an answer has that was cut off, is left out when another one is there.
    """
    found = sentences(text)
    if len(found) > 1 and not is_finished(found[-1]):
        found.pop()
    kept: list[str] = []
    left = max_words
    for sentence in found:
        words = _words_of(sentence)
        if words > left and kept:
            break
        if words <= left:
            left -= words
            kept.append(sentence)
    if kept or not found:
        return _joined(kept)
    last = list(_WORD.finditer(found[0]))[max_words - 1].end()
    return _shortened(found[0], last + len(_CUT))


def _joined(kept: list[str]) -> str:
    """Return sentences as one text: with spaces between them, but not in Chinese and Japanese."""
    spaces = ["" if one.endswith(_CHINESE_ENDS) else " " for one in kept]
    return "".join(one + space for one, space in zip(kept, spaces, strict=True)).rstrip()
